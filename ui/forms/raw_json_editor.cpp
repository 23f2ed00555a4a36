// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/raw_json_editor.h"

#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/theme.h"

#include <QtCore/QRegularExpression>
#include <QtGui/QTextBlock>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QPlainTextEdit>

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int fewestLines = 3;
constexpr int mostLines = 14;

/// Where readJson() stopped, counted from 0; -1: it does not say.
qsizetype stoppedAt(const Error &error)
{
    static const QRegularExpression place(u"^byte offset (\\d+)$"_s);
    const QRegularExpressionMatch match = place.match(error.detail);
    return match.hasMatch() ? match.captured(1).toLongLong() : -1;
}

} // namespace

RawJsonEditor::RawJsonEditor(QWidget *parent)
    : FieldEditor(parent)
    , m_reason(new WrapLabel({}, TextSize::Small, this))
    , m_text(new QPlainTextEdit(this))
{
    setObjectName(u"rawJsonEditor"_s);
    m_reason->setObjectName(u"rawJsonReason"_s);
    m_reason->setInk(WrapLabel::Ink::Dim);
    m_text->setObjectName(u"rawJson"_s);
    m_text->setFont(monoFont(TextSize::Small));
    m_text->setTabChangesFocus(true);
    m_text->setUndoRedoEnabled(false); // The form has one stack for all of its fields.
    m_text->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    m_text->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *guard = new WheelGuard(this);
    m_text->installEventFilter(guard);
    m_text->viewport()->installEventFilter(guard);
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(grid(1));
    rows->addWidget(m_reason);
    rows->addWidget(m_text);
    setFocusProxy(m_text);
    connect(m_text, &QPlainTextEdit::textChanged, this, [this] {
        if (!m_presenting) {
            take();
        }
    });
}

/// Of any kind: it is what a value of another JSON type is shown in.
bool RawJsonEditor::fits(const FormField &) const
{
    return true;
}

void RawJsonEditor::present(const FormField &field, const JsonValue *value, const QString &unfinished)
{
    const bool same = field.id == m_field;
    m_field = field.id;
    const QString why = !field.rawReason.isEmpty()         ? displayText(field.rawReason).text
                        : field.kind != FieldKind::RawJson ? tr("this value is of another type than the field")
                                                           : tr("there is no other field for values like this one");
    m_reason->setText(tr("Raw JSON: %1").arg(why));
    m_text->setReadOnly(field.readOnly);
    m_text->setPlaceholderText(field.required ? tr("JSON, such as {\"name\": \"value\"}") : tr("not set"));
    const QByteArray compact = value ? writeJson(*value) : QByteArray();
    if (same && unfinished == m_unfinished && (!unfinished.isEmpty() || compact == m_value)) {
        return;
    }
    m_value = unfinished.isEmpty() ? compact : QByteArray();
    m_unfinished = unfinished;
    const QString text = !unfinished.isEmpty() ? unfinished
                         : value               ? QString::fromUtf8(writeJsonIndented(*value))
                                               : QString();
    m_presenting = true;
    m_text->setPlainText(displayText(text, TextShape::Lines).text);
    m_presenting = false;
    qsizetype place = -1;
    if (!unfinished.isEmpty()) {
        if (const Result<JsonValue> read = readJson(unfinished.toUtf8()); !read) {
            place = stoppedAt(read.error());
        }
    }
    markPlace(place);
    fitHeight();
}

QWidget *RawJsonEditor::focusTarget()
{
    return m_text;
}

void RawJsonEditor::take()
{
    const QString typed = originalText(m_text->toPlainText());
    fitHeight();
    if (typed.trimmed().isEmpty()) {
        m_value.clear();
        m_unfinished.clear();
        markPlace(-1);
        Q_EMIT absentWanted();
        return;
    }
    const Result<JsonValue> read = readJson(typed.toUtf8());
    if (!read) {
        m_value.clear();
        m_unfinished = typed;
        markPlace(stoppedAt(read.error()));
        Q_EMIT unfinishedEdited(typed, read.error().message);
        return;
    }
    m_value = writeJson(*read);
    m_unfinished.clear();
    markPlace(-1);
    Q_EMIT valueEdited(*read);
}

/// Underlines the character at which reading stopped.
void RawJsonEditor::markPlace(qsizetype byteOffset)
{
    QList<QTextEdit::ExtraSelection> marks;
    if (byteOffset >= 0) {
        const QByteArray before = originalText(m_text->toPlainText()).toUtf8().left(byteOffset);
        const qsizetype shown = displayText(QString::fromUtf8(before), TextShape::Lines).text.size();
        QTextEdit::ExtraSelection mark;
        mark.cursor = QTextCursor(m_text->document());
        const int last = std::max(m_text->document()->characterCount() - 1, 0);
        const int at = std::min(static_cast<int>(shown), last);
        mark.cursor.setPosition(at == last ? std::max(at - 1, 0) : at);
        mark.cursor.movePosition(QTextCursor::NextCharacter, QTextCursor::KeepAnchor);
        mark.format.setBackground(colours().badBack);
        mark.format.setForeground(colours().bad);
        mark.format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
        mark.format.setUnderlineColor(colours().bad);
        marks.append(mark);
    }
    m_text->setExtraSelections(marks);
}

void RawJsonEditor::fitHeight()
{
    const int lines = std::clamp(m_text->document()->blockCount(), fewestLines, mostLines);
    const int around = static_cast<int>(2 * m_text->document()->documentMargin()) + 2 * m_text->frameWidth() + 2;
    const int height = lines * m_text->fontMetrics().lineSpacing() + around;
    if (height != m_text->minimumHeight()) {
        m_text->setFixedHeight(height);
        updateGeometry();
        Q_EMIT heightChanged();
    }
}

} // namespace countersign::ui
