// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/decision_bar.h"

#include "ui/detail/flow_layout.h"
#include "ui/detail/typed_only_edit.h"
#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtCore/QTime>
#include <QtGui/QAccessible>
#include <QtGui/QKeyEvent>
#include <QtGui/QMouseEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QComboBox>

namespace countersign::ui {

using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds refusalStays{2500};

bool isEnter(const QKeyEvent *event)
{
    return event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
}

bool isConfirm(const QKeyEvent *event)
{
    return isEnter(event) && event->modifiers().testFlag(Qt::ControlModifier);
}

} // namespace

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
    m_line = makeDimLabel({}, TextSize::Small, this);
    m_line->setObjectName(u"armingLine"_s);
    m_line->setWordWrap(true);
    m_line->setMinimumHeight(grid(6));
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

    m_stepRow = new QWidget(this);
    auto *step = new QHBoxLayout(m_stepRow);
    step->setContentsMargins(0, 0, 0, 0);
    step->setSpacing(grid(2));
    m_codes = new QWidget(m_stepRow);
    auto *codes = new FlowLayout(grid(1) + 2, grid(1), m_codes);
    for (size_t i = 0; i < reasonCodes().size() && i < 9; ++i) {
        auto *button = new FlatButton(tr(reasonCodes()[i].label.toUtf8().constData()), QString::number(i + 1),
                                      FlatButton::Look::Plain, m_codes);
        button->setCheckable(true);
        button->setObjectName(u"reason-"_s + reasonCodes()[i].id);
        connect(button, &QPushButton::clicked, this, [this, i] { pickCode(static_cast<int>(i)); });
        codes->addWidget(button);
        m_codeButtons.push_back(button);
    }
    m_people = new QComboBox(m_stepRow);
    m_people->setObjectName(u"delegateTo"_s);
    m_people->setAccessibleName(tr("Delegate to"));
    m_until = new QComboBox(m_stepRow);
    m_until->setObjectName(u"deferUntil"_s);
    m_until->setAccessibleName(tr("Defer until"));
    m_until->addItem(tr("for 15 minutes"), 15);
    m_until->addItem(tr("for 1 hour"), 60);
    m_until->addItem(tr("for 4 hours"), 240);
    m_until->addItem(tr("until tomorrow, the same time"), 24 * 60);
    m_until->addItem(tr("for a week"), 7 * 24 * 60);
    m_confirm = new FlatButton(tr("Reject now"), tr("Ctrl ⏎"), FlatButton::Look::Danger, this);
    m_confirm->setObjectName(u"confirm"_s);
    m_back = new FlatButton(tr("Back"), tr("Esc"), FlatButton::Look::Plain, this);
    m_back->setObjectName(u"back"_s);
    connect(m_confirm, &QPushButton::clicked, this,
            [this] { confirm({.at = m_mouseDown, .via = ArmingRule::Via::Click}); });
    connect(m_back, &QPushButton::clicked, this, &DecisionBar::leaveStep);
    step->addWidget(m_codes, 1);
    step->addWidget(m_people, 1);
    step->addWidget(m_until, 1);
    m_stepRow->hide();
    rows->addWidget(m_stepRow);

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
    for (QWidget *widget :
         std::initializer_list<QWidget *>{m_critical, m_answer, m_reason, m_people, m_until, m_confirm, m_back}) {
        widget->installEventFilter(this);
    }
    for (FlatButton *button : m_codeButtons) {
        button->installEventFilter(this);
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
        m_code = -1;
        m_refusal.clear();
    }
    // A question has three answers of its own; they stand where approve, edit and reject stand.
    m_buttons[Approve]->setLabel(choices.answers ? tr("Answer") : tr("Approve"));
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
    if (m_step == Step::Delegating) {
        return; // The list does not change under the choice.
    }
    m_people->clear();
    for (const QString &name : names) {
        m_people->addItem(displayText(name).text, name);
    }
}

void DecisionBar::setBusy(bool busy)
{
    if (m_busy != busy) {
        m_busy = busy;
        setChoices(m_choices, true);
    }
}

