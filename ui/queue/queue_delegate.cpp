// SPDX-License-Identifier: Apache-2.0
#include "ui/queue/queue_delegate.h"

#include "ui/queue/queue_model.h"
#include "ui/style/icons.h"
#include "ui/style/pill.h"

#include <QtGui/QPainter>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int plainText = Qt::TextSingleLine | Qt::TextForceLeftToRight | Qt::AlignVCenter;

int titleLine()
{
    return QFontMetrics(uiFont(TextSize::Body, QFont::DemiBold)).height();
}

int smallLine()
{
    return QFontMetrics(uiFont(TextSize::Small)).height();
}

int lineGap()
{
    return grid(1) + 2;
}

int quoteGap()
{
    return grid(1) - 1;
}

/// Draws \p text at the left of \p rest, takes its room away and returns true while there is room for more.
bool drawNext(QPainter *painter, QRect &rest, const QString &text, const QFont &font, const QColor &ink, int gap)
{
    if (text.isEmpty()) {
        return true;
    }
    const QFontMetrics metrics(font);
    if (rest.width() < metrics.averageCharWidth() * 3) {
        return false;
    }
    const QString fitting = metrics.elidedText(text, Qt::ElideRight, rest.width());
    painter->setFont(font);
    painter->setPen(ink);
    painter->drawText(rest, plainText | Qt::AlignLeft, fitting);
    rest.setLeft(rest.left() + metrics.horizontalAdvance(fitting) + gap);
    return fitting.size() == text.size();
}

void drawStripe(QPainter *painter, const QRect &row, Tier tier, bool ghost)
{
    const bool quiet = tier == Tier::Low || ghost;
    painter->fillRect(QRect(row.left(), row.top(), grid(1), row.height()),
                      quiet ? colours().line : toneColour(tierTone(tier)));
}

/// The claim and the quorum, at the right end of the second line. Returns the room left of them.
QRect drawRightEnd(QPainter *painter, QRect line, const QModelIndex &index)
{
    const QFont font = uiFont(TextSize::Small);
    const QFontMetrics metrics(font);
    const Colours &c = colours();
    painter->setFont(font);
    painter->setPen(c.dim);
    const QString quorum = index.data(QueueModel::QuorumRole).toString();
    if (!quorum.isEmpty()) {
        painter->drawText(line, plainText | Qt::AlignRight, quorum);
        line.setRight(line.right() - metrics.horizontalAdvance(quorum) - grid(3));
    }
    const QString claim = index.data(QueueModel::ClaimRole).toString();
    if (!claim.isEmpty()) {
        const QString fitting = metrics.elidedText(claim, Qt::ElideRight, line.width() / 3);
        painter->drawText(line, plainText | Qt::AlignRight, fitting);
        line.setRight(line.right() - metrics.horizontalAdvance(fitting) - grid(1));
        const int side = grid(3) + 2;
        paintIcon(painter, QRect(line.right() - side + 1, line.center().y() - side / 2, side, side), u"claimed"_s,
                  c.dim);
        line.setRight(line.right() - side - grid(3));
    }
    return line;
}

void drawSecondLine(QPainter *painter, const QRect &line, const QModelIndex &index)
{
    const Colours &c = colours();
    QRect rest = drawRightEnd(painter, line, index);
    const auto tier = static_cast<Tier>(index.data(QueueModel::TierRole).toInt());
    if (tier != Tier::Low) {
        const bool ghost = index.data(QueueModel::GhostRole).toBool();
        const QColor ink = ghost ? c.dim : toneColour(tierTone(tier));
        const int side = grid(3) + 2;
        paintIcon(painter, QRect(rest.left(), rest.center().y() - side / 2, side, side), tierIcon(tier), ink);
        rest.setLeft(rest.left() + side + grid(1));
        drawNext(painter, rest, tierWord(tier), uiFont(TextSize::Small, QFont::Medium), ink, grid(2));
    }
    const QString agent = index.data(QueueModel::AgentRole).toString();
    const QString pattern = index.data(QueueModel::PatternRole).toString();
    const QFont small = uiFont(TextSize::Small);
    // A long tool name leaves room for who asks.
    QRect toolRoom = rest;
    toolRoom.setWidth(rest.width() * 3 / 5);
    const QFont mono = monoFont(TextSize::Small);
    const QString tool = index.data(QueueModel::ToolRole).toString();
    const bool fits = QFontMetrics(mono).horizontalAdvance(tool) <= toolRoom.width();
    drawNext(painter, toolRoom, tool, mono, c.dim, grid(2));
    rest.setLeft(toolRoom.left() + (fits ? 0 : grid(1)));
    if (drawNext(painter, rest, agent, small, c.dim, grid(1))) {
        drawNext(painter, rest, (agent.isEmpty() ? QString() : u"· "_s) + pattern, small, c.dim, 0);
    }
}

} // namespace

