// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/context_page.h"
#include "ui/detail/crumb_row.h"
#include "ui/detail/detail_pane_p.h"
#include "ui/detail/evidence_panel.h"
#include "ui/detail/facts_page.h"
#include "ui/detail/request_form.h"
#include "ui/detail/time_words.h"
#include "ui/detail/tool_answer_page.h"
#include "ui/queue/request_words.h"
#include "ui/shell/review_session.h"

#include <QtGui/QAccessible>
#include <QtGui/QKeyEvent>
#include <QtGui/QWindow>
#include <QtWidgets/QAbstractItemView>
#include <QtWidgets/QApplication>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QStackedWidget>

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

namespace {

bool isTextField(const QWidget *widget)
{
    const auto *plain = qobject_cast<const QPlainTextEdit *>(widget);
    return qobject_cast<const QLineEdit *>(widget) || (plain && !plain->isReadOnly()) ||
           qobject_cast<const QComboBox *>(widget);
}

} // namespace

// Arming

ArmingRule::Demands DetailPane::Private::demands() const
{
    const TierRules &rules = rulesOf(shown->round().policy.tier);
    return {.delay = rules.armingDelay,
            // A form is read by filling it in; what it asks for stands on the fields, not in the schema's text.
            .wholeSeen = rules.seenMapMustBeComplete && !shown->asksForForm(),
            .criticalLabel = rules.asksCriticalValue ? shown->critical.label : QString()};
}

void DetailPane::Private::watchWindow()
{
    QWidget *window = q->window();
    window->installEventFilter(q);
    QWindow *handle = window->windowHandle();
    if (handle && handle != watched) {
        handle->installEventFilter(q);
        watched = handle;
    }
}

void DetailPane::Private::updateConditions()
{
    const QWindow *handle = q->window()->windowHandle();
    const bool active =
        q->window()->isActiveWindow() && !QApplication::activeModalWidget() && !QApplication::activePopupWidget();
    // A sheet over the panes (palette, cheat sheet) covers what has to be read.
    const QString cover = q->window()->property("coveredBy").toString();
    const bool exposed = handle && handle->isExposed() && q->isVisible() && cover.isEmpty();
    rule.setWindowActive(active);
    rule.setExposed(exposed, cover);
    rule.setUnlocked(!session.isLocked());
    rule.setDamaged(session.isDamaged());
    rule.setTextFocus(isTextField(QApplication::focusWidget()) || form->hasFocusInside() ||
                      toolAnswer->hasFocusInside());
    toolAnswer->setWatching(active && exposed);
    facts->payload()->setWatching(active && exposed);
    if (!shown) {
        return;
    }
    const SeenMap &seen = facts->payload()->seenMap();
    // While lines are still being counted, nothing can be complete.
    rule.setSeen(seen.seen(), seen.isFinished() || shown->argumentRows.isEmpty() ? seen.total() : seen.total() + 1);
    rule.setCriticalEntered(bar->criticalEntered());
    rule.setObstacle(!shown->obstacle().isEmpty() ? shown->obstacle() : evidence->obstacle());
}

void DetailPane::Private::markPainted()
{
    const bool complete = shown && (shown->argumentRows.isEmpty() || facts->payload()->isLaidOut()) &&
                          (currentTab() != u"answer"_s || toolAnswer->isLaidOut());
    if (awaitingPaint && complete) {
        awaitingPaint = false;
        rule.setPainted(true);
    }
}

void DetailPane::Private::tick()
{
    if (!shown) {
        return;
    }
    updateConditions();
    facts->updateTimes();
    crumbs->show(shown, session.reviewer(), session.clock().now());
    bar->setChoices(choices(), true);
    bar->setArming(rule.standing(ArmingRule::Act::LetHappen, ArmingRule::Via::Click),
                   rule.standing(ArmingRule::Act::Refuse, ArmingRule::Via::Click));
}

