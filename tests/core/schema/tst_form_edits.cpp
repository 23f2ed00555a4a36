// SPDX-License-Identifier: Apache-2.0
#include "core/schema/inferred_schema.h"
#include "tests/core/schema/form_rig.h"

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;

namespace {
const QByteArray shapes = R"({"type":"object","required":["s"],"properties":{"s":{"oneOf":[
    {"title":"Circle","type":"object","required":["kind","r"],"properties":{"kind":{"const":"circle"},"r":{"type":"number"},"name":{"$ref":"#/$defs/name"}}},
    {"title":"Box","type":"object","required":["kind","w"],"properties":{"kind":{"const":"box"},"w":{"type":"number"},"name":{"$ref":"#/$defs/name"}}}]}},
    "$defs":{"name":{"type":"string"}}})";
}

/// What a form does with lists, maps, undo, drafts and differences.
class TestFormEdits : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void itemsComeGoAndMove();
    void boundsStopNewItems();
    void tuplesHavePlaces();
    void flatObjectsAreTables();
    void picksAreAListWhenTheyCannotBePicked();
    void mapsTakeAnyNameThatIsAllowed();
    void identitiesStayWithTheirItems();

    void typingIsOneStep();
    void wholeValuesAreTakenAsTheyAre();
    void undoBringsChoicesBack();
    void undoBringsBackWhatWasTakenAway();
    void unfinishedTextsKeepTheFormFromBeingSent();
    void missingMembersAreShownAtTheirField();
    void differencesMaskSecrets();
    void draftsComeBackWithoutSecrets();
    void whatIsOnlyJsonGivesNoSecretsAway_data();
    void whatIsOnlyJsonGivesNoSecretsAway();
    void foreignDraftsAreIgnored_data();
    void foreignDraftsAreIgnored();
    void changesNameTheirFields();
    void rowsFollowTheFolds();
    void revealOpensTheWay();
    void aValueWithoutASchemaGetsOne_data();
    void aValueWithoutASchemaGetsOne();
};

void TestFormEdits::itemsComeGoAndMove()
{
    FormRig form = FormRig::editing(
        R"({"type":"object","properties":{"l":{"type":"array","items":{"type":"string"}}}})", R"({"l":["a","b","c"]})");
    const FieldId list = form.at("/l");
    form->moveItem(form.at("/l/0"), 2);
    QCOMPARE(form.sent(), QByteArray(R"({"l":["b","c","a"]})"));
    const FieldId added = form->addItem(list, 1);
    QCOMPARE(form->field(added)->presence, Presence::Absent);
    QCOMPARE(form.problems(), QByteArray("/l/1 type"));
    form->setValue(added, json("\"new\""));
    QCOMPARE(form.sent(), QByteArray(R"({"l":["b","new","c","a"]})"));
    form->duplicateItem(added);
    QCOMPARE(form.sent(), QByteArray(R"({"l":["b","new","new","c","a"]})"));
    const FieldId both[] = {form.at("/l/0"), form.at("/l/3")};
    form->removeItems(both);
    QCOMPARE(form.sent(), QByteArray(R"({"l":["new","new","a"]})"));
    for (int i = 0; i < 5; ++i) {
        QVERIFY(form->canUndo());
        form->undo();
    }
    QCOMPARE(form.sent(), QByteArray(R"({"l":["a","b","c"]})"));
    QVERIFY(!form->canUndo());
}

void TestFormEdits::boundsStopNewItems()
{
    FormRig form = FormRig::editing(R"({"type":"array","items":{"type":"boolean"},"maxItems":2})", "[true]");
    QVERIFY(form->addItem(form->root()) != noField);
    QCOMPARE(form.sent(), QByteArray("[true,false]"));
    QCOMPARE(form->addItem(form->root()), noField);
    QCOMPARE(form->duplicateItem(form.at("/0")), noField);
}

