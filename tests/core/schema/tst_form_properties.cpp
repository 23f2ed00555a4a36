// SPDX-License-Identifier: Apache-2.0
#include "tests/core/schema/form_rig.h"
#include "tests/core/schema/random_schemas.h"
#include "tests/support/seed.h"

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr int usualCases = 300;
#else
constexpr int usualCases = 1'500;
#endif

int caseCount()
{
    const int asked = qEnvironmentVariableIntValue("COUNTERSIGN_CASES");
    return asked > 0 ? asked : usualCases;
}

} // namespace

/// Any schema, any value, any edits: what the form says and sends holds together. COUNTERSIGN_CASES and
/// COUNTERSIGN_SEED choose how many, and where they begin.
class TestFormProperties : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatOnceFailedHolds();
    void editsHoldTogether();

private:
    void expect(bool good, const char *claim, const QByteArray &more = {});
    void runCase(quint32 seed);
    void edit();
    void compare();
    QByteArray story() const
    {
        return "seed " + QByteArray::number(m_seed) + "\nschema " + writeJson(m_schema) + "\nedits\n" +
               m_story.join('\n');
    }
    FieldId someField();

    quint32 m_seed = 0;
    JsonValue m_schema;
    std::unique_ptr<FormRig> m_form;
    std::unique_ptr<RandomSchemas> m_random;
    QByteArrayList m_story;
    std::vector<QByteArray> m_states;
};

void TestFormProperties::expect(bool good, const char *claim, const QByteArray &more)
{
    if (!good && !QTest::currentTestFailed()) {
        qWarning("%s\n%s\n%s", claim, more.constData(), story().constData()); // QtTest cuts long messages off.
        QTest::qFail(claim, __FILE__, __LINE__);
    }
}

FieldId TestFormProperties::someField()
{
    FormRig &form = *m_form;
    FieldId id = form->root();
    for (int depth = m_random->upTo(4); depth > 0; --depth) {
        if (m_random->chance(20)) {
            form->setExpanded(id, true);
        }
        const auto &children = form->field(id)->children;
        if (children.empty()) {
            break;
        }
        id = children[static_cast<size_t>(m_random->upTo(static_cast<int>(children.size()) - 1))];
    }
    return id;
}

void TestFormProperties::edit()
{
    FormRig &form = *m_form;
    const FieldId id = someField();
    const FormField shown = *form->field(id);
    const int what = m_random->upTo(17);
    m_story.append(QByteArray::number(what) + ' ' + QByteArray::fromStdString(shown.pointer) + " kind " +
                   QByteArray::number(static_cast<int>(shown.kind)));
    const FieldId items[] = {id, someField()};
    switch (what) {
    case 0:
        form->setAbsent(id);
        break;
    case 1:
        form->setNull(id);
        break;
    case 2:
        form->resetToDefault(id);
        break;
    case 3:
        form->resetToOriginal(id);
        break;
    case 4:
        form->setUnfinished(id, u"12,"_s, u"it is no number yet"_s);
        break;
    case 5:
    case 6:
        form->chooseVariant(id, m_random->upTo(3) - 1);
        break;
    case 7:
        form->addItem(id, m_random->upTo(2) - 1);
        break;
    case 8:
        form->duplicateItem(id);
        break;
    case 9:
        form->removeItems(items);
        break;
    case 10:
        form->moveItem(id, m_random->upTo(2));
        break;
    case 11: {
        const Result<FieldId> added = form->addMember(id, QString::fromStdString(m_random->key()));
        QVERIFY(!added || form->field(*added));
        break;
    }
    case 12: {
        const Result<> renamed = form->renameMember(id, QString::fromStdString(m_random->key()));
        Q_UNUSED(renamed)
        break;
    }
    case 13:
        form->removeMember(id);
        break;
    case 14:
        if (m_random->chance(50)) {
            const JsonValue whole = m_random->value(m_schema);
            form->replaceValue(whole);
            expect(form.sent() == writeJson(whole), "form.sent() == writeJson(whole)", writeJson(whole));
        } else {
            // Typing in the whole value: one place becomes another.
            JsonValue whole = form->outgoing();
            if (JsonValue *part = whole.at(shown.pointer)) {
                *part = m_random->anyValue(1);
                form->replaceValue(whole);
                expect(form.sent() == writeJson(whole), "form.sent() == writeJson(whole)", writeJson(whole));
            }
        }
        break;
    default: {
        const JsonValue to = m_random->anyValue(2);
        m_story.last() += " to " + writeJson(to);
        form->setValue(id, to);
        break;
    }
    }
    if (m_random->chance(10)) {
        form->undo();
        m_story.append("undo");
        if (m_random->chance(50)) {
            form->redo();
            m_story.append("redo");
        }
    }
    m_story.append("-> " + form.sent());
}

