// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/staging_strip.h"

#include "core/store/store.h"
#include "ui/detail/text_link.h"
#include "ui/detail/time_words.h"
#include "ui/detail/wrap_label.h"
#include "ui/queue/request_words.h"
#include "ui/shell/review_session.h"
#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QToolTip>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int mostLoaded = 50;
constexpr size_t mostShown = 3;
constexpr int longestSummary = 80;
constexpr int narrowSteps = 160; ///< Of the grid: 640 px at 100 %.

QString outcomeWord(const Request &request)
{
    // The status is "staged"; what was decided is the word that matters here.
    RequestState released = request.state;
    released.delivery = Delivery::Released;
    return statusWords(statusWord(released, false, request.verdict));
}

} // namespace

StagingStrip::StagingStrip(ReviewSession &session, QWidget *parent)
    : QWidget(parent)
    , m_session(session)
{
    setObjectName(u"stagingStrip"_s);
    setAccessibleName(tr("Not yet released"));
    m_rows = new QVBoxLayout(this);
    m_rows->setContentsMargins(grid(6), grid(1) + 2, grid(6), grid(1) + 2);
    m_rows->setSpacing(grid(1));
    m_ticker.setInterval(250);
    connect(&m_ticker, &QTimer::timeout, this, &StagingStrip::updateTimes);
    connect(&session, &ReviewSession::opened, this, &StagingStrip::load);
    connect(&session, &ReviewSession::changed, this, &StagingStrip::load);
    connect(&session, &ReviewSession::unlocked, this, &StagingStrip::load);
    connect(&session, &ReviewSession::decisionMade, this, &StagingStrip::load);
    connect(&session, &ReviewSession::locked, this, [this] {
        ++m_generation;
        apply({}); // Locking hides the views; what is staged still goes out in time.
    });
    hide();
    if (session.isOpen()) {
        load();
    }
}

void StagingStrip::load()
{
    const int asked = ++m_generation;
    const auto read = [now = m_session.clock().now()](StoreReader &store) -> Result<std::vector<Item>> {
        QueueQuery query;
        query.view = QueueQuery::View::Staged;
        query.now = now;
        const Result<QueuePage> page = store.findRequests(query, {.after = {}, .before = {}, .rowCount = mostLoaded});
        if (!page) {
            return page.error();
        }
        std::vector<Item> items;
        for (const QueueRow &row : page->rows) {
            Item item{row.request, {}, shortened(row.request.summary, 120)};
            if (row.request.decision) {
                const Result<std::optional<Decision>> decision = store.decision(*row.request.decision);
                if (!decision) {
                    return decision.error();
                }
                item.decision = *decision;
            }
            items.push_back(std::move(item));
        }
        const auto decidedAt = [](const Item &item) { return item.decision ? item.decision->decidedAt : Timestamp{}; };
        std::ranges::stable_sort(items, std::ranges::greater{}, decidedAt);
        return items;
    };
    whenDone(m_session.threads().reader(read), this, [this, asked](const Result<std::vector<Item>> &items) {
        if (asked == m_generation && items) {
            apply(*items);
        }
    });
}

void StagingStrip::apply(std::vector<Item> items)
{
    // Other requests change all the time: a button that is being pressed stays the one it was.
    const bool locked = m_session.isLocked();
    const bool same = std::ranges::equal(items, m_items, [](const Item &left, const Item &right) {
        return left.request == right.request && left.decision == right.decision && left.summary == right.summary;
    });
    m_items = std::move(items);
    if (!same || locked != m_builtLocked) {
        m_builtLocked = locked;
        rebuild();
    }
    updateTimes();
    setVisible(!m_items.empty());
    m_items.empty() ? m_ticker.stop() : m_ticker.start();
}

