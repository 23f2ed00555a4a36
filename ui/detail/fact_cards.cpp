// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/fact_cards.h"

#include "core/engine/workspace_threads.h"

#include "ui/detail/counted.h"
#include "ui/detail/flow_layout.h"
#include "ui/detail/payload_view.h"
#include "ui/detail/run_aside.h"
#include "ui/detail/text_link.h"
#include "ui/detail/time_words.h"
#include "ui/detail/wrap_label.h"
#include "ui/queue/request_words.h"
#include "ui/style/labels.h"

#include <QtCore/QCoreApplication>
#include <QtGui/QPainter>
#include <QtWidgets/QBoxLayout>

#include <set>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype longestCommand = 2000;
constexpr qsizetype foldedLength = 600;
constexpr qsizetype labelLength = 4000; ///< Longer text goes into the painted view.

QString trCards(const char *text, int count = -1)
{
    return counted(QCoreApplication::translate("countersign::ui::FactCards", text, nullptr, count), count);
}

/// A coloured dot before a line, as in a list of votes. The word beside it says the same.
class Dot : public QWidget
{
public:
    explicit Dot(Tone tone, QWidget *parent)
        : QWidget(parent)
        , m_tone(tone)
    {
        setFixedSize(grid(4), grid(5));
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(m_tone == Tone::Plain ? colours().dim : toneColour(m_tone));
        const qreal size = grid(2);
        painter.drawEllipse(QRectF(0, (height() - size) / 2, size, size));
    }

private:
    Tone m_tone;
};

/// The ground of a notice.
class Notice : public QWidget
{
public:
    Notice(Tone tone, QWidget *parent)
        : QWidget(parent)
        , m_tone(tone)
    {}

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(toneColour(m_tone));
        painter.setBrush(toneGround(m_tone));
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    }

private:
    Tone m_tone;
};

WrapLabel *dim(WrapLabel *label)
{
    label->setInk(WrapLabel::Ink::Dim);
    return label;
}

void addDotLine(QBoxLayout *rows, Tone tone, const QString &text, QWidget *parent)
{
    auto *row = new QHBoxLayout;
    row->setSpacing(0);
    row->addWidget(new Dot(tone, parent), 0, Qt::AlignTop);
    row->addWidget(new WrapLabel(text, TextSize::Body, parent), 1);
    rows->addLayout(row);
}

QString verdictWords(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Approve:
        return trCards("approved");
    case Verdict::ApproveEdited:
        return trCards("approved as edited");
    case Verdict::Reject:
        return trCards("rejected");
    case Verdict::RequestChanges:
        return trCards("asked for changes");
    case Verdict::Answer:
        return trCards("answered");
    case Verdict::Decline:
        return trCards("declined");
    case Verdict::Cancel:
        return trCards("cancelled");
    }
    return {};
}

QString reasonCodeWords(const QString &id)
{
    for (const ReasonCode &code : reasonCodes()) {
        if (code.id == id) {
            return trCards(code.label.toUtf8().constData());
        }
    }
    return displayText(id).text;
}

/// "finance-2 approved · 09:41 · “matches PO 5512”"
QString voteLine(const Vote &vote, Timestamp now)
{
    QStringList parts{displayText(vote.reviewerName).text + u' ' + verdictWords(vote.verdict), localTime(vote.at, now)};
    if (!vote.reasonCode.isEmpty()) {
        parts.append(reasonCodeWords(vote.reasonCode));
    }
    if (vote.contentErased) {
        parts.append(trCards("its words were erased"));
    } else if (!vote.content.reason.isEmpty()) {
        parts.append(u'“' + displayText(vote.content.reason).text + u'”');
    }
    return parts.join(u" · "_s);
}

Tone voteTone(const Vote &vote)
{
    return letsItHappen(vote.verdict) ? Tone::Ok : vote.verdict == Verdict::RequestChanges ? Tone::Warn : Tone::Bad;
}

/// The last vote of every reviewer on the current round.
std::vector<Vote> standingVotes(const RequestDetail &detail)
{
    std::vector<Vote> standing;
    for (auto vote = detail.votes.rbegin(); vote != detail.votes.rend(); ++vote) {
        const bool known = std::ranges::any_of(standing, [&](const Vote &v) { return v.reviewer == vote->reviewer; });
        if (vote->round == detail.request.round && !known) {
            standing.insert(standing.begin(), *vote);
        }
    }
    return standing;
}