int QueueDelegate::rowHeight(bool withQuote)
{
    const int lines = titleLine() + lineGap() + smallLine() + (withQuote ? smallLine() + quoteGap() : 0);
    return grid(2) + 3 + lines + grid(4);
}

int QueueDelegate::headingHeight()
{
    return QFontMetrics(uiFont(TextSize::Tiny)).height() + grid(4);
}

QSize QueueDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    return {option.rect.width(), rowHeight(!index.data(QueueModel::QuoteRole).toString().isEmpty())};
}

void QueueDelegate::paintHeading(QPainter *painter, const QRect &rect, const QString &text)
{
    QFont font = uiFont(TextSize::Tiny, QFont::DemiBold);
    font.setCapitalization(QFont::AllUppercase);
    font.setLetterSpacing(QFont::PercentageSpacing, 104);
    painter->setFont(font);
    painter->setPen(colours().dim);
    const QRect line = rect.adjusted(grid(3), 0, -grid(3), 0);
    painter->drawText(line, plainText | Qt::AlignLeft,
                      QFontMetrics(font).elidedText(text, Qt::ElideRight, line.width()));
}

void QueueDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Colours &c = colours();
    const QRect row = option.rect;
    const auto tier = static_cast<Tier>(index.data(QueueModel::TierRole).toInt());
    const bool ghost = index.data(QueueModel::GhostRole).toBool();
    painter->save();
    painter->setLayoutDirection(Qt::LeftToRight);
    painter->fillRect(row, option.state.testFlag(QStyle::State_Selected) ? c.selection : c.panel);
    painter->fillRect(QRect(row.left(), row.bottom(), row.width(), 1), c.line);
    drawStripe(painter, row.adjusted(0, 0, 0, -1), tier, ghost);

    const QRect inside = row.adjusted(grid(4), grid(2) + 3, -grid(3), -1);
    QRect title(inside.left(), inside.top(), inside.width(), titleLine());
    const QString pill = index.data(QueueModel::PillRole).toString();
    if (!pill.isEmpty()) {
        const QSize size = pillSize(pill);
        const QRect place(inside.right() + 1 - size.width(), title.center().y() - size.height() / 2, size.width(),
                          size.height());
        paintPill(painter, place, pill, static_cast<Tone>(index.data(QueueModel::PillToneRole).toInt()));
        title.setRight(place.left() - grid(2));
    }
    drawNext(painter, title, index.data(Qt::DisplayRole).toString(), uiFont(TextSize::Body, QFont::DemiBold),
             ghost ? c.dim : c.text, 0);

    const QRect second(inside.left(), inside.top() + titleLine() + lineGap(), inside.width(), smallLine());
    drawSecondLine(painter, second, index);
    QRect third = second.translated(0, smallLine() + quoteGap());
    drawNext(painter, third, index.data(QueueModel::QuoteRole).toString(), uiFont(TextSize::Small), c.dim, 0);

    if (option.state.testFlag(QStyle::State_HasFocus)) {
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(c.accent, 1));
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(QRectF(row).adjusted(grid(1) + 1.5, 1.5, -2.5, -2.5), 3, 3);
    }
    painter->restore();
}

} // namespace countersign::ui
