// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/payload_view.h"

#include "ui/style/theme.h"

#include <QtGui/QPainter>
#include <QtGui/QTextLayout>
#include <QtGui/QWheelEvent>
#include <QtWidgets/QScrollBar>

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds layoutSlice{8};
/// Taller than this, a payload scrolls by itself instead of stretching its page.
constexpr int tallestInPage = 120'000;
constexpr int describedCharacters = 4000;

int rulerWidth()
{
    return std::max(grid(1) - 1, 3);
}

/// The start of the payload for a screen reader; the whole is read line by line with Space.
QString described(const PayloadRows &rows)
{
    QString text;
    for (const PayloadRow &row : rows.rows) {
        text += row.key.isEmpty() ? row.text : row.key + u": "_s + row.text;
        for (const PayloadRow::Badge &badge : row.badges) {
            text += u" ("_s + badge.text + u')';
        }
        text += u'\n';
        if (text.size() > describedCharacters) {
            return text.left(describedCharacters) + u'…';
        }
    }
    return text;
}

} // namespace

PayloadView::PayloadView(const Clock &clock, PayloadShape shape, Height height, QWidget *parent)
    : QAbstractScrollArea(parent)
    , m_shape(shape)
    , m_height(height)
    , m_seen(clock)
{
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(height == Height::AsContent ? Qt::ScrollBarAlwaysOff : Qt::ScrollBarAsNeeded);
    setLayoutDirection(Qt::LeftToRight);
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setAutoFillBackground(false);
    m_layoutTimer.setInterval(0);
    connect(&m_layoutTimer, &QTimer::timeout, this, &PayloadView::goOnLayout);
    m_seenTimer.setSingleShot(true);
    connect(&m_seenTimer, &QTimer::timeout, this, &PayloadView::settle);
}

PayloadView::~PayloadView() = default;

void PayloadView::setRows(PayloadRows rows)
{
    m_rows = std::move(rows);
    m_seen.reset();
    setAccessibleDescription(described(m_rows));
    verticalScrollBar()->setValue(0);
    restartLayout();
}

void PayloadView::restartLayout()
{
    m_layoutTimer.stop();
    m_width = viewport()->width();
    const PayloadLayout::Fonts fonts{.text = uiFont(TextSize::Body),
                                     .strong = uiFont(TextSize::Body, QFont::DemiBold),
                                     .mono = monoFont(TextSize::Small),
                                     .badge = uiFont(TextSize::Tiny)};
    m_layout.start(m_rows, m_shape, fonts, m_width - rulerWidth() - grid(2), grid(1));
    m_seen.setLines({});
    m_handedOver = 0;
    goOnLayout();
}

void PayloadView::goOnLayout()
{
    m_layout.goOn(layoutSlice);
    // The content of the newest line is not known before the next one begins.
    const std::vector<SeenMap::Span> &spans = m_layout.spans();
    const bool finished = m_layout.isFinished();
    const size_t known = finished || spans.empty() ? spans.size() : spans.size() - 1;
    if (known > m_handedOver) {
        const auto begin = spans.begin() + static_cast<std::ptrdiff_t>(m_handedOver);
        m_seen.appendLines({begin, spans.begin() + static_cast<std::ptrdiff_t>(known)});
        m_handedOver = known;
    }
    m_seen.setFinished(finished);
    applyHeight();
    updateVisible();
    viewport()->update();
    // Asked anew: a new height may have brought another width, and with it a layout that has only begun.
    if (!m_layout.isFinished()) {
        m_layoutTimer.start();
        return;
    }
    m_layoutTimer.stop();
    Q_EMIT laidOut();
    Q_EMIT seenChanged();
}

void PayloadView::applyHeight()
{
    const int content = m_layout.height();
    bool scrolls = m_height == Height::OwnScrolling;
    if (m_height == Height::AsContent) {
        scrolls = content > tallestInPage;
        const int height = scrolls ? grid(120) : std::max(content, 1);
        if (minimumHeight() != height || maximumHeight() != height) {
            setFixedHeight(height);
        }
    }
    QScrollBar *bar = verticalScrollBar();
    if (m_height == Height::AsContent) {
        setVerticalScrollBarPolicy(scrolls ? Qt::ScrollBarAlwaysOn : Qt::ScrollBarAlwaysOff);
    }
    bar->setRange(0, scrolls ? std::max(content - viewport()->height(), 0) : 0);
    bar->setPageStep(viewport()->height());
    bar->setSingleStep(m_layout.lineHeight());
}

int PayloadView::offset() const
{
    return verticalScrollBar()->value();
}

void PayloadView::setWatching(bool watching)
{
    m_seen.setWatching(watching);
    updateVisible();
}

void PayloadView::updateVisible()
{
    const QRect visible = isVisible() ? viewport()->visibleRegion().boundingRect() : QRect();
    int first = 0;
    int last = -1;
    const bool wholeWidth = visible.left() <= 0 && visible.right() + 1 >= m_layout.width();
    if (!visible.isEmpty() && wholeWidth && !m_layout.lines().empty()) {
        const int top = visible.top() + offset();
        const int bottom = visible.bottom() + 1 + offset();
        const auto &lines = m_layout.lines();
        first = static_cast<int>(m_layout.lineAt(top));
        while (first < static_cast<int>(lines.size()) && lines[static_cast<size_t>(first)].y < top) {
            ++first;
        }
        last = static_cast<int>(m_layout.lineAt(bottom)) - 1;
    }
    m_seen.setVisible(first, last);
    settle();
}

