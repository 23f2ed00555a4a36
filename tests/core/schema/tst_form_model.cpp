// SPDX-License-Identifier: Apache-2.0
#include "core/schema/inferred_schema.h"
#include "tests/core/schema/form_rig.h"

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;

/// What each construct of JSON Schema becomes in a form, and what edits do.
class TestFormModel : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void kindsFollowTheSchema_data();
    void kindsFollowTheSchema();
    void wordsComeFromTheSchema();
    void ordersAreKept();
    void defaultsAreFilledInAndSentInAnswers();
    void absentStaysAbsentInEdits();
    void numbersKeepTheirText();
    void theFourStatesDiffer();
    void groupsAreMadeWhenSomethingInThemIs();
    void newMembersGoWhereTheSchemaHasThem();
    void whatTheFormDoesNotShowIsKept();
    void agreementIsNeverFilledIn();
    void referencesAndAllOfAreOne();
    void titledValuesAreChoices();
    void typesAreVariants();
    void branchesKeepTheirDrafts();
    void theDiscriminatorChoosesTheBranch();
    void sharedMembersStayWhenBranchesChange();
    void problemsComeFromTheChosenBranch();
    void unionsOfConditionsAreNoVariants();
    void conditionsShowAndTakeAway();
    void dependenciesSayWhyAMemberIsNeeded();
    void recursionOpensOnDemand();
    void wrongTypesAreShownAsJson();
    void takingDefaultsBack();

    void itemsComeGoAndMove();
    void boundsStopNewItems();
    void tuplesHavePlaces();
    void flatObjectsAreTables();
    void picksAreAListWhenTheyCannotBePicked();
    void mapsTakeAnyNameThatIsAllowed();
    void identitiesStayWithTheirItems();

    void typingIsOneStep();
    void undoBringsChoicesBack();
    void undoBringsBackWhatWasTakenAway();
    void unfinishedTextsKeepTheFormFromBeingSent();
    void missingMembersAreShownAtTheirField();
    void differencesMaskSecrets();
    void draftsComeBackWithoutSecrets();
    void foreignDraftsAreIgnored_data();
    void foreignDraftsAreIgnored();
    void changesNameTheirFields();
    void rowsFollowTheFolds();
    void revealOpensTheWay();
    void aValueWithoutASchemaGetsOne_data();
    void aValueWithoutASchemaGetsOne();
};

void TestFormModel::kindsFollowTheSchema_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<FieldKind>("kind");
    const auto row = [](const char *claim, const char *schema, FieldKind kind) {
        QTest::newRow(claim) << QByteArray(schema) << kind;
    };
    row("text", R"({"type":"string"})", FieldKind::Text);
    row("text, by what is asked of it", R"({"minLength":3})", FieldKind::Text);
    row("an address", R"({"type":"string","format":"email"})", FieldKind::Text);
    row("long text by its format", R"({"type":"string","format":"textarea"})", FieldKind::LongText);
    row("long text by its length", R"({"type":"string","maxLength":5000})", FieldKind::LongText);
    row("long text by what it holds", R"({"type":"string","contentMediaType":"text/markdown"})", FieldKind::LongText);
    row("a number", R"({"type":"number"})", FieldKind::Number);
    row("a whole number", R"({"type":"integer"})", FieldKind::Integer);
    row("a whole number of both", R"({"allOf":[{"type":"number"},{"type":"integer"}]})", FieldKind::Integer);
    row("a switch", R"({"type":"boolean"})", FieldKind::Switch);
    row("a choice", R"({"enum":["a","b"]})", FieldKind::Choice);
    row("a choice of mixed values", R"({"enum":["a",1,{"x":2}]})", FieldKind::Choice);
    row("several choices", R"({"type":"array","uniqueItems":true,"items":{"enum":["a","b"]}})", FieldKind::MultiChoice);
    row("several titled choices", R"({"type":"array","items":{"anyOf":[{"const":"a","title":"A"},{"const":"b"}]}})",
        FieldKind::MultiChoice);
    row("a date", R"({"type":"string","format":"date"})", FieldKind::Date);
    row("a time", R"({"type":"string","format":"time"})", FieldKind::Time);
    row("a date with a time", R"({"type":"string","format":"date-time"})", FieldKind::DateTime);
    row("a duration", R"({"type":"string","format":"duration"})", FieldKind::Duration);
    row("a password", R"({"type":"string","format":"password"})", FieldKind::Secret);
    row("what is only written", R"({"type":"string","writeOnly":true})", FieldKind::Secret);
    row("a colour", R"({"type":"string","format":"color"})", FieldKind::Colour);
    row("a file", R"({"type":"string","contentEncoding":"base64"})", FieldKind::File);
    row("a constant", R"({"const":"x"})", FieldKind::Constant);
    row("null", R"({"type":"null"})", FieldKind::Null);
    row("an object", R"({"type":"object","properties":{"x":{}}})", FieldKind::Group);
    row("an object, by its members", R"({"properties":{"x":{}}})", FieldKind::Group);
    row("a map", R"({"type":"object","additionalProperties":{"type":"string"}})", FieldKind::Map);
    row("an object of which nothing is said", R"({"type":"object"})", FieldKind::Map);
    row("a list", R"({"type":"array","items":{"type":"string"}})", FieldKind::List);
    row("a list of anything", R"({"type":"array"})", FieldKind::List);
    row("places", R"({"type":"array","prefixItems":[{"type":"string"}]})", FieldKind::Tuple);
    row("places of draft-07",
        R"({"type":"array","items":[{"type":"string"},{"type":"number"}],"$schema":"http://json-schema.org/draft-07/schema#"})",
        FieldKind::Tuple);
    row("a table", R"({"type":"array","items":{"type":"object","properties":{"x":{"type":"string"}}}})",
        FieldKind::Table);
    row("a list of objects that are not flat",
        R"({"type":"array","items":{"type":"object","properties":{"x":{"type":"object"}}}})", FieldKind::List);
    row("nothing", "false", FieldKind::RawJson);
}

