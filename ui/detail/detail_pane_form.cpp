// SPDX-License-Identifier: Apache-2.0
// Filling in: the answer to a question, or the arguments to approve as edited, and their drafts.
#include "ui/detail/detail_pane_p.h"

#include "ui/detail/facts_page.h"
#include "ui/detail/request_form.h"
#include "ui/detail/tool_answer_page.h"
#include "ui/shell/review_session.h"

#include <QtWidgets/QStackedWidget>

namespace countersign::ui {

using namespace Qt::StringLiterals;

bool DetailPane::Private::isEditing() const
{
    return shown && !shown->asksForForm() && form->isOpen() && pages->currentWidget() == form;
}

bool DetailPane::Private::fillsForm() const
{
    return shown && shown->asksForForm() && shown->form && shown->request().state.lifecycle == Lifecycle::Pending;
}

/// For a question: the form is there as soon as the question is.
void DetailPane::Private::openForm()
{
    if (fillsForm() && !form->isOpen()) {
        form->open(shown, draft);
    }
}

void DetailPane::Private::closeForm()
{
    if (!form->isOpen()) {
        return;
    }
    if (pages->currentWidget() == form) {
        pages->setCurrentWidget(facts);
    }
    form->close();
    draftTimer.stop();
    draftUnsaved = false;
    criticalOfEdit.reset();
}

void DetailPane::Private::beginEdit()
{
    if (!shown || readOnly || isEditing()) {
        return;
    }
    if (fillsForm()) {
        openForm();
        selectTab(u"form"_s);
        form->focusFirst();
        tick();
        return;
    }
    if (servesTool()) {
        openToolAnswer();
        selectTab(u"answer"_s);
        toolAnswer->focusFirst();
        tick();
        return;
    }
    const QString why = choices().disabled[DecisionBar::Edit];
    if (!why.isEmpty()) {
        bar->sayRefusal(why);
        return;
    }
    form->open(shown, draft);
    criticalOfEdit.reset();
    pages->setCurrentWidget(form);
    form->focusFirst();
    tick();
}

void DetailPane::Private::leaveEdit()
{
    saveDraft();
    if (isEditing()) {
        closeForm();
        selectTab(currentTab());
    }
    q->setFocus(Qt::OtherFocusReason);
    tick();
}

void DetailPane::Private::approveEdited(const ArmingRule::Press &press)
{
    if (!isEditing() || deciding) {
        return;
    }
    form->attemptSubmit(); // Takes in what is being typed, and goes to what is wrong.
    const QString why = choices().disabled[DecisionBar::Approve];
    if (!why.isEmpty()) {
        bar->sayRefusal(why);
        return;
    }
    VoteContent content;
    content.reason = bar->reason();
    content.arguments = form->outgoing();
    decide(Verdict::ApproveEdited, {}, std::move(content), press);
}

void DetailPane::Private::answerWithForm(const ArmingRule::Press &press)
{
    if (deciding) {
        return;
    }
    selectTab(u"form"_s); // What is sent is what is on screen.
    form->attemptSubmit();
    const QString why = choices().disabled[DecisionBar::Approve];
    if (!why.isEmpty()) {
        bar->sayRefusal(why);
        return;
    }
    VoteContent content;
    content.reason = bar->reason();
    content.answer = form->outgoing();
    decide(Verdict::Answer, {}, std::move(content), press);
}

void DetailPane::Private::submitForm(const ArmingRule::Press &press)
{
    if (fillsForm()) {
        answerWithForm(press);
    } else if (servesTool()) {
        answerTool(press);
    } else {
        approveEdited(press);
    }
}

void DetailPane::Private::saveDraft()
{
    draftTimer.stop();
    if (!draftUnsaved || !(form->isOpen() || toolAnswer->isOpen()) || !shown) {
        return;
    }
    draftUnsaved = false;
    draft = toolAnswer->isOpen() ? toolAnswer->draft() : form->draft();
    const auto save = [id = shown->request().id, round = shown->round().number, value = *draft](Engine &engine) {
        return engine.saveDraft(id, round, writeJson(value));
    };
    whenDone(session.threads().engine(save), q, [this](const Result<> &saved) {
        if (!saved && shown) {
            bar->sayRefusal(tr("Your draft was not saved: %1").arg(saved.error().message));
        }
    });
}

void DetailPane::Private::discardDraft(const RequestId &id)
{
    if (id == wanted) {
        draftTimer.stop();
        draftUnsaved = false;
        draft.reset();
    }
    whenDone(session.threads().engine([id](Engine &engine) { return engine.removeDraft(id); }), q,
             [](const Result<> &) {});
}

/// Of what stands in the form now: an edited amount is what has to be typed.
CriticalValue DetailPane::Private::editedCritical()
{
    if (!criticalOfEdit) {
        RoundContent edited = shown->round().content;
        edited.arguments = form->outgoing();
        const std::optional<ToolPolicy> &policy = shown->detail.toolPolicy;
        const CriticalValue now = criticalValue(edited, policy ? &*policy : nullptr);
        criticalOfEdit = now.value.isEmpty() ? shown->critical : now;
    }
    return *criticalOfEdit;
}

} // namespace countersign::ui
