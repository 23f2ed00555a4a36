// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/argument_editor.h"

#include "core/base/visible_text.h"
#include "ui/detail/argument_kinds.h"
#include "ui/detail/counted.h"
#include "ui/detail/text_link.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/card.h"
#include "ui/style/labels.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPlainTextEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t mostRows = 400;
constexpr size_t mostSteps = 200;  ///< Of undo.
constexpr size_t fewestSteps = 10; ///< Of undo, however long the arguments are.
constexpr qsizetype historyBytes = 8'000'000;
constexpr qsizetype longestText = 50'000; ///< Longer strings have no field and stay as they are.
constexpr qsizetype lineLength = 120;     ///< Longer or broken strings get a field of several lines.

QString shownValue(const JsonValue &value)
{
    const QString text =
        value.isString() ? displayText(value.toString()).text : displayText(QString::fromUtf8(writeJson(value))).text;
    return text.isEmpty() ? ArgumentEditor::tr("empty text") : shortened(text, 200);
}

} // namespace

ArgumentEditor::ArgumentEditor(QWidget *parent)
    : QScrollArea(parent)
{
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setObjectName(u"argumentEditor"_s);
    setAccessibleName(tr("Edit the arguments"));
}

void ArgumentEditor::edit(const JsonValue &original, const std::optional<JsonValue> &draft)
{
    m_original = original;
    m_originalText = writeJson(original);
    m_value = draft.value_or(original);
    m_changed.reset();
    m_past.clear();
    m_future.clear();
    m_merging.clear();
    m_problems.clear();
    rebuild();
}

bool ArgumentEditor::isChanged() const
{
    // Asked several times a second: a megabyte is written out once for every change, not for every question.
    if (!m_changed) {
        m_changed = writeJson(m_value) != m_originalText;
    }
    return *m_changed;
}

QString ArgumentEditor::problem() const
{
    return m_problems.empty() ? QString() : m_problems.begin()->second;
}

void ArgumentEditor::rebuild()
{
    std::string focused;
    for (const Row &row : m_rowsShown) {
        if (row.field && row.field->hasFocus()) {
            focused = row.pointer;
        }
    }
    m_rowsShown.clear();
    m_notShown = 0;
    m_page = new QWidget;
    auto *outer = new QVBoxLayout(m_page);
    outer->setContentsMargins(grid(6), grid(5), grid(6), grid(6));
    auto *card = new Card(tr("Edit the arguments"), Card::Edge::Solid, m_page);
    m_state = new WrapLabel({}, TextSize::Small, card);
    m_state->setInk(WrapLabel::Ink::Dim);
    m_state->setObjectName(u"editorState"_s);
    auto *undoLink = new TextLink(tr("undo"), card);
    auto *redoLink = new TextLink(tr("redo"), card);
    m_undo = undoLink;
    m_redo = redoLink;
    m_undo->setObjectName(u"editorUndo"_s);
    m_redo->setObjectName(u"editorRedo"_s);
    card->addToHeader(m_undo);
    card->addToHeader(m_redo);
    connect(undoLink, &QAbstractButton::clicked, this, &ArgumentEditor::undo, Qt::QueuedConnection);
    connect(redoLink, &QAbstractButton::clicked, this, &ArgumentEditor::redo, Qt::QueuedConnection);
    m_rows = card->body();
    m_rows->addWidget(m_state);
    m_rows->addSpacing(grid(1));
    m_page->setMaximumWidth(viewport()->width());
    outer->addWidget(card);
    outer->addStretch(1);
    if (m_value.isObject()) {
        for (const JsonValue::Member &member : m_value.members()) {
            addValue(displayText(QString::fromStdString(member.key)).text, '/' + pointerToken(member.key), member.value,
                     0, false);
        }
    } else {
        addValue(tr("value"), {}, m_value, 0, false);
    }
    if (m_notShown > 0) {
        m_rows->addWidget(new WrapLabel(
            counted(tr("⋯ %n more value(s) have no field here and are sent exactly as the agent wrote them", nullptr,
                       m_notShown),
                    m_notShown),
            TextSize::Small, card));
    }
    alignNames();
    setWidget(m_page); // Deletes the page before.
    m_page->show();
    for (const Row &row : m_rowsShown) {
        markRow(row);
        if (row.field && !focused.empty() && row.pointer == focused) {
            row.field->setFocus(Qt::OtherFocusReason);
        }
    }
    showState();
}