void TestFormModel::kindsFollowTheSchema()
{
    QFETCH(QByteArray, schema);
    QFETCH(FieldKind, kind);
    FormRig alone(schema);
    QCOMPARE(alone->field(alone->root())->kind, kind);
    if (schema.contains("$schema") || schema == "false") {
        return;
    }
    FormRig member(R"({"type":"object","properties":{"m":)" + schema + "}}");
    QCOMPARE(member.field("/m").kind, kind);
    QVERIFY(!member.field("/m").nullable);
    FormRig nullable(R"({"type":"object","properties":{"m":{"anyOf":[)" + schema + R"(,{"type":"null"}]}}})");
    if (kind != FieldKind::Null && kind != FieldKind::Constant) {
        QCOMPARE(nullable.field("/m").kind, kind);
        QVERIFY(nullable.field("/m").nullable);
        QVERIFY(nullable.field("/m").variants.empty());
    }
}

void TestFormModel::wordsComeFromTheSchema()
{
    FormRig form(R"({"type":"object","required":["a"],"properties":{
        "a":{"type":"number","title":"Amount","description":"What it costs","minimum":0.10,"exclusiveMaximum":100,
             "multipleOf":0.01,"default":4.20,"examples":[1,2.50],"deprecated":true,"readOnly":true},
        "t":{"type":"string","minLength":2,"maxLength":9,"pattern":"^x","format":"email"},
        "api_token":{"type":"string"},"plain":{"type":"string"}}})");
    const FormField &amount = form.field("/a");
    QCOMPARE(amount.title, u"Amount"_s);
    QCOMPARE(amount.help, u"What it costs"_s);
    QVERIFY(amount.required && amount.deprecated && amount.readOnly);
    QCOMPARE(amount.bounds.minimum, std::string("0.10"));
    QCOMPARE(amount.bounds.maximum, std::string("100"));
    QVERIFY(amount.bounds.exclusiveMaximum && !amount.bounds.exclusiveMinimum);
    QCOMPARE(amount.bounds.multipleOf, std::string("0.01"));
    QCOMPARE(writeJson(*amount.defaultValue), QByteArray("4.20"));
    QCOMPARE(amount.examples.size(), size_t{2});
    const FormField &text = form.field("/t");
    QCOMPARE(text.title, u"t"_s);
    QCOMPARE(text.bounds.minLength, std::optional<qint64>(2));
    QCOMPARE(text.bounds.maxLength, std::optional<qint64>(9));
    QCOMPARE(text.bounds.pattern, u"^x"_s);
    QCOMPARE(text.bounds.format, u"email"_s);
    QVERIFY(form.field("/api_token").asksForSecret);
    QVERIFY(!form.field("/plain").asksForSecret);
}