bool DecisionBar::isTyping() const
{
    const QWidget *focus = focusWidget();
    const bool field =
        focus == m_reason || focus == m_answer || focus == m_critical || focus == m_people || focus == m_until;
    return field && focus->hasFocus();
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
    m_refusal = why;
    m_refusedAt = m_clock.monotonic();
    showArming();
    QAccessibleEvent event(m_line, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void DecisionBar::showArming()
{
    QString text;
    bool warns = false;
    const bool fresh = !m_refusal.isEmpty() && m_clock.monotonic() - m_refusedAt < refusalStays;
    if (m_busy) {
        text = tr("Saving the decision…");
    } else if (fresh) {
        // While the clock runs, the number in the sentence goes on running.
        const bool reading = m_letHappen.wait > milliseconds(0) && m_refusal.startsWith(tr("reading…"));
        text = reading ? m_letHappen.why : m_refusal;
        warns = true;
    } else {
        switch (m_step) {
        case Step::Choosing:
            text = m_choices.disabled[Approve].isEmpty() ? m_letHappen.why : m_choices.disabled[Approve];
            break;
        case Step::Rejecting:
            text = !m_refuse.armed ? m_refuse.why
                   : m_choices.answers
                       ? tr("Decline: pick a reason with 1–9 or type words, then Ctrl+Enter declines. Esc goes back.")
                       : tr("Reject: pick a reason with 1–9 or type words, then Ctrl+Enter rejects. Esc goes back.");
            break;
        case Step::AskingForChanges:
            text = tr("Request changes: say what has to change, then Ctrl+Enter sends it. Esc goes back.");
            break;
        case Step::Delegating:
            text = tr("Delegate: choose who decides instead, then Ctrl+Enter. Esc goes back.");
            break;
        case Step::Deferring:
            text = tr("Defer: choose until when, then Ctrl+Enter. The deadline stays. Esc goes back.");
            break;
        }
    }
    if (!fresh) {
        m_refusal.clear();
    }
    if (m_line->text() != text) {
        m_line->setText(text);
        m_line->setAccessibleName(text);
    }
    QPalette look = m_line->palette();
    const QColor colour = warns ? colours().warn : colours().dim;
    if (look.color(QPalette::WindowText) != colour) {
        look.setColor(QPalette::WindowText, colour);
        m_line->setPalette(look);
    }
}

void DecisionBar::enter(Step step)
{
    m_step = step;
    m_refusal.clear();
    const bool rejecting = step == Step::Rejecting;
    m_codes->setVisible(rejecting);
    m_people->setVisible(step == Step::Delegating);
    m_until->setVisible(step == Step::Deferring);
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
        m_people->setFocus(Qt::OtherFocusReason);
        break;
    case Step::Deferring:
        m_confirm->setLabel(tr("Defer now"));
        m_until->setFocus(Qt::OtherFocusReason);
        break;
    }
    m_confirm->setLook(rejecting ? FlatButton::Look::Danger : FlatButton::Look::Plain);
    m_confirm->setVisible(step != Step::Choosing);
    m_back->setVisible(step != Step::Choosing);
    m_stepRow->setVisible(rejecting || step == Step::Delegating || step == Step::Deferring);
    showCritical();
    m_stepRow->updateGeometry();
    showArming();
}

void DecisionBar::leaveStep()
{
    const bool hadFocus = isTyping() || m_confirm->hasFocus() || m_back->hasFocus();
    m_code = -1;
    for (FlatButton *button : m_codeButtons) {
        button->setChecked(false);
        button->setLook(FlatButton::Look::Plain);
    }
    enter(Step::Choosing);
    if (hadFocus) {
        Q_EMIT focusWanted();
    }
}

void DecisionBar::pickCode(int index)
{
    m_code = m_code == index ? -1 : index;
    for (size_t i = 0; i < m_codeButtons.size(); ++i) {
        const bool picked = static_cast<int>(i) == m_code;
        m_codeButtons[i]->setChecked(picked);
        m_codeButtons[i]->setLook(picked ? FlatButton::Look::Primary : FlatButton::Look::Plain);
    }
}

ArmingRule::Press DecisionBar::keyPress(const QKeyEvent *event, ArmingRule::Via via) const
{
    return {.at = pressTime(m_clock, event->timestamp()), .via = via, .autoRepeat = event->isAutoRepeat()};
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
        if (m_people->count() == 0) {
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
        if (m_critical->hasFocus() || m_answer->hasFocus()) {
            this->press(Approve, press);
        } else {
            sayRefusal(tr("Choose what to decide first: Esc leaves the field, then a letter decides."));
        }
        break;
    case Step::Rejecting:
        if (m_code < 0 && reason().isEmpty()) {
            sayRefusal(tr("A rejection needs a reason: pick one with 1–9, or type words."));
            return;
        }
        Q_EMIT verdictWanted(m_choices.answers ? Verdict::Decline : Verdict::Reject,
                             m_code >= 0 ? reasonCodes()[static_cast<size_t>(m_code)].id : QString(), reason(), press);
        break;
    case Step::AskingForChanges:
        if (reason().isEmpty()) {
            sayRefusal(tr("Say what has to change, so that the agent can do it."));
            return;
        }
        Q_EMIT verdictWanted(Verdict::RequestChanges, {}, reason(), press);
        break;
    case Step::Delegating: {
        const QString name = m_people->currentData().toString();
        leaveStep();
        Q_EMIT delegateWanted(name);
        break;
    }
    case Step::Deferring: {
        const auto minutes = std::chrono::minutes(m_until->currentData().toInt());
        leaveStep();
        Q_EMIT deferWanted(minutes);
        break;
    }
    }
}

bool DecisionBar::handleKey(QKeyEvent *event)
{
    if (isConfirm(event)) {
        if (m_step == Step::Choosing) {
            return false;
        }
        confirm(keyPress(event, ArmingRule::Via::Confirm));
        return true;
    }
    if (event->modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier)) {
        return false;
    }
    const ArmingRule::Press letter = keyPress(event, ArmingRule::Via::Letter);
    if (m_step != Step::Choosing) {
        if (event->key() == Qt::Key_Escape) {
            leaveStep();
            return true;
        }
        const int digit = event->key() - Qt::Key_1;
        if (m_step == Step::Rejecting && digit >= 0 && digit < static_cast<int>(m_codeButtons.size())) {
            if (!event->isAutoRepeat()) {
                pickCode(digit);
            }
            return true;
        }
        const QString text = event->text();
        const bool words = m_step == Step::Rejecting || m_step == Step::AskingForChanges;
        if (words && !text.isEmpty() && text.front().isPrint() && text.front() != u' ') {
            m_reason->setFocus(Qt::OtherFocusReason);
            m_reason->insert(text);
            return true;
        }
        return !text.isEmpty() && text.front().isLetter();
    }
    switch (event->key()) {
    case Qt::Key_A:
        press(Approve, letter);
        return true;
    case Qt::Key_E:
        if (m_choices.answers) {
            sayRefusal(tr("A question has no arguments to edit."));
        } else {
            press(Edit, letter);
        }
        return true;
    case Qt::Key_R:
        press(m_choices.answers ? Edit : Reject, letter);
        return true;
    case Qt::Key_Q:
        press(Changes, letter);
        return true;
    case Qt::Key_D:
        press(Delegate, letter);
        return true;
    case Qt::Key_S:
        press(Defer, letter);
        return true;
    default:
        return false;
    }
}

