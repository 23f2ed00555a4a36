// SPDX-License-Identifier: Apache-2.0
#include "tests/core/schema/suite_rig.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;

namespace {

/// How a file of the suite went.
struct Score {
    int passed = 0;
    int excepted = 0;
    int total = 0;
    QStringList surprises; ///< Failed although it should pass, or passed although it is an exception.
};

Dialect dialectOf(const QString &file)
{
    const QString draft = file.section(u'/', 0, 0);
    if (draft == u"draft2020-12"_s) {
        return Dialect::Draft202012;
    }
    if (draft == u"draft2019-09"_s) {
        return Dialect::Draft201909;
    }
    return draft == u"draft4"_s ? Dialect::Draft04 : (draft == u"draft6"_s ? Dialect::Draft06 : Dialect::Draft07);
}

QString member(const JsonValue &value, const char *key)
{
    const JsonValue *found = value.find(key);
    return found ? found->toString() : QString();
}

/// What happened instead of the expected verdict; empty when that is what came.
QString deviation(const Result<std::shared_ptr<const CompiledSchema>> &schema, const JsonValue &test)
{
    if (!schema) {
        return schema.error().message;
    }
    const SchemaVerdict verdict = (*schema)->validate(*test.find("data"));
    const bool wanted = test.find("valid")->toBool();
    if (verdict.kind == SchemaVerdictKind::CouldNotCheck) {
        return u"could not be checked"_s;
    }
    return verdict.isValid() == wanted ? QString() : (wanted ? u"refused"_s : u"accepted"_s);
}

Score runFile(const SuiteFolder &suite, const QString &name, FormatRule formats)
{
    static const SuiteExceptions exceptions;
    Score score;
    const Result<JsonValue> file = suite.read(name);
    if (!file) {
        if (exceptions.covers(name, u"*"_s, u"*"_s)) {
            ++score.excepted;
        } else {
            score.surprises.append(name + u": "_s + file.error().message);
        }
        ++score.total;
        return score;
    }
    CompileOptions options;
    options.defaultDialect = dialectOf(name);
    options.formats = formats;
    options.loader = suite.loader();
    for (const JsonValue &group : file->items()) {
        const auto schema = CompiledSchema::compile(*group.find("schema"), options);
        for (const JsonValue &test : group.find("tests")->items()) {
            const QString said = deviation(schema, test);
            const bool excepted = exceptions.covers(name, member(group, "description"), member(test, "description"));
            ++score.total;
            score.passed += said.isEmpty() ? 1 : 0;
            score.excepted += !said.isEmpty() && excepted ? 1 : 0;
            if (said.isEmpty() == excepted) {
                score.surprises.append(member(group, "description") + u" / "_s + member(test, "description") + u": "_s +
                                       (excepted ? u"passes although it is an exception"_s : said));
            }
        }
    }
    return score;
}

const QStringList drafts{u"draft7"_s, u"draft2019-09"_s, u"draft2020-12"_s};

} // namespace

/// The official suite of json-schema.org.
class TestOfficialSuite : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyRequiredTestPasses_data();
    void everyRequiredTestPasses();
    void theInstalledSuitePasses_data();
    void theInstalledSuitePasses();
    void optionalTestsPassButForTheExceptions_data();
    void optionalTestsPassButForTheExceptions();
    void atLeast85PercentOfTheFormatTestsPass();
};

void TestOfficialSuite::everyRequiredTestPasses_data()
{
    QTest::addColumn<QString>("file");
    for (const QString &draft : drafts) {
        for (const QString &file : SuiteFolder::newest().files(draft)) {
            QTest::newRow(qPrintable(file)) << file;
        }
    }
}

void TestOfficialSuite::everyRequiredTestPasses()
{
    QFETCH(QString, file);
    // Required tests hold formats to be notes.
    const Score score = runFile(SuiteFolder::newest(), file, FormatRule::AsDeclared);
    QVERIFY2(score.surprises.isEmpty(), qPrintable(score.surprises.join(u'\n')));
    QVERIFY(score.passed > 0);
    QCOMPARE(score.excepted, 0);
}

void TestOfficialSuite::theInstalledSuitePasses_data()
{
    QTest::addColumn<QString>("file");
    const SuiteFolder suite = SuiteFolder::installed();
    QTest::newRow("(where it is installed)") << QString();
    for (const QString &draft : {u"draft4"_s, u"draft6"_s, u"draft7"_s}) {
        for (const QString &file : suite.files(draft)) {
            QTest::newRow(qPrintable(file)) << file;
        }
    }
}

void TestOfficialSuite::theInstalledSuitePasses()
{
    QFETCH(QString, file);
    if (file.isEmpty()) {
        return;
    }
    const Score score = runFile(SuiteFolder::installed(), file, FormatRule::AsDeclared);
    QVERIFY2(score.surprises.isEmpty(), qPrintable(score.surprises.join(u'\n')));
    QCOMPARE(score.excepted, 0);
}

void TestOfficialSuite::optionalTestsPassButForTheExceptions_data()
{
    QTest::addColumn<QString>("file");
    for (const QString &draft : drafts) {
        for (const QString &folder : {u"/optional"_s, u"/optional/format"_s}) {
            for (const QString &file : SuiteFolder::newest().files(draft + folder)) {
                QTest::newRow(qPrintable(file)) << file;
            }
        }
    }
}

void TestOfficialSuite::optionalTestsPassButForTheExceptions()
{
    QFETCH(QString, file);
    const bool asDeclared = file.endsWith(u"/format-assertion.json"_s);
    const Score score =
        runFile(SuiteFolder::newest(), file, asDeclared ? FormatRule::AsDeclared : FormatRule::Asserted);
    QVERIFY2(score.surprises.isEmpty(), qPrintable(score.surprises.join(u'\n')));
}

void TestOfficialSuite::atLeast85PercentOfTheFormatTestsPass()
{
    int passed = 0;
    int total = 0;
    for (const QString &draft : drafts) {
        for (const QString &file : SuiteFolder::newest().files(draft + u"/optional/format"_s)) {
            const Score score = runFile(SuiteFolder::newest(), file, FormatRule::Asserted);
            passed += score.passed;
            total += score.total;
        }
    }
    qInfo("%d of %d format tests pass", passed, total);
    QVERIFY(total > 1000);
    QVERIFY(passed * 100 >= total * 85);
}

QTEST_GUILESS_MAIN(TestOfficialSuite)
#include "tst_official_suite.moc"