void TestFormModel::ordersAreKept()
{
    FormRig form(R"({"type":"object","properties":{"z":{},"a":{},"m":{}}})");
    QCOMPARE(form.keys(""), QByteArray("z a m"));
    FormRig listed(R"({"type":"object","ui:order":["m","*","z"],"properties":{"z":{},"a":{},"m":{},"b":{}}})");
    QCOMPARE(listed.keys(""), QByteArray("m a b z"));
    FormRig ranked(R"({"type":"object","properties":{"z":{"x-order":3},"a":{},"m":{"x-order":1}}})");
    QCOMPARE(ranked.keys(""), QByteArray("m z a"));
}

void TestFormModel::defaultsAreFilledInAndSentInAnswers()
{
    FormRig form(R"({"type":"object","required":["n","g"],"properties":{"n":{"type":"integer","default":3},
        "k":{"const":"fixed"},"g":{"type":"object","properties":{"x":{"type":"string","default":"d"}}},
        "o":{"type":"object","properties":{"y":{"type":"string","default":"e"}}},"s":{"type":"string"}}})");
    QCOMPARE(form.sent(), QByteArray(R"({"n":3,"k":"fixed","g":{"x":"d"}})"));
    QVERIFY(form.field("/n").isDefault);
    QVERIFY(!form.field("/s").isDefault);
    QVERIFY(form->canSend());
    QVERIFY(!form->isChanged());
    form.set("/n", "4");
    QVERIFY(!form.field("/n").isDefault);
    form.set("/o/y", "\"mine\"");
    QCOMPARE(form.sent(), QByteArray(R"({"n":4,"k":"fixed","g":{"x":"d"},"o":{"y":"mine"}})"));
    QCOMPARE(form->filledCount(), 4);
    QCOMPARE(form->fieldCount(), 5);
}

void TestFormModel::absentStaysAbsentInEdits()
{
    const QByteArray schema = R"({"type":"object","required":["n"],"properties":{"n":{"type":"integer","default":3},
        "b":{"type":"boolean","default":false},"k":{"const":1},"x":{"type":["string","null"]}}})";
    FormRig form = FormRig::editing(schema, R"({"n":1,"x":null})");
    QCOMPARE(form.sent(), QByteArray(R"({"n":1,"x":null})"));
    QCOMPARE(form.field("/x").presence, Presence::Null);
    QCOMPARE(form.field("/b").presence, Presence::Absent);
    form.set("/b", "true");
    form->setAbsent(form.at("/b"));
    QCOMPARE(form.sent(), QByteArray(R"({"n":1,"x":null})"));
    QVERIFY(!form->isChanged());
}

void TestFormModel::numbersKeepTheirText()
{
    const QByteArray value = R"({"a":4200.00,"b":18446744073709551615,"c":1e2,"d":0.1000000000000000000000001})";
    FormRig form =
        FormRig::editing(R"({"type":"object","properties":{"a":{"type":"number"},"b":{"type":"integer"}}})", value);
    QCOMPARE(form.sent(), value);
    form.set("/a", "4200.0");
    QVERIFY(form->isChanged());
    QVERIFY(form->isChanged(form.at("/a")));
    form->resetToOriginal(form.at("/a"));
    QCOMPARE(form.sent(), value);
}

void TestFormModel::theFourStatesDiffer()
{
    FormRig form(R"({"type":"object","properties":{"t":{"type":["string","null"],"default":"d"}}})");
    const FieldId id = form.at("/t");
    QCOMPARE(form.sent(), QByteArray(R"({"t":"d"})"));
    form->setAbsent(id);
    QCOMPARE(form.sent(), QByteArray("{}"));
    QVERIFY(!form->valueOf(id));
    form->setNull(id);
    QCOMPARE(form.sent(), QByteArray(R"({"t":null})"));
    form.set("/t", R"("")");
    QCOMPARE(form.sent(), QByteArray(R"({"t":""})"));
    QCOMPARE(form.field("/t").presence, Presence::Value);
    form->resetToDefault(id);
    QVERIFY(form.field("/t").isDefault);
}