QString waitingLine(const RequestDetail &detail, const std::optional<Reviewer> &reviewer)
{
    const Request &request = detail.request;
    if (request.state.lifecycle == Lifecycle::ChangesRequested) {
        return trCards("waiting for the agent to revise it");
    }
    const int missing = std::max(detail.round().policy.quorum - approvalsOf(detail), 1);
    QString who = missing > 1                        ? trCards("waiting for %n more reviewer(s)", missing)
                  : detail.round().policy.quorum > 1 ? trCards("waiting for one more reviewer")
                                                     : trCards("waiting for one reviewer");
    if (!reviewer) {
        return who + u' ' + trCards("(sign in to decide)");
    }
    const bool voted =
        std::ranges::any_of(standingVotes(detail), [&](const Vote &vote) { return vote.reviewer == reviewer->id; });
    return who + u' ' + (voted ? trCards("(you have voted)") : trCards("(you may decide)"));
}

} // namespace

int approvalsOf(const RequestDetail &detail)
{
    const std::vector<Vote> votes = standingVotes(detail);
    return static_cast<int>(std::ranges::count_if(votes, [](const Vote &vote) { return letsItHappen(vote.verdict); }));
}

QWidget *noticeCard(const QString &sentence, Tone tone, QWidget *parent)
{
    auto *notice = new Notice(tone, parent);
    notice->setObjectName(u"notice"_s);
    notice->setAccessibleName(sentence);
    auto *rows = new QVBoxLayout(notice);
    rows->setContentsMargins(grid(4), grid(2) + 2, grid(4), grid(2) + 2);
    rows->addWidget(new WrapLabel(sentence, TextSize::Body, notice));
    return notice;
}

Card *commandsCard(const ShownRequest &shown, QWidget *parent)
{
    const auto count = static_cast<int>(shown.commands.size());
    auto *card = new Card(count == 1 ? trCards("What will run") : trCards("What will run: %n command(s)", count),
                          Card::Edge::Solid, parent);
    card->setObjectName(u"commands"_s);
    if (count > 1) {
        card->addBesideTitle(new Pill(trCards("taken apart for reading"), Tone::Plain, card));
    }
    constexpr size_t mostShown = 40;
    for (size_t i = 0; i < shown.commands.size() && i < mostShown; ++i) {
        const CommandLine &command = shown.commands[i];
        auto *line = new QWidget(card);
        auto *row = new QHBoxLayout(line);
        row->setContentsMargins(0, grid(1), 0, grid(1));
        row->setSpacing(grid(3));
        QLabel *number = makeDimLabel(QString::number(i + 1), TextSize::Small, line);
        number->setFixedWidth(grid(4));
        row->addWidget(number, 0, Qt::AlignTop);
        auto *texts = new QVBoxLayout;
        texts->setSpacing(grid(1));
        const VisibleText visible = displayText(command.text.left(longestCommand), TextShape::Lines);
        auto *text = new WrapLabel({}, TextSize::Body, line);
        text->setVisibleText(visible);
        text->setMono(true);
        text->setObjectName(u"command%1"_s.arg(i + 1));
        texts->addWidget(text);
        const bool cut = command.text.size() > longestCommand;
        if (!command.notes.isEmpty() || visible.replacedCount() > 0 || cut) {
            auto *notes = new QWidget(line);
            auto *flow = new FlowLayout(grid(1) + 2, grid(1), notes);
            for (const QString &note : command.notes) {
                flow->addWidget(new Pill(note, Tone::Bad, notes));
            }
            if (visible.replacedCount() > 0) {
                flow->addWidget(new Pill(trCards("%n special character(s) made visible", visible.replacedCount()),
                                         Tone::Bad, notes));
            }
            if (cut) {
                flow->addWidget(new Pill(trCards("goes on: the arguments below show all of it"), Tone::Warn, notes));
            }
            texts->addWidget(notes);
        }
        if (!command.follows.isEmpty()) {
            const QString how = command.follows == u"&&"_s   ? trCards("&& then, if it succeeds")
                                : command.follows == u"||"_s ? trCards("|| then, if it fails")
                                : command.follows == u"|"_s  ? trCards("| feeds the next")
                                : command.follows == u"&"_s  ? trCards("& goes on beside the next")
                                                             : trCards("; then");
            texts->addWidget(dim(new WrapLabel(how, TextSize::Small, line)));
        }
        row->addLayout(texts, 1);
        card->body()->addWidget(line);
    }
    if (shown.commands.size() > mostShown) {
        const auto more = static_cast<int>(shown.commands.size() - mostShown);
        card->body()->addWidget(dim(new WrapLabel(
            trCards("⋯ %n more command(s): the arguments below show all of them", more), TextSize::Small, card)));
    }
    return card;
}

