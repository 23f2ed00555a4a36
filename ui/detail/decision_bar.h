// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/domain/summary.h"
#include "ui/detail/arming_rule.h"

#include <QtWidgets/QWidget>

#include <array>

class QLabel;
class QLineEdit;

namespace countersign::ui {

class ArmingLine;
class FlatButton;
class StepRow;

/// What may be decided about the shown request, in the words of the bar. An empty reason enables.
struct BarChoices {
    bool answers = false;            ///< A question: Answer, Decline, Cancel stand in the first three places.
    std::array<QString, 6> disabled; ///< Why not, by place.
    bool wantsAnswerText = false;    ///< One line of text is the answer.
    bool fillsForm = false;          ///< The form above is the answer.
    bool servesTool = false;         ///< The answer is made on a page of its own.
    bool editing = false;            ///< The first place approves what stands in the editor.
    CriticalValue critical;          ///< Empty value and label: nothing has to be typed.

    friend bool operator==(const BarChoices &left, const BarChoices &right)
    {
        return left.answers == right.answers && left.disabled == right.disabled &&
               left.wantsAnswerText == right.wantsAnswerText && left.fillsForm == right.fillsForm &&
               left.servesTool == right.servesTool && left.editing == right.editing &&
               left.critical.label == right.critical.label && left.critical.value == right.critical.value;
    }
};

/// The decision bar of UX.md section 2: six buttons that never move, the arming line above them, the reason field, and
/// the steps in between (reason codes, whom to delegate to, until when). It decides nothing: it says what the reviewer
/// wants and when the key went down, and the pane asks the arming rule. Enter, Space and Escape never decide.
class DecisionBar : public QWidget
{
    Q_OBJECT
public:
    enum Place { Approve, Edit, Reject, Changes, Delegate, Defer, PlaceCount };
    enum class Step { Choosing, Rejecting, AskingForChanges, Delegating, Deferring };

    DecisionBar(const Clock &clock, QWidget *parent = nullptr);

    /// Another request, or another revision: fields are emptied unless \p keepFields.
    void setChoices(const BarChoices &choices, bool keepFields = false);
    void setReviewers(const QStringList &names); ///< Whom to delegate to.
    void setArming(const ArmingRule::Standing &letHappen, const ArmingRule::Standing &refuse);
    /// A key or click that did nothing: why. Stays for a moment, and is announced.
    void sayRefusal(const QString &why);
    void setBusy(bool busy); ///< A decision is being written.

    /// A key outside text fields. True: it was one of ours.
    bool handleKey(QKeyEvent *event);
    Step step() const { return m_step; }
    bool isTyping() const; ///< The focus is in one of the bar's fields.
    bool criticalEntered() const;
    QString armingLine() const;
    QString reason() const;

Q_SIGNALS:
    void verdictWanted(countersign::Verdict verdict, const QString &reasonCode, const QString &reason,
                       const countersign::ui::ArmingRule::Press &press);
    void answerWanted(const QString &text, const countersign::ui::ArmingRule::Press &press);
    void editWanted();
    void editedApprovalWanted(const countersign::ui::ArmingRule::Press &press);
    void delegateWanted(const QString &reviewerName);
    void deferWanted(std::chrono::milliseconds fromNow);
    void criticalChanged(bool entered);
    void focusWanted(); ///< Esc left a field: the keys should act on the request again.

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void buildFields();
    void buildButtons();
    void enter(Step step);
    void leaveStep();
    void press(Place place, const ArmingRule::Press &press);
    void confirm(const ArmingRule::Press &press);
    void showArming();
    void showCritical();
    QString stepWords() const;
    bool isField(const QObject *widget) const;
    void applyLook();
    ArmingRule::Press keyPress(const QKeyEvent *event, ArmingRule::Via via) const;

    const Clock &m_clock;
    BarChoices m_choices;
    Step m_step = Step::Choosing;
    ArmingRule::Standing m_letHappen, m_refuse;
    bool m_busy = false;
    std::chrono::milliseconds m_mouseDown{0};

    ArmingLine *m_line = nullptr;
    QLabel *m_criticalValue = nullptr;
    QLineEdit *m_critical = nullptr;
    QLineEdit *m_answer = nullptr;
    QLineEdit *m_reason = nullptr;
    StepRow *m_stepRow = nullptr;
    FlatButton *m_confirm = nullptr;
    FlatButton *m_back = nullptr;
    std::array<FlatButton *, PlaceCount> m_buttons{};
};

} // namespace countersign::ui
