// SPDX-License-Identifier: Apache-2.0
#include "core/base/canonical_json.h"
#include "tests/core/schema/form_rig.h"
#include "tests/core/schema/suite_rig.h"

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;

namespace {

QByteArray described(FormRig &form)
{
    QByteArray lines;
    for (const FieldProblem &problem : form->problems()) {
        const FormField *shown = form->field(problem.field);
        lines += QByteArray::fromStdString("field " + (shown ? shown->pointer : "?") + " place " + problem.pointer +
                                           " " + problem.keyword + " ") +
                 problem.message.toUtf8() + '\n';
    }
    return lines;
}

/// Is \p problem the one that the corpus names? Problems of a union may be told by what its chosen branch lacks.
bool isNamed(FormRig &form, const FieldProblem &problem, const std::string &path, const std::string &keyword,
             const JsonValue *property)
{
    const FormField *shown = form->field(problem.field);
    if (!shown) {
        return false;
    }
    if ((keyword == "oneOf" || keyword == "anyOf") && problem.schema.find('/' + keyword) != std::string::npos) {
        return problem.pointer.starts_with(path) && shown->pointer.starts_with(path);
    }
    if (problem.keyword != keyword) {
        return false;
    }
    if (property) {
        const std::string member = path + '/' + pointerToken(property->utf8());
        return shown->pointer == member && problem.pointer == member;
    }
    const bool aboutMember = keyword == "required" || keyword.starts_with("dependen") || keyword == "propertyNames" ||
                             keyword == "additionalProperties" || keyword == "unevaluatedProperties";
    return problem.pointer == path
               ? shown->pointer == path
               : aboutMember && shown->pointer == problem.pointer && problem.pointer.starts_with(path + '/');
}

} // namespace

/// Realistic schemas: each becomes a form, its good values come back as they were, and what is wrong with the others
/// is shown where it can be mended.
class TestFormCorpus : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aFormIsMade_data() { addFiles(); }
    void aFormIsMade();
    void goodValuesComeBackAsTheyWere_data() { addFiles(); }
    void goodValuesComeBackAsTheyWere();
    void problemsStandAtTheirField_data() { addFiles(); }
    void problemsStandAtTheirField();

private:
    /// The schemas beside the tests, and those of the folder that COUNTERSIGN_SCHEMA_SAMPLES names.
    static void addFiles()
    {
        QTest::addColumn<QString>("file");
        for (const QString &path :
             {QStringLiteral(COUNTERSIGN_TEST_DATA "/schemas"), qEnvironmentVariable("COUNTERSIGN_SCHEMA_SAMPLES")}) {
            const QDir folder(path);
            for (const QString &name :
                 path.isEmpty() ? QStringList() : folder.entryList({u"*.json"_s}, QDir::Files, QDir::Name)) {
                QTest::newRow(qPrintable(name)) << folder.filePath(name);
            }
        }
    }
    void load()
    {
        QFETCH(QString, file);
        m_file = readJsonFile(file).value();
        const auto dialect = dialectFromName(m_file.find("dialect")->toString());
        const auto schema = CompiledSchema::compile(*m_file.find("schema"), {.dialect = dialect});
        QVERIFY2(schema.hasValue(), schema ? "" : qPrintable(schema.error().message));
        m_schema = *schema;
    }

    JsonValue m_file;
    std::shared_ptr<const CompiledSchema> m_schema;
};

void TestFormCorpus::aFormIsMade()
{
    load();
    for (const FormMode mode : {FormMode::Answer, FormMode::Edit}) {
        FormRig form(m_schema, {.mode = mode});
        QVERIFY(form->field(form->root()));
        QVERIFY(form->fieldCount() < 5'000);
        const bool isThere = form->field(form->root())->presence != Presence::Absent;
        QCOMPARE(form->verdict(), isThere ? m_schema->validate(form->outgoing()).kind : SchemaVerdictKind::Invalid);
    }
}

void TestFormCorpus::goodValuesComeBackAsTheyWere()
{
    load();
    for (const JsonValue &value : m_file.find("valid")->items()) {
        FormRig form(m_schema, {.mode = FormMode::Edit, .original = value});
        QCOMPARE(canonicalJson(form->outgoing()), canonicalJson(value));
        QCOMPARE(form.sent(), writeJson(value));
        QVERIFY2(form->canSend(), described(form).constData());
        QVERIFY(!form->isChanged());
        QVERIFY(form->changes().empty());
        QVERIFY(!form->canUndo());
    }
}

void TestFormCorpus::problemsStandAtTheirField()
{
    load();
    for (const JsonValue &entry : m_file.find("invalid")->items()) {
        FormRig form(m_schema, {.mode = FormMode::Edit, .original = *entry.find("value")});
        QCOMPARE(form->verdict(), SchemaVerdictKind::Invalid);
        const std::string path(entry.find("path")->utf8());
        const std::string keyword(entry.find("keyword")->utf8());
        // Where a union fails, another branch than the one shown may be what the corpus names: then what is reported
        // for the value as a whole must be at or under the place of the union.
        const SchemaVerdict verdict = m_schema->validate(*entry.find("value"));
        bool named = false;
        for (const FieldProblem &problem : form->problems()) {
            named = named || isNamed(form, problem, path, keyword, entry.find("property"));
        }
        for (const Problem &problem : verdict.problems) {
            const bool isIt = problem.instance == path && problem.keyword == keyword && problem.parent >= 0;
            if (named || !isIt) {
                continue;
            }
            size_t top = static_cast<size_t>(problem.parent);
            while (verdict.problems[top].parent >= 0) {
                top = static_cast<size_t>(verdict.problems[top].parent);
            }
            for (const FieldProblem &shown : form->problems()) {
                named = named || shown.pointer.starts_with(verdict.problems[top].instance);
            }
        }
        QVERIFY2(named, (writeJson(entry) + "\nbut found\n" + described(form)).constData());
    }
}

QTEST_GUILESS_MAIN(TestFormCorpus)
#include "tst_form_corpus.moc"
