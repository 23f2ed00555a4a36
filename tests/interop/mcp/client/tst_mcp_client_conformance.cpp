// SPDX-License-Identifier: Apache-2.0
#include "tests/interop/foreign_packages.h"

#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>

using namespace countersign::test;
using namespace Qt::StringLiterals;

namespace {

const ForeignPackages packages(u"mcp"_s);
const QString released = u"@modelcontextprotocol/conformance"_s;
const QString newest = u"conformance-next"_s; // The pre-release that knows 2026-07-28.

} // namespace

/// The official conformance suite in client mode. Signing in has a test of its own.
class TestMcpClientConformance : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void scenario_data();
    void scenario();
};

void TestMcpClientConformance::scenario_data()
{
    QTest::addColumn<QString>("suite");
    QTest::addColumn<QString>("revision"); // Empty: the suite's own choice.
    QTest::addColumn<QString>("name");
    const auto row = [](const QString &suite, const QString &revision, const QString &name) {
        QTest::newRow(qPrintable((suite == released ? u"released, "_s : u"pre-release, "_s) + revision + u' ' + name))
            << suite << revision << name;
    };
    for (const QString &name :
         {u"initialize"_s, u"tools_call"_s, u"elicitation-sep1034-client-defaults"_s, u"sse-retry"_s}) {
        row(released, {}, name);
        row(newest, u"2025-11-25"_s, name);
    }
    row(newest, u"2025-11-25"_s, u"json-schema-2020-12-preservation"_s);
    for (const QString &name : {u"tools_call"_s, u"request-metadata"_s, u"sep-2322-client-request-state"_s,
                                u"http-standard-headers"_s, u"http-custom-headers"_s, u"http-invalid-tool-headers"_s,
                                u"json-schema-ref-no-deref"_s, u"json-schema-2020-12-preservation"_s}) {
        row(newest, u"2026-07-28"_s, name);
    }
}

void TestMcpClientConformance::scenario()
{
    QFETCH(QString, suite);
    QFETCH(QString, revision);
    QFETCH(QString, name);
    const QTemporaryDir folder;
    QProcess runner;
    runner.setWorkingDirectory(folder.path());
    runner.setProcessChannelMode(QProcess::MergedChannels);
    QStringList arguments = {
        packages.folder() + u"/node_modules/"_s + suite + u"/dist/index.js"_s, u"client"_s,     u"--command"_s,
        QStringLiteral(COUNTERSIGN_BIN_DIR "/mcp_conformance_client"),         u"--scenario"_s, name};
    if (!revision.isEmpty()) {
        arguments += {u"--spec-version"_s, revision};
    }
    runner.start(packages.node(), arguments);
    QVERIFY(runner.waitForFinished(90'000));
    const QByteArray said = runner.readAll();
    QVERIFY2(runner.exitStatus() == QProcess::NormalExit && runner.exitCode() == 0, said.constData());
    QVERIFY2(said.contains("OVERALL: PASSED"), said.constData());
}

int main(int argc, char **argv)
{
    return packages.run<TestMcpClientConformance>(argc, argv);
}
#include "tst_mcp_client_conformance.moc"
