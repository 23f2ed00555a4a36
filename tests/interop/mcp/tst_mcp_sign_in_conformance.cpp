// SPDX-License-Identifier: Apache-2.0
#include "tests/app/ctl_rig.h"
#include "tests/interop/foreign_packages.h"

using namespace Qt::StringLiterals;
using namespace countersign::test;

namespace {

const ForeignPackages packages(u"mcp"_s);

QString suite(const QString &name)
{
    return packages.folder() + u"/node_modules/"_s + name + u"/dist/index.js"_s;
}

/// The scenarios about signing in that \p package lists for clients; not its extensions.
QStringList scenarios(const CtlRig &rig, const QString &package)
{
    const QString said =
        QString::fromUtf8(rig.runProgram(packages.node(), {suite(package), u"list"_s, u"--client"_s}).out);
    QStringList found;
    static const QRegularExpression line(u"- (auth/[a-z0-9-]+) \\[([a-z0-9,-]+)\\]"_s);
    QRegularExpressionMatchIterator all = line.globalMatch(said);
    while (all.hasNext()) {
        const QRegularExpressionMatch match = all.next();
        if (match.captured(2) != "extension"_L1) {
            found.append(match.captured(1));
        }
    }
    return found;
}

} // namespace

/// Signing in as a client, by the official conformance suite: the published release and the newest one before the next.
class TestMcpSignInConformance : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyScenarioPasses_data();
    void everyScenarioPasses();
};

void TestMcpSignInConformance::everyScenarioPasses_data()
{
    QTest::addColumn<QString>("package");
    QTest::addColumn<QString>("scenario");
    const CtlRig rig;
    for (const QString &package : {u"@modelcontextprotocol/conformance"_s, u"conformance-next"_s}) {
        const QStringList all = scenarios(rig, package);
        QVERIFY2(all.size() >= 19, qPrintable(all.join(u' ')));
        for (const QString &scenario : all) {
            QTest::newRow(qPrintable(package + u' ' + scenario)) << package << scenario;
        }
    }
}

void TestMcpSignInConformance::everyScenarioPasses()
{
    QFETCH(QString, package);
    QFETCH(QString, scenario);
    const CtlRig rig;
    const QString client = QStringLiteral(COUNTERSIGN_BIN_DIR) + u"/mcp_conformance_client"_s;
    const CtlRig::Ran ran = rig.runProgram(
        packages.node(), {suite(package), u"client"_s, u"--command"_s, client, u"--scenario"_s, scenario});
    QVERIFY2(ran.code == 0, (ran.out.right(4000) + ran.err.right(2000)).constData());
}

int main(int argc, char **argv)
{
    return packages.run<TestMcpSignInConformance>(argc, argv);
}
#include "tst_mcp_sign_in_conformance.moc"
