// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/text_editor.h"

#include "core/base/visible_text.h"
#include "ui/style/theme.h"

#include <QtCore/QEvent>
#include <QtCore/QStringListModel>
#include <QtGui/QAbstractTextDocumentLayout>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QCompleter>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPlainTextEdit>

#include <cmath>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int longestLine = 1 << 24; ///< QLineEdit cuts off at 32,767 unless told otherwise.
constexpr int fewestLines = 3;
constexpr int mostLines = 14;

QString placeholderFor(const FormField &field)
{
    for (const JsonValue &example : field.examples) {
        if (example.isString() && !example.utf8().empty()) {
            return TextEditor::tr("such as %1").arg(shortened(displayText(example.toString()).text, 80));
        }
    }
    return field.required ? QString() : TextEditor::tr("not set");
}

QVBoxLayout *fill(QWidget *whole, QWidget *part)
{
    auto *layout = new QVBoxLayout(whole);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(part);
    whole->setFocusProxy(nullptr);
    return layout;
}

} // namespace

void TextMeaning::begin(const FormField &field)
{
    m_isNew = m_field != field.id;
    if (!m_isNew) {
        return;
    }
    m_field = field.id;
    const FieldBounds &bounds = field.bounds;
    const bool takesNoEmpty = bounds.minLength.value_or(0) > 0 || !bounds.format.isEmpty();
    m_emptyIsAbsent = field.presence == Presence::Absent || takesNoEmpty;
}

TextEditor::TextEditor(QWidget *parent)
    : FieldEditor(parent)
    , m_edit(new QLineEdit(this))
{
    m_edit->setMaxLength(longestLine);
    m_edit->setObjectName(u"text"_s);
    fill(this, m_edit);
    connect(m_edit, &QLineEdit::textEdited, this, &TextEditor::take);
}

bool TextEditor::fits(const FormField &field) const
{
    return field.kind == FieldKind::Text || field.kind == FieldKind::LongText;
}

void TextEditor::take(const QString &typed)
{
    if (typed.isEmpty() && m_meaning.emptyIsAbsent()) {
        m_isAbsent = true;
        Q_EMIT absentWanted();
        return;
    }
    m_isAbsent = false;
    Q_EMIT valueEdited(JsonValue::fromString(originalText(typed)));
}

void TextEditor::present(const FormField &field, const JsonValue *value, const QString &)
{
    m_meaning.begin(field);
    const QString text = value ? value->toString() : QString();
    const bool showsIt = m_isAbsent == !value && originalText(m_edit->text()) == text;
    if (m_meaning.isNewField() || !showsIt) {
        m_edit->setText(displayText(text).text);
        m_edit->setCursorPosition(m_meaning.isNewField() ? 0 : static_cast<int>(m_edit->text().size()));
    }
    m_isAbsent = !value;
    if (m_meaning.isNewField()) {
        m_edit->setPlaceholderText(placeholderFor(field));
        offerExamples(field);
    }
    m_edit->setReadOnly(field.readOnly);
}

void TextEditor::offerExamples(const FormField &field)
{
    constexpr int mostExamples = 100;
    QStringList words;
    for (const JsonValue &example : field.examples) {
        if (example.isString() && words.size() < mostExamples) {
            words += displayText(example.toString()).text;
        }
    }
    if (words.isEmpty()) {
        m_edit->setCompleter(nullptr);
        return;
    }
    if (!m_completer) {
        m_examples = new QStringListModel(this);
        m_completer = new QCompleter(m_examples, this);
        m_completer->setCaseSensitivity(Qt::CaseInsensitive);
        m_completer->setFilterMode(Qt::MatchContains);
        connect(m_completer, qOverload<const QString &>(&QCompleter::activated), this, &TextEditor::take);
    }
    m_examples->setStringList(words);
    m_edit->setCompleter(m_completer);
}

QWidget *TextEditor::focusTarget()
{
    return m_edit;
}

LongTextEditor::LongTextEditor(QWidget *parent)
    : FieldEditor(parent)
    , m_edit(new QPlainTextEdit(this))
{
    m_edit->setTabChangesFocus(true);
    m_edit->setUndoRedoEnabled(false); // The form has one stack for all of its fields.
    m_edit->setObjectName(u"text"_s);
    m_edit->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_edit->document()->setDocumentMargin(grid(1));
    fill(this, m_edit);
    connect(m_edit, &QPlainTextEdit::textChanged, this, &LongTextEditor::take);
    m_edit->installEventFilter(new WheelGuard(this));
    m_edit->viewport()->installEventFilter(new WheelGuard(this));
}