void TestFormEdits::tuplesHavePlaces()
{
    FormRig form = FormRig::editing(
        R"({"type":"object","properties":{"p":{"type":"array","prefixItems":[{"type":"number","title":"X"},{"type":"number"}],
        "items":{"type":"string"},"minItems":1}}})",
        "{}");
    QCOMPARE(form.field("/p").kind, FieldKind::Tuple);
    QCOMPARE(form.field("/p/0").title, u"X"_s);
    QVERIFY(form.field("/p/0").required);
    form.set("/p/1", "2");
    QCOMPARE(form.sent(), QByteArray(R"({"p":[null,2]})"));
    QCOMPARE(form.problems(), QByteArray("/p/0 type"));
    const FieldId more = form->addItem(form.at("/p"));
    form->setValue(more, json("\"rest\""));
    form.set("/p/0", "1");
    QCOMPARE(form.sent(), QByteArray(R"({"p":[1,2,"rest"]})"));
    QVERIFY(form->canSend());
}

void TestFormEdits::flatObjectsAreTables()
{
    FormRig form = FormRig::editing(
        R"({"type":"object","properties":{"rows":{"type":"array","items":{"type":"object","required":["sku"],"properties":{
        "sku":{"type":"string","title":"Article"},"count":{"type":"integer"}}}}}})",
        R"({"rows":[{"sku":"a","count":1},{"count":2}]})");
    QCOMPARE(form.field("/rows").columns, (std::vector<QString>{u"Article"_s, u"count"_s}));
    QCOMPARE(form.rows(), QByteArray("rows header, >0, >1, >rows +item"));
    QCOMPARE(form.problems(), QByteArray("/rows/1/sku required"));
    form.set("/rows/1/sku", "\"b\"");
    QCOMPARE(form.sent(), QByteArray(R"({"rows":[{"sku":"a","count":1},{"sku":"b","count":2}]})"));
    form->setExpanded(form.at("/rows/0"), true);
    QCOMPARE(form.rows(), QByteArray("rows header, >0, >>sku, >>count, >1, >rows +item"));
}

void TestFormEdits::picksAreAListWhenTheyCannotBePicked()
{
    const QByteArray schema = R"({"type":"object","properties":{"p":{"type":"array","items":{"enum":["a","b"]}}}})";
    FormRig good = FormRig::editing(schema, R"({"p":["b","a"]})");
    QCOMPARE(good.field("/p").kind, FieldKind::MultiChoice);
    FormRig odd = FormRig::editing(schema, R"({"p":["b","z"]})");
    QCOMPARE(odd.field("/p").kind, FieldKind::List);
    QCOMPARE(odd.problems(), QByteArray("/p/1 enum"));
    odd.set("/p/1", "\"a\"");
    QCOMPARE(odd.field("/p").kind, FieldKind::MultiChoice);
}

void TestFormEdits::mapsTakeAnyNameThatIsAllowed()
{
    FormRig form = FormRig::editing(
        R"({"type":"object","properties":{"id":{"type":"string"}},"patternProperties":{"^n-":{"type":"integer","default":1}},
        "additionalProperties":{"type":"string"},"propertyNames":{"maxLength":5},"maxProperties":3})",
        R"({"a":"x"})");
    QCOMPARE(form.field("").kind, FieldKind::Map);
    QVERIFY(form.field("/a").extra && !form.field("/id").extra);
    const Result<FieldId> number = form->addMember(form->root(), u"n-1"_s);
    QVERIFY(number.hasValue());
    QCOMPARE(form->field(*number)->kind, FieldKind::Integer);
    QCOMPARE(form.sent(), QByteArray(R"({"a":"x","n-1":1})"));
    QCOMPARE(form->addMember(form->root(), u"a"_s).error().code, ErrorCode::InvalidInput);
    QVERIFY(form->addMember(form->root(), u"too-long"_s).error().message.contains(u"too-long"_s));
    QCOMPARE(*form->addMember(form->root(), u"id"_s), form.at("/id"));
    const FieldId a = form.at("/a");
    QVERIFY(form->renameMember(a, u"b"_s).hasValue());
    QCOMPARE(form->field(a)->pointer, std::string("/b"));
    QCOMPARE(form.sent(), QByteArray(R"({"b":"x","n-1":1})"));
    QVERIFY(!form->renameMember(a, u"n-1"_s).hasValue());
    QVERIFY(!form->renameMember(a, u"id"_s).hasValue());
    form->setAbsent(a);
    QCOMPARE(form->field(a)->presence, Presence::Absent);
    form->removeMember(a);
    QCOMPARE(form.sent(), QByteArray(R"({"n-1":1})"));
    form->undo();
    form->undo();
    form->undo();
    form->undo();
    QCOMPARE(form.sent(), QByteArray(R"({"a":"x"})"));

    FormRig closed(R"({"type":"object","properties":{"id":{"type":"string"}},"additionalProperties":false})");
    QVERIFY(closed->addMember(closed->root(), u"other"_s).error().message.contains(u"other"_s));
}