void TestFormModel::groupsAreMadeWhenSomethingInThemIs()
{
    FormRig form =
        FormRig::editing(R"({"type":"object","properties":{"a":{"type":"object","required":["k","b"],"properties":{
        "k":{"const":"kind"},"b":{"type":"object","properties":{"c":{"type":"string"},"d":{"type":"integer","default":3}}}}}}})",
                         "{}");
    QCOMPARE(form.field("/a").presence, Presence::Absent);
    form.set("/a/b/c", "\"x\"");
    QCOMPARE(form.sent(), QByteArray(R"({"a":{"k":"kind","b":{"c":"x"}}})"));
    form->undo();
    QCOMPARE(form.sent(), QByteArray("{}"));
    QCOMPARE(form.field("/a").presence, Presence::Absent);
}

void TestFormModel::newMembersGoWhereTheSchemaHasThem()
{
    FormRig form = FormRig::editing(R"({"type":"object","properties":{"a":{},"b":{"type":"string"},"c":{}}})",
                                    R"({"x":1,"c":3,"a":2})");
    QCOMPARE(form.keys(""), QByteArray("a b c x"));
    form.set("/b", "\"new\"");
    QCOMPARE(form.sent(), QByteArray(R"({"x":1,"c":3,"a":2,"b":"new"})"));
}

void TestFormModel::whatTheFormDoesNotShowIsKept()
{
    const QByteArray value = R"({"known":"a","extra":{"deep":[1,2.50]},"more":null})";
    FormRig form = FormRig::editing(R"({"type":"object","properties":{"known":{"type":"string"}}})", value);
    QVERIFY(form.field("/extra").extra);
    form.set("/known", "\"b\"");
    QCOMPARE(form.sent(), QByteArray(R"({"known":"b","extra":{"deep":[1,2.50]},"more":null})"));
    QCOMPARE(form->changes().size(), size_t{1});
    QCOMPARE(form->changes().front().pointer, std::string("/known"));
}

void TestFormModel::agreementIsNeverFilledIn()
{
    FormRig form(R"({"type":"object","required":["agree"],"properties":{"agree":{"const":true}}})");
    QCOMPARE(form.field("/agree").kind, FieldKind::Switch);
    QCOMPARE(form.sent(), QByteArray("{}"));
    QCOMPARE(form.problems(), QByteArray("/agree required"));
    form.set("/agree", "false");
    QCOMPARE(form.problems(), QByteArray("/agree const"));
    form.set("/agree", "true");
    QVERIFY(form->canSend());
}

void TestFormModel::referencesAndAllOfAreOne()
{
    FormRig form(R"({"$ref":"#/$defs/base","properties":{"own":{"$ref":"#/$defs/name","title":"Mine","maxLength":4}},
        "allOf":[{"properties":{"more":{"type":"boolean"}},"required":["own"]}],
        "$defs":{"base":{"type":"object","properties":{"id":{"type":"integer"}}},
                 "name":{"type":"string","title":"Name","description":"Words","maxLength":9}}})");
    QCOMPARE(form.keys(""), QByteArray("own id more"));
    QCOMPARE(form.field("/own").title, u"Mine"_s);
    QCOMPARE(form.field("/own").help, u"Words"_s);
    QCOMPARE(form.field("/own").bounds.maxLength, std::optional<qint64>(4));
    QVERIFY(form.field("/own").required);
}

void TestFormModel::titledValuesAreChoices()
{
    FormRig form(R"({"type":"object","properties":{
        "a":{"oneOf":[{"const":1,"title":"One","description":"First"},{"const":2,"title":"Two"}]},
        "b":{"enum":["x","y",null],"enumNames":["Ex"]},
        "c":{"anyOf":[{"enum":["p"]},{"type":"string"}]}}})");
    const FieldOptions &options = form.field("/a").options;
    QCOMPARE(options.size(), size_t{2});
    QCOMPARE(options[0].title, u"One"_s);
    QCOMPARE(options[0].description, u"First"_s);
    QCOMPARE(writeJson(options[1].value), QByteArray("2"));
    QVERIFY(form.field("/a").variants.empty());
    QCOMPARE(form.field("/b").options.size(), size_t{2});
    QCOMPARE(form.field("/b").options[0].title, u"Ex"_s);
    QCOMPARE(form.field("/b").options[1].title, u"y"_s);
    QVERIFY(form.field("/b").nullable);
    QCOMPARE(form.field("/c").variants.size(), size_t{2});
    form.set("/a", "3");
    QCOMPARE(form.problems(), QByteArray("/a oneOf"));
    QVERIFY(form->problems().front().message.contains(u"2 choices"_s));
}