void PayloadView::settle()
{
    if (m_seen.settle()) {
        viewport()->update();
        Q_EMIT seenChanged();
    }
    if (const std::optional<milliseconds> due = m_seen.nextDue()) {
        m_seenTimer.start(std::max(*due, milliseconds(10)));
    }
}

bool PayloadView::showNextUnseen()
{
    settle();
    const int line = m_seen.nextUnseen(0);
    if (line < 0) {
        return false;
    }
    const PayloadLayout::Line &target = m_layout.lines()[static_cast<size_t>(line)];
    verticalScrollBar()->setValue(target.y);
    Q_EMIT wantsVisible(target.y - offset(), target.height);
    return true;
}

bool PayloadView::page(int direction)
{
    QScrollBar *bar = verticalScrollBar();
    const int before = bar->value();
    bar->setValue(before + direction * std::max(bar->pageStep() - 2 * m_layout.lineHeight(), m_layout.lineHeight()));
    return bar->value() != before;
}

QSize PayloadView::sizeHint() const
{
    return {grid(120), m_height == Height::AsContent ? std::min(m_layout.height(), tallestInPage) : grid(80)};
}

QSize PayloadView::minimumSizeHint() const
{
    return {grid(50), grid(5)};
}

void PayloadView::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    if (viewport()->width() != m_width) {
        restartLayout();
    } else {
        applyHeight();
        updateVisible();
    }
}

void PayloadView::showEvent(QShowEvent *event)
{
    QAbstractScrollArea::showEvent(event);
    updateVisible();
}

void PayloadView::hideEvent(QHideEvent *event)
{
    QAbstractScrollArea::hideEvent(event);
    updateVisible();
}

void PayloadView::changeEvent(QEvent *event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange) {
        restartLayout();
    } else if (event->type() == QEvent::PaletteChange) {
        viewport()->update();
    }
}

void PayloadView::scrollContentsBy(int, int)
{
    viewport()->update();
    updateVisible();
}

void PayloadView::wheelEvent(QWheelEvent *event)
{
    // The page scrolls, unless this view has something to scroll itself.
    if (verticalScrollBar()->maximum() == 0) {
        event->ignore();
        return;
    }
    QAbstractScrollArea::wheelEvent(event);
}

void PayloadView::paintEvent(QPaintEvent *event)
{
    QPainter painter(viewport());
    const int top = offset();
    const QRect area = event->rect();
    const auto &lines = m_layout.lines();
    for (size_t i = m_layout.lineAt(area.top() + top); i < lines.size() && lines[i].y < area.bottom() + 1 + top; ++i) {
        paintLine(painter, lines[i], lines[i].y - top);
    }
    paintRuler(painter, top);
    updateVisible();
}

void PayloadView::paintLine(QPainter &painter, const PayloadLayout::Line &line, int top) const
{
    const PayloadRow &row = m_rows.rows[static_cast<size_t>(line.row)];
    const Colours &c = colours();
    const int right = m_layout.width();
    if (row.mark == PayloadRow::Mark::Added || row.mark == PayloadRow::Mark::Removed) {
        const bool added = row.mark == PayloadRow::Mark::Added;
        painter.fillRect(QRect(0, top, right, line.height), added ? c.okBack : c.badBack);
        if (line.startsRow) {
            painter.setFont(m_layout.fonts().strong);
            painter.setPen(added ? c.ok : c.bad);
            const QRect place(m_layout.valueX() - grid(4), top + line.textTop, grid(3), m_layout.lineHeight());
            painter.drawText(place, Qt::AlignCenter, added ? u"+"_s : u"−"_s);
        }
    }
    if (m_shape == PayloadShape::Fields && line.startsRow && row.startsValue && line.row > 0) {
        painter.setPen(QPen(c.line, 1, Qt::DashLine));
        painter.drawLine(m_layout.keyX(row), top, right - 1, top);
    }
    const int y = top + line.textTop;
    if (line.keyLength > 0) {
        painter.setFont(m_shape == PayloadShape::Text ? m_layout.fonts().mono : m_layout.fonts().text);
        painter.setPen(c.dim);
        const int x = m_layout.keyX(row);
        const QRect place(x, y, m_layout.valueX() - x, m_layout.lineHeight());
        const Qt::Alignment side = m_shape == PayloadShape::Text ? Qt::AlignRight : Qt::AlignLeft;
        painter.drawText(m_shape == PayloadShape::Text ? place.adjusted(0, 0, -grid(4), 0) : place,
                         static_cast<int>(side | Qt::AlignVCenter) | Qt::TextSingleLine | Qt::TextForceLeftToRight,
                         row.key.mid(line.keyStart, line.keyLength));
    }
    switch (line.part) {
    case PayloadLayout::Part::Value:
        paintText(painter, row, line, y);
        break;
    case PayloadLayout::Part::Badges:
        paintBadges(painter, row, line.start, line.length, m_layout.valueX() - m_layout.badgeGap(), y);
        break;
    case PayloadLayout::Part::Note:
        painter.setFont(m_layout.fonts().mono);
        painter.setPen(c.warn);
        painter.drawText(QRect(m_layout.valueX(), y, m_layout.valueWidth(), m_layout.lineHeight()),
                         static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter) | Qt::TextSingleLine,
                         row.note.mid(line.start, line.length));
        break;
    case PayloadLayout::Part::KeyOnly:
        break;
    }
}