void ArgumentEditor::addValue(const QString &key, const std::string &pointer, const JsonValue &value, int depth,
                              bool removable)
{
    const bool container = value.isArray() || value.isObject();
    if (m_rowsShown.size() >= mostRows || (value.isString() && value.toString().size() > longestText)) {
        ++m_notShown;
        return;
    }
    auto *line = new QWidget;
    auto *row = new QHBoxLayout(line);
    row->setContentsMargins(std::min(depth, 8) * grid(4), grid(1), 0, grid(1));
    row->setSpacing(grid(2));
    auto *name = new WrapLabel(key, TextSize::Body, line);
    name->setInk(WrapLabel::Ink::Dim);
    name->setBreaksAtJoints(true);
    name->setObjectName(u"key"_s + QString::fromStdString(pointer));
    auto *beside = new QVBoxLayout; // The name stands on the line of the first words in its field.
    beside->setSpacing(0);
    beside->addSpacing(container ? 0 : std::max((grid(7) - name->fontMetrics().height()) / 2, 0));
    beside->addWidget(name);
    beside->addStretch(1);
    row->addLayout(beside);
    Row shown{pointer, name, nullptr, nullptr, depth};
    if (container) {
        const auto count = static_cast<int>(value.isArray() ? value.items().size() : value.members().size());
        row->addWidget(makeDimLabel(value.isArray() ? counted(tr("list · %n item(s)", nullptr, count), count)
                                                    : counted(tr("object · %n member(s)", nullptr, count), count),
                                    TextSize::Small, line));
        row->addStretch(1);
        if (value.isArray()) {
            auto *add = new TextLink(tr("add item"), line);
            add->setObjectName(u"add"_s + QString::fromStdString(pointer));
            connect(
                add, &QAbstractButton::clicked, this, [this, pointer] { addItem(pointer); }, Qt::QueuedConnection);
            row->addWidget(add);
        }
    } else {
        auto *kinds = new QComboBox(line);
        for (const auto kind :
             {JsonValue::Kind::String, JsonValue::Kind::Number, JsonValue::Kind::Boolean, JsonValue::Kind::Null}) {
            kinds->addItem(kindName(kind), static_cast<int>(kind));
        }
        kinds->setCurrentIndex(kinds->findData(static_cast<int>(value.kind())));
        kinds->setAccessibleName(tr("Type of %1").arg(key));
        kinds->setObjectName(u"kind"_s + QString::fromStdString(pointer));
        kinds->setFocusPolicy(Qt::StrongFocus);
        kinds->installEventFilter(this);
        connect(
            kinds, &QComboBox::activated, this,
            [this, kinds, pointer] { setKind(pointer, static_cast<JsonValue::Kind>(kinds->currentData().toInt())); },
            Qt::QueuedConnection);
        auto *fields = new QVBoxLayout;
        fields->setSpacing(grid(1));
        shown.field = makeField(pointer, value);
        shown.field->setObjectName(u"field"_s + QString::fromStdString(pointer));
        shown.field->setAccessibleName(key);
        shown.field->installEventFilter(this);
        fields->addWidget(shown.field);
        shown.was = new WrapLabel({}, TextSize::Tiny, line);
        shown.was->setInk(WrapLabel::Ink::Dim);
        shown.was->hide();
        fields->addWidget(shown.was);
        row->addLayout(fields, 1);
        row->addWidget(kinds, 0, Qt::AlignTop);
    }
    if (removable) {
        auto *remove = new TextLink(tr("remove"), line);
        remove->setObjectName(u"remove"_s + QString::fromStdString(pointer));
        connect(
            remove, &QAbstractButton::clicked, this, [this, pointer] { removeItem(pointer); }, Qt::QueuedConnection);
        row->addWidget(remove, 0, Qt::AlignTop);
    }
    m_rows->addWidget(line);
    m_rowsShown.push_back(shown);
    for (size_t i = 0; i < value.items().size(); ++i) {
        addValue(u"[%1]"_s.arg(i), pointer + '/' + std::to_string(i), value.items()[i], depth + 1, true);
    }
    for (const JsonValue::Member &member : value.members()) {
        addValue(displayText(QString::fromStdString(member.key)).text, pointer + '/' + pointerToken(member.key),
                 member.value, depth + 1, false);
    }
}

