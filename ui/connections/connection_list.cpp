// SPDX-License-Identifier: Apache-2.0
#include "ui/connections/connection_list.h"

#include "core/base/visible_text.h"
#include "ui/connections/connection_words.h"

#include <QtGui/QPainter>
#include <QtWidgets/QStyledItemDelegate>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

enum Role { NameRole = Qt::UserRole, WordRole, SentenceRole, ToneRole };

class ConnectionDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const override
    {
        const int lines = QFontMetrics(uiFont(TextSize::Body, QFont::DemiBold)).height() +
                          QFontMetrics(uiFont(TextSize::Small)).height();
        return {option.rect.width(), lines + grid(6)};
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Colours &c = colours();
        const auto tone = static_cast<Tone>(index.data(ToneRole).toInt());
        painter->save();
        painter->fillRect(option.rect, option.state.testFlag(QStyle::State_Selected) ? c.selection : c.panel);
        painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), c.line);
        painter->fillRect(QRect(option.rect.left(), option.rect.top(), grid(1), option.rect.height() - 1),
                          tone == Tone::Plain ? c.line : toneColour(tone));
        QRect room = option.rect.adjusted(grid(4), grid(2), -grid(3), -grid(2));
        const QString word = index.data(WordRole).toString();
        const QSize pill = pillSize(word);
        paintPill(painter, QRect(room.right() - pill.width() + 1, room.top(), pill.width(), pill.height()), word, tone);
        const QFont bold = uiFont(TextSize::Body, QFont::DemiBold);
        QRect first = room;
        first.setHeight(std::max(QFontMetrics(bold).height(), pill.height()));
        first.setRight(room.right() - pill.width() - grid(2));
        drawLine(painter, first, bold, c.text, index.data(Qt::DisplayRole).toString());
        room.setTop(first.bottom() + 1);
        drawLine(painter, room, uiFont(TextSize::Small), c.dim, index.data(SentenceRole).toString());
        if (option.state.testFlag(QStyle::State_HasFocus)) {
            painter->setPen(QPen(c.accent, 1));
            painter->drawRect(option.rect.adjusted(0, 0, -1, -2));
        }
        painter->restore();
    }

private:
    static void drawLine(QPainter *painter, const QRect &room, const QFont &font, const QColor &ink,
                         const QString &visible)
    {
        painter->setFont(font);
        painter->setPen(ink);
        painter->drawText(room, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine | Qt::TextForceLeftToRight,
                          QFontMetrics(font).elidedText(visible, Qt::ElideRight, room.width()));
    }
};

} // namespace

ConnectionList::ConnectionList(QWidget *parent)
    : QListWidget(parent)
{
    setObjectName(u"connectionList"_s);
    setAccessibleName(tr("Connections"));
    setItemDelegate(new ConnectionDelegate(this));
    setFrameShape(QFrame::NoFrame);
    setUniformItemSizes(true);
    viewport()->setAutoFillBackground(false); // The pane paints its ground.
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    connect(this, &QListWidget::currentRowChanged, this, &ConnectionList::selectionMoved);
}

void ConnectionList::setConnections(const std::vector<ConnectionStatus> &connections,
                                    const QHash<QString, QString> &wantedSignIns, Timestamp now)
{
    const QString before = selectedName();
    const QSignalBlocker quiet(this);
    while (count() > static_cast<int>(connections.size())) {
        delete takeItem(count() - 1);
    }
    while (count() < static_cast<int>(connections.size())) {
        addItem(new QListWidgetItem);
    }
    for (int row = 0; row < count(); ++row) {
        const ConnectionStatus &status = connections[static_cast<size_t>(row)];
        const QString name = displayText(status.name).text;
        const QString wanted = wantedSignIns.value(status.name);
        const QString word = wanted.isEmpty() ? standingWord(status, now) : signInWord();
        const Tone tone = wanted.isEmpty() ? standingTone(status) : Tone::Warn;
        // What is in order needs no reason.
        const QString sentence = !wanted.isEmpty() ? wanted
                                 : isFine(status)  ? whereWords(status)
                                                   : standingSentence(status);
        item(row)->setText(name);
        item(row)->setData(NameRole, status.name);
        item(row)->setData(WordRole, word);
        item(row)->setData(SentenceRole, sentence);
        item(row)->setData(ToneRole, static_cast<int>(tone));
        item(row)->setData(Qt::AccessibleTextRole, tr("%1, %2. %3").arg(name, word, sentence));
    }
    selectName(before);
}

QString ConnectionList::selectedName() const
{
    const QListWidgetItem *current = currentItem();
    return current ? current->data(NameRole).toString() : QString();
}

void ConnectionList::selectName(const QString &name)
{
    for (int row = 0; row < count(); ++row) {
        if (item(row)->data(NameRole).toString() == name) {
            setCurrentRow(row);
            return;
        }
    }
    setCurrentRow(count() > 0 ? 0 : -1);
}

void ConnectionList::moveSelection(int rows)
{
    if (count() > 0) {
        setCurrentRow(std::clamp(currentRow() + rows, 0, count() - 1));
    }
}

} // namespace countersign::ui