void PayloadView::paintText(QPainter &painter, const PayloadRow &row, const PayloadLayout::Line &line, int y) const
{
    const Colours &c = colours();
    const bool ours = row.kind == PayloadRow::Kind::Container || row.kind == PayloadRow::Kind::Collapsed;
    QTextLayout text(row.text.mid(line.start, line.length), m_layout.fontOf(row));
    QTextOption option;
    option.setWrapMode(QTextOption::NoWrap);
    option.setTextDirection(Qt::LeftToRight);
    text.setTextOption(option);
    QList<QTextLayout::FormatRange> formats;
    for (const VisibleText::Token &token : row.tokens) {
        const qsizetype begin = std::max<qsizetype>(token.start, line.start);
        const qsizetype end = std::min<qsizetype>(token.start + token.length, line.start + line.length);
        if (begin < end) {
            QTextLayout::FormatRange range;
            range.start = static_cast<int>(begin) - line.start;
            range.length = static_cast<int>(end - begin);
            range.format.setForeground(c.bad);
            range.format.setBackground(c.badBack);
            range.format.setFontFamilies(m_layout.fonts().mono.families());
            formats.append(range);
        }
    }
    text.setFormats(formats);
    text.beginLayout();
    QTextLine shaped = text.createLine();
    qreal width = 0;
    if (shaped.isValid()) {
        shaped.setLineWidth(1e6);
        width = shaped.naturalTextWidth();
    }
    text.endLayout();
    painter.setPen(ours ? c.dim : row.kind == PayloadRow::Kind::Word ? c.accent : c.text);
    const qreal height = shaped.isValid() ? shaped.height() : 0;
    const int x = m_layout.valueX();
    text.draw(&painter, QPointF(x, y + (m_layout.lineHeight() - height) / 2));
    if (line.badgesFollow) {
        paintBadges(painter, row, 0, static_cast<int>(row.badges.size()), x + static_cast<int>(width), y);
    }
}

void PayloadView::paintBadges(QPainter &painter, const PayloadRow &row, int first, int count, int x, int y) const
{
    const Colours &c = colours();
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(m_layout.fonts().badge);
    for (int i = first; i < first + count; ++i) {
        const PayloadRow::Badge &badge = row.badges[static_cast<size_t>(i)];
        x += m_layout.badgeGap();
        const int width = m_layout.badgeWidth(badge);
        const QRectF box(x, y + 1, width, m_layout.lineHeight() - 2);
        const bool plain = badge.tone == PayloadRow::Tone::Plain;
        const bool bad = badge.tone == PayloadRow::Tone::Bad;
        painter.setPen(plain ? QPen(c.line, 1) : Qt::NoPen);
        painter.setBrush(plain ? QBrush(Qt::NoBrush) : QBrush(bad ? c.badBack : c.warnBack));
        painter.drawRoundedRect(plain ? box.adjusted(0.5, 0.5, -0.5, -0.5) : box, box.height() / 2, box.height() / 2);
        painter.setPen(plain ? c.dim : bad ? c.bad : c.warn);
        painter.drawText(box, Qt::AlignCenter, badge.text);
        x += width;
    }
    painter.restore();
}

void PayloadView::paintRuler(QPainter &painter, int offset) const
{
    const int x = viewport()->width() - rulerWidth();
    const auto &lines = m_layout.lines();
    const int height = viewport()->height();
    const int content = std::max(m_layout.height(), 1);
    const bool whole = verticalScrollBar()->maximum() == 0;
    Q_UNUSED(offset)
    painter.fillRect(QRect(x, 0, rulerWidth(), whole ? std::min(height, content) : height), colours().line);
    // Runs of seen lines; in a view that scrolls, the ruler stands for the whole payload.
    const auto place = [&](int y) { return whole ? y : static_cast<int>(static_cast<qint64>(y) * height / content); };
    const int known = m_seen.total();
    for (int i = 0; i < known;) {
        if (!m_seen.isSeen(i)) {
            ++i;
            continue;
        }
        int end = i;
        while (end + 1 < known && m_seen.isSeen(end + 1)) {
            ++end;
        }
        const int top = place(lines[static_cast<size_t>(i)].y);
        const PayloadLayout::Line &last = lines[static_cast<size_t>(end)];
        painter.fillRect(QRect(x, top, rulerWidth(), std::max(place(last.y + last.height) - top, 1)), colours().ok);
        i = end + 1;
    }
}

} // namespace countersign::ui
