// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/command_palette.h"

#include "core/base/visible_text.h"
#include "ui/shell/review_session.h"
#include "ui/style/icons.h"
#include "ui/style/key_hint.h"
#include "ui/style/labels.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QApplication>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QListWidget>
#include <QtWidgets/QStyledItemDelegate>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign::ui {
namespace {

constexpr auto typingPause = 80ms;
constexpr int mostRequests = 12;
constexpr int mostCandidates = 100; ///< Of them the best are shown: the list's order knows nothing of the words.
constexpr int longestText = 200;

/// How well \p text names the request: 0 is best. A match in the arguments or the agent's name alone comes last.
int rankOf(const QString &summary, const QString &text)
{
    if (summary.startsWith(text, Qt::CaseInsensitive)) {
        return 0;
    }
    const qsizetype place = summary.indexOf(text, 0, Qt::CaseInsensitive);
    if (place < 0) {
        return 3;
    }
    return summary[place - 1].isLetterOrNumber() ? 2 : 1;
}

enum Role { PlaceRole = Qt::UserRole, IsRequestRole, IconRole, SideRole };

/// Icon, words, and at the right end the keys or the agent. Everything is drawn as plain text.
class PaletteDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const override
    {
        return {option.rect.width(), QFontMetrics(uiFont(TextSize::Body)).height() + grid(4)};
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Colours &c = colours();
        painter->save();
        if (option.state.testFlag(QStyle::State_Selected)) {
            painter->setRenderHint(QPainter::Antialiasing);
            painter->setPen(Qt::NoPen);
            painter->setBrush(c.selection);
            painter->drawRoundedRect(option.rect.adjusted(0, 1, 0, -1), 6, 6);
        }
        QRect line = option.rect.adjusted(grid(3), 0, -grid(3), 0);
        const int side = grid(5);
        paintIcon(painter, QRect(line.left(), line.center().y() - side / 2, side, side),
                  index.data(IconRole).toString(), c.dim);
        line.setLeft(line.left() + side + grid(3));
        const QString aside = index.data(SideRole).toString();
        if (!aside.isEmpty()) {
            drawSide(painter, line, aside, index.data(IsRequestRole).toBool());
        }
        painter->setFont(uiFont(TextSize::Body));
        painter->setPen(c.text);
        painter->drawText(line, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine | Qt::TextForceLeftToRight,
                          QFontMetrics(painter->font())
                              .elidedText(index.data(Qt::DisplayRole).toString(), Qt::ElideRight, line.width()));
        painter->restore();
    }

private:
    static void drawSide(QPainter *painter, QRect &line, const QString &aside, bool isRequest)
    {
        const Colours &c = colours();
        if (isRequest) {
            painter->setFont(uiFont(TextSize::Small));
            painter->setPen(c.dim);
            const QString fitting = QFontMetrics(painter->font()).elidedText(aside, Qt::ElideRight, line.width() / 3);
            painter->drawText(line, Qt::AlignRight | Qt::AlignVCenter | Qt::TextSingleLine, fitting);
            line.setRight(line.right() - QFontMetrics(painter->font()).horizontalAdvance(fitting) - grid(3));
            return;
        }
        const QStringList keys = aside.split(u' ');
        for (auto key = keys.crbegin(); key != keys.crend(); ++key) {
            const QSize size = keyHintSize(*key);
            const QRect place(line.right() - size.width() + 1, line.center().y() - size.height() / 2, size.width(),
                              size.height());
            paintKeyHint(painter, place, *key, c.dim, c.line);
            line.setRight(place.left() - grid(1));
        }
        line.setRight(line.right() - grid(2));
    }
};

} // namespace

