// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QCoreApplication>
#include <QtCore/QFile>
#include <QtTest/QTest>

#include <cstdio>

namespace countersign::test {

/// The npm packages of tests/interop/NAME, as `./dev test` left them in build/interop.
class ForeignPackages
{
public:
    explicit ForeignPackages(const QString &name)
        : m_name(name)
    {}

    QString node() const { return root() + QStringLiteral("/bin/node"); }
    /// The folder with package.json and node_modules.
    QString folder() const { return root() + u'/' + m_name; }
    /// A file of tests/interop/NAME.
    QString source(const QString &file) const
    {
        return QStringLiteral(COUNTERSIGN_SOURCE_DIR "/tests/interop/%1/%2").arg(m_name, file);
    }

    /// `ready`, `skipped: why`, or `broken: why`.
    QString state() const
    {
        QFile file(folder() + QStringLiteral(".state"));
        if (!file.open(QIODevice::ReadOnly)) {
            return QStringLiteral("skipped: the npm packages are not installed. Run ./dev interop.");
        }
        return QString::fromUtf8(file.readLine()).trimmed();
    }

    /// Runs the tests of \p Test, or says why they cannot run. For main(). With a window: as QApplication.
    template<typename Test, typename Application = QCoreApplication>
    int run(int argc, char **argv) const
    {
        const QString found = state();
        if (!found.startsWith(QStringLiteral("ready"))) {
            std::printf("%s: %s\n", qPrintable(m_name), qPrintable(found));
            return found.startsWith(QStringLiteral("skipped")) ? 77 : 1;
        }
        if (qEnvironmentVariableIsSet("COUNTERSIGN_SOAK") && !qEnvironmentVariableIsSet("QTEST_FUNCTION_TIMEOUT")) {
            qputenv("QTEST_FUNCTION_TIMEOUT", "3600000"); // Qt gives a function five minutes otherwise.
        }
        const Application application(argc, argv);
        Test test;
        return QTest::qExec(&test, argc, argv);
    }

private:
    static QString root() { return QStringLiteral(COUNTERSIGN_SOURCE_DIR "/build/interop"); }

    QString m_name;
};

} // namespace countersign::test