Card *whyCard(const ShownRequest &shown, QWidget *parent)
{
    auto *card = new Card(trCards("Why it stopped"), Card::Edge::Solid, parent);
    card->setObjectName(u"why"_s);
    const FrozenPolicy &policy = shown.round().policy;
    card->body()->addWidget(
        new WrapLabel(trCards("Policy %1").arg(displayText(policy.version).text), TextSize::Body, card));
    WrapLabel *trace = dim(WrapLabel::outside(policy.trace, TextSize::Small, card));
    trace->setMono(true);
    card->body()->addWidget(trace);
    card->body()->addStretch(1);
    return card;
}

Card *approvalsCard(const ShownRequest &shown, const std::optional<Reviewer> &reviewer, Timestamp now, QWidget *parent)
{
    auto *card = new Card(trCards("Approvals"), Card::Edge::Solid, parent);
    card->setObjectName(u"approvals"_s);
    for (const Vote &vote : standingVotes(shown.detail)) {
        addDotLine(card->body(), voteTone(vote), voteLine(vote, now), card);
    }
    const Request &request = shown.request();
    const std::optional<Decision> &decision = shown.detail.decision;
    if (decision && policyNumberOf(decision->reviewer.text())) {
        const QString reason = displayText(shown.detail.policyReason).text;
        addDotLine(card->body(), letsItHappen(decision->verdict) ? Tone::Ok : Tone::Bad,
                   displayText(decision->reviewerName).text + u' ' + verdictWords(decision->verdict) +
                       (reason.isEmpty() ? QString() : u" · “"_s + reason + u'”'),
                   card);
    } else if (request.isOpen()) {
        addDotLine(card->body(), Tone::Warn, waitingLine(shown.detail, reviewer), card);
    } else if (shown.detail.votes.empty()) {
        addDotLine(card->body(), Tone::Plain, trCards("nobody has decided on it"), card);
    }
    const auto earlier =
        std::ranges::count_if(shown.detail.votes, [&](const Vote &vote) { return vote.round < request.round; });
    if (earlier > 0) {
        card->body()->addWidget(
            dim(new WrapLabel(trCards("%n vote(s) on earlier rounds no longer count", static_cast<int>(earlier)),
                              TextSize::Small, card)));
    }
    card->body()->addStretch(1);
    return card;
}

QWidget *coverageCard(const ShownRequest &shown, QWidget *parent)
{
    if (shown.request().pattern != Pattern::Gate) {
        return nullptr;
    }
    auto *card = new Card(trCards("What this approval covers"), Card::Edge::Solid, parent);
    card->setObjectName(u"coverage"_s);
    addDotLine(
        card->body(), Tone::Ok,
        trCards("the command, its directory, the program and its hash, the script and its hash, and the environment "
                "as listed above: checked again just before it starts"),
        card);
    addDotLine(card->body(), Tone::Warn,
               trCards("not covered: files that the command reads or sources, and what it finds on the network"), card);
    return card;
}

