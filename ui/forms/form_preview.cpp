// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/form_preview.h"

#include "core/schema/form_model.h"
#include "ui/forms/row_widget.h"
#include "ui/style/theme.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QEvent>
#include <QtGui/QPaintEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QScrollBar>

#include <cmath>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int soonest = 30; ///< Milliseconds: keys are painted first, several at once cost one refresh.
constexpr int latest = 1000;
constexpr qsizetype longestSpoken = 4000;

} // namespace

FormPreview::FormPreview(QWidget *parent)
    : QAbstractScrollArea(parent)
{
    setObjectName(u"formPreview"_s);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn); // Drawn only when it scrolls.
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("What will be sent"));
    m_soon.setSingleShot(true);
    m_soon.setInterval(soonest);
    connect(&m_soon, &QTimer::timeout, this, &FormPreview::refreshNow);
}

void FormPreview::setModel(const FormModel *model)
{
    m_model = model;
    verticalScrollBar()->setValue(0);
    refreshNow();
}

void FormPreview::refreshSoon()
{
    if (!m_soon.isActive()) {
        m_soon.start();
    }
}

int FormPreview::lineHeight() const
{
    return QFontMetrics(monoFont(TextSize::Small)).lineSpacing() + 2;
}

int FormPreview::columns() const
{
    // Not rounded: over a whole line the rest of each letter adds up to letters that nobody would see.
    const qreal room = viewport()->width() - 2 * RowWidget::sidePadding();
    return std::clamp(static_cast<int>(room / letterWidth()), 24, 400);
}

qreal FormPreview::letterWidth()
{
    return std::max(QFontMetricsF(monoFont(TextSize::Small)).horizontalAdvance(u'0'), 1.0);
}

int FormPreview::widestLine() const
{
    const QFontMetricsF metrics(monoFont(TextSize::Small));
    qreal widest = 0;
    for (const JsonLine &line : m_lines) {
        qreal width = line.indent * letterWidth();
        for (const JsonPiece &piece : line.pieces) {
            width += metrics.horizontalAdvance(piece.text);
        }
        widest = std::max(widest, width);
    }
    return static_cast<int>(std::ceil(widest));
}

void FormPreview::refreshNow()
{
    m_soon.stop();
    QElapsedTimer spent;
    spent.start();
    m_lines.clear();
    m_columns = columns();
    if (m_model) {
        JsonMarks marks;
        marks.secret = m_model->secretPointers();
        for (const FieldProblem &problem : m_model->problems()) {
            marks.wrong.insert(problem.pointer);
        }
        m_lines = jsonLines(m_model->outgoing(), marks, m_columns);
    }
    // A very large value costs more than a frame: then it is shown less often.
    m_soon.setInterval(std::clamp(static_cast<int>(spent.elapsed()) * 8, soonest, latest));
    setAccessibleDescription(text().left(longestSpoken));
    showRange();
    updateGeometry();
    viewport()->update();
    Q_EMIT refreshed();
}

QString FormPreview::text() const
{
    QString text;
    for (const JsonLine &line : m_lines) {
        text += text.isEmpty() ? QString() : u"\n"_s;
        for (const JsonPiece &piece : line.pieces) {
            text += piece.text;
        }
        if (text.size() > 1'000'000) {
            break;
        }
    }
    return text;
}

bool FormPreview::hasBadPiece(const QString &part) const
{
    for (const JsonLine &line : m_lines) {
        for (const JsonPiece &piece : line.pieces) {
            if (piece.ink == JsonPiece::Ink::Bad && piece.text.contains(part)) {
                return true;
            }
        }
    }
    return false;
}

void FormPreview::showRange()
{
    QScrollBar *bar = verticalScrollBar();
    const int height = static_cast<int>(m_lines.size()) * lineHeight() + 2 * grid(2);
    bar->setRange(0, std::max(height - viewport()->height(), 0));
    bar->setPageStep(viewport()->height());
    bar->setSingleStep(lineHeight());
}

void FormPreview::paintEvent(QPaintEvent *event)
{
    const Colours &c = colours();
    QPainter painter(viewport());
    painter.setFont(monoFont(TextSize::Small));
    const QFontMetricsF metrics(painter.font());
    const int top = grid(2) - verticalScrollBar()->value();
    const int first = std::max((event->rect().top() - top) / lineHeight(), 0);
    for (auto i = static_cast<size_t>(first); i < m_lines.size(); ++i) {
        const int y = top + static_cast<int>(i) * lineHeight();
        if (y > event->rect().bottom()) {
            break;
        }
        qreal x = RowWidget::sidePadding() + m_lines[i].indent * letterWidth();
        for (const JsonPiece &piece : m_lines[i].pieces) {
            painter.setPen(piece.ink == JsonPiece::Ink::Bad      ? c.bad
                           : piece.ink == JsonPiece::Ink::Masked ? c.dim
                                                                 : c.text);
            painter.drawText(QRectF(x, y, viewport()->width(), lineHeight()),
                             Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine | Qt::TextForceLeftToRight,
                             piece.text);
            x += metrics.horizontalAdvance(piece.text);
        }
    }
    if (hasFocus()) {
        painter.setPen(c.accent);
        painter.drawRect(viewport()->rect().adjusted(0, 0, -1, -1));
    }
}

void FormPreview::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    if (columns() != m_columns) {
        refreshSoon();
    }
    showRange();
}

void FormPreview::changeEvent(QEvent *event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::StyleChange) {
        refreshSoon();
        updateGeometry();
    }
}

void FormPreview::scrollContentsBy(int, int)
{
    viewport()->update();
}

QSize FormPreview::sizeHint() const
{
    constexpr int mostLines = 400;
    const int lines = std::clamp(static_cast<int>(m_lines.size()), 1, mostLines);
    return {grid(100), lines * lineHeight() + 2 * grid(2)};
}

QSize FormPreview::minimumSizeHint() const
{
    return {grid(40), lineHeight() + 2 * grid(2)};
}

} // namespace countersign::ui
