// SPDX-License-Identifier: Apache-2.0
#include "tests/core/schema/form_rig.h"

#include <QtCore/QFile>

#include <ctime>
#include <functional>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;

namespace {

/// Far beyond what any of them needs: what has no budget would take hours.
constexpr qint64 patienceMs = 20'000;

/// Of the processor: other programs may be busy too.
qint64 spentMs()
{
    return std::clock() * qint64{1000} / CLOCKS_PER_SEC;
}

#ifndef __SANITIZE_ADDRESS__
/// Memory of the process in MiB.
qint64 usedMemory()
{
    QFile file(u"/proc/self/statm"_s);
    if (!file.open(QIODevice::ReadOnly)) {
        return 0;
    }
    return file.readAll().split(' ').value(1).toLongLong() * 4 / 1024;
}
#endif

JsonValue flatValue(int count)
{
    JsonValue value = JsonValue::object();
    for (int i = 0; i < count; ++i) {
        value.members().push_back({"f" + std::to_string(i), JsonValue::fromInteger(i)});
    }
    return value;
}

QByteArray chain(const QByteArray &keyword)
{
    QByteArray schema = R"({"type":"object","properties":{"t":{"type":"string"},"x":{"$ref":"#/$defs/l0"}},"$defs":{)";
    for (int i = 0; i < 40; ++i) {
        const QByteArray next = R"({"$ref":"#/$defs/l)" + QByteArray::number(i + 1) + "\"}";
        schema += "\"l" + QByteArray::number(i) + "\":{\"" + keyword + "\":[" + next + ',' + next + "]},";
    }
    return schema + R"("l40":{"type":"string"}}})";
}

QByteArray listed(int count, const std::function<QByteArray(const QByteArray &)> &one)
{
    QByteArrayList parts;
    for (int i = 0; i < count; ++i) {
        parts.append(one(QByteArray::number(i)));
    }
    return parts.join(',');
}

} // namespace

/// Schemas made to hang, crash or fill the memory: each gives a form, or says why not, within its budget.
class TestFormHostile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aFormIsMadeAndEditedInTime_data();
    void aFormIsMadeAndEditedInTime();
    void unsendableFormsSaySo();
    void veryLargeListsStayFolded();
};

void TestFormHostile::aFormIsMadeAndEditedInTime_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<JsonValue>("value");
    const auto row = [](const char *claim, const QByteArray &schema, const JsonValue &value = JsonValue::object()) {
        QTest::newRow(claim) << schema << value;
    };
    row("exponential anyOf", chain("anyOf"));
    row("exponential oneOf", chain("oneOf"));
    row("exponential allOf", chain("allOf"));
    row("exponential anyOf that nothing fits", chain("anyOf"), json(R"({"x":1})"));
    row("exponential oneOf that nothing fits", chain("oneOf"), json(R"({"x":1})"));
    row("a choice of 100,000 values",
        R"({"type":"object","properties":{"t":{"type":"string"},"l":{"type":"array","items":{"$ref":"#/$defs/c"}},"c":{"$ref":"#/$defs/c"}},
            "$defs":{"c":{"enum":[)" +
            listed(100'000, [](const QByteArray &i) { return "\"v" + i + '"'; }) + "]}}}",
        json(R"({"l":["v1","odd","v2","odd"]})"));
    row("groups that double twenty times", [] {
        QByteArray schema =
            R"({"type":"object","required":["r"],"properties":{"t":{"type":"string"},"r":{"$ref":"#/$defs/w0"}},"$defs":{)";
        for (int i = 0; i < 20; ++i) {
            const QByteArray next = R"({"$ref":"#/$defs/w)" + QByteArray::number(i + 1) + "\"}";
            schema += "\"w" + QByteArray::number(i) + R"(":{"type":"object","required":["a","b"],"properties":{"a":)" +
                      next + ",\"b\":" + next + "}},";
        }
        return schema + R"("w20":{"type":"string"}}})";
    }());
    row("a required part that has itself",
        R"({"type":"object","required":["next"],"properties":{"t":{"type":"string"},"next":{"$ref":"#"}}})");
    row("names that cost much",
        R"({"type":"object","properties":{"t":{"type":"string"}},"patternProperties":{"^(a+)+$":{"type":"string"}},"propertyNames":{"pattern":"^(a|a)*$"}})",
        JsonValue::object({{std::string(3000, 'a') + "b", JsonValue()}}));
    row("texts that cost much", R"({"type":"object","properties":{"t":{"type":"string","pattern":"^(a+)+$"}}})",
        json(R"({"t":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"})"));
    row("many conditions",
        R"({"type":"object","properties":{"t":{"type":"string"}},"allOf":[)" +
            listed(900,
                   [](const QByteArray &i) {
                       return R"({"if":{"properties":{"t":{"pattern":"^(a+)+$"}}},"then":{"properties":{"z)" + i +
                              R"(":{"type":"string"}}}})";
                   }) +
            "]}",
        json(R"({"t":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"})"));
    row("conditions that contradict each other", R"({"type":"object","properties":{"t":{"type":"string"}},
        "if":{"required":["a"]},"then":{"properties":{"b":false}},"else":{"properties":{"a":{"default":1}}}})");
    row("very many members", R"({"type":"object","properties":{"t":{"type":"string"},)" +
                                 listed(19'000, [](const QByteArray &i) { return "\"m" + i + R"(":{})"; }) + "}}");
    row("more members than can be shown",
        R"({"type":"object","properties":{"t":{"type":"string"},)" +
            listed(40'000, [](const QByteArray &i) { return "\"m" + i + R"(":{})"; }) + "}}");
    row("members that need each other",
        R"({"type":"object","properties":{"t":{"type":"string"}},"dependentRequired":{)" +
            listed(4'000,
                   [](const QByteArray &i) {
                       return "\"f" + i + R"(":["f)" + QByteArray::number(i.toInt() + 1) + "\"]";
                   }) +
            "}}",
        flatValue(4'000));
    row("nine hundred branches",
        R"({"type":"object","properties":{"t":{"type":"string"},"u":{"oneOf":[)" +
            listed(900,
                   [](const QByteArray &i) {
                       return R"({"type":"object","properties":{"kind":{"const":"k)" + i +
                              R"("},"x":{"type":"string"}},"required":["kind"]})";
                   }) +
            "]}}}",
        json(R"({"u":{"kind":"k899","y":1}})"));
    row("unions of unions",
        R"({"type":"object","properties":{"t":{"type":"string"}},"allOf":[)" + listed(12, [](const QByteArray &i) {
            return R"({"anyOf":[{"properties":{"a)" + i + R"(":{"type":"string"}}},{"properties":{"b)" + i +
                   R"(":{"type":"string"}}}]})";
        }) + "]}");
    row("bounds that leave nothing",
        R"({"type":"object","minProperties":5,"maxProperties":2,"required":["t"],"properties":{"t":{"type":"string","minLength":9,"maxLength":1,"enum":[]}}})");
    row("a reference through the dynamic scope that never ends",
        R"({"properties":{"t":{"$dynamicRef":"#a"}},"$defs":{"x":{"$dynamicAnchor":"a","$dynamicRef":"#a"}},"type":"object"})");
    row("branches in branches of themselves",
        R"({"$defs":{"e":{"oneOf":[{"type":"string"},{"type":"object","required":["a"],"properties":{"a":{"$ref":"#/$defs/e"}}},{"type":"array","items":{"$ref":"#/$defs/e"}}]}},
        "type":"object","properties":{"t":{"$ref":"#/$defs/e"}}})",
        json(R"({"t":[[[{"a":{"a":["x"]}}]]]})"));
}

