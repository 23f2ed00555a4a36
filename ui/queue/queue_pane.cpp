// SPDX-License-Identifier: Apache-2.0
#include "ui/queue/queue_pane.h"

#include "ui/queue/empty_queue.h"
#include "ui/queue/queue_view.h"
#include "ui/shell/review_session.h"
#include "ui/style/key_hint.h"
#include "ui/style/labels.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QStackedWidget>

#include <utility>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign::ui {
namespace {

constexpr auto typingPause = 120ms;
constexpr auto changePause = 40ms;
constexpr auto timeStep = 1s;      ///< As the detail beside it, so that both say the same.
constexpr int stepsToRefresh = 20; ///< What becomes due by time alone changes lists.
constexpr int longestFilter = 500;

} // namespace

QueuePane::QueuePane(ReviewSession &session, QWidget *parent)
    : QWidget(parent)
    , m_session(session)
{
    setObjectName(u"queuePane"_s);
    const AskQueue ask = [&session](const QueueQuestion &question) {
        return session.threads().reader(
            [question](StoreReader &reader) -> Result<QueueAnswer> { return answerQuestion(reader, question); });
    };
    m_model = new QueueModel(ask, session.clock(), this);
    m_header = makeHeader();
    m_problem = makeLabel({}, TextSize::Small, this);
    m_problem->setObjectName(u"queueProblem"_s);
    m_problem->setWordWrap(true);
    m_problem->hide();
    m_view = new QueueView(*m_model, this);
    m_stack = new QStackedWidget(this);
    m_stack->addWidget(m_view);

    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(0);
    rows->addWidget(m_header);
    rows->addWidget(m_problem);
    rows->addWidget(m_stack, 1);
    applyGrid();
    follow();
    askNow(); // However early: the answer comes when there is something to read.
}

QWidget *QueuePane::makeHeader()
{
    auto *header = new QWidget(this);
    m_filter = new QLineEdit(header);
    m_filter->setObjectName(u"queueFilter"_s);
    m_filter->setPlaceholderText(tr("Search or filter — tool:process_payment tier:high"));
    m_filter->setAccessibleName(tr("Search or filter requests"));
    m_filter->setMaxLength(longestFilter);
    m_filter->installEventFilter(this);
    auto *row = new QHBoxLayout(header);
    row->addWidget(m_filter, 1);
    row->addWidget(new KeyHint(u"/"_s, header));
    return header;
}

void QueuePane::applyGrid()
{
    m_header->layout()->setContentsMargins(grid(3), grid(2) - 1, grid(3), grid(2));
    m_header->layout()->setSpacing(grid(3));
    m_problem->setContentsMargins(grid(3), grid(2), grid(3), grid(2));
}

void QueuePane::follow()
{
    m_typingPause.setSingleShot(true);
    m_typingPause.setInterval(typingPause);
    connect(m_filter, &QLineEdit::textChanged, &m_typingPause, qOverload<>(&QTimer::start));
    connect(&m_typingPause, &QTimer::timeout, this, &QueuePane::askNow);

    m_changePause.setSingleShot(true);
    m_changePause.setInterval(changePause);
    connect(&m_changePause, &QTimer::timeout, this, [this] {
        if (std::exchange(m_changedMeanwhile, false)) {
            m_changePause.start();
            m_model->refresh();
        }
    });
    connect(&m_session, &ReviewSession::changed, this, [this] {
        if (m_changePause.isActive()) {
            m_changedMeanwhile = true;
            return;
        }
        m_changePause.start();
        m_model->refresh(); // What comes alone is shown at once; only bursts are gathered.
    });
    m_timePasses.setTimerType(Qt::CoarseTimer);
    m_timePasses.setInterval(timeStep);
    connect(&m_timePasses, &QTimer::timeout, this, [this] {
        m_model->tick();
        m_steps = (m_steps + 1) % stepsToRefresh;
        if (m_steps == 0) {
            m_model->refresh();
        }
    });

    const auto reviewerChanged = [this] {
        m_model->setReviewer(m_session.reviewer() ? m_session.reviewer()->id : ReviewerId());
        if (m_shownView == QueueQuery::View::Claimed) {
            askNow();
        }
    };
    connect(&m_session, &ReviewSession::unlocked, this, reviewerChanged);
    connect(&m_session, &ReviewSession::locked, this, reviewerChanged);
    m_model->setReviewer(m_session.reviewer() ? m_session.reviewer()->id : ReviewerId());

    connect(m_model, &QueueModel::answered, this, &QueuePane::keepSelectionIfListed);
    connect(m_model, &QueueModel::rowsSettled, this, &QueuePane::showRowsOrEmptiness);
    connect(m_model, &QueueModel::loadFailed, this, [this](const Error &why) {
        m_problem->setText(tr("The list could not be read: %1").arg(why.message));
        m_problem->show();
    });
    connect(m_view, &QueueView::selectionMoved, this, &QueuePane::selectionChanged);
    connect(m_view, &QueueView::detailWanted, this, &QueuePane::detailWanted);
    connect(m_view, &QueueView::filterWanted, this, &QueuePane::focusFilter);
    // The list first: a window that has just come up takes keys as commands, not as text of a filter.
    setTabOrder(m_view, m_filter);
    setFocusProxy(m_view);
}

