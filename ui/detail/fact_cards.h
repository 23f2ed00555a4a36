// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/detail/shown_request.h"
#include "ui/style/card.h"
#include "ui/style/pill.h"

#include <QtWidgets/QWidget>

class QBoxLayout;

namespace countersign::ui {

class WrapLabel;

/// The cards of the Facts tab. All text is ours or has been through displayText().

int approvalsOf(const RequestDetail &detail); ///< Distinct reviewers who agree on the current round.

/// One sentence across the page, on the ground of its tone.
QWidget *noticeCard(const QString &sentence, Tone tone, QWidget *parent);
/// What will run, one command a line, with what cannot be undone said beside it.
Card *commandsCard(const ShownRequest &shown, QWidget *parent);
Card *whyCard(const ShownRequest &shown, QWidget *parent);
Card *approvalsCard(const ShownRequest &shown, const std::optional<Reviewer> &reviewer, Timestamp now, QWidget *parent);
/// For gates: what the approval does not cover. Null: not a gate.
QWidget *coverageCard(const ShownRequest &shown, QWidget *parent);
/// Asked, decided, released, ran. Null: nothing of that has happened.
QWidget *outcomeCard(const ShownRequest &shown, Timestamp now, QWidget *parent);

/// Two cards side by side, one above the other where there is no room.
class CardPair : public QWidget
{
    Q_OBJECT
public:
    explicit CardPair(QWidget *parent = nullptr);
    void add(Card *card);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    QBoxLayout *m_row;
};

/// What the agent wrote, in a dashed frame that nothing of ours looks like. Long text is folded, with its length said.
class AgentFrame : public Card
{
    Q_OBJECT
public:
    enum class Speaker { Agent, Server };
    AgentFrame(const Clock &clock, const QString &agent, const QString &outside, QWidget *parent = nullptr,
               Speaker speaker = Speaker::Agent);

private:
    void unfold();

    const Clock &m_clock;
    QString m_outside;
    WrapLabel *m_text = nullptr;
};

} // namespace countersign::ui
