// SPDX-License-Identifier: Apache-2.0
#include "tests/interop/ajv/form_editor.h"
#include "tests/interop/ajv/oracle.h"
#include "tests/interop/ajv/shrink.h"
#include "tests/interop/ajv/value_maker.h"
#include "tests/support/seed.h"

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;

namespace {

const ForeignPackages packages(u"ajv"_s);

int casesWanted()
{
    return qEnvironmentVariableIsSet("COUNTERSIGN_SOAK") ? 10'000 : 1'000;
}

} // namespace

/// Countersign's validator and form against Ajv, an independent one: on random schemas, random values and random edits
/// both must come to the same verdict.
class TestSchemaOracle : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theOracleKnowsRightFromWrong();
    void everyVerdictIsTheOracles_data() { addDialects(); }
    void everyVerdictIsTheOracles();
    void theFormAcceptsWhatTheOracleDoes_data() { addDialects(); }
    void theFormAcceptsWhatTheOracleDoes();

private:
    static void addDialects();
    /// Do the two disagree? Absent: one of them does not take the schema.
    std::optional<bool> disagree(Dialect dialect, const JsonValue &schema, const JsonValue &value);
    QString smallest(Dialect dialect, JsonValue schema, JsonValue value);

    Oracle m_oracle{packages};
};

void TestSchemaOracle::addDialects()
{
    QTest::addColumn<int>("dialect");
    for (const Dialect dialect : {Dialect::Draft07, Dialect::Draft201909, Dialect::Draft202012}) {
        QTest::newRow(qPrintable(dialectName(dialect))) << int(dialect);
    }
}

std::optional<bool> TestSchemaOracle::disagree(Dialect dialect, const JsonValue &schema, const JsonValue &value)
{
    const auto compiled = CompiledSchema::compile(schema, {.dialect = dialect});
    const auto theirs = m_oracle.verdicts(dialect, schema, {value});
    if (!compiled || !theirs) {
        return std::nullopt;
    }
    return (*compiled)->validate(value).isValid() != theirs->front();
}

QString TestSchemaOracle::smallest(Dialect dialect, JsonValue schema, JsonValue value)
{
    for (int round = 0; round < 3; ++round) {
        schema = shrunk(
            schema, [&](const JsonValue &candidate) { return disagree(dialect, candidate, value).value_or(false); });
        value = shrunk(
            value, [&](const JsonValue &candidate) { return disagree(dialect, schema, candidate).value_or(false); });
    }
    return u"shrunk to schema %1 and value %2"_s.arg(QString::fromUtf8(writeJson(schema)),
                                                     QString::fromUtf8(writeJson(value)));
}

void TestSchemaOracle::theOracleKnowsRightFromWrong()
{
    const JsonValue schema = readJson(R"({"type":"number","multipleOf":0.01})").value();
    const JsonValue::Array values = {readJson("19.99").value(), readJson("19.995").value(), readJson("\"x\"").value()};
    const auto verdicts = m_oracle.verdicts(Dialect::Draft202012, schema, values);
    QVERIFY2(verdicts, qPrintable(m_oracle.error()));
    QCOMPARE(*verdicts, (std::vector<bool>{true, false, false}));
}