/// Do fields, values, rows and the verdict tell the same?
void TestFormProperties::compare()
{
    FormRig &form = *m_form;
    const FormField &root = *form->field(form->root());
    const SchemaVerdictKind fresh = form->schema().validate(form->outgoing()).kind;
    expect(form->verdict() == (root.presence == Presence::Absent ? SchemaVerdictKind::Invalid : fresh),
           "form->verdict() == (root.presence == Presence::Absent ? SchemaVerdictKind::Invalid : fresh)");
    expect((form->verdict() == SchemaVerdictKind::Valid) ==
               std::none_of(form->problems().begin(), form->problems().end(),
                            [](const FieldProblem &problem) { return problem.keyword != "unfinished"; }),
           "(form->verdict() == SchemaVerdictKind::Valid) == std::none_of(form->problems().begin(), "
           "form->problems().end(), [](const FieldProblem &problem) { return problem.keyword != \"unfinished\"; })");
    std::vector<FieldId> open{form->root()};
    while (!open.empty()) {
        const FieldId id = open.back();
        open.pop_back();
        const FormField &shown = *form->field(id);
        const JsonValue *at = root.presence == Presence::Absent ? nullptr : form->value().at(shown.pointer);
        const QByteArray where = QByteArray::fromStdString(shown.pointer);
        expect(form->find(shown.pointer) == id, "form->find(shown.pointer) == id", where);
        if (shown.presence == Presence::Absent) {
            expect(!at || at->isNull(), "!at || at->isNull()", where);
        } else {
            expect(at && form->valueOf(id) == at, "at && form->valueOf(id) == at", where);
            expect(at->isNull() == (shown.presence == Presence::Null),
                   "at->isNull() == (shown.presence == Presence::Null)", where);
        }
        for (const FieldId child : shown.children) {
            const FormField *part = form->field(child);
            expect(part && part->parent == id, "part && part->parent == id", where);
            expect(part->pointer == shown.pointer + '/' + pointerToken(part->key),
                   "part->pointer == shown.pointer + '/' + pointerToken(part->key)", where);
            open.push_back(child);
        }
        const bool isObject = shown.kind == FieldKind::Group || shown.kind == FieldKind::Map;
        if (isObject && at && !shown.children.empty()) {
            for (const JsonValue::Member &member : at->members()) {
                expect(form->find(shown.pointer + '/' + pointerToken(member.key)) != noField,
                       "form->find(shown.pointer + '/' + pointerToken(member.key)) != noField", where);
            }
        }
    }
    for (const FormRow &row : form->rows()) {
        expect(form->field(row.field), "form->field(row.field)");
    }
    for (const FieldProblem &problem : form->problems()) {
        expect(form->field(problem.field), "form->field(problem.field)");
    }
    for (const FieldId id : form->takeChanges().fields) {
        expect(form->field(id), "form->field(id)");
    }
}

void TestFormProperties::runCase(quint32 seed)
{
    m_seed = seed;
    m_story.clear();
    m_states.clear();
    m_random = std::make_unique<RandomSchemas>(seed);
    m_schema = m_random->document();
    const auto schema = CompiledSchema::compile(m_schema);
    expect(schema.hasValue(), "schema.hasValue()");
    const JsonValue original = m_random->value(m_schema);
    m_story.append("original " + writeJson(original));
    const bool edits = m_random->chance(60);
    FormStart start;
    start.mode = edits ? FormMode::Edit : FormMode::Answer;
    if (edits || m_random->chance(50)) {
        start.original = original;
    }
    m_form = std::make_unique<FormRig>(*schema, start);
    FormRig &form = *m_form;
    compare();
    if (edits) {
        expect(form.sent() == writeJson(original), "form.sent() == writeJson(original)");
        expect(!form->isChanged() && form->changes().empty(), "!form->isChanged() && form->changes().empty()");
    }
    m_states.push_back(form.sent());
    for (int i = m_random->upTo(14); i >= 0 && !QTest::currentTestFailed(); --i) {
        edit();
        if (!QTest::currentTestFailed()) {
            compare();
        }
        m_states.push_back(form.sent());
    }
    if (QTest::currentTestFailed()) {
        return;
    }
    // A draft brings everything back.
    start.draft = form->draft();
    FormRig again(*schema, start);
    expect(again.sent() == form.sent(), "again.sent() == form.sent()",
           again.sent() + " draft " + writeJson(*start.draft));
    const JsonValue second = again->draft();
    for (const JsonValue::Member &member : start.draft->members()) {
        for (const JsonValue::Member &part : member.value.members()) { // Of parts that were folded there may be more.
            const JsonValue *other = second.find(member.key)->find(part.key);
            expect(other && *other == part.value, "a draft of a draft is the same", writeJson(*start.draft));
        }
        expect(member.value.isObject() || *second.find(member.key) == member.value, "a draft of a draft is the same",
               writeJson(*start.draft));
    }
    // Undo goes back through the states that were, redo forth.
    while (form->canRedo()) {
        form->redo();
        m_states.push_back(form.sent());
    }
    const QByteArray last = form.sent();
    size_t at = m_states.size();
    for (int steps = 0; form->canUndo() && steps < 200; ++steps) {
        form->undo();
        const QByteArray now = form.sent();
        m_story.append("undo -> " + now);
        while (at > 0 && m_states[at - 1] != now) {
            --at;
        }
        expect(at > 0, "at > 0");
        compare();
        if (QTest::currentTestFailed()) {
            return;
        }
    }
    expect(form.sent() == m_states.front(), "form.sent() == m_states.front()");
    for (int steps = 0; form->canRedo() && steps < 200; ++steps) {
        form->redo();
        m_story.append("redo -> " + form.sent());
    }
    expect(form.sent() == last, "form.sent() == last");
    compare();
}

/// A whole value written by a person makes a condition forbid another part of it.
void TestFormProperties::whatOnceFailedHolds()
{
    for (const quint32 seed : {911202651U, 2208770858U}) {
        runCase(seed);
    }
}

void TestFormProperties::editsHoldTogether()
{
    const quint32 first = seedOfThisRun();
    for (int i = 0; i < caseCount() && !QTest::currentTestFailed(); ++i) {
        runCase(first + static_cast<quint32>(i));
    }
}

QTEST_GUILESS_MAIN(TestFormProperties)
#include "tst_form_properties.moc"
