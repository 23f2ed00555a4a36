// SPDX-License-Identifier: Apache-2.0
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

QTEST_GUILESS_MAIN(TestFormModel)
#include "tst_form_model.moc"
