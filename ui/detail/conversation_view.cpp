// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/conversation_view.h"

#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "ui/style/theme.h"

#include <QtGui/QPainter>
#include <QtGui/QTextBlock>
#include <QtWidgets/QScrollBar>

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

// What a block is; kept as its user state.
constexpr int gap = 0;
constexpr int ours = 1; ///< Who speaks, or how a call ended.
constexpr int said = 2;
constexpr int payload = 3; ///< Input or output of a call.

constexpr qsizetype longestText = 64 * 1024; ///< Of one thing said: what is decided on stands whole under Facts.
constexpr qsizetype shortJson = 120;

} // namespace

ConversationView::ConversationView(QWidget *parent)
    : QPlainTextEdit(parent)
{
    setObjectName(u"conversation"_s);
    setAccessibleName(tr("Conversation"));
    setReadOnly(true);
    setUndoRedoEnabled(false);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setTabChangesFocus(true);
    setFrameShape(QFrame::NoFrame);
    viewport()->setAutoFillBackground(false); // On the ground of the dashed card, as everything that agents say.
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    applyLook();
}

void ConversationView::applyLook()
{
    document()->setDocumentMargin(grid(m_isDense ? 3 : 5));
    document()->setDefaultFont(uiFont(TextSize::Body));
}

void ConversationView::setDense(bool dense)
{
    if (std::exchange(m_isDense, dense) != dense) {
        document()->setDocumentMargin(grid(dense ? 3 : 5));
    }
}

void ConversationView::clearAll()
{
    m_shown = {};
    m_firstBlocks.clear();
    m_isEmpty = true;
    clear();
}

void ConversationView::changeEvent(QEvent *event)
{
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::StyleChange) {
        applyLook();
        const Conversation again = std::exchange(m_shown, {});
        const QString marked = m_markedCall;
        clearAll();
        show(again, marked);
    }
}

void ConversationView::show(const Conversation &conversation, const QString &markedCall)
{
    const QScrollBar *bar = verticalScrollBar();
    const bool follows = m_isEmpty || bar->value() >= bar->maximum() - 1;
    const int reading = bar->value();
    const int anchor = textCursor().anchor();
    const int position = textCursor().position();
    if (markedCall != m_markedCall || conversation.earlierLeftOut != m_shown.earlierLeftOut) {
        clearAll();
        m_markedCall = markedCall;
        if (conversation.earlierLeftOut > 0) {
            QTextCharFormat dim;
            dim.setForeground(colours().dim);
            appendBlock(tr("%1 earlier messages are not shown.").arg(conversation.earlierLeftOut), ours, dim);
        }
        m_shown.earlierLeftOut = conversation.earlierLeftOut;
    }
    const std::vector<ConversationLine> &next = conversation.lines;
    size_t same = 0;
    while (same < m_shown.lines.size() && same < next.size() && m_shown.lines[same] == next[same]) {
        ++same;
    }
    if (same + 1 == m_shown.lines.size() && same < next.size() && growLast(next[same])) {
        ++same;
    }
    QTextCursor all(document());
    all.beginEditBlock(); // Laid out once.
    cutFrom(same);
    m_shown.lines.reserve(next.size());
    for (size_t i = same; i < next.size(); ++i) {
        append(next[i]);
    }
    all.endEditBlock();
    if (textCursor().anchor() != anchor || textCursor().position() != position) {
        // A selection that reached the end must not grow with what comes.
        const int last = document()->characterCount() - 1;
        QTextCursor own(document());
        own.setPosition(std::min(anchor, last));
        own.setPosition(std::min(position, last), QTextCursor::KeepAnchor);
        setTextCursor(own);
    }
    verticalScrollBar()->setValue(follows ? verticalScrollBar()->maximum() : reading);
    viewport()->update();
}

/// What streams in: the last text goes on. False: it is not only that.
bool ConversationView::growLast(const ConversationLine &now)
{
    ConversationLine &last = m_shown.lines.back();
    const bool goesOn = now.kind == last.kind && now.kind != ConversationLine::Kind::Called &&
                        now.speaker == last.speaker && now.text.startsWith(last.text) &&
                        now.text.size() < longestText && !last.text.isEmpty() && !last.text.back().isSurrogate();
    if (!goesOn) {
        return false;
    }
    QTextCursor end(document());
    end.movePosition(QTextCursor::End);
    const QStringList lines =
        displayText(QStringView(now.text).mid(last.text.size()), TextShape::Lines).text.split(u'\n');
    end.beginEditBlock();
    for (qsizetype i = 0; i < lines.size(); ++i) {
        if (i > 0) {
            end.insertBlock();
            end.block().setUserState(said);
        }
        end.insertText(lines[i]);
    }
    end.endEditBlock();
    last = now;
    return true;
}

