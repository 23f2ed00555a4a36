// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/detail/arming_rule.h"
#include "ui/detail/decision_bar.h"
#include "ui/detail/detail_pane.h"
#include "ui/detail/shown_request.h"

#include <QtCore/QPointer>
#include <QtCore/QTimer>

class QLabel;
class QStackedWidget;
class QTabBar;
class QWindow;

namespace countersign::ui {

class ContextPage;
class CrumbRow;
class EvidencePanel;
class FactsPage;
class PayloadView;
class RequestForm;
class StepLine;
class ToolAnswerPage;

/// The parts of the right pane and what it knows of the shown request.
struct DetailPane::Private {
    Private(ReviewSession &reviewSession, DetailPane *pane);

    void build();
    void connectParts();
    // Loading
    void load();
    void apply(const SharedRequest &loaded);
    void showNothing(const QString &sentence);
    void fillTabs();
    // Arming
    void updateConditions();
    void markPainted();
    void tick();
    BarChoices choices();
    CriticalValue editedCritical();
    QString generalObstacle() const; ///< Why nobody can decide at all; empty: somebody may.
    ArmingRule::Demands demands() const;
    void watchWindow();
    // Acting
    void decide(Verdict verdict, const QString &reasonCode, VoteContent content, const ArmingRule::Press &press);
    void answer(const QString &text, const ArmingRule::Press &press);
    void beginEdit();
    void leaveEdit();
    void approveEdited(const ArmingRule::Press &press);
    void answerWithForm(const ArmingRule::Press &press);
    void saveDraft();
    void discardDraft(const RequestId &id);
    bool isEditing() const; ///< The arguments, before approving them.
    bool fillsForm() const; ///< The answer to a question.
    void openForm();
    void closeForm();
    void submitForm(const ArmingRule::Press &press);
    bool servesTool() const; ///< The answer is made on the Answer tab.
    void openToolAnswer();
    void closeToolAnswer();
    void answerTool(const ArmingRule::Press &press);
    void lookAtAnswer();
    QString refusalWords(Verdict verdict, const QString &reasonCode) const;
    void showContinuation();
    void offerContext();
    QString addressObstacle() const; ///< Why a question that is answered at an address cannot be answered yet.
    void openAddress(const QUrl &address);
    void toggleClaim();
    void speak();
    void page(int direction);
    void copy(const QString &text);
    bool handleReadingKey(QKeyEvent *event);
    QString currentTab() const;
    void selectTab(const QString &name);

    ReviewSession &session;
    ConnectionService *connections = nullptr; ///< Not ours.
    DetailPane *q;
    ArmingRule rule;
    RequestId wanted; ///< Selected by the reviewer; what is on screen may lag behind.
    SharedRequest shown;
    int generation = 0;
    bool readOnly = false; ///< In the history.
    bool awaitingPaint = false;
    bool changedWhileShown = false;
    bool deciding = false;
    std::optional<JsonValue> draft; ///< Kept while the request is shown.
    bool draftUnsaved = false;
    std::optional<CriticalValue> criticalOfEdit; ///< Absent: not worked out since the last edit.
    QPointer<QWindow> watched;

    CrumbRow *crumbs = nullptr;
    QTabBar *tabs = nullptr;
    QStackedWidget *pages = nullptr;
    QWidget *emptyPage = nullptr;
    QLabel *emptyText = nullptr;
    FactsPage *facts = nullptr;
    QWidget *diffPage = nullptr;
    QLabel *diffTitle = nullptr;
    PayloadView *diff = nullptr;
    EvidencePanel *evidence = nullptr;
    QWidget *rawPage = nullptr;
    PayloadView *rawFacts = nullptr;
    PayloadView *raw = nullptr;
    RequestForm *form = nullptr;
    ToolAnswerPage *toolAnswer = nullptr;
    ContextPage *context = nullptr;
    StepLine *step = nullptr;
    DecisionBar *bar = nullptr;
    std::function<bool(const QUrl &)> openInBrowser; ///< Once a person has agreed.
    QTimer ticker;
    QTimer draftTimer;
};

} // namespace countersign::ui