QWidget *outcomeCard(const ShownRequest &shown, Timestamp now, QWidget *parent)
{
    const Request &request = shown.request();
    if (request.isOpen() && shown.detail.outcomes.empty()) {
        return nullptr;
    }
    auto *card = new Card(trCards("Asked, decided, ran"), Card::Edge::Solid, parent);
    card->setObjectName(u"outcome"_s);
    const auto line = [&](Tone tone, const QString &text) { addDotLine(card->body(), tone, text, card); };
    line(Tone::Plain, trCards("%1 asked by %2").arg(localTime(request.createdAt, now), shown.agent));
    if (const std::optional<Decision> &decision = shown.detail.decision; decision && !decision->undone) {
        line(letsItHappen(decision->verdict) ? Tone::Ok : Tone::Bad,
             trCards("%1 %2 by %3")
                 .arg(localTime(decision->decidedAt, now), verdictWords(decision->verdict),
                      displayText(decision->reviewerName).text));
        const bool waits = request.state.lifecycle == Lifecycle::Decided;
        if (decision->releasedAt) {
            line(Tone::Ok, trCards("%1 released to the agent").arg(localTime(*decision->releasedAt, now)));
        } else if (waits && request.state.delivery == Delivery::Held) {
            line(Tone::Warn, trCards("held: the window that decided was closed. Release or undo it below."));
        } else if (waits) {
            line(Tone::Warn, trCards("not yet released: it can still be undone"));
        }
        if (decision->acknowledgedAt) {
            line(Tone::Ok, trCards("%1 the agent has it").arg(localTime(*decision->acknowledgedAt, now)));
        } else if (!request.settledNote.isEmpty()) {
            // It lost a race, came too late, was refused, or nobody knows: what was decided is not what happened.
            const QString status = request.status(now);
            line(statusTone(status), statusWords(status) + u" · "_s + displayText(request.settledNote).text);
        }
    } else if (!request.isOpen()) {
        const QString status = request.status(now);
        QString text = request.settledAt ? localTime(*request.settledAt, now) + u' ' : QString();
        text += statusWords(status);
        if (!request.settledNote.isEmpty()) {
            text += u" · "_s + displayText(request.settledNote).text;
        }
        line(statusTone(status), text);
    }
    for (const Outcome &outcome : shown.detail.outcomes) {
        QString text = localTime(outcome.at, now) + u' ';
        // Without an exit code an error may mean that nothing ran at all: its words say which.
        text += outcome.exitCode          ? trCards("ran, exit %1").arg(*outcome.exitCode)
                : outcome.error.isEmpty() ? trCards("ran")
                                          : trCards("failed");
        if (!outcome.error.isEmpty()) {
            text += u" · "_s + displayText(outcome.error).text;
        }
        if (!outcome.note.isEmpty()) {
            text += u" · "_s + displayText(outcome.note).text;
        }
        line(outcome.exitCode.value_or(0) == 0 && outcome.error.isEmpty() ? Tone::Ok : Tone::Bad, text);
    }
    const bool happened = shown.detail.decision && letsItHappen(shown.detail.decision->verdict);
    if (shown.detail.outcomes.empty() && happened && request.state.delivery == Delivery::Acknowledged) {
        line(Tone::Plain, trCards("what came of it was not reported"));
    }
    return card;
}

CardPair::CardPair(QWidget *parent)
    : QWidget(parent)
    , m_row(new QBoxLayout(QBoxLayout::LeftToRight, this))
{
    m_row->setContentsMargins(0, 0, 0, 0);
    m_row->setSpacing(grid(4) - 1);
}

void CardPair::add(Card *card)
{
    m_row->addWidget(card, 1);
}

void CardPair::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    const auto wanted = width() < grid(130) ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight;
    if (m_row->direction() != wanted) {
        m_row->setDirection(wanted);
    }
}

AgentFrame::AgentFrame(const Clock &clock, const QString &agent, const QString &outside, QWidget *parent,
                       Speaker speaker)
    : Card(speaker == Speaker::Agent ? trCards("In the agent's own words") : trCards("In the server's own words"),
           Edge::Dashed, parent)
    , m_clock(clock)
    , m_outside(outside)
{
    setObjectName(u"agentFrame"_s);
    addBesideTitle(new Pill(trCards("untrusted text"), Tone::Plain, this));
    addToHeader(makeDimLabel(agent, TextSize::Small, this));
    const bool fold = outside.size() > foldedLength || outside.count(u'\n') > 12;
    QString part = fold ? outside.left(foldedLength) : outside;
    if (fold) {
        qsizetype end = -1;
        for (int line = 0; line < 8; ++line) {
            const qsizetype next = part.indexOf(u'\n', end + 1);
            if (next < 0) {
                end = part.size();
                break;
            }
            end = next;
        }
        part.truncate(end);
        auto *link = new TextLink(trCards("show all %n character(s)", static_cast<int>(outside.size())), this);
        link->setObjectName(u"unfold"_s);
        addToHeader(link);
        connect(link, &QAbstractButton::clicked, this, [this, link] {
            link->hide();
            unfold();
        });
    }
    m_text = WrapLabel::outside(part, TextSize::Body, this);
    m_text->setObjectName(u"agentText"_s);
    if (fold) {
        VisibleText folded = displayText(part, TextShape::Lines);
        folded.text += u" ⋯"_s;
        m_text->setVisibleText(folded);
    }
    body()->addWidget(m_text);
}

void AgentFrame::unfold()
{
    if (m_outside.size() <= labelLength) {
        m_text->setVisibleText(displayText(m_outside, TextShape::Lines));
        return;
    }
    m_text->hide();
    auto *view = new PayloadView(m_clock, PayloadShape::Text, PayloadView::Height::AsContent, this);
    view->setAccessibleName(trCards("In the agent's own words"));
    body()->addWidget(view);
    // May be a megabyte: taken apart beside, so that the window goes on.
    whenDone(runAside([text = m_outside] { return textRows(text.toUtf8()); }), view,
             [view](const PayloadRows &rows) { view->setRows(rows); });
}

} // namespace countersign::ui