void ConversationView::cutFrom(size_t line)
{
    if (line >= m_shown.lines.size()) {
        return;
    }
    const QTextBlock first = document()->findBlockByNumber(m_firstBlocks[line]);
    m_isEmpty = first.blockNumber() == 0;
    QTextCursor cursor(document());
    cursor.setPosition(m_isEmpty ? 0 : first.position() - 1);
    cursor.movePosition(QTextCursor::End, QTextCursor::KeepAnchor);
    cursor.removeSelectedText();
    m_shown.lines.resize(line);
    m_firstBlocks.resize(line);
}

void ConversationView::append(const ConversationLine &line)
{
    QTextCharFormat heading;
    heading.setFont(uiFont(TextSize::Small, QFont::DemiBold));
    heading.setForeground(colours().dim);
    m_firstBlocks.push_back(m_isEmpty ? 0 : document()->blockCount());
    if (!m_isEmpty) {
        appendBlock({}, gap, {});
    }
    const QString speaker = displayText(line.speaker).text;
    switch (line.kind) {
    case ConversationLine::Kind::Said:
        appendBlock(line.speaker == u"assistant"_s ? tr("agent") : speaker, ours, heading);
        appendText(line.text, said);
        break;
    case ConversationLine::Kind::Thought:
        appendBlock(tr("agent, thinking"), ours, heading);
        appendText(line.text, said);
        break;
    case ConversationLine::Kind::Called: {
        const bool isMarked = !m_markedCall.isEmpty() && line.callId == m_markedCall;
        if (isMarked) {
            heading.setForeground(colours().accent);
        }
        appendBlock(isMarked ? tr("agent → tool %1 · this request").arg(speaker) : tr("agent → tool %1").arg(speaker),
                    ours, heading);
        appendJson(line.input);
        if (!line.output.isEmpty()) {
            appendBlock(tr("tool %1 → agent").arg(speaker), ours, heading);
            appendJson(line.output);
        }
        if (!line.error.isEmpty()) {
            heading.setForeground(colours().bad);
            appendBlock(tr("tool %1 → agent, refused or failed").arg(speaker), ours, heading);
            appendText(line.error, said);
        }
        break;
    }
    }
    m_shown.lines.push_back(line);
}

void ConversationView::appendBlock(const QString &visible, int kind, const QTextCharFormat &format)
{
    QTextCursor end(document());
    end.movePosition(QTextCursor::End);
    if (!std::exchange(m_isEmpty, false)) {
        end.insertBlock(QTextBlockFormat(), format);
    }
    end.insertText(visible, format);
    end.block().setUserState(kind);
}

void ConversationView::appendText(const QString &outside, int kind)
{
    QTextCharFormat format;
    format.setFont(kind == payload ? monoFont(TextSize::Small) : uiFont(TextSize::Body));
    format.setForeground(colours().text);
    const QString shown = displayText(QStringView(outside).left(longestText), TextShape::Lines).text;
    for (const QString &one : shown.split(u'\n')) {
        appendBlock(one, kind, format);
    }
    if (outside.size() > longestText) {
        QTextCharFormat dim;
        dim.setForeground(colours().dim);
        appendBlock(tr("%1 more characters are not shown here.").arg(outside.size() - longestText), ours, dim);
    }
}

void ConversationView::appendJson(const QByteArray &json)
{
    if (json.isEmpty()) {
        return;
    }
    const Result<JsonValue> value =
        json.size() > shortJson && json.size() < longestText ? readJson(json) : Result<JsonValue>(JsonValue());
    appendText(QString::fromUtf8(value && !value->isNull() ? writeJsonIndented(*value) : json), payload);
}

bool ConversationView::page(int direction)
{
    QScrollBar *bar = verticalScrollBar();
    const int before = bar->value();
    bar->triggerAction(direction > 0 ? QAbstractSlider::SliderPageStepAdd : QAbstractSlider::SliderPageStepSub);
    return bar->value() != before;
}

void ConversationView::paintEvent(QPaintEvent *event)
{
    {
        QPainter painter(viewport());
        const QPointF offset = contentOffset();
        for (QTextBlock block = firstVisibleBlock(); block.isValid(); block = block.next()) {
            const QRectF place = blockBoundingGeometry(block).translated(offset);
            if (place.top() > event->rect().bottom()) {
                break;
            }
            if (block.userState() == said || block.userState() == payload) {
                const double height = block.layout()->boundingRect().height(); // Without the margin of the document.
                painter.fillRect(QRectF(grid(m_isDense ? 1 : 2), place.top(), 2, height),
                                 block.userState() == payload ? colours().line : colours().accent);
            }
        }
    }
    QPlainTextEdit::paintEvent(event);
}

} // namespace countersign::ui
