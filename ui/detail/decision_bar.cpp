// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/decision_bar.h"

#include "ui/detail/arming_line.h"
#include "ui/detail/flow_layout.h"
#include "ui/detail/step_row.h"
#include "ui/detail/typed_only_edit.h"
#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtGui/QPainter>
#include <QtWidgets/QBoxLayout>

namespace countersign::ui {

using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

DecisionBar::DecisionBar(const Clock &clock, QWidget *parent)
    : QWidget(parent)
    , m_clock(clock)
{
    setObjectName(u"decisionBar"_s);
    setAccessibleName(tr("Decision"));
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(grid(6), grid(2), grid(6), grid(2) + 2);
    rows->setSpacing(grid(2));
    buildFields();
    buildButtons();
    applyLook();
    setChoices({});
}

void DecisionBar::buildFields()
{
    auto *rows = static_cast<QVBoxLayout *>(layout());
    auto *lineRow = new QHBoxLayout;
    lineRow->setSpacing(grid(2));
    m_line = new ArmingLine(m_clock, this);
    m_criticalValue = makeLabel({}, TextSize::Small, this);
    m_criticalValue->setObjectName(u"criticalValue"_s);
    auto *critical = new TypedOnlyEdit(this);
    m_critical = critical;
    m_critical->setObjectName(u"critical"_s);
    m_critical->setMaximumWidth(grid(56));
    connect(critical, &TypedOnlyEdit::pasteRefused, this,
            [this] { sayRefusal(tr("This value has to be typed: reading it is what makes it safe.")); });
    connect(m_critical, &QLineEdit::textChanged, this, [this] { Q_EMIT criticalChanged(criticalEntered()); });
    lineRow->addWidget(m_line, 1);
    lineRow->addWidget(m_criticalValue);
    lineRow->addWidget(m_critical);
    rows->addLayout(lineRow);

    m_stepRow = new StepRow(this);
    rows->addWidget(m_stepRow);
    m_confirm = new FlatButton(tr("Reject now"), tr("Ctrl ⏎"), FlatButton::Look::Danger, this);
    m_confirm->setObjectName(u"confirm"_s);
    m_back = new FlatButton(tr("Back"), tr("Esc"), FlatButton::Look::Plain, this);
    m_back->setObjectName(u"back"_s);
    connect(m_confirm, &QPushButton::clicked, this,
            [this] { confirm({.at = m_mouseDown, .via = ArmingRule::Via::Click}); });
    connect(m_back, &QPushButton::clicked, this, &DecisionBar::leaveStep);

    m_answer = new QLineEdit(this);
    m_answer->setObjectName(u"answer"_s);
    m_answer->setAccessibleName(tr("Your answer"));
    m_answer->setPlaceholderText(tr("Your answer — Ctrl+Enter sends it. Never type passwords or keys here."));
    m_reason = new QLineEdit(this);
    m_reason->setObjectName(u"reason"_s);
    m_reason->setAccessibleName(tr("Reason"));
    m_reason->setPlaceholderText(tr("Reason — required to reject, always recorded, sent to the agent"));
    m_reason->setMaxLength(4000);
    rows->addWidget(m_answer);
    auto *reasonRow = new QHBoxLayout;
    reasonRow->setSpacing(grid(2));
    reasonRow->addWidget(m_reason, 1);
    reasonRow->addWidget(m_back);
    reasonRow->addWidget(m_confirm);
    rows->addLayout(reasonRow);
    std::vector<QWidget *> controls = m_stepRow->controls();
    controls.insert(controls.end(), {m_critical, m_answer, m_reason, m_confirm, m_back});
    for (QWidget *control : controls) {
        control->installEventFilter(this);
    }
}

void DecisionBar::buildButtons()
{
    auto *row = new QWidget(this);
    auto *flow = new FlowLayout(grid(2) + 2, grid(2), row);
    const auto add = [&](Place place, const QString &label, const QString &key, FlatButton::Look look,
                         const QString &name) {
        auto *button = new FlatButton(label, key, look, row);
        button->setObjectName(name);
        button->installEventFilter(this);
        connect(button, &QPushButton::clicked, this,
                [this, place] { press(place, {.at = m_mouseDown, .via = ArmingRule::Via::Click}); });
        flow->addWidget(button);
        m_buttons[place] = button;
    };
    add(Approve, tr("Approve"), u"A"_s, FlatButton::Look::Primary, u"approve"_s);
    add(Edit, tr("Edit && approve").replace(u"&&"_s, u"&"_s), u"E"_s, FlatButton::Look::Plain, u"edit"_s);
    add(Reject, tr("Reject"), u"R"_s, FlatButton::Look::Danger, u"reject"_s);
    add(Changes, tr("Request changes"), u"Q"_s, FlatButton::Look::Plain, u"requestChanges"_s);
    add(Delegate, tr("Delegate"), u"D"_s, FlatButton::Look::Plain, u"delegate"_s);
    add(Defer, tr("Defer"), u"S"_s, FlatButton::Look::Plain, u"defer"_s);
    // The places keep their widths whatever stands on them: nothing moves from one request to the next.
    const auto reserve = [this](Place place, const QString &label, const QString &key) {
        m_buttons[place]->reserveFor(m_buttons[place]->label(), m_buttons[place]->keyHint());
        m_buttons[place]->reserveFor(label, key);
    };
    reserve(Approve, tr("Answer"), u"A"_s);
    reserve(Approve, tr("Approve"), tr("Ctrl ⏎"));
    reserve(Edit, tr("Decline"), u"R"_s);
    reserve(Reject, tr("Cancel"), {});
    static_cast<QVBoxLayout *>(layout())->addWidget(row);
}

void DecisionBar::setChoices(const BarChoices &choices, bool keepFields)
{
    m_choices = choices;
    if (!keepFields) {
        leaveStep();
        m_reason->clear();
        m_answer->clear();
        m_critical->clear();
        m_line->forgetRefusal();
    }
    // A question has three answers of its own; they stand where approve, edit and reject stand.
    m_buttons[Approve]->setLabel(choices.fillsForm ? tr("Accept") : choices.answers ? tr("Answer") : tr("Approve"));
    m_buttons[Approve]->setKeyHint(choices.fillsForm || choices.editing ? tr("Ctrl ⏎") : u"A"_s);
    m_buttons[Edit]->setLabel(choices.answers ? tr("Decline") : tr("Edit & approve"));
    m_buttons[Edit]->setKeyHint(choices.answers ? u"R"_s : u"E"_s);
    m_buttons[Edit]->setLook(choices.answers ? FlatButton::Look::Danger : FlatButton::Look::Plain);
    m_buttons[Reject]->setLabel(choices.answers ? tr("Cancel") : tr("Reject"));
    m_buttons[Reject]->setKeyHint(choices.answers ? QString() : u"R"_s);
    m_buttons[Reject]->setLook(choices.answers ? FlatButton::Look::Plain : FlatButton::Look::Danger);
    for (size_t i = 0; i < PlaceCount; ++i) {
        m_buttons[i]->setDisabledReason(m_busy ? tr("A decision is being saved.") : choices.disabled[i]);
    }
    m_answer->setVisible(choices.answers && choices.wantsAnswerText);
    showCritical();
    m_criticalValue->setText(choices.critical.value);
    m_critical->setPlaceholderText(tr("type %1").arg(choices.critical.label));
    m_critical->setAccessibleName(tr("Type the %1: %2").arg(choices.critical.label, choices.critical.value));
    showArming();
}

void DecisionBar::showCritical()
{
    const bool asks = !m_choices.critical.label.isEmpty() && m_step == Step::Choosing &&
                      (m_choices.editing || m_choices.disabled[Approve].isEmpty());
    m_critical->setVisible(asks);
    m_criticalValue->setVisible(asks);
}

void DecisionBar::setReviewers(const QStringList &names)
{
    m_stepRow->setReviewers(names);
}

void DecisionBar::setBusy(bool busy)
{
    if (m_busy != busy) {
        m_busy = busy;
        m_line->forgetRefusal();
        setChoices(m_choices, true);
    }
}

bool DecisionBar::isField(const QObject *widget) const
{
    return widget == m_reason || widget == m_answer || widget == m_critical || m_stepRow->isField(widget);
}

bool DecisionBar::isTyping() const
{
    const QWidget *focus = focusWidget();
    return isField(focus) && focus->hasFocus();
}

bool DecisionBar::criticalEntered() const
{
    return !m_choices.critical.label.isEmpty() && !m_choices.critical.value.isEmpty() &&
           m_critical->text().trimmed() == m_choices.critical.value;
}

QString DecisionBar::armingLine() const
{
    return m_line->text();
}

QString DecisionBar::reason() const
{
    return m_reason->text().trimmed();
}

void DecisionBar::setArming(const ArmingRule::Standing &letHappen, const ArmingRule::Standing &refuse)
{
    m_letHappen = letHappen;
    m_refuse = refuse;
    showArming();
}

void DecisionBar::sayRefusal(const QString &why)
{
    m_line->refuse(why);
}

void DecisionBar::showArming()
{
    m_line->show(m_busy ? tr("Saving the decision…") : stepWords(),
                 m_letHappen.wait > milliseconds(0) ? m_letHappen.why : QString());
}

/// What the line says while no refusal stands on it.
QString DecisionBar::stepWords() const
{
    switch (m_step) {
    case Step::Choosing:
        return m_choices.disabled[Approve].isEmpty() ? m_letHappen.why : m_choices.disabled[Approve];
    case Step::Rejecting:
        return !m_refuse.armed ? m_refuse.why
               : m_choices.answers
                   ? tr("Decline: pick a reason with 1–9 or type words, then Ctrl+Enter declines. Esc goes back.")
                   : tr("Reject: pick a reason with 1–9 or type words, then Ctrl+Enter rejects. Esc goes back.");
    case Step::AskingForChanges:
        return tr("Request changes: say what has to change, then Ctrl+Enter sends it. Esc goes back.");
    case Step::Delegating:
        return tr("Delegate: choose who decides instead, then Ctrl+Enter. Esc goes back.");
    case Step::Deferring:
        return tr("Defer: choose until when, then Ctrl+Enter. The deadline stays. Esc goes back.");
    }
    return {};
}

void DecisionBar::enter(Step step)
{
    m_step = step;
    m_line->forgetRefusal();
    const bool rejecting = step == Step::Rejecting;
    m_stepRow->ask(rejecting                  ? StepRow::Asks::ReasonCode
                   : step == Step::Delegating ? StepRow::Asks::Reviewer
                   : step == Step::Deferring  ? StepRow::Asks::Time
                                              : StepRow::Asks::Nothing);
    switch (step) {
    case Step::Choosing:
        break;
    case Step::Rejecting:
        m_confirm->setLabel(m_choices.answers ? tr("Decline now") : tr("Reject now"));
        break;
    case Step::AskingForChanges:
        m_confirm->setLabel(tr("Ask for changes"));
        m_reason->setFocus(Qt::OtherFocusReason);
        break;
    case Step::Delegating:
        m_confirm->setLabel(tr("Delegate now"));
        break;
    case Step::Deferring:
        m_confirm->setLabel(tr("Defer now"));
        break;
    }
    m_confirm->setLook(rejecting ? FlatButton::Look::Danger : FlatButton::Look::Plain);
    m_confirm->setVisible(step != Step::Choosing);
    m_back->setVisible(step != Step::Choosing);
    showCritical();
    showArming();
}

void DecisionBar::leaveStep()
{
    const bool hadFocus = isTyping() || m_confirm->hasFocus() || m_back->hasFocus();
    m_stepRow->clearCode();
    enter(Step::Choosing);
    if (hadFocus) {
        Q_EMIT focusWanted();
    }
}

void DecisionBar::press(Place place, const ArmingRule::Press &press)
{
    if (press.autoRepeat) {
        return;
    }
    if (!m_buttons[place]->isEnabled()) {
        sayRefusal(m_buttons[place]->disabledReason());
        return;
    }
    if (m_choices.answers && place == Edit) {
        enter(Step::Rejecting);
        return;
    }
    switch (place) {
    case Approve:
        if (m_step != Step::Choosing) {
            leaveStep();
        }
        if (m_choices.answers) {
            Q_EMIT answerWanted(m_answer->text(), press);
            return;
        }
        if (m_critical->isVisible() && !criticalEntered() && m_letHappen.wait == milliseconds(0)) {
            m_critical->setFocus(Qt::OtherFocusReason);
        }
        if (m_choices.editing) {
            Q_EMIT editedApprovalWanted(press);
            return;
        }
        Q_EMIT verdictWanted(Verdict::Approve, {}, reason(), press);
        break;
    case Edit:
        leaveStep();
        Q_EMIT editWanted();
        break;
    case Reject:
        if (m_choices.answers) {
            Q_EMIT verdictWanted(Verdict::Cancel, {}, reason(), press);
        } else {
            enter(Step::Rejecting);
        }
        break;
    case Changes:
        enter(Step::AskingForChanges);
        break;
    case Delegate:
        if (!m_stepRow->hasReviewers()) {
            sayRefusal(tr("There is nobody else to delegate to: an administrator can enrol another reviewer."));
            return;
        }
        enter(Step::Delegating);
        break;
    case Defer:
        enter(Step::Deferring);
        break;
    case PlaceCount:
        break;
    }
}

void DecisionBar::confirm(const ArmingRule::Press &press)
{
    switch (m_step) {
    case Step::Choosing:
        if (m_critical->hasFocus() || m_answer->hasFocus() || m_choices.fillsForm || m_choices.servesTool) {
            this->press(Approve, press);
        } else {
            sayRefusal(tr("Choose what to decide first: Esc leaves the field, then a letter decides."));
        }
        break;
    case Step::Rejecting:
        if (m_stepRow->code().isEmpty() && reason().isEmpty()) {
            sayRefusal(tr("A rejection needs a reason: pick one with 1–9, or type words."));
            return;
        }
        Q_EMIT verdictWanted(m_choices.answers ? Verdict::Decline : Verdict::Reject, m_stepRow->code(), reason(),
                             press);
        break;
    case Step::AskingForChanges:
        if (reason().isEmpty()) {
            sayRefusal(tr("Say what has to change, so that the agent can do it."));
            return;
        }
        Q_EMIT verdictWanted(Verdict::RequestChanges, {}, reason(), press);
        break;
    case Step::Delegating: {
        const QString name = m_stepRow->reviewer();
        leaveStep();
        Q_EMIT delegateWanted(name);
        break;
    }
    case Step::Deferring: {
        const auto minutes = m_stepRow->deferFor();
        leaveStep();
        Q_EMIT deferWanted(minutes);
        break;
    }
    }
}

void DecisionBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), colours().panel);
    painter.fillRect(QRect(0, 0, width(), 1), colours().line);
}

void DecisionBar::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange) {
        applyLook();
    }
}

void DecisionBar::applyLook()
{
    m_criticalValue->setFont(monoFont(TextSize::Small));
    m_critical->setFont(monoFont(TextSize::Small));
    layout()->setContentsMargins(grid(6), grid(2), grid(6), grid(2) + 2);
}

} // namespace countersign::ui