void StagingStrip::rebuild()
{
    while (QLayoutItem *old = m_rows->takeAt(0)) {
        delete old->widget();
        delete old;
    }
    m_times.clear();
    for (size_t i = 0; i < m_items.size() && i < mostShown; ++i) {
        const Item &item = m_items[i];
        const RequestId id = item.request.id;
        const bool held = item.request.state.delivery == Delivery::Held;
        auto *line = new QWidget(this);
        auto *both = new QVBoxLayout(line);
        both->setContentsMargins(0, 0, 0, 0);
        both->setSpacing(grid(1));
        auto *row = new QHBoxLayout;
        row->setSpacing(grid(3));
        both->addLayout(row);
        QLabel *title = makeLabel(held ? tr("Held") : tr("Not yet released"), TextSize::Small, line);
        title->setFont(uiFont(TextSize::Small, QFont::DemiBold));
        const QString whole = item.summary + u" — "_s + outcomeWord(item.request);
        auto *what = new WrapLabel(shortened(item.summary, longestSummary) + u" — "_s + outcomeWord(item.request),
                                   TextSize::Small, line);
        what->setObjectName(u"staged"_s);
        what->setAccessibleName(whole);
        setPlainToolTip(what, whole);
        QLabel *time = makeLabel(timeWords(item), TextSize::Tiny, line);
        QPalette look = time->palette();
        look.setColor(QPalette::WindowText, held ? colours().warn : colours().accent);
        time->setPalette(look);
        m_times.push_back(time);
        auto *open = new TextLink(tr("show"), line);
        connect(open, &QAbstractButton::clicked, this, [this, id] { Q_EMIT requestWanted(id); });
        row->addWidget(title);
        if (m_isNarrow) {
            row->addStretch(1);
            both->addWidget(what);
        } else {
            row->addWidget(what, 1);
        }
        row->addWidget(time);
        row->addWidget(open);
        if (held) {
            auto *release = new FlatButton(tr("Release"), {}, FlatButton::Look::Plain, line);
            release->setObjectName(u"release"_s);
            release->installEventFilter(this);
            release->setDisabledReason(m_session.isLocked() ? tr("Sign in to release it.") : QString());
            connect(release, &QPushButton::clicked, this, [this, id] { m_session.release(id); });
            row->addWidget(release);
        }
        auto *undo = new FlatButton(tr("Undo"), i == 0 ? u"Z"_s : QString(), FlatButton::Look::Plain, line);
        undo->setObjectName(u"undo"_s);
        undo->setDisabledReason(m_session.isLocked() ? tr("Sign in to undo it.") : QString());
        connect(undo, &QPushButton::clicked, this, [this, id] { m_session.undo(id); });
        row->addWidget(undo);
        m_rows->addWidget(line);
    }
    if (m_items.size() > mostShown) {
        const auto more = static_cast<int>(m_items.size() - mostShown);
        m_rows->addWidget(makeDimLabel(m_items.size() >= mostLoaded
                                           ? tr("and at least %n more, under Not yet released", nullptr, more)
                                           : tr("and %n more, under Not yet released", nullptr, more),
                                       TextSize::Tiny, this));
    }
}

QString StagingStrip::timeWords(const Item &item) const
{
    if (item.request.state.delivery == Delivery::Held) {
        return tr("its window was closed: release or undo it");
    }
    if (!item.decision || !item.decision->releaseAt) {
        return {};
    }
    return tr("releases in %1")
        .arg(durationWords(*item.decision->releaseAt - m_session.clock().now() + std::chrono::milliseconds(999)));
}

void StagingStrip::updateTimes()
{
    for (size_t i = 0; i < m_times.size() && i < m_items.size(); ++i) {
        m_times[i]->setText(timeWords(m_items[i]));
    }
}

bool StagingStrip::undoLast()
{
    if (m_items.empty()) {
        return false;
    }
    m_session.undo(m_items.front().request.id);
    return true;
}

/// Releasing lets it happen, as approving does: never by a key that presses whatever has the focus.
bool StagingStrip::eventFilter(QObject *watched, QEvent *event)
{
    const bool pressed = event->type() == QEvent::KeyPress;
    if (pressed || event->type() == QEvent::KeyRelease) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Space || key == Qt::Key_Return || key == Qt::Key_Enter || key == Qt::Key_Select) {
            if (pressed && !static_cast<QKeyEvent *>(event)->isAutoRepeat()) {
                auto *button = static_cast<QWidget *>(watched);
                const QString why = tr("Enter and Space never decide: press Ctrl+Enter here to release it.");
                if (static_cast<QKeyEvent *>(event)->modifiers() == Qt::ControlModifier && key != Qt::Key_Space) {
                    static_cast<QAbstractButton *>(button)->click();
                } else {
                    QToolTip::showText(button->mapToGlobal(QPoint(0, 0)), why, button);
                    button->setAccessibleDescription(why);
                }
            }
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void StagingStrip::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    followWidth();
}

/// In a narrow window what was decided gets a row of its own, below the buttons.
void StagingStrip::followWidth()
{
    const bool isNarrow = width() < grid(narrowSteps);
    if (std::exchange(m_isNarrow, isNarrow) != isNarrow) {
        rebuild();
        updateTimes();
    }
}

void StagingStrip::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_rows) {
        m_isNarrow = width() < grid(narrowSteps);
        rebuild();
    }
}

void StagingStrip::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), colours().accentBack);
    painter.fillRect(QRect(0, 0, width(), 1), colours().line);
}

} // namespace countersign::ui
