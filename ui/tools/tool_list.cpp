// SPDX-License-Identifier: Apache-2.0
#include "ui/tools/tool_list.h"

#include "core/base/visible_text.h"
#include "ui/connections/connection_words.h"
#include "ui/tools/tool_words.h"

#include <QtGui/QPainter>
#include <QtWidgets/QStyledItemDelegate>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

enum Role { ConnectionRole = Qt::UserRole, ToolRole, HeadingRole, WordRole, SentenceRole, ToneRole };

struct Row {
    ToolKey key;
    QString name; ///< Visible, as all below.
    QString word;
    QString sentence;
    Tone tone = Tone::Plain;
    bool isHeading = false;

    friend bool operator==(const Row &, const Row &) = default;
};

class ToolDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const int small = QFontMetrics(uiFont(TextSize::Small)).height();
        if (index.data(HeadingRole).toBool()) {
            return {option.rect.width(), small + grid(3)};
        }
        return {option.rect.width(), QFontMetrics(nameFont()).height() + small + grid(6)};
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Colours &c = colours();
        const QString name = index.data(Qt::DisplayRole).toString();
        painter->save();
        painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), c.line);
        if (index.data(HeadingRole).toBool()) {
            drawLine(painter, option.rect.adjusted(grid(3), 0, -grid(3), 0), uiFont(TextSize::Tiny, QFont::DemiBold),
                     c.dim, name);
            painter->restore();
            return;
        }
        const auto tone = static_cast<Tone>(index.data(ToneRole).toInt());
        const QRect body = option.rect.adjusted(0, 0, 0, -1);
        painter->fillRect(body, option.state.testFlag(QStyle::State_Selected) ? c.selection : c.panel);
        painter->fillRect(QRect(body.left(), body.top(), grid(1), body.height()),
                          tone == Tone::Plain ? c.line : toneColour(tone));
        QRect room = option.rect.adjusted(grid(4), grid(2), -grid(3), -grid(2));
        const QString word = index.data(WordRole).toString();
        const QSize pill = pillSize(word);
        paintPill(painter, QRect(room.right() - pill.width() + 1, room.top(), pill.width(), pill.height()), word, tone);
        QRect first = room;
        first.setHeight(std::max(QFontMetrics(nameFont()).height(), pill.height()));
        first.setRight(room.right() - pill.width() - grid(2));
        drawLine(painter, first, nameFont(), c.text, name);
        room.setTop(first.bottom() + 1);
        drawLine(painter, room, uiFont(TextSize::Small), c.dim, index.data(SentenceRole).toString());
        if (option.state.testFlag(QStyle::State_HasFocus)) {
            painter->setPen(QPen(c.accent, 1));
            painter->drawRect(option.rect.adjusted(0, 0, -1, -2));
        }
        painter->restore();
    }

private:
    static QFont nameFont()
    {
        QFont font = monoFont(TextSize::Body);
        font.setWeight(QFont::DemiBold);
        return font;
    }
    static void drawLine(QPainter *painter, const QRect &room, const QFont &font, const QColor &ink,
                         const QString &visible)
    {
        painter->setFont(font);
        painter->setPen(ink);
        painter->drawText(room, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine | Qt::TextForceLeftToRight,
                          QFontMetrics(font).elidedText(visible, Qt::ElideRight, room.width()));
    }
};

bool matches(const mcp::ToolInfo &tool, const QStringList &words)
{
    const QString text = tool.name() + u'\n' + tool.server.displayName() + u'\n' + tool.server.tool.description;
    return std::all_of(words.begin(), words.end(),
                       [&](const QString &word) { return text.contains(word, Qt::CaseInsensitive); });
}

Row rowOf(const ServerTools &server, const mcp::ToolInfo &tool)
{
    Row row;
    row.key = {server.status.name, tool.name()};
    row.name = displayText(tool.name()).text;
    row.word = standingWord(tool.standing);
    row.tone = standingTone(tool.standing);
    row.sentence = tool.standing == mcp::ToolBook::Standing::Different
                       ? ToolList::tr("its definition changed since a call was last approved")
                       : claimLine(tool.server);
    const auto call = server.calls.find(tool.name());
    if (call != server.calls.end() && !call->second.isOver()) {
        row.word = callWord(call->second);
        row.tone = callTone(call->second);
    }
    return row;
}