EmptyQueue *QueuePane::emptyPage()
{
    if (!m_empty) { // Only now: most windows come up with something in the list.
        m_empty = new EmptyQueue(this);
        m_empty->setFocusPolicy(Qt::StrongFocus);
        connect(m_empty, &EmptyQueue::filterClearWanted, this, &QueuePane::clearFilter);
        m_stack->addWidget(m_empty);
        setTabOrder(m_view, m_empty);
        setTabOrder(m_empty, m_filter);
    }
    return m_empty;
}

void QueuePane::askNow()
{
    m_typingPause.stop();
    QueueQuery query;
    query.view = m_shownView;
    if (m_session.reviewer()) {
        query.reviewer = m_session.reviewer()->id;
    }
    m_model->setQuery(parseQuery(m_filter->text(), query));
}

void QueuePane::showRowsOrEmptiness()
{
    m_problem->hide();
    const bool empty = m_model->isAnswered() && m_model->rowCount() == 0;
    const QWidget *focus = window()->focusWidget(); // Also while another window is in front.
    const bool hadFocus = focus && (focus == m_view || focus == m_empty);
    QWidget *wanted = empty ? static_cast<QWidget *>(emptyPage()) : m_view;
    if (empty) {
        m_empty->explain(m_model->query().view, m_model->query().isFiltered());
    }
    if (m_stack->currentWidget() == wanted) {
        return;
    }
    m_stack->setCurrentWidget(wanted);
    setFocusProxy(wanted);
    if (hadFocus) {
        wanted->setFocus(Qt::OtherFocusReason); // Else hiding the page would pass the focus on to the next button.
    }
}

/// After a new question: what is not listed any more is not selected any more.
void QueuePane::keepSelectionIfListed()
{
    const auto id = m_view->selected();
    if (id && m_model->rowOf(*id) < 0 && m_model->isWhole()) {
        m_view->clearRequest();
    }
}

void QueuePane::showView(QueueQuery::View view)
{
    if (view != m_shownView) {
        m_view->clearRequest();
    }
    m_shownView = view;
    askNow();
}

QueueQuery::View QueuePane::view() const
{
    return m_shownView;
}

std::optional<RequestId> QueuePane::selected() const
{
    return m_view->selected();
}

void QueuePane::select(const RequestId &id)
{
    m_view->selectRequest(id);
    if (m_model->rowOf(id) < 0) {
        m_model->showArrivals(); // It may be one of those that wait behind the bar.
    }
}

void QueuePane::moveSelection(int rows)
{
    m_view->moveSelection(rows);
}

void QueuePane::moveToUndecided(int direction)
{
    m_view->moveToUndecided(direction);
}

void QueuePane::focusFilter()
{
    m_filter->setFocus(Qt::ShortcutFocusReason);
    m_filter->selectAll();
}

void QueuePane::clearFilter()
{
    if (!m_filter->text().isEmpty()) {
        m_filter->clear();
        askNow();
    }
    m_stack->currentWidget()->setFocus(Qt::OtherFocusReason);
}

void QueuePane::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Slash) {
        focusFilter(); // From the empty state; the list asks by itself.
        return;
    }
    QWidget::keyPressEvent(event);
}

bool QueuePane::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_filter && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Escape) {
            clearFilter();
            return true;
        }
        if (key == Qt::Key_Return || key == Qt::Key_Enter || key == Qt::Key_Down) {
            if (m_typingPause.isActive()) {
                askNow();
            }
            m_stack->currentWidget()->setFocus(Qt::OtherFocusReason);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void QueuePane::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    painter.fillRect(event->rect(), colours().panel);
    painter.fillRect(QRect(0, m_header->geometry().bottom(), width(), 1), colours().line);
}

void QueuePane::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_timePasses.start();
    if (!window()->focusWidget()) {
        m_stack->currentWidget()->setFocus(Qt::OtherFocusReason); // Else the window would give it to the filter.
    }
    if (m_model->isAnswered()) {
        m_model->tick();
    }
}

void QueuePane::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_timePasses.stop(); // Nobody looks.
}

void QueuePane::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_stack) {
        applyGrid();
    }
}

} // namespace countersign::ui