void TestFormEdits::identitiesStayWithTheirItems()
{
    FormRig form = FormRig::editing(
        R"({"type":"array","items":{"type":"object","properties":{"g":{"type":"object","properties":{"t":{"type":"string"}}}}}})",
        R"([{"g":{"t":"a"}},{"g":{"t":"b"}},{"g":{"t":"c"}}])");
    const FieldId c = form.at("/2/g/t");
    form->moveItem(form.at("/2"), 0);
    QCOMPARE(form->field(c)->pointer, std::string("/0/g/t"));
    QCOMPARE(form->valueOf(c)->utf8(), std::string_view("c"));
    const FieldId first[] = {form.at("/1")};
    form->removeItems(first);
    QCOMPARE(form->field(c)->pointer, std::string("/0/g/t"));
    form->undo();
    form->undo();
    QCOMPARE(form->field(c)->pointer, std::string("/2/g/t"));
}

void TestFormEdits::typingIsOneStep()
{
    FormRig form(R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}})");
    form.set("/a", "\"h\"");
    form.set("/a", "\"he\"");
    form.set("/b", "\"x\"");
    form.set("/a", "\"hel\"");
    form->undo();
    QCOMPARE(form.sent(), QByteArray(R"({"a":"he","b":"x"})"));
    form->undo();
    form->undo();
    QCOMPARE(form.sent(), QByteArray("{}"));
    QVERIFY(!form->canUndo());
    form->redo();
    QCOMPARE(form.sent(), QByteArray(R"({"a":"he"})"));
    form.set("/a", "\"other\"");
    QVERIFY(!form->canRedo());
    form->undo();
    QCOMPARE(form.sent(), QByteArray(R"({"a":"he"})"));
}

void TestFormEdits::wholeValuesAreTakenAsTheyAre()
{
    FormRig form(shapes);
    form->replaceValue(json(R"({"s":{"kind":"box","w":1.0},"more":[1,{"x":2}]})"));
    QCOMPARE(form.variants("/s"), QByteArray("Circle|Box 1"));
    const FieldId more = form.at("/more");
    form->replaceValue(json(R"({"s":{"kind":"box","w":1.0},"more":[1,{"x":"y"}]})"));
    QCOMPARE(form.at("/more"), more);
    QCOMPARE(form.sent(), QByteArray(R"({"s":{"kind":"box","w":1.0},"more":[1,{"x":"y"}]})"));
    form->replaceValue(json(R"({"s":{"kind":"circle","w":1.0},"more":[1,{"x":"y"}]})"));
    QCOMPARE(form.variants("/s"), QByteArray("Circle|Box 0"));
    form->replaceValue(json(R"([3])"));
    QCOMPARE(form.field("").kind, FieldKind::RawJson);
    for (int i = 0; i < 4; ++i) {
        form->undo();
    }
    QCOMPARE(form.sent(), QByteArray("{}"));
    QVERIFY(!form->canUndo());
    form->redo();
    form->redo();
    QCOMPARE(form.sent(), QByteArray(R"({"s":{"kind":"box","w":1.0},"more":[1,{"x":"y"}]})"));
}

void TestFormEdits::undoBringsChoicesBack()
{
    FormRig form(shapes);
    form->chooseVariant(form.at("/s"), 0);
    form.set("/s/r", "2");
    form->chooseVariant(form.at("/s"), 1);
    form->undo();
    QCOMPARE(form.variants("/s"), QByteArray("Circle|Box 0"));
    QCOMPARE(form.sent(), QByteArray(R"({"s":{"kind":"circle","r":2}})"));
    form->undo();
    form->undo();
    QCOMPARE(form.variants("/s"), QByteArray("Circle|Box -1"));
    QCOMPARE(form.sent(), QByteArray("{}"));
    form->redo();
    form->redo();
    form->redo();
    QCOMPARE(form.variants("/s"), QByteArray("Circle|Box 1"));
    form->chooseVariant(form.at("/s"), 0);
    QCOMPARE(form.sent(), QByteArray(R"({"s":{"kind":"circle","r":2}})"));
}