void TestSchemaOracle::everyVerdictIsTheOracles()
{
    QFETCH(int, dialect);
    const auto read = Dialect(dialect);
    Dice dice(seedOfThisRun());
    int cases = 0;
    int valid = 0;
    while (cases < casesWanted()) {
        const JsonValue schema = SchemaMaker(dice, read).make();
        ValueMaker maker(dice, schema);
        JsonValue::Array values = {maker.make(), maker.make()};
        for (int i = 0; i < 6; ++i) {
            values.push_back(maker.edited(values[dice.roll(values.size())]));
        }
        const QString written = QString::fromUtf8(writeJson(schema));
        const auto compiled = CompiledSchema::compile(schema, {.dialect = read});
        QVERIFY2(compiled,
                 qPrintable(u"refused %1: %2"_s.arg(written, compiled ? QString() : compiled.error().message)));
        const auto theirs = m_oracle.verdicts(read, schema, values);
        QVERIFY2(theirs, qPrintable(u"Ajv refused %1: %2"_s.arg(written, m_oracle.error())));
        for (size_t i = 0; i < values.size(); ++i) {
            const SchemaVerdict ours = (*compiled)->validate(values[i]);
            QVERIFY2(ours.kind != SchemaVerdictKind::CouldNotCheck, qPrintable(written));
            if (ours.isValid() != (*theirs)[i]) {
                const QString story = u"we say %1, Ajv says %2; "_s.arg(
                    ours.isValid() ? u"valid"_s : u"invalid: "_s + ours.problems.front().message,
                    (*theirs)[i] ? u"valid"_s : u"invalid"_s);
                QFAIL(qPrintable(story + smallest(read, schema, values[i])));
            }
            valid += ours.isValid() ? 1 : 0;
            ++cases;
        }
    }
    qInfo("%d cases, %d of them valid", cases, valid);
    QVERIFY2(valid * 5 > cases && valid * 5 < cases * 4, "nearly all verdicts were the same: this proves little");
}

void TestSchemaOracle::theFormAcceptsWhatTheOracleDoes()
{
    QFETCH(int, dialect);
    const auto read = Dialect(dialect);
    Dice dice(seedOfThisRun());
    int cases = 0;
    int accepted = 0;
    while (cases < casesWanted()) {
        const JsonValue schema = SchemaMaker(dice, read).make();
        const QString written = QString::fromUtf8(writeJson(schema));
        const auto compiled = CompiledSchema::compile(schema, {.dialect = read});
        QVERIFY2(compiled, qPrintable(written));
        ValueMaker maker(dice, schema);
        FormStart start{.mode = dice.percent(50) ? FormMode::Answer : FormMode::Edit};
        if (dice.percent(75)) {
            start.original = maker.make();
        }
        const auto form = FormModel::create(*compiled, start);
        QVERIFY2(form, qPrintable(written));
        FormEditor editor(dice, **form, maker);
        JsonValue::Array sent;
        std::vector<bool> ours;
        std::vector<bool> hasValue;
        QStringList story;
        const auto look = [&] {
            sent.push_back((*form)->outgoing());
            hasValue.push_back((*form)->valueOf((*form)->root()) != nullptr);
            ours.push_back((*form)->verdict() == SchemaVerdictKind::Valid);
        };
        look();
        for (int i = 0; i < 8; ++i) {
            story.append(editor.edit());
            look();
        }
        const auto theirs = m_oracle.verdicts(read, schema, sent);
        QVERIFY2(theirs, qPrintable(u"Ajv refused %1: %2"_s.arg(written, m_oracle.error())));
        for (size_t i = 0; i < sent.size(); ++i) {
            // Nothing at all is never accepted, and no validator has a word for it.
            if (ours[i] != (hasValue[i] && (*theirs)[i])) {
                const QString edits = story.mid(0, static_cast<qsizetype>(i)).join(u"; "_s);
                QFAIL(qPrintable(u"the form says %1, Ajv says %2 of %3\nschema %4\noriginal %5\nafter: %6"_s.arg(
                    ours[i] ? u"valid"_s : u"invalid"_s, (*theirs)[i] ? u"valid"_s : u"invalid"_s,
                    QString::fromUtf8(writeJson(sent[i])), written,
                    start.original ? QString::fromUtf8(writeJson(*start.original)) : u"absent"_s, edits)));
            }
            accepted += ours[i] ? 1 : 0;
            ++cases;
        }
    }
    qInfo("%d cases, %d of them accepted", cases, accepted);
    QVERIFY2(accepted * 5 > cases && accepted * 5 < cases * 4, "nearly all verdicts were the same: this proves little");
}

int main(int argc, char **argv)
{
    return packages.run<TestSchemaOracle>(argc, argv);
}

#include "tst_schema_oracle.moc"