void TestFormHostile::aFormIsMadeAndEditedInTime()
{
    QFETCH(QByteArray, schema);
    QFETCH(JsonValue, value);
    const auto ready = CompiledSchema::compile(json(schema));
    if (!ready) {
        QVERIFY(!ready.error().message.isEmpty());
        return;
    }
    for (const FormMode mode : {FormMode::Answer, FormMode::Edit}) {
#ifndef __SANITIZE_ADDRESS__
        const qint64 memory = usedMemory();
#endif
        const qint64 started = spentMs();
        FormRig form(*ready, {.mode = mode, .original = value});
        QVERIFY2(spentMs() - started < patienceMs, qPrintable(QString::number(spentMs() - started)));
        if (mode == FormMode::Edit) {
            QCOMPARE(form.sent(), writeJson(value));
        }
        const qint64 edited = spentMs();
        form->setValue(form->find("/t"), json("\"text\""));
        form->takeChanges();
        form->undo();
        form->takeChanges();
        QVERIFY2(spentMs() - edited < patienceMs, qPrintable(QString::number(spentMs() - edited)));
#ifndef __SANITIZE_ADDRESS__
        QVERIFY2(usedMemory() - memory < 100, qPrintable(QString::number(usedMemory() - memory)));
#endif
    }
}

void TestFormHostile::unsendableFormsSaySo()
{
    FormRig form(chain("oneOf"), {.mode = FormMode::Edit, .original = json(R"({"x":1})")});
    QCOMPARE(form->verdict(), SchemaVerdictKind::CouldNotCheck);
    QVERIFY(!form->canSend());
    QVERIFY(!form->couldNotCheck().isEmpty());
    QCOMPARE(form.field("/x").kind, FieldKind::RawJson);
    QVERIFY(!form.field("/x").rawReason.isEmpty());
}

void TestFormHostile::veryLargeListsStayFolded()
{
    JsonValue list = JsonValue::array(JsonValue::Array(50'000, JsonValue::fromInteger(1)));
    JsonValue value = JsonValue::object();
    value.set("l", std::move(list));
    FormRig form(R"({"type":"object","properties":{"l":{"type":"array","items":{"type":"integer"}}}})",
                 {.mode = FormMode::Edit, .original = value});
    QVERIFY(!form.field("/l").expanded);
    QVERIFY(form.field("/l").children.empty());
    const FieldId item = form->reveal("/l/49999");
    QCOMPARE(form->field(item)->pointer, std::string("/l/49999"));
}

QTEST_GUILESS_MAIN(TestFormHostile)
#include "tst_form_hostile.moc"