void TestFormEdits::undoBringsBackWhatWasTakenAway()
{
    FormRig form = FormRig::editing(R"({"type":"object","properties":{"on":{"type":"boolean"}},
        "if":{"properties":{"on":{"const":true}},"required":["on"]},"then":{"properties":{"x":{"type":"string"}}}})",
                                    R"({"on":false,"x":"free"})");
    QCOMPARE(form.sent(), QByteArray(R"({"on":false,"x":"free"})"));
    form.set("/on", "true");
    form->setValue(form.at("/x"), json("\"named\""));
    form.set("/on", "false");
    QCOMPARE(form.sent(), QByteArray(R"({"on":false})"));
    form->undo();
    QCOMPARE(form.sent(), QByteArray(R"({"on":true,"x":"named"})"));
    form->undo();
    form->undo();
    QCOMPARE(form.sent(), QByteArray(R"({"on":false,"x":"free"})"));
    form->redo();
    form->redo();
    form->redo();
    QCOMPARE(form.sent(), QByteArray(R"({"on":false})"));
    QVERIFY(form.field("/x").notSent);
}

void TestFormEdits::unfinishedTextsKeepTheFormFromBeingSent()
{
    FormRig form(R"({"type":"object","properties":{"n":{"type":"number","default":3}}})");
    QVERIFY(form->canSend());
    form->setUnfinished(form.at("/n"), u"12,"_s, u"is not a number yet"_s);
    QVERIFY(!form->canSend());
    QCOMPARE(form->verdict(), SchemaVerdictKind::Valid);
    QCOMPARE(form.problems(), QByteArray("/n unfinished"));
    QCOMPARE(form->unfinished(form.at("/n")), u"12,"_s);
    QCOMPARE(form.sent(), QByteArray(R"({"n":3})"));
    form.set("/n", "3");
    QVERIFY(form->canSend());
    QVERIFY(!form->canUndo());
}

void TestFormEdits::missingMembersAreShownAtTheirField()
{
    FormRig form = FormRig::editing(R"({"type":"object","required":["a","b"],"additionalProperties":false,
        "properties":{"a":{"type":"string"},"b":{"type":"object","required":["c"],"properties":{"c":{}}}}})",
                                    R"({"b":{},"odd":1})");
    QCOMPARE(form.problems(), QByteArray("/a required; /b/c required; /odd additionalProperties"));
    QCOMPARE(form->problems()[0].pointer, std::string("/a"));
    QCOMPARE(form->problemsOf(form.at("/b/c")).size(), size_t{1});
    form->removeMember(form.at("/odd"));
    QCOMPARE(form.problems(), QByteArray("/a required; /b/c required"));
}

void TestFormEdits::differencesMaskSecrets()
{
    FormRig form = FormRig::editing(
        R"({"type":"object","properties":{"p":{"type":"string","writeOnly":true},"o":{"type":"object","properties":{"q":{"type":"string","format":"password"}}},"t":{"type":"string"}}})",
        R"({"p":"hunter2","t":"a"})");
    form.set("/p", "\"swordfish\"");
    form.set("/o/q", "\"opensesame\"");
    form.set("/t", "\"b\"");
    const std::vector<FieldChange> changes = form->changes();
    QCOMPARE(changes.size(), size_t{3});
    for (const FieldChange &change : changes) {
        const QByteArray shown =
            writeJson(change.before.value_or(JsonValue())) + writeJson(change.after.value_or(JsonValue()));
        QVERIFY2(!shown.contains("hunter2") && !shown.contains("swordfish") && !shown.contains("opensesame"),
                 shown.constData());
    }
    QCOMPARE(changes[1].kind, FieldChangeKind::Changed);
    QCOMPARE(changes[2].kind, FieldChangeKind::Added);
}