void TestFormModel::typesAreVariants()
{
    FormRig form(R"({"type":"object","properties":{"v":{"type":["string","integer","null"]},"any":{}}})");
    QCOMPARE(form.variants("/v"), QByteArray("Text|Whole number -1"));
    QVERIFY(form.field("/v").nullable);
    form.set("/v", "5");
    QCOMPARE(form.variants("/v"), QByteArray("Text|Whole number 1"));
    QCOMPARE(form.field("/v").kind, FieldKind::Integer);
    form->chooseVariant(form.at("/v"), 0);
    QCOMPARE(form.field("/v").kind, FieldKind::Text);
    QCOMPARE(form.sent(), QByteArray("{}"));
    form.set("/v", "\"t\"");
    form->chooseVariant(form.at("/v"), 1);
    QCOMPARE(form.sent(), QByteArray(R"({"v":5})"));
    QCOMPARE(form.variants("/any"), QByteArray("Text|Number|True or false|Object|List|JSON -1"));
    form->chooseVariant(form.at("/any"), 5);
    QCOMPARE(form.field("/any").kind, FieldKind::RawJson);
    form.set("/any", R"([1])");
    QCOMPARE(form.field("/any").kind, FieldKind::RawJson);
    form->chooseVariant(form.at("/any"), 4);
    QCOMPARE(form.field("/any").kind, FieldKind::List);
}

namespace {
const QByteArray shapes = R"({"type":"object","required":["s"],"properties":{"s":{"oneOf":[
    {"title":"Circle","type":"object","required":["kind","r"],"properties":{"kind":{"const":"circle"},"r":{"type":"number"},"name":{"$ref":"#/$defs/name"}}},
    {"title":"Box","type":"object","required":["kind","w"],"properties":{"kind":{"const":"box"},"w":{"type":"number"},"name":{"$ref":"#/$defs/name"}}}]}},
    "$defs":{"name":{"type":"string"}}})";
}

void TestFormModel::branchesKeepTheirDrafts()
{
    FormRig form(shapes);
    QCOMPARE(form.variants("/s"), QByteArray("Circle|Box -1"));
    QVERIFY(form.field("/s").children.empty());
    form->chooseVariant(form.at("/s"), 0);
    QCOMPARE(form.sent(), QByteArray(R"({"s":{"kind":"circle"}})"));
    form.set("/s/r", "2.50");
    form->chooseVariant(form.at("/s"), 1);
    QCOMPARE(form.sent(), QByteArray(R"({"s":{"kind":"box"}})"));
    form.set("/s/w", "7");
    form->chooseVariant(form.at("/s"), 0);
    QCOMPARE(form.sent(), QByteArray(R"({"s":{"kind":"circle","r":2.50}})"));
    form->chooseVariant(form.at("/s"), 1);
    QCOMPARE(form.sent(), QByteArray(R"({"s":{"kind":"box","w":7}})"));
    QVERIFY(form->canSend());
}

void TestFormModel::theDiscriminatorChoosesTheBranch()
{
    FormRig box = FormRig::editing(shapes, R"({"s":{"kind":"box"}})");
    QCOMPARE(box.variants("/s"), QByteArray("Circle|Box 1"));
    QCOMPARE(box.problems(), QByteArray("/s/w required"));
    QCOMPARE(box.field("/s/kind").kind, FieldKind::Constant);
    FormRig unknown = FormRig::editing(shapes, R"({"s":{"kind":"star"}})");
    QCOMPARE(unknown.variants("/s"), QByteArray("Circle|Box -1"));
    QCOMPARE(unknown.problems(), QByteArray("/s oneOf"));
    QCOMPARE(unknown.field("/s").kind, FieldKind::RawJson);
}

void TestFormModel::sharedMembersStayWhenBranchesChange()
{
    FormRig form(shapes);
    form->chooseVariant(form.at("/s"), 0);
    form.set("/s/name", "\"N\"");
    form->chooseVariant(form.at("/s"), 1);
    QCOMPARE(form->value().at("/s/name")->utf8(), std::string_view("N"));
    form.set("/s/name", "\"M\"");
    form->chooseVariant(form.at("/s"), 0);
    QCOMPARE(form->value().at("/s/name")->utf8(), std::string_view("M"));
}