QString DetailPane::Private::generalObstacle() const
{
    const Request &request = shown->request();
    const Timestamp now = session.clock().now();
    if (session.isLocked()) {
        return tr("Sign in to decide.");
    }
    if (session.isDamaged()) {
        return tr("Nothing can be decided: the workspace is damaged.");
    }
    const Delivery delivery = request.state.delivery;
    if (delivery == Delivery::Staged || delivery == Delivery::Held) {
        const std::optional<Decision> &decision = shown->detail.decision;
        if (delivery == Delivery::Held) {
            return tr("Decided, but held: release it or undo it in the strip below.");
        }
        return decision && decision->releaseAt
                   ? tr("Decided, not yet released: %1 left. Z undoes it.").arg(countdown(*decision->releaseAt - now))
                   : tr("Decided, not yet released. Z undoes it.");
    }
    if (!nextState(request.state, RequestEvent::Decide)) {
        return request.state.lifecycle == Lifecycle::ChangesRequested
                   ? tr("Changes were requested: the agent has to revise it first.")
                   : tr("Nothing is left to decide: %1.").arg(statusWords(request.status(now)));
    }
    if (request.expiresAt && *request.expiresAt <= now) {
        return tr("The deadline has passed: nothing will run.");
    }
    if (request.isClaimedAt(now) && request.claimedBy != session.reviewer()->id) {
        return tr("%1 has claimed it for another %2.")
            .arg(displayText(request.claimedByName).text, durationWords(*request.claimedUntil - now));
    }
    return {};
}

BarChoices DetailPane::Private::choices()
{
    BarChoices choices;
    const RoundContent &content = shown->round().content;
    const auto allows = [&](Verdict verdict) {
        return std::ranges::find(content.allowed, verdict) != content.allowed.end();
    };
    choices.answers = shown->isQuestion();
    choices.editing = isEditing();
    const bool opensAddress = content.pattern == Pattern::ElicitationUrl;
    choices.fillsForm = fillsForm();
    choices.wantsAnswerText = choices.answers && !shown->asksForForm() && !opensAddress && !shown->servesTool();
    choices.servesTool = servesTool();
    const bool makesAnswer = choices.servesTool && currentTab() == u"answer"_s;
    const QString general = generalObstacle();
    const QString notTaken = tr("The agent does not take this answer; use one of the other buttons.");
    const QString notEditable = tr("This agent takes no edited arguments: approve or reject the call as it stands. A "
                                   "reason can say what to change.");
    const QString unread = shown->obstacle();
    const auto set = [&](DecisionBar::Place place, const QString &own) {
        choices.disabled[place] = !general.isEmpty() ? general : own;
    };
    if (choices.answers) {
        set(DecisionBar::Approve, !unread.isEmpty()   ? unread
                                  : opensAddress      ? addressObstacle()
                                  : choices.fillsForm ? form->problem()
                                  : makesAnswer       ? toolAnswer->problem()
                                                      : QString());
        set(DecisionBar::Edit, allows(Verdict::Decline) ? QString() : notTaken);
        set(DecisionBar::Reject, allows(Verdict::Cancel) ? QString() : notTaken);
    } else {
        set(DecisionBar::Approve, !unread.isEmpty() ? unread : allows(Verdict::Approve) ? QString() : notTaken);
        set(DecisionBar::Edit, !unread.isEmpty()                 ? unread
                               : !allows(Verdict::ApproveEdited) ? notEditable
                               : !shown->arguments               ? tr("There are no arguments to edit.")
                                                                 : QString());
        set(DecisionBar::Reject, allows(Verdict::Reject) || allows(Verdict::Decline) ? QString() : notTaken);
    }
    set(DecisionBar::Changes, allows(Verdict::RequestChanges) ? QString() : notTaken);
    set(DecisionBar::Delegate,
        shown->delegates.isEmpty()
            ? tr("There is nobody else to delegate to: an administrator can enrol another reviewer.")
            : QString());
    set(DecisionBar::Defer, {});
    if (choices.editing) {
        for (size_t place = DecisionBar::Edit; place < DecisionBar::PlaceCount; ++place) {
            choices.disabled[place] = tr("You are editing the arguments: Esc leaves and keeps your draft.");
        }
        const QString wrong = form->problem();
        if (choices.disabled[DecisionBar::Approve].isEmpty()) {
            choices.disabled[DecisionBar::Approve] = !wrong.isEmpty() ? wrong
                                                     : !form->isChanged()
                                                         ? tr("Nothing is changed yet: Esc leaves the editor.")
                                                         : QString();
        }
    }
    if (rulesOf(shown->round().policy.tier).asksCriticalValue && general.isEmpty() && unread.isEmpty()) {
        choices.critical = choices.editing ? editedCritical() : shown->critical;
    }
    return choices;
}

