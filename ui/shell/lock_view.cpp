// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/lock_view.h"

#include "core/base/visible_text.h"
#include "ui/style/card.h"
#include "ui/style/flat_button.h"
#include "ui/style/icons.h"
#include "ui/style/labels.h"

#include <QtGui/QPaintEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int cardSteps = 100;
constexpr int longestPassphrase = 1000;

} // namespace

LockView::LockView(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(u"lockView"_s);
    m_card = new Card({}, Card::Edge::Solid, this);
    m_heading = makeLabel({}, TextSize::Title, m_card);
    m_explanation = makeDimLabel({}, TextSize::Body, m_card);
    m_explanation->setWordWrap(true);
    m_who = new QComboBox(m_card);
    m_who->setObjectName(u"keyChoice"_s);
    m_who->setAccessibleName(tr("Whose key"));
    m_passphrase = new QLineEdit(m_card);
    m_passphrase->setObjectName(u"passphrase"_s);
    m_passphrase->setEchoMode(QLineEdit::Password);
    m_passphrase->setPlaceholderText(tr("Passphrase"));
    m_passphrase->setAccessibleName(tr("Passphrase"));
    m_passphrase->setMaxLength(longestPassphrase);
    m_problem = makeLabel({}, TextSize::Body, m_card);
    m_problem->setObjectName(u"lockProblem"_s);
    m_problem->setWordWrap(true);
    m_act = new FlatButton(tr("Unlock"), {}, FlatButton::Look::Primary, m_card);
    m_act->setObjectName(u"unlock"_s);
    connect(m_passphrase, &QLineEdit::returnPressed, this, &LockView::submit);
    connect(m_act, &FlatButton::clicked, this, &LockView::submit);
    connect(m_who, &QComboBox::currentIndexChanged, this, &LockView::followChoice);

    QVBoxLayout *rows = m_card->body();
    for (QWidget *widget : std::initializer_list<QWidget *>{m_heading, m_explanation, m_who, m_passphrase, m_problem}) {
        rows->addWidget(widget);
    }
    rows->addWidget(m_act, 0, Qt::AlignLeft);
    auto *around = new QVBoxLayout(this);
    around->addStretch(2);
    // Between stretches, not aligned: an aligned card would not grow with its wrapped lines.
    auto *middle = new QHBoxLayout;
    middle->addStretch(1);
    middle->addWidget(m_card, 1000);
    middle->addStretch(1);
    around->addLayout(middle);
    around->addStretch(3);
    applyGrid();
    setStanding({}, {});
}

void LockView::applyGrid()
{
    m_card->setMaximumWidth(grid(cardSteps));
    m_card->body()->setContentsMargins(grid(6), grid(5), grid(6), grid(6));
    m_card->body()->setSpacing(grid(3));
    QPalette bad = m_problem->palette();
    bad.setColor(QPalette::WindowText, colours().bad);
    m_problem->setPalette(bad);
}

void LockView::setStanding(const SignInStanding &standing, const QString &keyFolder)
{
    const bool sameKeys = standing.keys == m_keys;
    m_keys = standing.keys;
    m_setUp = !standing.hasAdministrator;
    if (!sameKeys) {
        m_who->clear();
        for (const KeyChoice &key : m_keys) {
            m_who->addItem(displayText(key.reviewerName).text);
        }
    }
    m_who->setVisible(m_keys.size() > 1);
    if (m_setUp) {
        m_heading->setText(tr("Nobody can decide here yet"));
        m_explanation->setText(tr("Requests wait until this workspace has its first reviewer. It takes a minute."));
        m_act->setLabel(tr("Set up your key"));
    } else if (m_keys.empty()) {
        m_heading->setText(tr("No key of yours on this machine"));
        m_explanation->setText(
            tr("This workspace has reviewers, but none of the key files in %1 is theirs. Put your key file there, or "
               "ask an administrator to enrol you: countersignctl reviewer add.")
                .arg(displayText(keyFolder).text));
        m_act->setLabel(tr("Look again"));
    } else {
        m_heading->setText(tr("Locked"));
        m_explanation->setText(tr("Requests go on arriving, deadlines go on running, and what you have staged is still "
                                  "released in time. To look and to decide, unlock your key."));
        m_act->setLabel(tr("Unlock"));
    }
    setBusy(false);
    followChoice();
}

void LockView::followChoice()
{
    const int place = std::max(0, m_who->currentIndex());
    const bool asks = !m_keys.empty() && m_keys[static_cast<size_t>(place)].needsPassphrase;
    m_passphrase->setVisible(asks && !m_setUp);
    if (m_keys.size() == 1) {
        m_heading->setText(tr("Locked · %1").arg(displayText(m_keys.front().reviewerName).text));
    }
    m_problem->setVisible(!m_problem->text().isEmpty());
}

void LockView::setProblem(const QString &sentence)
{
    setBusy(false);
    m_problem->setText(sentence);
    m_problem->setVisible(!sentence.isEmpty());
    m_passphrase->clear();
    focusField();
}

void LockView::clearFields()
{
    m_passphrase->clear();
    m_problem->clear();
    m_problem->hide();
    setBusy(false);
}

void LockView::focusField()
{
    QWidget *field = m_passphrase->isHidden() ? static_cast<QWidget *>(m_act) : m_passphrase;
    field->setFocus(Qt::OtherFocusReason);
}

void LockView::setBusy(bool busy)
{
    m_passphrase->setEnabled(!busy);
    m_who->setEnabled(!busy);
    m_act->setEnabled(!busy);
}

void LockView::submit()
{
    if (m_setUp) {
        Q_EMIT setUpWanted();
        return;
    }
    if (m_keys.empty()) {
        Q_EMIT lookAgainWanted();
        return;
    }
    const KeyChoice &key = m_keys[static_cast<size_t>(std::max(0, m_who->currentIndex()))];
    if (key.needsPassphrase && m_passphrase->text().isEmpty()) {
        setProblem(tr("Type the passphrase of this key."));
        return;
    }
    m_problem->clear();
    m_problem->hide();
    const QByteArray passphrase = key.needsPassphrase ? m_passphrase->text().toUtf8() : QByteArray();
    m_passphrase->clear();
    setBusy(true);
    Q_EMIT unlockWanted(key.path, passphrase);
}

void LockView::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    painter.fillRect(event->rect(), colours().surface);
    const int side = grid(10);
    const int top = m_card->geometry().top() - side - grid(4);
    if (top >= 0) { // In a low window the card alone says it.
        paintIcon(&painter, QRect(width() / 2 - side / 2, top, side, side), u"lock"_s, colours().dim);
    }
}

void LockView::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    const bool themeChanged = event->type() == QEvent::StyleChange;
    if (themeChanged && m_act) {
        // The card hears of it later, and takes its usual margins.
        QMetaObject::invokeMethod(this, &LockView::applyGrid, Qt::QueuedConnection);
    }
}

} // namespace countersign::ui
