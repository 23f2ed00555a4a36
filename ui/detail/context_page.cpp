// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/context_page.h"

#include "core/base/visible_text.h"
#include "core/connections/connection_service.h"
#include "ui/detail/conversation_view.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/card.h"
#include "ui/style/flat_button.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QPlainTextEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto pause = 100ms;
constexpr int lowSteps = 90; ///< Of the grid: 360 px at 100 %.
constexpr size_t mostMessages = 2000;
constexpr qsizetype longestMessage = 100'000;

} // namespace

ContextPage::ContextPage(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(u"context"_s);
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(grid(6), grid(5), grid(6), grid(4));
    rows->setSpacing(grid(2));
    auto *card = new Card({}, Card::Edge::Dashed, this);
    m_card = card;
    m_state = new WrapLabel({}, TextSize::Small, card);
    m_state->setObjectName(u"contextState"_s);
    m_state->setInk(WrapLabel::Ink::Dim);
    m_view = new ConversationView(card);
    card->body()->addWidget(m_state);
    card->body()->addWidget(m_view, 1);
    rows->addWidget(card, 1);
    m_box = new QWidget(this);
    auto *line = new QHBoxLayout(m_box);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(grid(2));
    m_text = new QPlainTextEdit(m_box);
    m_text->setObjectName(u"sayToAgent"_s);
    m_text->setAccessibleName(tr("Say to the agent"));
    m_text->setTabChangesFocus(true);
    m_text->setFixedHeight(grid(14));
    m_text->installEventFilter(this);
    m_send = new FlatButton(tr("Send"), tr("Ctrl ⏎"), FlatButton::Look::Plain, m_box);
    m_send->setObjectName(u"sendToAgent"_s);
    line->addWidget(m_text, 1);
    line->addWidget(m_send, 0, Qt::AlignBottom);
    rows->addWidget(m_box);
    m_pause.setSingleShot(true);
    m_pause.setInterval(pause);
    connect(&m_pause, &QTimer::timeout, this, &ContextPage::refresh);
    connect(m_send, &FlatButton::clicked, this, &ContextPage::send);
    connect(m_text, &QPlainTextEdit::textChanged, this, [this] {
        m_problem.clear();
        showStanding();
    });
}

void ContextPage::setService(ConnectionService &service)
{
    m_service = &service;
    connect(&service, &ConnectionService::conversationChanged, this, [this](const QString &name) {
        if (name == m_connection && isVisible() && !m_pause.isActive()) {
            m_pause.start();
        }
    });
    connect(&service, &ConnectionService::changed, this, [this](const QString &name) {
        if (name == m_connection && isVisible()) {
            showStanding();
        }
    });
}

void ContextPage::open(const SharedRequest &shown)
{
    const bool sameConnection = shown->request().connection == m_connection;
    if (!m_shown || m_shown->request().id != shown->request().id) {
        m_view->clearAll();
    }
    m_shown = shown;
    m_connection = shown->request().connection;
    if (!sameConnection) {
        m_text->clear();
    }
    if (isVisible()) {
        refresh();
    }
}

void ContextPage::close()
{
    m_shown.reset();
    m_connection.clear();
    m_view->clearAll();
    m_text->clear();
    m_pause.stop();
}

bool ContextPage::hasConversation() const
{
    if (!m_shown) {
        return false;
    }
    const auto status = m_service ? m_service->status(m_connection) : std::nullopt;
    return !m_shown->conversation.isEmpty() || (status && status->hasChat);
}

void ContextPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    refresh();
}

void ContextPage::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_text) {
        adapt();
    }
}

void ContextPage::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    adapt();
}

/// In a low window the conversation gets the room.
void ContextPage::adapt()
{
    const bool low = height() < grid(lowSteps);
    layout()->setContentsMargins(grid(6), low ? grid(2) : grid(5), grid(6), low ? grid(2) : grid(4));
    m_text->setFixedHeight(low ? grid(8) : grid(14));
    m_text->setPlaceholderText(low ? tr("Say something to the agent")
                                   : tr("Say something to the agent, as the user of its chat"));
    m_card->setTitle(low ? QString() : tr("The conversation, in their own words"));
    m_card->setAccessibleName(tr("The conversation, in the agent's and its user's own words"));
    m_view->setDense(low);
    showStanding();
}

void ContextPage::refresh()
{
    if (!m_shown) {
        return;
    }
    const Conversation live = m_service ? m_service->chat(m_connection, mostMessages) : Conversation();
    m_view->show(live.isEmpty() ? m_shown->conversation : live,
                 live.isEmpty() ? QString() : m_shown->request().parent.parentCall);
    showStanding();
}

/// What is shown, and why nothing can be said to the agent if so.
void ContextPage::showStanding()
{
    const auto status = m_service ? m_service->status(m_connection) : std::nullopt;
    const bool isOpen = status && status->phase == ConnectionStatus::Phase::Open;
    const bool isLive = isOpen && status->hasChat;
    m_state->setText((height() < grid(lowSteps) ? tr("In their own words. ") : QString()) +
                     (isLive   ? tr("Live, newest at the bottom.")
                      : status ? tr("As it was when the request was filed. %1").arg(displayText(status->words).text)
                               : tr("As it was when the request was filed.")));
    if (!m_problem.isEmpty()) {
        m_state->setText(m_problem);
    }
    m_box->setVisible(status.has_value());
    const QString text = m_text->toPlainText();
    m_send->setDisabledReason(!isLive                    ? tr("Nothing can be said now: the connection is not open.")
                              : text.trimmed().isEmpty() ? tr("Type what you want to say first.")
                              : text.size() > longestMessage ? tr("This is too long for one message.")
                                                             : QString());
}

void ContextPage::send()
{
    if (!m_service || !m_send->isEnabled()) {
        m_problem = m_send->disabledReason();
        showStanding();
        return;
    }
    const Result<> said = m_service->say(m_connection, m_text->toPlainText().trimmed());
    if (!said) {
        m_problem = tr("Your message was not sent: %1").arg(displayText(said.error().message).text);
        showStanding();
        return;
    }
    m_text->clear();
    refresh();
}

void ContextPage::page(int direction)
{
    m_view->page(direction);
}

void ContextPage::focusFirst()
{
    (m_box->isVisible() ? static_cast<QWidget *>(m_text) : m_view)->setFocus(Qt::OtherFocusReason);
}

bool ContextPage::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_text && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
        if (enter && key->modifiers().testFlag(Qt::ControlModifier)) {
            if (!key->isAutoRepeat()) {
                send();
            }
            return true;
        }
        if (key->key() == Qt::Key_Escape) {
            Q_EMIT leaveWanted();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace countersign::ui
