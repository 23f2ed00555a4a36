// SPDX-License-Identifier: Apache-2.0
// Every schema of the corpus as a form of real widgets: valid values come back byte for byte, and a wrong value is told
// at the field where a person can mend it.
#include "core/base/canonical_json.h"
#include "core/base/visible_text.h"
#include "tests/ui/form_rig.h"
#include "ui/forms/json_page.h"
#include "ui/forms/problem_list.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtWidgets/QScrollBar>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;

namespace {

/// What a file of the corpus says, and its schema, read in the dialect that it names.
struct Sample {
    explicit Sample(const QString &path)
    {
        QFile file(path);
        if (file.open(QIODevice::ReadOnly)) {
            said = readJson(file.readAll(), {.maxBytes = 16 * 1024 * 1024, .maxNodes = 2'000'000}).valueOr({});
        }
        if (const JsonValue *source = said.find("schema")) {
            const JsonValue *dialect = said.find("dialect");
            const auto compiled = CompiledSchema::compile(
                *source, {.dialect = dialectFromName(dialect ? dialect->toString() : QString())});
            schema = compiled ? *compiled : nullptr;
        }
    }
    JsonValue said;
    std::shared_ptr<const CompiledSchema> schema;
};

/// Everything that was ever shown keeps the value: scrolls from top to bottom, opening nothing.
void walkThrough(FormRig &rig)
{
    QScrollBar *bar = rig.view().verticalScrollBar();
    for (int at = 0; at <= bar->maximum(); at += std::max(rig.view().viewport()->height(), 1)) {
        bar->setValue(at);
    }
    bar->setValue(bar->maximum());
    bar->setValue(0);
}

/// Goes through every row by Tab, so that every editor has had the focus and was left again.
void tabThrough(FormRig &rig)
{
    rig.sheet.focusFirst();
    for (int i = 0; i < 400 && rig.view().isAncestorOf(QApplication::focusWidget()); ++i) {
        FormRig::key(Qt::Key_Tab);
    }
}

bool within(const std::string &inner, const std::string &outer)
{
    return inner == outer || outer.empty() || inner.starts_with(outer + '/');
}

/// The problem at the place; else the nearest one inside or around it, where a person can mend it.
const FieldProblem *problemNear(const FormModel &model, const std::string &place)
{
    const FieldProblem *near = nullptr;
    for (const FieldProblem &problem : model.problems()) {
        if (problem.pointer == place) {
            return &problem;
        }
        if (within(problem.pointer, place) || (!near && within(place, problem.pointer))) {
            near = &problem;
        }
    }
    return near;
}

/// What stands on screen for \p id and everything around it.
QString problemsAround(FormRig &rig, FieldId id)
{
    QStringList said;
    for (const FormField *at = rig.model->field(id); at; at = rig.model->field(at->parent)) {
        for (const RowPart part : {RowPart::Field, RowPart::Header}) {
            if (const RowWidget *row = rig.view().rowWidget(at->id, part)) {
                said += row->shownProblem();
            }
        }
    }
    said.removeAll(QString());
    return said.join(u" | "_s);
}

} // namespace

class TestFormCorpusWidgets : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void validValuesComeBackByteForByte_data() { addFiles(); }
    void validValuesComeBackByteForByte();
    void wrongValuesAreToldAtTheirField_data() { addFiles(); }
    void wrongValuesAreToldAtTheirField();

private:
    static void addFiles();
};

void TestFormCorpusWidgets::initTestCase()
{
    applyTheme(*qApp, ColourScheme::Light);
}