void TestFormEdits::draftsComeBackWithoutSecrets()
{
    const QByteArray schema =
        R"({"type":"object","properties":{"p":{"type":"string","format":"password"},"kept":{"type":"string","writeOnly":true},
        "n":{"type":"number"},"u":{"oneOf":[{"title":"A","type":"object","properties":{"k":{"const":"a"},"pw":{"type":"string","writeOnly":true},"x":{"type":"string"}}},
        {"title":"B","type":"object","properties":{"k":{"const":"b"}}}]}}})";
    const FormStart start{.mode = FormMode::Edit, .original = json(R"({"kept":"from before","n":1})")};
    FormRig form(schema, start);
    form.set("/p", "\"hunter2\"");
    form->chooseVariant(form.at("/u"), 0);
    form.set("/u/pw", "\"swordfish\"");
    form.set("/u/x", "\"plain\"");
    form->chooseVariant(form.at("/u"), 1);
    form->setUnfinished(form.at("/n"), u"1,5,"_s, u"is not a number yet"_s);
    const JsonValue draft = form->draft();
    const QByteArray written = writeJson(draft);
    QVERIFY2(!written.contains("hunter2") && !written.contains("swordfish") && !written.contains("from before"),
             written.constData());
    FormStart again = start;
    again.draft = draft;
    FormRig back(schema, again);
    QCOMPARE(back.sent(), QByteArray(R"({"kept":"from before","n":1,"u":{"k":"b"}})"));
    QCOMPARE(back->unfinished(back.at("/n")), u"1,5,"_s);
    QVERIFY(!back->canSend());
    back->chooseVariant(back.at("/u"), 0);
    QCOMPARE(back.sent(), QByteArray(R"({"kept":"from before","n":1,"u":{"k":"a","x":"plain"}})"));
}

void TestFormEdits::whatIsOnlyJsonGivesNoSecretsAway_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("none of the variants")
        << QByteArray(R"({"oneOf":[{"type":"object","title":"A","required":["k"],"properties":{"k":{"const":1},
                         "pw":{"type":"string","writeOnly":true}}},{"type":"object","title":"B","required":["k"],
                         "properties":{"k":{"const":2}}}]})")
        << QByteArray(R"({"k":3,"pw":"hunter2"})");
    QTest::newRow("another kind") << QByteArray(
                                         R"({"type":"object","properties":{"pw":{"type":"string","writeOnly":true}}})")
                                  << QByteArray(R"([{"pw":"hunter2"}])");
}

void TestFormEdits::whatIsOnlyJsonGivesNoSecretsAway()
{
    QFETCH(QByteArray, schema);
    QFETCH(QByteArray, value);
    const QByteArray around = R"({"type":"object","properties":{"part":)" + schema + "}}";
    const QByteArray original = R"({"part":)" + value + "}";
    FormRig form = FormRig::editing(around, original);
    QCOMPARE(form.field("/part").kind, FieldKind::RawJson);
    QVERIFY2(!writeJson(form->draft()).contains("hunter2"), writeJson(form->draft()).constData());
    FormRig again(around, {.mode = FormMode::Edit, .original = json(original), .draft = form->draft()});
    QCOMPARE(writeJson(again->outgoing()), original);
    form->setUnfinished(form.at("/part"), u"{\"pw\":\"hunter2"_s, u"not finished"_s);
    QVERIFY2(!writeJson(form->draft()).contains("hunter2"), writeJson(form->draft()).constData());
    form->setValue(form.at("/part"), json(R"({"pw":"hunter2","more":1})"));
    QVERIFY2(!writeJson(form->draft()).contains("hunter2"), writeJson(form->draft()).constData());
}

void TestFormEdits::foreignDraftsAreIgnored_data()
{
    QTest::addColumn<QByteArray>("draft");
    QTest::newRow("nothing") << QByteArray("null");
    QTest::newRow("a value") << QByteArray(R"({"t":"x"})");
    QTest::newRow("of another form") << QByteArray(
        R"({"form":1,"for":"00","value":{"t":"x"},"kept":[],"lost":[],"hidden":{},"unfinished":{},"branches":{}})");
}

void TestFormEdits::foreignDraftsAreIgnored()
{
    QFETCH(QByteArray, draft);
    FormRig form(R"({"type":"object","properties":{"t":{"type":"string"}}})", {.draft = json(draft)});
    QCOMPARE(form.sent(), QByteArray("{}"));
}

