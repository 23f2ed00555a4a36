// SPDX-License-Identifier: Apache-2.0
// Serving a tool of an agent, and what belongs to its connection: its conversation, and whether it goes on by itself.
#include "ui/detail/detail_pane_p.h"

#include "core/connections/connection_service.h"
#include "ui/detail/context_page.h"
#include "ui/detail/tool_answer_page.h"
#include "ui/shell/review_session.h"

#include <QtWidgets/QTabBar>

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;

void DetailPane::setConnections(ConnectionService &service)
{
    d->connections = &service;
    d->context->setService(service);
    connect(&service, &ConnectionService::changed, this, [this](const QString &name) {
        if (d->shown && d->shown->request().connection == name) {
            d->showContinuation();
            d->offerContext();
        }
    });
    connect(d->toolAnswer, &ToolAnswerPage::continuationChosen, this, [this](bool goesOn) {
        if (!d->shown) {
            return;
        }
        const QString name = d->shown->request().connection;
        whenDone(d->connections->setAutoContinue(name, goesOn), this, [this](const Result<> &saved) {
            d->showContinuation();
            if (!saved) {
                d->bar->sayRefusal(tr("The setting was not saved: %1").arg(saved.error().message));
            }
        });
    });
    if (d->shown) {
        d->showContinuation();
        d->offerContext();
    }
}

/// A chat may have become known, or the conversation may have gone.
void DetailPane::Private::offerContext()
{
    bool isOffered = false;
    for (int i = 0; i < tabs->count(); ++i) {
        isOffered = isOffered || tabs->tabData(i).toString() == u"context"_s;
    }
    if (isOffered != context->hasConversation()) {
        fillTabs();
    }
}

bool DetailPane::Private::servesTool() const
{
    return shown && shown->servesTool() && shown->request().state.lifecycle == Lifecycle::Pending &&
           shown->obstacle().isEmpty();
}

void DetailPane::Private::openToolAnswer()
{
    if (servesTool() && !toolAnswer->isOpen()) {
        toolAnswer->open(shown, draft);
        showContinuation();
    }
}

void DetailPane::Private::closeToolAnswer()
{
    if (toolAnswer->isOpen()) {
        toolAnswer->close();
        draftTimer.stop();
        draftUnsaved = false;
    }
}

void DetailPane::Private::showContinuation()
{
    const auto status =
        connections && shown ? connections->status(shown->request().connection) : std::optional<ConnectionStatus>();
    toolAnswer->setContinuation(status && status->hasChat ? std::optional(status->autoContinue) : std::nullopt,
                                status ? status->name : QString());
}

/// The first press leads to the page; what is sent is what was on screen there.
void DetailPane::Private::answerTool(const ArmingRule::Press &press)
{
    if (deciding) {
        return;
    }
    if (currentTab() != u"answer"_s) {
        selectTab(u"answer"_s);
        toolAnswer->focusFirst();
        awaitingPaint = true;
        rule.setPainted(false); // The answer has to be looked at, too.
        toolAnswer->viewport()->update();
        tick();
        bar->sayRefusal(toolAnswer->problem().isEmpty() ? tr("Look at what will be sent, then press again.")
                                                        : toolAnswer->problem());
        return;
    }
    toolAnswer->attemptSubmit();
    const QString why = choices().disabled[DecisionBar::Approve];
    if (!why.isEmpty()) {
        bar->sayRefusal(why);
        return;
    }
    VoteContent content;
    content.reason = bar->reason();
    content.answer = toolAnswer->outgoing();
    decide(Verdict::Answer, {}, std::move(content), press);
}

/// A tool's refusal reaches its agent as a text, so that a picked reason goes as its words.
QString DetailPane::Private::refusalWords(Verdict verdict, const QString &reasonCode) const
{
    if (verdict != Verdict::Decline || !servesTool()) {
        return {};
    }
    const auto &codes = reasonCodes();
    const auto code = std::ranges::find(codes, reasonCode, [](const auto &one) { return QString(one.id); });
    return code == codes.end() ? QString() : QString(code->label);
}

/// Something was taken from elsewhere. A key that goes down before it was on screen does not send it.
void DetailPane::Private::lookAtAnswer()
{
    awaitingPaint = true;
    rule.setPainted(false);
    toolAnswer->viewport()->update();
    tick();
}

} // namespace countersign::ui
