// SPDX-License-Identifier: Apache-2.0
// The flat objects that MCP servers ask for (specification of 2025-11-25, section "Elicitation"): what a person enters
// into an empty form, by keys and clicks, is sent with exactly the JSON type that the schema names.
#include "tests/ui/form_rig.h"

#include <QtWidgets/QCheckBox>
#include <QtWidgets/QRadioButton>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;

namespace {

const QByteArray everyKind = R"({"type":"object","properties":{
    "name":{"type":"string","title":"Name","minLength":2},
    "mail":{"type":"string","format":"email"},
    "site":{"type":"string","format":"uri"},
    "day":{"type":"string","format":"date"},
    "at":{"type":"string","format":"date-time"},
    "ratio":{"type":"number","minimum":0},
    "count":{"type":"integer"},
    "agree":{"type":"boolean"},
    "insured":{"type":"boolean","default":true},
    "plain":{"type":"string","enum":["red","green","blue"]},
    "titled":{"type":"string","oneOf":[{"const":"s","title":"Small"},{"const":"l","title":"Large"}]},
    "legacy":{"type":"string","enum":["a","b"],"enumNames":["First","Second"]},
    "tags":{"type":"array","items":{"type":"string","enum":["x","y","z"]},"minItems":1},
    "extras":{"type":"array","items":{"anyOf":[{"const":"i","title":"Insurance"},{"const":"g","title":"Gift"}]}},
    "left":{"type":"string"},
    "given":{"type":"integer","default":3}},
    "required":["name","mail","count","agree","plain"]})";

} // namespace

class TestElicitationAccept : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void everyKindIsSentWithItsType();
    void onlyWhatIsThereIsSent();
    void aTextThatLooksLikeANumberStaysText();

private:
    static void typeInto(FormRig &rig, std::string_view pointer, const QString &text)
    {
        QVERIFY2(rig.row(pointer), pointer.data());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_A, Qt::ControlModifier);
        FormRig::type(text);
    }
    template<typename Button>
    static void pick(FormRig &rig, std::string_view pointer, int option)
    {
        auto *button = rig.part<Button>(pointer, u"option%1"_s.arg(option));
        QVERIFY2(button, pointer.data());
        QTest::mouseClick(button, Qt::LeftButton, {}, QPoint(button->height() / 2, button->height() / 2));
    }
};

void TestElicitationAccept::everyKindIsSentWithItsType()
{
    FormRig rig(everyKind);
    QVERIFY2(rig.model, qPrintable(rig.error));
    typeInto(rig, "/name", u"Ada"_s);
    typeInto(rig, "/mail", u"ada@example.org"_s);
    typeInto(rig, "/site", u"https://example.org/a"_s);
    typeInto(rig, "/day", u"2026-11-25"_s);
    typeInto(rig, "/at", u"2026-11-25T10:00:00+02:00"_s);
    typeInto(rig, "/ratio", u"0.10"_s);
    typeInto(rig, "/count", u"9007199254740993"_s);
    auto *agree = rig.part<QWidget>("/agree", u"states"_s);
    QVERIFY(agree);
    const auto states = agree->findChildren<QAbstractButton *>();
    QCOMPARE(states.size(), qsizetype(3)); // Not set, true, false: a question is not answered by itself.
    QTest::mouseClick(states[2], Qt::LeftButton);
    pick<QRadioButton>(rig, "/plain", 2);
    pick<QRadioButton>(rig, "/titled", 1);
    pick<QRadioButton>(rig, "/legacy", 1);
    pick<QCheckBox>(rig, "/tags", 2);
    pick<QCheckBox>(rig, "/tags", 0);
    pick<QCheckBox>(rig, "/extras", 0);
    QVERIFY2(rig.sheet.attemptSubmit(), qPrintable(rig.sheet.problem()));
    QCOMPARE(rig.text(), R"({"name":"Ada","mail":"ada@example.org","site":"https://example.org/a","day":"2026-11-25",)"
                         R"("at":"2026-11-25T10:00:00+02:00","ratio":0.10,"count":9007199254740993,"agree":false,)"
                         R"("insured":true,"plain":"blue","titled":"l","legacy":"b","tags":["x","z"],)"
                         R"("extras":["i"],"given":3})"_ba);
}

void TestElicitationAccept::onlyWhatIsThereIsSent()
{
    FormRig rig(everyKind);
    QVERIFY2(rig.model, qPrintable(rig.error));
    QVERIFY(!rig.sheet.attemptSubmit());
    QCOMPARE(rig.text(), R"({"insured":true,"given":3})"_ba); // The defaults, and nothing made up.
}

void TestElicitationAccept::aTextThatLooksLikeANumberStaysText()
{
    FormRig rig(everyKind);
    QVERIFY2(rig.model, qPrintable(rig.error));
    typeInto(rig, "/name", u"12"_s);
    typeInto(rig, "/left", u"true"_s);
    QCOMPARE(rig.text(), R"({"name":"12","insured":true,"left":"true","given":3})"_ba);
}

QTEST_MAIN(TestElicitationAccept)
#include "tst_elicitation_accept.moc"