CommandPalette::CommandPalette(ReviewSession &session, std::vector<WindowCommand> commands, QWidget *window)
    : Sheet(Place::Top, window)
    , m_session(session)
    , m_commands(std::move(commands))
{
    setObjectName(u"commandPalette"_s);
    setAccessibleName(tr("Command palette"));
    m_field = new QLineEdit(card());
    m_field->setObjectName(u"paletteField"_s);
    m_field->setPlaceholderText(tr("Go to a view, do something, or find a request"));
    m_field->setAccessibleName(m_field->placeholderText());
    m_field->setMaxLength(longestText);
    m_field->installEventFilter(this);
    m_list = new QListWidget(card());
    m_list->setObjectName(u"paletteList"_s);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setItemDelegate(new PaletteDelegate(m_list));
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setAccessibleName(tr("Matches"));
    auto *rows = new QVBoxLayout(card());
    rows->setContentsMargins(grid(3), grid(3), grid(3), grid(3));
    rows->setSpacing(grid(2));
    rows->addWidget(m_field);
    rows->addWidget(m_list, 1);
    setCardSize(600, 420);

    m_typingPause.setSingleShot(true);
    m_typingPause.setInterval(typingPause);
    connect(&m_typingPause, &QTimer::timeout, this, &CommandPalette::findRequests);
    connect(m_field, &QLineEdit::textChanged, this, [this] {
        showCommands();
        m_typingPause.start();
    });
    connect(m_list, &QListWidget::itemClicked, this, &CommandPalette::choose);
}

void CommandPalette::openFresh()
{
    m_field->clear();
    showCommands();
    m_typingPause.start();
    open();
}

QWidget *CommandPalette::firstField()
{
    return m_field;
}

bool CommandPalette::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_field && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const int last = m_list->count() - 1;
        switch (key->key()) {
        case Qt::Key_Down:
            m_list->setCurrentRow(std::min(m_list->currentRow() + 1, last));
            return true;
        case Qt::Key_Up:
            m_list->setCurrentRow(std::max(m_list->currentRow() - 1, 0));
            return true;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            if (!key->isAutoRepeat()) {
                choose();
            }
            return true;
        default:
            break;
        }
    }
    return Sheet::eventFilter(watched, event);
}

void CommandPalette::showCommands()
{
    ++m_generation; // Requests that are still being looked for answer an older text.
    m_requests.clear();
    m_list->clear();
    const QStringList words = m_field->text().simplified().split(u' ', Qt::SkipEmptyParts);
    for (size_t i = 0; i < m_commands.size(); ++i) {
        const WindowCommand &command = m_commands[i];
        const bool matches = std::all_of(words.begin(), words.end(), [&command](const QString &word) {
            return command.words.contains(word, Qt::CaseInsensitive);
        });
        if (!matches) {
            continue;
        }
        auto *item = new QListWidgetItem(command.words, m_list);
        item->setData(PlaceRole, static_cast<int>(i));
        item->setData(IsRequestRole, false);
        item->setData(IconRole, command.iconName);
        item->setData(SideRole, command.keys);
    }
    m_list->setCurrentRow(0);
}

void CommandPalette::findRequests()
{
    const QString text = m_field->text().simplified();
    if (text.isEmpty() || !isOpen()) {
        return;
    }
    QueueQuery base;
    base.view = QueueQuery::View::All;
    base.now = m_session.clock().now();
    const auto find = [query = parseQuery(text, base)](StoreReader &reader) {
        QueueWindow window;
        window.rowCount = mostCandidates;
        return reader.findRequests(query, window);
    };
    const auto show = [this, text, generation = m_generation](const Result<QueuePage> &page) {
        if (!page || generation != m_generation) {
            return;
        }
        std::vector<QueueRow> rows = page->rows;
        std::ranges::stable_sort(rows, {}, [&text](const QueueRow &row) { return rankOf(row.request.summary, text); });
        rows.resize(std::min<size_t>(rows.size(), mostRequests));
        showRequests(rows);
    };
    whenDone(m_session.threads().reader(find), this, show);
}

void CommandPalette::showRequests(const std::vector<QueueRow> &rows)
{
    for (const QueueRow &row : rows) {
        auto *item = new QListWidgetItem(row.request.summary, m_list);
        item->setData(PlaceRole, static_cast<int>(m_requests.size()));
        item->setData(IsRequestRole, true);
        item->setData(IconRole, row.request.isOpen() ? u"inbox"_s : u"history"_s);
        item->setData(SideRole, displayText(row.request.agentName).text);
        m_requests.push_back(row.request);
    }
    if (m_list->currentRow() < 0) {
        m_list->setCurrentRow(0);
    }
}

void CommandPalette::choose()
{
    const QListWidgetItem *item = m_list->currentItem();
    if (!item) {
        return;
    }
    const auto place = static_cast<size_t>(item->data(PlaceRole).toInt());
    if (item->data(IsRequestRole).toBool()) {
        const Request request = m_requests[place];
        close();
        Q_EMIT requestWanted(request);
        return;
    }
    const auto run = m_commands[place].run;
    close();
    run();
}

} // namespace countersign::ui