void TestFormModel::problemsComeFromTheChosenBranch()
{
    FormRig form = FormRig::editing(
        R"({"anyOf":[{"type":"object","title":"A","properties":{"n":{"type":"integer","minimum":5}},"required":["n"]},
        {"type":"object","title":"B","properties":{"t":{"type":"string","minLength":3}},"required":["t"]}]})",
        R"({"t":"x"})");
    QCOMPARE(form.variants(""), QByteArray("A|B 1"));
    QCOMPARE(form.problems(), QByteArray("/t minLength"));
    form->chooseVariant(form->root(), 0);
    QCOMPARE(form.problems(), QByteArray("/n required"));
}

void TestFormModel::unionsOfConditionsAreNoVariants()
{
    FormRig form(R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},
        "anyOf":[{"required":["a"]},{"required":["b"]}]})");
    QVERIFY(form.field("").variants.empty());
    QCOMPARE(form.problems(), QByteArray(" anyOf"));
    QCOMPARE(form->problems().front().message, u"“a” is needed; or “b” is needed"_s);
    form.set("/b", "\"x\"");
    QVERIFY(form->canSend());
}

void TestFormModel::conditionsShowAndTakeAway()
{
    FormRig form(R"({"type":"object","properties":{"how":{"enum":["post","here"]}},"required":["how"],
        "if":{"properties":{"how":{"const":"post"}},"required":["how"]},
        "then":{"properties":{"street":{"type":"string"},"copies":{"type":"integer","default":1}},"required":["street"]},
        "else":{"properties":{"room":{"type":"string"}}}})");
    QCOMPARE(form.keys(""), QByteArray("how room"));
    form.set("/how", "\"post\"");
    QCOMPARE(form.keys(""), QByteArray("how street copies"));
    QCOMPARE(form.sent(), QByteArray(R"({"how":"post","copies":1})"));
    QCOMPARE(form.problems(), QByteArray("/street required"));
    form.set("/street", "\"S\"");
    form.set("/how", "\"here\"");
    QCOMPARE(form.keys(""), QByteArray("how room street(not sent) copies(not sent)"));
    QCOMPARE(form.sent(), QByteArray(R"({"how":"here"})"));
    QCOMPARE(writeJson(form->value()), QByteArray(R"({"how":"here","street":"S","copies":1})"));
    QVERIFY(form->canSend());
    form.set("/how", "\"post\"");
    QCOMPARE(form.sent(), QByteArray(R"({"how":"post","street":"S","copies":1})"));
    form.set("/how", "\"here\"");
    form->setAbsent(form.at("/street"));
    QCOMPARE(form.keys(""), QByteArray("how room copies(not sent)"));
}

void TestFormModel::dependenciesSayWhyAMemberIsNeeded()
{
    for (
        const QByteArray &schema :
        {QByteArray(R"({"type":"object","properties":{"card":{"type":"string"},"street":{"type":"string"}},
             "dependentRequired":{"card":["street"]},"dependentSchemas":{"card":{"properties":{"code":{"type":"integer"}}}}})"),
         QByteArray(
             R"({"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"card":{"type":"string"},"street":{"type":"string"}},
             "allOf":[{"dependencies":{"card":["street"]}},{"dependencies":{"card":{"properties":{"code":{"type":"integer"}}}}}]})")}) {
        FormRig form(schema);
        QCOMPARE(form.keys(""), QByteArray("card street"));
        form.set("/card", "\"1\"");
        QCOMPARE(form.keys(""), QByteArray("card street code"));
        QVERIFY(form.field("/street").required);
        QCOMPARE(form.field("/street").neededBecause, u"card"_s);
        QVERIFY(form.problems().startsWith("/street dependen"));
        form->setAbsent(form.at("/card"));
        QCOMPARE(form.keys(""), QByteArray("card street"));
        QVERIFY(!form.field("/street").required);
        QVERIFY(form->canSend());
    }
}

void TestFormModel::recursionOpensOnDemand()
{
    const QByteArray tree = R"({"type":"object","properties":{"v":{"type":"string"},"next":{"$ref":"#"}}})";
    FormRig form = FormRig::editing(tree, R"({"next":{"next":{"v":"x"}}})");
    QVERIFY(form.field("/next/next").expanded);
    QVERIFY(!form.field("/next/next/next").expanded);
    QVERIFY(form.field("/next/next/next").children.empty());
    form->setExpanded(form.at("/next/next/next"), true);
    form.set("/next/next/next/v", "\"y\"");
    QCOMPARE(form.sent(), QByteArray(R"({"next":{"next":{"v":"x","next":{"v":"y"}}}})"));
}