bool DecisionBar::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::MouseButtonPress) {
        m_mouseDown = pressTime(m_clock, static_cast<QMouseEvent *>(event)->timestamp());
    }
    if (event->type() != QEvent::KeyPress) {
        return QWidget::eventFilter(watched, event);
    }
    auto *key = static_cast<QKeyEvent *>(event);
    const bool isField = watched == m_reason || watched == m_answer || watched == m_critical || watched == m_people ||
                         watched == m_until;
    if (isConfirm(key)) {
        confirm(keyPress(key, ArmingRule::Via::Confirm));
        return true;
    }
    if (isField && key->key() == Qt::Key_Escape) {
        if (m_step != Step::Choosing) {
            leaveStep();
        } else {
            Q_EMIT focusWanted();
        }
        return true;
    }
    if (isField) {
        if (isEnter(key)) {
            sayRefusal(tr("Enter decides nothing: Ctrl+Enter confirms, Esc leaves the field."));
            return true;
        }
        return QWidget::eventFilter(watched, event);
    }
    // Buttons: Space and Enter would press the one that happens to have the focus.
    if (isEnter(key) || key->key() == Qt::Key_Space || key->key() == Qt::Key_Select) {
        sayRefusal(tr("Enter and Space never decide: press the letter on the button."));
        return true;
    }
    return QWidget::eventFilter(watched, event);
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