void TestFormEdits::changesNameTheirFields()
{
    FormRig form(
        R"({"type":"object","required":["a"],"properties":{"a":{"type":"string"},"b":{"type":"string"},"c":{"type":"object","properties":{"d":{"type":"string"}}}}})");
    FormChanges none = form->takeChanges();
    QVERIFY(!none.rows && !none.everything && none.fields.empty());
    form.set("/a", "\"x\"");
    const FormChanges typed = form->takeChanges();
    QVERIFY(!typed.rows);
    QVERIFY(std::find(typed.fields.begin(), typed.fields.end(), form.at("/a")) != typed.fields.end());
    QVERIFY(std::find(typed.fields.begin(), typed.fields.end(), form.at("/b")) == typed.fields.end());
    form->setExpanded(form.at("/c"), false);
    QVERIFY(form->takeChanges().rows);
}

void TestFormEdits::rowsFollowTheFolds()
{
    FormRig form(
        R"({"type":"object","properties":{"t":{"type":"string"},"g":{"type":"object","properties":{"x":{"type":"string"}}},
        "l":{"type":"array","items":{"type":"string"}},"m":{"type":"object","additionalProperties":{"type":"string"}}}})");
    QCOMPARE(form.rows(), QByteArray("t, g header, >x, l header, >l +item, m header, >m +member"));
    form->setExpanded(form.at("/g"), false);
    QCOMPARE(form.rows(), QByteArray("t, g header, l header, >l +item, m header, >m +member"));
    QCOMPARE(form->rowOf(form.at("/l")), 2);
    QCOMPARE(form->rowOf(form.at("/g/x")), -1);
    FormRig list(R"({"type":"array","items":{"type":"string"}})", {.original = json(R"(["a"])")});
    QCOMPARE(list.rows(), QByteArray(" header, >0, > +item"));
    FormRig text(R"({"type":"string"})");
    QCOMPARE(text.rows(), QByteArray(""));
    QCOMPARE(text->rows().size(), size_t{1});
    QVERIFY(!text->canSend());
    text.set("", "\"x\"");
    QVERIFY(text->canSend());
}

void TestFormEdits::revealOpensTheWay()
{
    FormRig form =
        FormRig::editing(R"({"type":"object","properties":{"v":{"type":"string","maxLength":1},"next":{"$ref":"#"}}})",
                         R"({"next":{"next":{"next":{"v":"long"}}}})");
    form->setExpanded(form.at("/next"), false);
    QCOMPARE(form.problems(), QByteArray("/next/next/next/v maxLength"));
    const FieldId at = form->reveal("/next/next/next/v");
    QCOMPARE(form->field(at)->pointer, std::string("/next/next/next/v"));
    QVERIFY(form->rowOf(at) >= 0);
    QCOMPARE(form->field(form->reveal("/next/nothing/there"))->pointer, std::string("/next"));
}

void TestFormEdits::aValueWithoutASchemaGetsOne_data()
{
    QTest::addColumn<QByteArray>("value");
    for (const char *value :
         {R"({"a":1,"b":2.50,"c":"x","d":[{"e":true,"f":null},{"e":false,"g":"t"}],"h":{},"i":[],"j":[1,"x"]})", "[]",
          "null", "3", R"([[1],[2.5],[]])", R"({"deep":{"er":[{"x":[1]},{"x":["a"]}]}})"}) {
        QTest::newRow(value) << QByteArray(value);
    }
}

void TestFormEdits::aValueWithoutASchemaGetsOne()
{
    QFETCH(QByteArray, value);
    const JsonValue schema = inferredSchema(json(value));
    FormRig form = FormRig::editing(writeJson(schema), value);
    QVERIFY2(form->canSend(), writeJson(schema).constData());
    QCOMPARE(form.sent(), value);
    if (value.startsWith("{\"a\"")) {
        QCOMPARE(form.field("/a").kind, FieldKind::Integer);
        QCOMPARE(form.field("/d").kind, FieldKind::List);
        QCOMPARE(form.field("/d/0/g").presence, Presence::Absent);
        QVERIFY(!form.field("/a").required);
    }
}

QTEST_GUILESS_MAIN(TestFormEdits)
#include "tst_form_edits.moc"