// Acting

void DetailPane::Private::decide(Verdict verdict, const QString &reasonCode, VoteContent content,
                                 const ArmingRule::Press &press)
{
    if (!shown || deciding || readOnly) {
        return;
    }
    updateConditions();
    const QString general = generalObstacle();
    const auto act = letsItHappen(verdict) ? ArmingRule::Act::LetHappen : ArmingRule::Act::Refuse;
    const QString refusal = !general.isEmpty() ? general : rule.refusal(act, press);
    if (!refusal.isEmpty()) {
        tick();
        bar->sayRefusal(refusal);
        return;
    }
    const SeenMap &seen = facts->payload()->seenMap();
    DecideOrder order;
    order.request = shown->request().id;
    order.revision = rule.revision();
    order.payloadHash = shown->round().payloadHash;
    order.verdict = verdict;
    order.reasonCode = reasonCode;
    order.content = std::move(content);
    order.shown = {.view = u"window-1"_s, .linesSeen = seen.seen(), .linesTotal = seen.total(), .dwell = rule.dwell()};
    order.staging = Staging::Stage;
    deciding = true;
    bar->setBusy(true);
    session.decide(order);
}

void DetailPane::Private::answer(const QString &text, const ArmingRule::Press &press)
{
    if (fillsForm()) {
        answerWithForm(press);
        return;
    }
    if (servesTool()) {
        answerTool(press);
        return;
    }
    if (shown && shown->round().content.pattern == Pattern::ElicitationUrl) {
        if (const QString why = addressObstacle(); !why.isEmpty()) {
            bar->sayRefusal(why);
            return;
        }
        VoteContent agreed;
        agreed.reason = bar->reason();
        agreed.answer = "{}"; // That it was agreed to is all that is sent.
        decide(Verdict::Answer, {}, std::move(agreed), press);
        return;
    }
    if (text.trimmed().isEmpty()) {
        bar->sayRefusal(tr("Type your answer first; Decline says that you will not answer."));
        return;
    }
    VoteContent content;
    content.reason = bar->reason();
    content.answer = writeJson(JsonValue::fromString(text));
    decide(Verdict::Answer, {}, std::move(content), press);
}

QString DetailPane::Private::addressObstacle() const
{
    return facts->wasAddressOpened(shown->request().id)
               ? QString()
               : tr("Open the address first; then Answer tells the server that you agreed. Decline and Cancel work.");
}

/// The person has read it and agreed; still not what came by itself under their hands.
void DetailPane::Private::openAddress(const QUrl &address)
{
    if (!shown || readOnly || !shown->request().isOpen() || !address.isValid()) {
        return;
    }
    if (!openInBrowser(address)) {
        bar->sayRefusal(tr("The address was not opened: no browser could be started. Copy it, if you want to."));
        return;
    }
    facts->noteAddressOpened(shown->request().id);
    load();
    tick();
}

void DetailPane::Private::toggleClaim()
{
    if (!shown || !shown->request().isOpen()) {
        return;
    }
    if (session.isLocked()) {
        bar->sayRefusal(tr("Sign in to claim a request."));
        return;
    }
    const Request &request = shown->request();
    if (request.isClaimedAt(session.clock().now()) && request.claimedBy == session.reviewer()->id) {
        session.releaseClaim(request.id);
    } else {
        session.claim(request.id);
    }
}