void TestFormModel::wrongTypesAreShownAsJson()
{
    FormRig form = FormRig::editing(R"({"type":"object","properties":{"n":{"type":"integer"}}})", R"({"n":"three"})");
    QCOMPARE(form.field("/n").kind, FieldKind::RawJson);
    QVERIFY(form.field("/n").rawReason.contains(u"text"_s));
    QCOMPARE(form.problems(), QByteArray("/n type"));
    form.set("/n", "3");
    QCOMPARE(form.field("/n").kind, FieldKind::Integer);
    form.set("/n", "\"four\"");
    QCOMPARE(form.sent(), QByteArray(R"({"n":3})"));
}

void TestFormModel::takingDefaultsBack()
{
    FormRig form = FormRig::editing(R"({"type":"object","properties":{"n":{"type":"integer","default":3}}})", "{}");
    form->resetToDefault(form.at("/n"));
    QCOMPARE(form.sent(), QByteArray(R"({"n":3})"));
    QVERIFY(form.field("/n").isDefault);
    form->resetToOriginal(form.at("/n"));
    QCOMPARE(form.sent(), QByteArray("{}"));
    QVERIFY(!form->isChanged());
}

void TestFormModel::itemsComeGoAndMove()
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

void TestFormModel::boundsStopNewItems()
{
    FormRig form = FormRig::editing(R"({"type":"array","items":{"type":"boolean"},"maxItems":2})", "[true]");
    QVERIFY(form->addItem(form->root()) != noField);
    QCOMPARE(form.sent(), QByteArray("[true,false]"));
    QCOMPARE(form->addItem(form->root()), noField);
    QCOMPARE(form->duplicateItem(form.at("/0")), noField);
}

void TestFormModel::tuplesHavePlaces()
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

void TestFormModel::flatObjectsAreTables()
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

void TestFormModel::picksAreAListWhenTheyCannotBePicked()
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

void TestFormModel::mapsTakeAnyNameThatIsAllowed()
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

void TestFormModel::identitiesStayWithTheirItems()
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

void TestFormModel::typingIsOneStep()
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

void TestFormModel::undoBringsChoicesBack()
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

void TestFormModel::undoBringsBackWhatWasTakenAway()
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

void TestFormModel::unfinishedTextsKeepTheFormFromBeingSent()
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

void TestFormModel::missingMembersAreShownAtTheirField()
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

void TestFormModel::differencesMaskSecrets()
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

void TestFormModel::draftsComeBackWithoutSecrets()
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

void TestFormModel::foreignDraftsAreIgnored_data()
{
    QTest::addColumn<QByteArray>("draft");
    QTest::newRow("nothing") << QByteArray("null");
    QTest::newRow("a value") << QByteArray(R"({"t":"x"})");
    QTest::newRow("of another form") << QByteArray(
        R"({"form":1,"for":"00","value":{"t":"x"},"kept":[],"lost":[],"hidden":{},"unfinished":{},"branches":{}})");
}

void TestFormModel::foreignDraftsAreIgnored()
{
    QFETCH(QByteArray, draft);
    FormRig form(R"({"type":"object","properties":{"t":{"type":"string"}}})", {.draft = json(draft)});
    QCOMPARE(form.sent(), QByteArray("{}"));
}

void TestFormModel::changesNameTheirFields()
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

void TestFormModel::rowsFollowTheFolds()
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

void TestFormModel::revealOpensTheWay()
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

void TestFormModel::aValueWithoutASchemaGetsOne_data()
{
    QTest::addColumn<QByteArray>("value");
    for (const char *value :
         {R"({"a":1,"b":2.50,"c":"x","d":[{"e":true,"f":null},{"e":false,"g":"t"}],"h":{},"i":[],"j":[1,"x"]})", "[]",
          "null", "3", R"([[1],[2.5],[]])", R"({"deep":{"er":[{"x":[1]},{"x":["a"]}]}})"}) {
        QTest::newRow(value) << QByteArray(value);
    }
}

void TestFormModel::aValueWithoutASchemaGetsOne()
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

QTEST_GUILESS_MAIN(TestFormModel)
#include "tst_form_model.moc"
