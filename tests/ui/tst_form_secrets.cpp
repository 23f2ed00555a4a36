// SPDX-License-Identifier: Apache-2.0
// What a schema calls secret stands nowhere in clear beside its field, whatever kind of value it is.
#include "tests/support/engine_rig.h"
#include "tests/ui/form_rig.h"
#include "ui/detail/shown_request.h"
#include "ui/forms/form_preview.h"
#include "ui/forms/json_page.h"

#include <QtWidgets/QPlainTextEdit>

using namespace countersign;
using namespace countersign::test;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;

namespace {

const QByteArray withSecrets = R"({"type":"object","properties":{
    "pin":{"type":"integer","writeOnly":true},
    "colour":{"enum":["ultramarine","ochre"],"writeOnly":true},
    "word":{"type":"string","format":"password"},
    "keys":{"type":"array","items":{"type":"object","properties":{
        "id":{"type":"integer"},"key":{"type":"string","writeOnly":true}}}},
    "count":{"type":"integer"},
    "note":{"type":"string"}}})";

QString differenceOf(const QByteArray &before, const QByteArray &after)
{
    EngineRig rig;
    Submission asked = aSubmission().withArguments(before);
    asked.content.schema = withSecrets;
    const RequestId id = rig.submit(asked);
    DecideOrder order = rig.order(id, Verdict::ApproveEdited);
    order.content.arguments = after;
    const Result<Decided> decided = rig.engine->decide(order);
    if (!decided) {
        return decided.error().message;
    }
    const Result<SharedRequest> shown = loadShownRequest(*rig.store, id, {});
    if (!shown) {
        return shown.error().message;
    }
    QString text;
    for (const PayloadRow &row : (*shown)->differenceRows.rows) {
        const QString sign = row.mark == PayloadRow::Mark::Added     ? u"+ "_s
                             : row.mark == PayloadRow::Mark::Removed ? u"- "_s
                                                                     : u"  "_s;
        text += sign + row.key + u" = "_s + row.text + u'\n';
    }
    return text;
}

} // namespace

class TestFormSecrets : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void everyKindOfSecretIsMasked_data();
    void everyKindOfSecretIsMasked();
    void keptSecretsKeepTheirKind();
    void whatOnlyMisfitsIsStillShown();
    void theDifferenceNamesSecretsAndHidesThem_data();
    void theDifferenceNamesSecretsAndHidesThem();
};

void TestFormSecrets::initTestCase()
{
    QVERIFY(initCrypto());
    applyTheme(*qApp, ColourScheme::Light);
}

void TestFormSecrets::everyKindOfSecretIsMasked_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QString>("secret");
    QTest::newRow("integer") << QByteArray(R"({"pin":48151623})") << u"48151623"_s;
    QTest::newRow("choice") << QByteArray(R"({"colour":"ultramarine"})") << u"ultramarine"_s;
    QTest::newRow("text in place of a number") << QByteArray(R"({"pin":"hunter2"})") << u"hunter2"_s;
    QTest::newRow("number in place of text") << QByteArray(R"({"word":48151623})") << u"48151623"_s;
    QTest::newRow("object in place of text") << QByteArray(R"({"word":{"is":"hunter2"}})") << u"hunter2"_s;
    QTest::newRow("object in place of a list") << QByteArray(R"({"keys":{"0":{"key":"hunter2"}}})") << u"hunter2"_s;
    QTest::newRow("list in place of all") << QByteArray(R"([{"word":"hunter2"}])") << u"hunter2"_s;
    QTest::newRow("cell") << QByteArray(R"({"keys":[{"id":1,"key":"hunter2"}]})") << u"hunter2"_s;
    QByteArray many = R"({"keys":[)";
    for (int i = 0; i < 1500; ++i) { // Begins collapsed: its fields are not made yet.
        many += R"({"id":1,"key":"hunter2"},)";
    }
    many.chop(1);
    QTest::newRow("cells of a collapsed table") << many + "]}" << u"hunter2"_s;
}