std::vector<Row> rowsOf(const ServerTools &server, const QStringList &words)
{
    const QString name = displayText(server.status.name).text;
    std::vector<Row> rows;
    Row heading;
    heading.isHeading = true;
    heading.key.connection = server.status.name;
    heading.name = name.toUpper();
    for (const mcp::ToolInfo &tool : server.tools) {
        if (matches(tool, words)) {
            rows.push_back(rowOf(server, tool));
        }
    }
    const bool isOpen = server.status.phase == ConnectionStatus::Phase::Open;
    if (isOpen && !server.tools.empty()) {
        heading.name += u" · "_s + QString::number(rows.size());
        rows.insert(rows.begin(), heading);
        return rows.size() > 1 || words.isEmpty() ? rows : std::vector<Row>();
    }
    // What it offered before is not callable now. This list does not count seconds.
    ConnectionStatus untimed = server.status;
    untimed.retryAt.reset();
    Row row;
    row.key.connection = server.status.name;
    row.name = name;
    row.word = server.status.needsConsent ? ToolList::tr("not allowed")
               : isOpen                   ? ToolList::tr("no tools")
                                          : standingWord(untimed, Timestamp());
    row.tone = isOpen ? Tone::Plain : standingTone(server.status);
    row.sentence = server.status.needsConsent ? ToolList::tr("its command waits for your consent")
                   : isOpen                   ? ToolList::tr("it offers none")
                                              : standingSentence(server.status);
    return {heading, row};
}

} // namespace

ToolList::ToolList(QWidget *parent)
    : QListWidget(parent)
{
    setObjectName(u"toolList"_s);
    setAccessibleName(tr("Tools"));
    setItemDelegate(new ToolDelegate(this));
    setFrameShape(QFrame::NoFrame);
    viewport()->setAutoFillBackground(false); // The pane paints its ground.
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    connect(this, &QListWidget::currentRowChanged, this, &ToolList::selectionMoved);
}

void ToolList::setServers(const std::vector<ServerTools> &servers, const QString &filter)
{
    const ToolKey before = selected();
    const QStringList words = filter.split(u' ', Qt::SkipEmptyParts);
    std::vector<Row> rows;
    m_shownTools = 0;
    for (const ServerTools &server : servers) {
        for (Row &row : rowsOf(server, words)) {
            m_shownTools += row.isHeading || row.key.tool.isEmpty() ? 0 : 1;
            rows.push_back(std::move(row));
        }
    }
    QSignalBlocker quiet(this);
    while (count() > static_cast<int>(rows.size())) {
        delete takeItem(count() - 1);
    }
    while (count() < static_cast<int>(rows.size())) {
        addItem(new QListWidgetItem);
    }
    for (int i = 0; i < count(); ++i) {
        const Row &row = rows[static_cast<size_t>(i)];
        item(i)->setText(row.name);
        item(i)->setData(ConnectionRole, row.key.connection);
        item(i)->setData(ToolRole, row.key.tool);
        item(i)->setData(HeadingRole, row.isHeading);
        item(i)->setData(WordRole, row.word);
        item(i)->setData(SentenceRole, row.sentence);
        item(i)->setData(ToneRole, static_cast<int>(row.tone));
        item(i)->setFlags(row.isHeading ? Qt::ItemIsEnabled : Qt::ItemIsEnabled | Qt::ItemIsSelectable);
        item(i)->setData(
            Qt::AccessibleTextRole,
            row.isHeading
                ? tr("Server %1").arg(row.name)
                : tr("%1 of %2, %3. %4").arg(row.name, displayText(row.key.connection).text, row.word, row.sentence));
    }
    select(before);
    quiet.unblock(); // Whoever shows the selected one shows it anew anyway.
    scheduleDelayedItemsLayout();
    viewport()->update();
}

ToolKey ToolList::selected() const
{
    const QListWidgetItem *current = currentItem();
    return current && !current->data(HeadingRole).toBool()
               ? ToolKey{current->data(ConnectionRole).toString(), current->data(ToolRole).toString()}
               : ToolKey();
}

void ToolList::select(const ToolKey &key)
{
    int sameServer = -1;
    int first = -1;
    for (int i = 0; i < count(); ++i) {
        if (item(i)->data(HeadingRole).toBool()) {
            continue;
        }
        const ToolKey here{item(i)->data(ConnectionRole).toString(), item(i)->data(ToolRole).toString()};
        if (here == key) {
            setCurrentRow(i);
            return;
        }
        first = first < 0 ? i : first;
        sameServer = sameServer < 0 && here.connection == key.connection ? i : sameServer;
    }
    setCurrentRow(sameServer >= 0 ? sameServer : first);
}

void ToolList::moveSelection(int rows)
{
    for (int i = currentRow() + rows; i >= 0 && i < count(); i += rows) {
        if (!item(i)->data(HeadingRole).toBool()) {
            setCurrentRow(i);
            return;
        }
    }
}

} // namespace countersign::ui