bool LongTextEditor::fits(const FormField &field) const
{
    return field.kind == FieldKind::Text || field.kind == FieldKind::LongText;
}

void LongTextEditor::take()
{
    if (m_presenting) {
        return;
    }
    const QString typed = m_edit->toPlainText();
    fitHeight();
    if (typed.isEmpty() && m_meaning.emptyIsAbsent()) {
        m_isAbsent = true;
        Q_EMIT absentWanted();
        return;
    }
    m_isAbsent = false;
    Q_EMIT valueEdited(JsonValue::fromString(originalText(typed)));
}

void LongTextEditor::present(const FormField &field, const JsonValue *value, const QString &)
{
    m_meaning.begin(field);
    const QString text = value ? value->toString() : QString();
    const bool showsIt = m_isAbsent == !value && originalText(m_edit->toPlainText()) == text;
    if (m_meaning.isNewField() || !showsIt) {
        m_presenting = true;
        m_edit->setPlainText(displayText(text, TextShape::Lines).text);
        if (!m_meaning.isNewField()) {
            m_edit->moveCursor(QTextCursor::End);
        }
        m_presenting = false;
    }
    m_isAbsent = !value;
    m_edit->setPlaceholderText(placeholderFor(field));
    m_edit->setReadOnly(field.readOnly);
    const bool mono = !field.bounds.contentMediaType.isEmpty() &&
                      !field.bounds.contentMediaType.startsWith(u"text/plain"_s, Qt::CaseInsensitive);
    m_edit->setFont(mono ? monoFont(TextSize::Small) : uiFont(TextSize::Body));
    fitHeight();
}

void LongTextEditor::fitHeight()
{
    // A plain text document counts its height in lines.
    const auto lines = static_cast<int>(std::ceil(m_edit->document()->documentLayout()->documentSize().height()));
    const int shown = std::clamp(lines, fewestLines, mostLines);
    const int wanted = shown * m_edit->fontMetrics().lineSpacing() + grid(4);
    if (m_edit->height() != wanted || m_edit->minimumHeight() != wanted) {
        m_edit->setFixedHeight(wanted);
        updateGeometry();
        Q_EMIT heightChanged();
    }
}

void LongTextEditor::changeEvent(QEvent *event)
{
    FieldEditor::changeEvent(event);
    if (event->type() == QEvent::StyleChange) {
        m_edit->document()->setDocumentMargin(grid(1));
        fitHeight();
    }
}

void LongTextEditor::resizeEvent(QResizeEvent *event)
{
    FieldEditor::resizeEvent(event);
    if (event->size().width() != event->oldSize().width()) {
        fitHeight();
    }
}

QWidget *LongTextEditor::focusTarget()
{
    return m_edit;
}

FixedEditor::FixedEditor(QWidget *parent)
    : FieldEditor(parent)
    , m_text(new QLineEdit(this))
{
    m_text->setReadOnly(true);
    m_text->setFrame(false);
    m_text->setMaxLength(longestLine);
    m_text->setObjectName(u"fixed"_s);
    fill(this, m_text);
    QPalette flat = m_text->palette();
    flat.setColor(QPalette::Base, Qt::transparent);
    m_text->setPalette(flat);
}

bool FixedEditor::fits(const FormField &field) const
{
    return field.kind == FieldKind::Constant || field.kind == FieldKind::Null;
}

void FixedEditor::present(const FormField &field, const JsonValue *value, const QString &)
{
    const bool isNull = field.kind == FieldKind::Null || (value && value->isNull());
    const bool isText = value && value->isString();
    const QString text = !value && field.presence == Presence::Absent ? tr("not set")
                         : isNull                                     ? tr("null: explicitly nothing")
                         : isText                                     ? displayText(value->toString()).text
                         : value ? displayText(QString::fromUtf8(writeJson(*value))).text
                                 : QString();
    m_text->setFont(isText ? uiFont(TextSize::Body) : monoFont());
    if (m_text->text() != text) {
        m_text->setText(text);
        m_text->setCursorPosition(0);
    }
}

void FixedEditor::setWrong(bool) {}

QWidget *FixedEditor::focusTarget()
{
    return m_text;
}

} // namespace countersign::ui