void TestFormCorpusWidgets::addFiles()
{
    QTest::addColumn<QString>("file");
    // The schemas beside the tests, and those of the folder that COUNTERSIGN_SCHEMA_SAMPLES names.
    for (const QString &path :
         {QStringLiteral(COUNTERSIGN_TEST_DATA "/schemas"), qEnvironmentVariable("COUNTERSIGN_SCHEMA_SAMPLES")}) {
        const QDir folder(path);
        const QStringList files =
            path.isEmpty() ? QStringList() : folder.entryList({u"*.json"_s}, QDir::Files, QDir::Name);
        QVERIFY(path.isEmpty() || files.size() > 40);
        for (const QString &file : files) {
            QTest::newRow(qPrintable(file.chopped(5))) << folder.filePath(file);
        }
    }
}

void TestFormCorpusWidgets::validValuesComeBackByteForByte()
{
    QFETCH(QString, file);
    const Sample sample(file);
    const JsonValue *values = sample.said.find("valid");
    QVERIFY(sample.schema && values);
    for (const JsonValue &value : values->items()) {
        const QByteArray wanted = canonicalJson(value);
        FormRig rig(sample.schema, {.mode = FormMode::Edit, .original = value});
        QVERIFY2(rig.model, qPrintable(rig.error));
        walkThrough(rig);
        tabThrough(rig);
        QCOMPARE(canonicalJson(rig.model->outgoing()), wanted);
        QVERIFY2(!rig.model->isChanged(), wanted);
        QVERIFY2(rig.sheet.attemptSubmit(), qPrintable(QString::fromUtf8(wanted) + u'\n' + rig.sheet.problem()));
        // Through the JSON text and back.
        rig.sheet.showJson(true);
        rig.sheet.showJson(false);
        QCOMPARE(canonicalJson(rig.model->outgoing()), wanted);
    }
}

void TestFormCorpusWidgets::wrongValuesAreToldAtTheirField()
{
    QFETCH(QString, file);
    const Sample sample(file);
    const JsonValue *cases = sample.said.find("invalid");
    QVERIFY(sample.schema && cases);
    for (const JsonValue &one : cases->items()) {
        const JsonValue *value = one.find("value");
        QVERIFY(value);
        FormRig rig(sample.schema, {.mode = FormMode::Edit, .original = *value});
        QVERIFY2(rig.model, qPrintable(rig.error));
        const QByteArray shown = writeJson(one);
        const QByteArray before = canonicalJson(rig.model->outgoing());
        QVERIFY2(!rig.sheet.attemptSubmit(), shown);
        QVERIFY2(!rig.sheet.problem().isEmpty(), shown);
        QVERIFY2(!rig.model->problems().empty(), shown);
        std::string place = one.find("path") ? std::string(one.find("path")->utf8()) : std::string();
        if (const JsonValue *missing = one.find("property")) {
            place += '/' + pointerToken(missing->utf8());
        }
        const FieldProblem *problem = problemNear(*rig.model, place);
        if (!problem) { // A member of another branch of a union: its switch is where that is mended.
            problem = problemNear(*rig.model, place.substr(0, place.rfind('/')));
        }
        if (const JsonValue *others = one.find("errors"); others && !problem) {
            // The named one may be of the branch that fits less well, which the form does not show.
            for (const JsonValue &other : others->items()) {
                problem = problem ? problem : problemNear(*rig.model, std::string(other.find("path")->utf8()));
            }
        }
        QVERIFY2(problem, shown);
        const QString message = displayText(problem->message, TextShape::Lines).text;
        const std::string where = problem->pointer;
        QString said;
        if (rig.row(where)) {
            said = problemsAround(rig, rig.model->reveal(where));
        }
        if (where.empty()) { // The whole form's: above the rows.
            for (const auto *link : rig.sheet.findChildren<ProblemLink *>()) {
                said += link->isVisible() ? link->accessibleName() + u'\n' : QString();
            }
        }
        QVERIFY2(said.contains(message),
                 qPrintable(QString::fromUtf8(shown) + u"\nsaid: "_s + said + u"\nwanted: "_s + message));
        QCOMPARE(canonicalJson(rig.model->outgoing()), before); // Looking changes nothing.
    }
}

QTEST_MAIN(TestFormCorpusWidgets)
#include "tst_form_corpus_widgets.moc"
