// SPDX-License-Identifier: Apache-2.0
#include "tests/interop/foreign_packages.h"

#include <QtCore/QProcess>
#include <QtCore/QRegularExpression>
#include <QtCore/QTemporaryDir>

using namespace countersign::test;
using namespace Qt::StringLiterals;

namespace {

const ForeignPackages packages(u"mcp"_s);
const QString released = u"@modelcontextprotocol/conformance"_s;
const QString newest = u"conformance-next"_s; // The pre-release that knows 2026-07-28.

struct Ran {
    int code = -1;
    QByteArray said;
};

/// The official suite \p package with \p arguments, in a folder of its own.
Ran runSuite(const QString &package, const QStringList &arguments)
{
    const QTemporaryDir folder;
    QProcess runner;
    runner.setWorkingDirectory(folder.path());
    runner.setProcessChannelMode(QProcess::MergedChannels);
    runner.start(packages.node(),
                 QStringList{packages.folder() + u"/node_modules/"_s + package + u"/dist/index.js"_s} + arguments);
    const bool ended = runner.waitForFinished(90'000) && runner.exitStatus() == QProcess::NormalExit;
    return {ended ? runner.exitCode() : -1, runner.readAll()};
}

QStringList ourClient()
{
    return {u"client"_s, u"--command"_s, QStringLiteral(COUNTERSIGN_BIN_DIR "/mcp_conformance_client")};
}

} // namespace

/// The official conformance suite in client mode.
class TestMcpClientConformance : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everythingRequiredPasses_data();
    void everythingRequiredPasses();
    void scenario_data();
    void scenario();
};

void TestMcpClientConformance::everythingRequiredPasses_data()
{
    QTest::addColumn<QString>("revision");
    QTest::newRow("2025-11-25") << u"2025-11-25"_s;
    QTest::newRow("2026-07-28") << u"2026-07-28"_s;
}

void TestMcpClientConformance::everythingRequiredPasses()
{
    QFETCH(QString, revision);
    const Ran ran = runSuite(newest, ourClient() + QStringList{u"--requirements"_s, revision});
    QVERIFY2(ran.code == 0, ran.said.constData());
    // What else the suite runs are extensions; these we do not have.
    QStringList failing;
    static const QRegularExpression line(u"^✗ (\\S+): "_s, QRegularExpression::MultilineOption);
    QRegularExpressionMatchIterator all = line.globalMatch(QString::fromUtf8(ran.said));
    while (all.hasNext()) {
        failing.append(all.next().captured(1));
    }
    QCOMPARE(failing.join(u'\n'), (QStringList{u"auth/client-credentials-jwt"_s, u"auth/client-credentials-basic"_s,
                                               u"auth/enterprise-managed-authorization"_s, u"auth/dpop"_s,
                                               u"auth/dpop-nonce"_s, u"auth/wif-jwt-bearer"_s})
                                      .join(u'\n'));
}

void TestMcpClientConformance::scenario_data()
{
    // Each alone, since some measure time, and in each revision it is for. Signing in has a test of its own.
    QTest::addColumn<QString>("suite");
    QTest::addColumn<QString>("revision");
    QTest::addColumn<QString>("name");
    static const QRegularExpression listed(u"- ([a-z0-9_-]+) \\[([0-9,-]+)\\]"_s);
    for (const QString &suite : {released, newest}) {
        const Ran ran = runSuite(suite, {u"list"_s, u"--client"_s});
        QVERIFY2(ran.code == 0, ran.said.constData());
        QRegularExpressionMatchIterator all = listed.globalMatch(QString::fromUtf8(ran.said));
        while (all.hasNext()) {
            const QRegularExpressionMatch match = all.next();
            for (const QString &revision : match.captured(2).split(u',')) {
                QTest::newRow(qPrintable((suite == released ? u"released, "_s : u"pre-release, "_s) + revision + u' ' +
                                         match.captured(1)))
                    << suite << revision << match.captured(1);
            }
        }
    }
}

void TestMcpClientConformance::scenario()
{
    QFETCH(QString, suite);
    QFETCH(QString, revision);
    QFETCH(QString, name);
    const Ran ran = runSuite(suite, ourClient() + QStringList{u"--scenario"_s, name, u"--spec-version"_s, revision});
    QVERIFY2(ran.code == 0, ran.said.constData());
    QVERIFY2(ran.said.contains("OVERALL: PASSED"), ran.said.constData());
}

int main(int argc, char **argv)
{
    return packages.run<TestMcpClientConformance>(argc, argv);
}
#include "tst_mcp_client_conformance.moc"