QWidget *ArgumentEditor::makeField(const std::string &pointer, const JsonValue &value)
{
    if (value.isBool()) {
        auto *box = new QCheckBox(value.toBool() ? tr("true") : tr("false"));
        box->setChecked(value.toBool());
        connect(box, &QCheckBox::toggled, this, [this, box, pointer](bool on) {
            box->setText(on ? tr("true") : tr("false"));
            change(pointer, JsonValue::fromBool(on), false);
        });
        return box;
    }
    if (value.isNull()) {
        return makeDimLabel(tr("null: explicitly nothing"), TextSize::Body);
    }
    if (value.isNumber()) {
        const std::string_view text = value.numberText();
        auto *field = new QLineEdit(QString::fromLatin1(text.data(), static_cast<qsizetype>(text.size())));
        field->setFont(monoFont());
        connect(field, &QLineEdit::textEdited, this, [this, pointer](const QString &typed) {
            const std::string number = typed.trimmed().toStdString();
            if (isJsonNumber(number)) {
                m_problems.erase(pointer);
                change(pointer, JsonValue::fromNumberText(number), true);
            } else {
                m_problems[pointer] = tr("“%1” is not a number: digits, one decimal point, no separators")
                                          .arg(displayText(typed).text.left(60));
                change(pointer, *m_value.at(pointer), true);
            }
        });
        return field;
    }
    const QString original = value.toString();
    if (original.contains(u'\n') || original.size() > lineLength) {
        auto *field = new QPlainTextEdit(displayText(original, TextShape::Lines).text);
        field->setFont(monoFont(TextSize::Small));
        field->setTabChangesFocus(true);
        field->setUndoRedoEnabled(false);
        const auto lines = std::clamp<qsizetype>(original.count(u'\n') + 2 + original.size() / lineLength, 3, 14);
        field->setFixedHeight(static_cast<int>(lines) * field->fontMetrics().lineSpacing() + grid(3));
        connect(field, &QPlainTextEdit::textChanged, this, [this, field, pointer] {
            change(pointer, JsonValue::fromString(originalText(field->toPlainText())), true);
        });
        return field;
    }
    auto *field = new QLineEdit(displayText(original).text);
    connect(field, &QLineEdit::textEdited, this, [this, pointer](const QString &typed) {
        change(pointer, JsonValue::fromString(originalText(typed)), true);
    });
    return field;
}

void ArgumentEditor::remember()
{
    m_past.push_back(m_value);
    const auto steps = static_cast<size_t>(historyBytes / std::max<qsizetype>(m_originalText.size(), 1));
    if (m_past.size() > std::clamp<size_t>(steps, fewestSteps, mostSteps)) {
        m_past.erase(m_past.begin());
    }
    m_future.clear();
}

void ArgumentEditor::change(const std::string &pointer, JsonValue value, bool merges)
{
    if (!merges || m_merging != pointer) {
        remember();
    }
    m_merging = merges ? pointer : std::string();
    if (JsonValue *target = m_value.at(pointer)) {
        *target = std::move(value);
    }
    m_changed.reset();
    for (const Row &row : m_rowsShown) {
        if (row.pointer == pointer) {
            markRow(row);
        }
    }
    showState();
    Q_EMIT edited();
}

void ArgumentEditor::setKind(const std::string &pointer, JsonValue::Kind kind)
{
    JsonValue *target = m_value.at(pointer);
    if (!target || target->kind() == kind) {
        return;
    }
    m_problems.erase(pointer);
    change(pointer, converted(*target, kind), false);
    rebuild();
}

void ArgumentEditor::addItem(const std::string &pointer)
{
    const JsonValue *list = m_value.at(pointer);
    if (!list || !list->isArray()) {
        return;
    }
    JsonValue next = *list;
    // Like the last one: lists mostly hold one kind of thing.
    next.append(next.items().empty() ? JsonValue::fromString({}) : next.items().back());
    change(pointer, std::move(next), false);
    rebuild();
}

void ArgumentEditor::removeItem(const std::string &pointer)
{
    const size_t slash = pointer.rfind('/');
    const std::string parent = pointer.substr(0, slash);
    const size_t index = std::stoul(pointer.substr(slash + 1));
    const JsonValue *list = m_value.at(parent);
    if (!list || index >= list->items().size()) {
        return;
    }
    JsonValue next = *list;
    next.items().erase(next.items().begin() + static_cast<std::ptrdiff_t>(index));
    m_problems.clear(); // Rows move; every field is made anew from a valid value.
    change(parent, std::move(next), false);
    rebuild();
}