void DetailPane::Private::speak()
{
    const QString text = facts->spokenFacts() + u' ' + bar->armingLine();
    q->setAccessibleDescription(text);
    QAccessibleEvent event(q, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void DetailPane::Private::page(int direction)
{
    QWidget *current = pages->currentWidget();
    if (current == facts) {
        facts->page(direction);
    } else if (current == rawPage) {
        raw->page(direction);
    } else if (current == diffPage) {
        diff->page(direction);
    } else if (current == evidence) {
        evidence->page(direction);
    } else if (current == context) {
        context->page(direction);
    } else if (current == toolAnswer) {
        toolAnswer->verticalScrollBar()->triggerAction(direction > 0 ? QAbstractSlider::SliderPageStepAdd
                                                                     : QAbstractSlider::SliderPageStepSub);
    }
}

bool DetailPane::handleKey(QKeyEvent *event)
{
    if (!d->shown) {
        return false;
    }
    d->updateConditions();
    const bool editing = d->isEditing();
    if (d->readOnly) {
        return d->handleReadingKey(event);
    }
    if (!editing && d->bar->handleKey(event)) {
        d->tick();
        return true;
    }
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (enter && event->modifiers().testFlag(Qt::ControlModifier) &&
        (editing || d->fillsForm() || (d->servesTool() && d->bar->step() == DecisionBar::Step::Choosing))) {
        d->submitForm({.at = pressTime(d->session.clock(), event->timestamp()),
                       .via = ArmingRule::Via::Confirm,
                       .autoRepeat = event->isAutoRepeat()});
        return true;
    }
    if (editing) {
        if (event->key() == Qt::Key_Escape) {
            d->leaveEdit();
            return true;
        }
        return false;
    }
    if (d->handleReadingKey(event)) {
        return true;
    }
    if (event->modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier)) {
        return false;
    }
    switch (event->key()) {
    case Qt::Key_C:
        if (!event->isAutoRepeat()) {
            d->toggleClaim();
        }
        return true;
    case Qt::Key_Z: {
        const Delivery delivery = d->shown->request().state.delivery;
        if (delivery != Delivery::Staged && delivery != Delivery::Held) {
            return false; // The strip undoes the last one.
        }
        if (!event->isAutoRepeat()) {
            d->session.undo(d->wanted);
        }
        return true;
    }
    default:
        return false;
    }
}

/// Keys that only look: these work in the history too.
bool DetailPane::Private::handleReadingKey(QKeyEvent *event)
{
    if (event->modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier)) {
        return false;
    }
    switch (event->key()) {
    case Qt::Key_Space:
        page(event->modifiers().testFlag(Qt::ShiftModifier) ? -1 : 1);
        return true;
    case Qt::Key_W:
        selectTab(u"facts"_s);
        facts->focusWhy();
        return true;
    case Qt::Key_F9:
        speak();
        return true;
    default:
        return false;
    }
}

void DetailPane::keyPressEvent(QKeyEvent *event)
{
    if (!handleKey(event)) {
        QWidget::keyPressEvent(event);
    }
}

void DetailPane::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::ActivationChange && d) {
        d->updateConditions();
    }
}

void DetailPane::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    d->watchWindow();
    d->updateConditions();
}

void DetailPane::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    // In a low window with large letters the decision bar needs the room; the heading says the same as the row above.
    const bool low = height() < grid(100);
    d->crumbs->setVisible(!low);
    d->pages->setMinimumHeight(low ? grid(8) : grid(20));
}

bool DetailPane::eventFilter(QObject *watched, QEvent *event)
{
    switch (event->type()) {
    case QEvent::Paint: {
        // The paint goes on after this filter; what it drew is on screen when the loop comes round again.
        const int asked = d->generation;
        QMetaObject::invokeMethod(
            this,
            [this, asked] {
                if (asked == d->generation) {
                    d->markPainted();
                }
            },
            Qt::QueuedConnection);
        break;
    }
    case QEvent::WindowDeactivate:
        d->rule.setWindowActive(false);
        break;
    case QEvent::DynamicPropertyChange:
        d->updateConditions(); // Covered by a sheet, or not any more.
        break;
    case QEvent::WindowActivate:
    case QEvent::Expose:
        QMetaObject::invokeMethod(
            this, [this] { d->updateConditions(); }, Qt::QueuedConnection);
        break;
    default:
        break;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace countersign::ui