void TestFormSecrets::everyKindOfSecretIsMasked()
{
    QFETCH(QByteArray, value);
    QFETCH(QString, secret);
    FormRig rig(withSecrets, {.mode = FormMode::Edit, .original = *readJson(value)});
    QVERIFY2(rig.model, qPrintable(rig.error));
    FormPreview preview;
    preview.setModel(rig.model.get());
    QVERIFY2(!preview.text().contains(secret), qPrintable(preview.text().left(500)));
    JsonPage page(nullptr);
    page.setModel(rig.model.get());
    const QString text = page.text()->toPlainText();
    QVERIFY2(!text.contains(secret), qPrintable(text.left(500)));
    QVERIFY(text.contains(u"⟨secret 1, kept⟩"_s));
    const QByteArray draft = writeJson(rig.model->draft());
    QVERIFY2(!draft.contains(secret.toUtf8()), draft.left(500).constData());
    rig.model->replaceValue(JsonValue::object());
    for (const FieldChange &change : rig.model->changes()) {
        QVERIFY(!change.before || !writeJson(*change.before).contains(secret.toUtf8()));
    }
    preview.setModel(nullptr);
}

void TestFormSecrets::keptSecretsKeepTheirKind()
{
    const QByteArray value = R"({"pin":48151623,"word":{"is":["hunter2"]},"note":"old"})";
    FormRig rig(withSecrets, {.mode = FormMode::Edit, .original = *readJson(value)});
    JsonPage page(nullptr);
    page.setModel(rig.model.get());
    page.text()->setPlainText(page.text()->toPlainText().replace(u"old"_s, u"new"_s));
    QVERIFY2(page.take(), qPrintable(page.problem()));
    QCOMPARE(rig.text(), QByteArray(value).replace("old", "new"));
}

void TestFormSecrets::whatOnlyMisfitsIsStillShown()
{
    FormRig rig(withSecrets, {.mode = FormMode::Edit, .original = *readJson(R"({"count":"many","word":"hunter2"})")});
    FormPreview preview;
    preview.setModel(rig.model.get());
    QVERIFY2(preview.text().contains(u"many"_s), qPrintable(preview.text()));
    JsonPage page(nullptr);
    page.setModel(rig.model.get());
    QVERIFY(page.text()->toPlainText().contains(u"many"_s));
    preview.setModel(nullptr);
}

void TestFormSecrets::theDifferenceNamesSecretsAndHidesThem_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QString>("text");
    QTest::newRow("changed") << QByteArray(R"({"pin":1234,"word":"hunter2","note":"a"})")
                             << QByteArray(R"({"pin":5678,"word":"hunter2","note":"b"})")
                             << u"- pin = ⟨secret⟩\n+ pin = ⟨secret, changed⟩\n- note = a\n+ note = b\n"
                                "   = ⋯ 1 part unchanged\n"_s;
    QTest::newRow("added and removed") << QByteArray(R"({"pin":1234})") << QByteArray(R"({"word":"hunter2"})")
                                       << u"- pin = ⟨secret⟩\n+ word = ⟨secret⟩\n"_s;
    QTest::newRow("changed and moved")
        << QByteArray(R"({"keys":[{"id":1,"key":"k"}]})")
        << QByteArray(R"({"keys":[{"id":0,"key":"n"},{"id":1,"key":"x"}]})")
        << u"- keys[0].id = 1\n+ keys[0].id = 0\n- keys[0].key = ⟨secret⟩\n"
           "+ keys[0].key = ⟨secret, changed⟩\n+ keys[1] = object · 2 members\n+ id = 1\n+ key = ⟨secret⟩\n"_s;
}

void TestFormSecrets::theDifferenceNamesSecretsAndHidesThem()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    QFETCH(QString, text);
    QCOMPARE(differenceOf(before, after), text);
}

QTEST_MAIN(TestFormSecrets)
#include "tst_form_secrets.moc"