void ArgumentEditor::undo()
{
    if (m_past.empty()) {
        return;
    }
    m_future.push_back(std::exchange(m_value, std::move(m_past.back())));
    m_past.pop_back();
    m_changed.reset();
    m_merging.clear();
    m_problems.clear();
    rebuild();
    Q_EMIT edited();
}

void ArgumentEditor::redo()
{
    if (m_future.empty()) {
        return;
    }
    m_past.push_back(std::exchange(m_value, std::move(m_future.back())));
    m_future.pop_back();
    m_changed.reset();
    m_merging.clear();
    m_problems.clear();
    rebuild();
    Q_EMIT edited();
}

void ArgumentEditor::focusFirst()
{
    for (const Row &row : m_rowsShown) {
        if (row.field && row.field->focusPolicy() != Qt::NoFocus) {
            row.field->setFocus(Qt::OtherFocusReason);
            return;
        }
    }
    setFocus(Qt::OtherFocusReason);
}

void ArgumentEditor::markRow(const Row &row)
{
    if (!row.was) {
        return;
    }
    const auto problem = m_problems.find(row.pointer);
    const JsonValue *now = m_value.at(row.pointer);
    const JsonValue *before = m_original.at(row.pointer);
    QString text;
    if (problem != m_problems.end()) {
        text = problem->second;
    } else if (!before) {
        text = tr("added by you");
    } else if (now && writeJson(*now) != writeJson(*before)) {
        text = tr("changed by you; was: %1").arg(shownValue(*before));
    }
    QPalette look = row.field->palette();
    row.was->setText(text);
    row.was->setVisible(!text.isEmpty());
    look.setColor(QPalette::Base, problem != m_problems.end() ? colours().badBack
                                  : !text.isEmpty()           ? colours().warnBack
                                                              : colours().field);
    row.field->setPalette(look);
    row.field->setAccessibleDescription(text);
}

void ArgumentEditor::showState()
{
    const QString wrong = problem();
    const QString state = !wrong.isEmpty() ? counted(tr("%n problem(s)", nullptr, static_cast<int>(m_problems.size())),
                                                     static_cast<int>(m_problems.size()))
                          : isChanged()    ? tr("changed · Ctrl+Enter approves as edited")
                                           : tr("nothing changed yet · Esc leaves");
    m_undo->setEnabled(canUndo());
    m_redo->setEnabled(canRedo());
    m_state->setText(state + u" · "_s + tr("the agent gets these and is told that they were edited"));
}

/// As wide as the widest name, so that names stand whole, but never more than a third of the page.
void ArgumentEditor::alignNames()
{
    const int most = std::max(viewport()->width() / 3, grid(20));
    int wanted = grid(15);
    for (const Row &row : m_rowsShown) {
        wanted = std::max(wanted, std::min(row.depth, 8) * grid(4) + row.name->oneLineWidth());
    }
    const int column = std::min(wanted, most);
    for (const Row &row : m_rowsShown) {
        row.name->setFixedWidth(std::max(column - std::min(row.depth, 8) * grid(4), grid(12)));
    }
}

void ArgumentEditor::resizeEvent(QResizeEvent *event)
{
    QScrollArea::resizeEvent(event);
    if (m_page) {
        m_page->setMaximumWidth(viewport()->width());
        alignNames();
    }
}

void ArgumentEditor::changeEvent(QEvent *event)
{
    QScrollArea::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_page) {
        alignNames();
    }
}

bool ArgumentEditor::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::Wheel && qobject_cast<QComboBox *>(watched)) {
        return true; // Scrolling past must not change a type.
    }
    if (event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
        if (enter && key->modifiers().testFlag(Qt::ControlModifier)) {
            Q_EMIT confirmWanted(key->timestamp(), key->isAutoRepeat());
            return true;
        }
        if (key->key() == Qt::Key_Escape) {
            Q_EMIT leaveWanted();
            return true;
        }
        if (key->matches(QKeySequence::Undo)) {
            QMetaObject::invokeMethod(this, &ArgumentEditor::undo, Qt::QueuedConnection);
            return true;
        }
        if (key->matches(QKeySequence::Redo)) {
            QMetaObject::invokeMethod(this, &ArgumentEditor::redo, Qt::QueuedConnection);
            return true;
        }
    }
    return QScrollArea::eventFilter(watched, event);
}

} // namespace countersign::ui
