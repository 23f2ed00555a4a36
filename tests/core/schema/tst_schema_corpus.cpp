// SPDX-License-Identifier: Apache-2.0
#include "tests/core/schema/suite_rig.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;

namespace {

QString described(const SchemaVerdict &verdict)
{
    QStringList lines;
    for (const Problem &problem : verdict.problems) {
        lines.append(QString::fromStdString(problem.instance + " " + problem.keyword + " ") + problem.message);
    }
    return lines.join(u'\n');
}

} // namespace

/// Realistic schemas with values that must pass and values that must fail, and where.
class TestSchemaCorpus : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void validValuesPass_data() { addFiles(); }
    void validValuesPass();
    void invalidValuesShowTheProblem_data() { addFiles(); }
    void invalidValuesShowTheProblem();
    void everyProblemPointsAtThings_data() { addFiles(); }
    void everyProblemPointsAtThings();

private:
    static void addFiles()
    {
        QTest::addColumn<QString>("file");
        const QDir folder(QStringLiteral(COUNTERSIGN_TEST_DATA "/schemas"));
        for (const QString &name : folder.entryList({u"*.json"_s}, QDir::Files, QDir::Name)) {
            QTest::newRow(qPrintable(name)) << folder.filePath(name);
        }
    }
    /// The parts of the file that the row names, and its schema compiled.
    void load()
    {
        QFETCH(QString, file);
        m_file = readJsonFile(file).value();
        const auto dialect = dialectFromName(m_file.find("dialect")->toString());
        QVERIFY(dialect.has_value());
        const auto schema = CompiledSchema::compile(*m_file.find("schema"), {.dialect = dialect});
        QVERIFY2(schema.hasValue(), schema ? "" : qPrintable(schema.error().message));
        m_schema = *schema;
    }

    JsonValue m_file;
    std::shared_ptr<const CompiledSchema> m_schema;
};

void TestSchemaCorpus::validValuesPass()
{
    load();
    for (const JsonValue &value : m_file.find("valid")->items()) {
        const SchemaVerdict verdict = m_schema->validate(value);
        QVERIFY2(verdict.isValid(), qPrintable(QString::fromUtf8(writeJson(value)) + u'\n' + described(verdict)));
        QVERIFY(verdict.problems.empty());
        QVERIFY(m_schema->validate(value, {.annotations = true}).isValid());
    }
}

void TestSchemaCorpus::invalidValuesShowTheProblem()
{
    load();
    for (const JsonValue &entry : m_file.find("invalid")->items()) {
        const SchemaVerdict verdict = m_schema->validate(*entry.find("value"));
        QCOMPARE(verdict.kind, SchemaVerdictKind::Invalid);
        const bool named = std::any_of(verdict.problems.begin(), verdict.problems.end(), [&](const Problem &problem) {
            const JsonValue *property = entry.find("property");
            const JsonValue *missing = problem.parameters.find("missing");
            return problem.instance == entry.find("path")->utf8() && problem.keyword == entry.find("keyword")->utf8() &&
                   (!property || (missing && *missing == *property));
        });
        QVERIFY2(named, qPrintable(QString::fromUtf8(writeJson(entry)) + u"\nbut found\n"_s + described(verdict)));
    }
}

void TestSchemaCorpus::everyProblemPointsAtThings()
{
    load();
    for (const JsonValue &entry : m_file.find("invalid")->items()) {
        const JsonValue &value = *entry.find("value");
        const SchemaVerdict verdict = m_schema->validate(value);
        for (size_t i = 0; i < verdict.problems.size(); ++i) {
            const Problem &problem = verdict.problems[i];
            QVERIFY2(value.at(problem.instance), problem.instance.c_str());
            QVERIFY(!problem.message.isEmpty());
            QVERIFY(problem.parameters.isObject());
            QVERIFY(problem.parent < static_cast<int>(i));
            QCOMPARE(problem.parent >= 0, problem.branch >= 0);
            QVERIFY(problem.location.find('#') != std::string::npos);
            if (problem.location.front() == '#') { // In the schema itself, not in one with an URI of its own.
                QVERIFY2(m_schema->source().at(problem.location.substr(1)), problem.location.c_str());
            }
            QVERIFY(problem.schema.find('#') == std::string::npos);
        }
    }
}

QTEST_GUILESS_MAIN(TestSchemaCorpus)
#include "tst_schema_corpus.moc"
