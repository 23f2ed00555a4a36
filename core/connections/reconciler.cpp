// SPDX-License-Identifier: Apache-2.0
#include "core/connections/reconciler.h"

#include "core/base/json_reader.h"
#include "core/base/log.h"
#include "core/base/visible_text.h"
#include "core/connections/cloudflare/chat_adapter.h"
#include "core/connections/cloudflare/state_adapter.h"
#include "core/engine/engine.h"

#include <set>

namespace countersign {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int mostLive = 10'000;
constexpr int mostTries = 3;
constexpr size_t mostPerCommit = 64;       ///< Others who write wait meanwhile.
constexpr size_t mostOpen = 500;           ///< Of one connection: a flood leaves room for others, and for people.
constexpr int mostFiledAtOnce = 64;        ///< Then the other connections have their turn.
constexpr auto answerPatience = 5000ms;    ///< Then the peer is asked whether it has the answer.
constexpr auto frameSettling = 3000ms;     ///< A transcript is proof only if it was asked for so long after sending …
constexpr auto reconnectSettling = 1000ms; ///< … or after the connection was made.
constexpr auto goneSettling = 3000ms;      ///< A call is gone if a transcript asked for so long later lacks it too.
constexpr auto goingOnPatience = 10'000ms; ///< Then an agent that has an approval is left to itself.
constexpr auto retryAfter = 5000ms;
const QString testPrefix = u"test/"_s;

bool isByPolicy(Store &store, const Request &request)
{
    const Result<std::optional<Decision>> decision =
        request.decision ? store.decision(*request.decision) : std::optional<Decision>();
    const Result<std::optional<Statement>> said =
        decision && *decision ? store.statement((*decision)->decidingVote) : std::optional<Statement>();
    return said && *said && (*said)->kind == "policy"_L1;
}

QString pastTense(const std::optional<Verdict> &verdict)
{
    if (!verdict) {
        return u"answer"_s;
    }
    switch (*verdict) {
    case Verdict::Approve:
    case Verdict::ApproveEdited:
        return u"approval"_s;
    case Verdict::Answer:
        return u"answer"_s;
    default:
        return u"refusal"_s;
    }
}

bool sameJson(const QByteArray &left, const QString &right)
{
    const Result<JsonValue> one = readJson(left);
    const Result<JsonValue> other = readJson(right.toUtf8());
    return one && other && *one == *other;
}

/// Does the peer show what we decided?
bool shows(const PeerItem &item, const VerifiedOutcome &ours)
{
    const VoteContent &content = ours.vote.content;
    if (!item.verdict) {
        // It does not say by whose word it went on, but it repeats ours.
        return !letsItHappen(ours.decision.verdict) && !content.reason.isEmpty() && item.answer == content.reason;
    }
    switch (ours.decision.verdict) {
    case Verdict::Approve:
    case Verdict::ApproveEdited:
        return item.verdict == Verdict::Approve;
    case Verdict::Answer:
        return item.verdict == Verdict::Answer && (item.answer.isEmpty() || sameJson(content.answer, item.answer));
    default:
        // Other words than ours mean that somebody else refused first.
        return !letsItHappen(*item.verdict) &&
               (item.answer.isEmpty() || content.reason.isEmpty() || item.answer == content.reason);
    }
}

} // namespace

struct Reconciler::Pass {
    Engine &engine;
    const PeerView &view;
    Timestamp wallNow;
    std::chrono::milliseconds now;
    size_t live = 0;     ///< Before this pass.
    size_t overflow = 0; ///< What waits there and is not filed for now.
    Outcome outcome{};
    std::map<RequestId, std::optional<Flight>> flightsBefore{}; ///< What this commit changes of them, as it was.

    void lookAgain(std::chrono::milliseconds in)
    {
        outcome.lookAgainIn = outcome.lookAgainIn ? std::min(*outcome.lookAgainIn, in) : in;
    }
};

Result<Reconciler::Outcome> Reconciler::reconcile(Engine &engine, const PeerView &view, Timestamp wallNow,
                                                  std::chrono::milliseconds now)
{
    Pass pass{engine, view, wallNow, now};
    const Result<std::vector<Request>> live = engine.store().liveRequests(m_connection, mostLive);
    if (!live) {
        return live.error();
    }
    pass.live = live->size();
    std::map<QString, const Request *> byKey;
    for (const Request &request : *live) {
        byKey[PeerIntake::baseKey(request.idempotencyKey)] = &request; // The newest counts: it was asked again.
    }
    std::set<QString> seen;
    const auto note = [&](const Result<> &done) {
        if (!done) {
            pass.lookAgain(retryAfter);
            if (!pass.outcome.troubles.contains(done.error().message)) {
                pass.outcome.troubles.append(done.error().message);
            }
        }
    };
    const auto handleItem = [&](const PeerItem &item) -> Result<> {
        seen.insert(item.key);
        const auto known = byKey.find(item.key);
        if (known != byKey.end() && isAccepted(known->second->id)) {
            return confirm(pass.engine, known->second->id);
        }
        if (item.stand == PeerItem::Stand::Waits) {
            return known == byKey.end() ? file(pass, item) : handleWaiting(pass, *known->second, item);
        }
        return known == byKey.end() ? Result<>() : handleSettled(pass, *known->second, item);
    };
    const auto handleRequest = [&](const Request &request) -> Result<> {
        const Delivery delivery = request.state.delivery;
        pass.outcome.open += request.isOpen() || delivery == Delivery::Staged || delivery == Delivery::Held ? 1 : 0;
        if (!seen.contains(PeerIntake::baseKey(request.idempotencyKey))) {
            if (isAccepted(request.id)) {
                return confirm(pass.engine, request.id);
            }
            return handleGone(pass, request);
        }
        m_absences.erase(request.id);
        return {};
    };
    shareCommits(pass, view.items, handleItem, note);
    shareCommits(pass, *live, handleRequest, note);
    if (pass.overflow > 0) {
        pass.outcome.troubles.append(
            u"%1 more things wait at the agent than the %2 that one connection may have open here: they are filed as "
            "soon as others are decided."_s.arg(QString::number(pass.overflow), QString::number(mostOpen)));
    }
    const auto isOver = [&](const auto &entry) {
        return std::none_of(live->begin(), live->end(), [&](const Request &one) { return one.id == entry.first; });
    };
    m_intake.forgetOthers(*live);
    std::erase_if(m_flights, isOver);
    std::erase_if(m_absences, isOver);
    std::erase_if(m_refusedHere, isOver);
    return std::move(pass.outcome);
}

/// Calls \p handle with each of \p list. Agents show many things at once, and each commit waits for the disk.
template<typename List, typename Handle, typename Note>
void Reconciler::shareCommits(Pass &pass, const List &list, Handle handle, Note note)
{
    for (size_t next = 0; next < list.size();) {
        const Outcome before = pass.outcome;
        pass.flightsBefore.clear();
        const Result<> committed = pass.engine.together([&]() -> Result<> {
            for (const size_t end = std::min(next + mostPerCommit, list.size()); next < end; ++next) {
                note(handle(list[next]));
            }
            return {};
        });
        if (!committed) {
            // Nothing of it happened: what was to be sent has no intent on the disk. What was sent earlier, was.
            for (const auto &[id, earlier] : pass.flightsBefore) {
                if (earlier) {
                    m_flights[id] = *earlier;
                } else {
                    m_flights.erase(id);
                }
            }
            pass.outcome = before;
            note(committed);
        }
    }
}

/// Something waits for which no request is live. Usually it is new.
Result<> Reconciler::file(Pass &pass, const PeerItem &item)
{
    if (pass.live + static_cast<size_t>(pass.outcome.filed) >= mostOpen) {
        ++pass.overflow;
        return {};
    }
    if (pass.outcome.filed >= mostFiledAtOnce) {
        pass.lookAgain(1ms);
        return {};
    }
    const Result<PeerIntake::Filed> filed = m_intake.file(pass.engine, pass.view.agentName, item, pass.now);
    if (!filed) {
        return filed.error();
    }
    pass.outcome.filed += filed->isNew ? 1 : 0;
    pass.outcome.open += filed->isOpen ? 1 : 0;
    if (filed->lookAgainIn) {
        pass.lookAgain(*filed->lookAgainIn);
    }
    return {};
}

Result<> Reconciler::handleWaiting(Pass &pass, const Request &request, const PeerItem &item)
{
    m_intake.noteSettled(item.key);
    switch (request.state.delivery) {
    case Delivery::None:
    case Delivery::Staged:
    case Delivery::Held:
        return m_intake.reviseIfChanged(pass.engine, pass.view.agentName, request, item);
    case Delivery::Released:
        return start(pass, request, item);
    case Delivery::Sending:
    case Delivery::Unknown:
        return repeatIfSafe(pass, request, item);
    case Delivery::Acknowledged:
    case Delivery::Undeliverable:
        break;
    }
    return {};
}

void Reconciler::order(Pass &pass, const VerifiedOutcome &outcome, const PeerItem &item, int tries)
{
    DeliveryOrder order;
    order.request = outcome.request.id;
    order.key = item.key;
    order.verdict = outcome.decision.verdict;
    order.content = outcome.vote.content;
    order.round = outcome.round.content;
    order.reviewer = outcome.decision.reviewerName;
    order.correlation = item.correlation; // What the peer shows now, not what a row says.
    pass.outcome.toSend.push_back(std::move(order));
    const Flight *earlier = flightOf(outcome.request.id);
    pass.flightsBefore.try_emplace(outcome.request.id, earlier ? std::optional(*earlier) : std::nullopt);
    m_flights[outcome.request.id] =
        Flight{pass.view.generation, pass.now, tries, item.repliesDirectly, false, false, false, {}};
    pass.lookAgain(answerPatience);
}

Result<> Reconciler::start(Pass &pass, const Request &request, const PeerItem &item)
{
    if (m_refusedHere.contains(request.id)) {
        return {};
    }
    const Result<RoundContent> aboutToSend = m_intake.contentNow(pass.engine, request, item);
    if (!aboutToSend) {
        return aboutToSend.error();
    }
    const Result<VerifiedOutcome> started = pass.engine.startDelivery(request.id, *aboutToSend);
    if (started) {
        order(pass, *started, item, 1);
        return {};
    }
    switch (started.error().code) {
    case ErrorCode::ContentChanged:
        return pass.engine.giveUpDelivery(
            request.id, u"The agent changed the call after it was decided on; nothing was sent. It is asked anew."_s);
    case ErrorCode::AlreadyDecided:
        return pass.engine.giveUpDelivery(
            request.id, u"This decision was sent before the workspace was put back to an earlier state; it was not "
                        "sent again. Look at the agent for what came of it."_s);
    case ErrorCode::NotAllowed:
        if (started.error().detail != "engine lease lost"_L1 && isByPolicy(pass.engine.store(), request)) {
            // No person's work is lost: under the policy in force it is decided or asked anew.
            return pass.engine.giveUpDelivery(request.id, started.error().message);
        }
        if (started.error().detail != "engine lease lost"_L1) {
            m_refusedHere.emplace(request.id, started.error().message);
            qCWarning(logAgents) << "request" << request.id.text() << "is not sent:" << started.error().message;
        }
        return started.error();
    default:
        return started.error();
    }
}

Reconciler::Flight *Reconciler::flightOf(const RequestId &id)
{
    const auto found = m_flights.find(id);
    return found == m_flights.end() ? nullptr : &found->second;
}

bool Reconciler::isAccepted(const RequestId &id)
{
    const Flight *flight = flightOf(id);
    return flight && flight->isAccepted;
}

Result<> Reconciler::confirm(Engine &engine, const RequestId &id)
{
    return landed(engine, id, engine.confirmDelivery(id));
}

/// Forgets a flight once the disk has what came of it, as \p kept says, and not before: what was sent on this
/// connection would look as if it never was, and be sent once more.
Result<> Reconciler::landed(Engine &engine, const RequestId &id, Result<> kept)
{
    if (kept) {
        engine.whenCommitted([this, id] { m_flights.erase(id); });
    }
    return kept;
}

/// The peer waits although our answer was sent, or may have been. A second answer to a settled call is harmful, so the
/// peer must have said after a while, and not before, that it still waits.
Result<> Reconciler::repeatIfSafe(Pass &pass, const Request &request, const PeerItem &item)
{
    const Flight *flight = flightOf(request.id);
    const bool isOfThisConnection = flight && flight->generation == pass.view.generation;
    const int tries = flight ? flight->tries : 1;
    if (isOfThisConnection && flight->refused) {
        return pass.engine.giveUpDelivery(request.id,
                                          u"The agent refused the decision: “%1”. Nothing ran."_s.arg(flight->refusal));
    }
    if (isOfThisConnection && (flight->repliesDirectly || flight->isOverdue)) {
        return {}; // Its reply decides. Where none came in time, the agent may still be at it.
    }
    const auto provenFrom =
        isOfThisConnection ? flight->sentAt + frameSettling : pass.view.openedAt + reconnectSettling;
    const auto patientUntil = isOfThisConnection ? flight->sentAt + answerPatience : provenFrom;
    if (pass.now < patientUntil) {
        pass.lookAgain(patientUntil - pass.now + 10ms);
        return {};
    }
    if (item.knownAt < provenFrom) {
        pass.outcome.wantsFreshTranscript = true;
        pass.lookAgain(2000ms);
        return {};
    }
    if (request.state.delivery == Delivery::Sending) {
        const Result<> lost = pass.engine.loseDelivery(
            request.id, u"The agent still waits although the decision was sent. Look at the agent, then decide "
                        "whether to ask again."_s);
        if (!lost) {
            return lost;
        }
    }
    if (tries >= mostTries) {
        pass.outcome.troubles.append(
            u"The agent does not take the decision on “%1” in, although it was sent %2 times."_s.arg(
                displayText(request.toolName).text, QString::number(tries)));
        return {};
    }
    return sendAgain(pass, request, item, tries);
}

Result<> Reconciler::sendAgain(Pass &pass, const Request &request, const PeerItem &item, int tries)
{
    const Result<RoundContent> aboutToSend = m_intake.contentNow(pass.engine, request, item);
    if (!aboutToSend) {
        return aboutToSend.error();
    }
    const Result<VerifiedOutcome> again = pass.engine.repeatDelivery(request.id, *aboutToSend);
    if (!again && again.error().code == ErrorCode::ContentChanged) {
        return pass.engine.giveUpDelivery(
            request.id, u"The agent changed the call after it was decided on; the decision was not sent again."_s);
    }
    if (!again) {
        return again.error();
    }
    order(pass, *again, item, tries + 1);
    return {};
}

/// The peer has our approval and has not gone on by it. If its process ended in between, nothing goes on by itself
/// ever: only the same approval once more does that. The peer must have said after a new connection that it is about
/// nothing, and that the call is where it was.
Result<> Reconciler::goOnIfStopped(Pass &pass, const Request &request, const PeerItem &item)
{
    const Flight *flight = flightOf(request.id);
    const bool isOfThisConnection = flight && flight->generation == pass.view.generation;
    const int tries = flight ? flight->tries : 1;
    const auto since = isOfThisConnection ? flight->sentAt : pass.view.openedAt;
    const auto provenFrom = since + reconnectSettling;
    const bool isStopped = !isOfThisConnection && item.knownAt >= provenFrom && pass.view.chatIdleAt >= provenFrom;
    if (isStopped && tries < mostTries) {
        const Result<> lost =
            request.state.delivery == Delivery::Sending
                ? pass.engine.loseDelivery(
                      request.id,
                      u"The agent has the approval, but was stopped before it went on. Look at the agent."_s)
                : Result<>();
        return lost ? sendAgain(pass, request, item, tries) : lost;
    }
    if (pass.now < since + goingOnPatience) {
        pass.outcome.wantsFreshTranscript |= !isOfThisConnection && pass.now >= provenFrom;
        pass.lookAgain(pass.now < provenFrom ? provenFrom - pass.now + 10ms : 1000ms);
        return {};
    }
    return confirm(pass.engine, request.id); // How long it takes is its own business.
}

Result<> Reconciler::handleSettled(Pass &pass, const Request &request, const PeerItem &item)
{
    m_intake.noteSettled(item.key);
    const Delivery delivery = request.state.delivery;
    if (delivery == Delivery::None) {
        return pass.engine.supersede(
            request.id,
            u"Settled elsewhere: the agent shows it as %1. No answer from here was needed."_s.arg(item.words));
    }
    if (delivery == Delivery::Staged || delivery == Delivery::Held || delivery == Delivery::Released) {
        return pass.engine.supersede(
            request.id,
            u"Too late: the agent shows it as %1 already. Your %2 was not sent, and nothing ran by it."_s.arg(
                item.words, pastTense(request.verdict)));
    }
    const Result<VerifiedOutcome> ours = pass.engine.verifiedOutcome(request.id);
    if (!ours) {
        return ours.error();
    }
    const Flight *flight = flightOf(request.id);
    if (shows(item, *ours)) {
        if (item.isAboutToRun) {
            return goOnIfStopped(pass, request, item);
        }
        return confirm(pass.engine, request.id);
    }
    const bool replyIsDue = flight && flight->repliesDirectly && !flight->refused &&
                            flight->generation == pass.view.generation && delivery == Delivery::Sending;
    if (replyIsDue) {
        return {};
    }
    if (!item.verdict && !(flight && flight->refused)) {
        // It went on, but it does not say by whose word.
        return delivery == Delivery::Sending
                   ? pass.engine.loseDelivery(
                         request.id, u"The agent shows it as %1. Whether your %2 arrived before is not known: look at "
                                     "the agent for what ran."_s.arg(item.words, pastTense(request.verdict)))
                   : Result<>();
    }
    const QString won = u"Another answer won: the agent shows it as %1. Your %2 came second and was not used."_s.arg(
        item.words, pastTense(request.verdict));
    return landed(pass.engine, request.id, pass.engine.supersede(request.id, won));
}

/// A transcript may be older than the call, and may come before the agent says that a turn is under way. What one
/// transcript lacks may thus be about to come: a later one must lack it too, with no turn in between.
bool Reconciler::isGoneForGood(Pass &pass, const Request &request)
{
    if (!pass.view.chatIsKnown) {
        m_absences.erase(request.id);
        return false;
    }
    Absence &absence = m_absences[request.id];
    if (absence.generation != pass.view.generation) {
        absence = {pass.view.generation, pass.now};
        qCInfo(logAgents) << "request" << request.id.text() << "is not in the transcript, which is read again later";
    }
    const auto provenFrom = absence.since + goneSettling;
    if (pass.now < provenFrom) {
        pass.lookAgain(provenFrom - pass.now + 10ms);
        return false;
    }
    if (pass.view.chatAskedAt < provenFrom) {
        pass.outcome.wantsFreshTranscript = true;
        pass.lookAgain(2000ms);
        return false;
    }
    return true;
}

Result<> Reconciler::handleGone(Pass &pass, const Request &request)
{
    const QString key = request.idempotencyKey;
    if (key.startsWith(testPrefix)) {
        return request.state.delivery == Delivery::Released ? pass.engine.acknowledge(request.id) : Result<>();
    }
    const bool isChat = cloudflare::ChatAdapter::isChatItem(key);
    const Delivery delivery = request.state.delivery;
    if (delivery == Delivery::Unknown || delivery == Delivery::Acknowledged || delivery == Delivery::Undeliverable) {
        return {}; // Nothing follows from it.
    }
    const bool isGone = isChat ? isGoneForGood(pass, request) : pass.view.stateIsKnown;
    if (!isGone) {
        return {};
    }
    const Flight *flight = flightOf(request.id);
    switch (delivery) {
    case Delivery::None:
    case Delivery::Staged:
    case Delivery::Held:
        if (isChat) {
            return pass.engine.withdraw(request.id, u"The conversation no longer has this call."_s, request.agentName);
        }
        return pass.engine.supersede(
            request.id,
            delivery == Delivery::None
                ? u"The agent no longer asks this: it was decided elsewhere or taken back."_s
                : u"Too late: the agent no longer asks this. Your decision was not sent, and nothing ran by it."_s);
    case Delivery::Released:
        return pass.engine.supersede(
            request.id,
            u"Too late: the agent no longer asks this. Your decision was not sent, and nothing ran by it."_s);
    case Delivery::Sending:
        if (flight && flight->generation == pass.view.generation && flight->repliesDirectly && !flight->refused) {
            return {};
        }
        if (flight && flight->generation == pass.view.generation && flight->refused) {
            return pass.engine.supersede(
                request.id,
                u"Another answer won: the agent no longer asks this, and refused yours: “%1”."_s.arg(flight->refusal));
        }
        if (flight && flight->generation == pass.view.generation && !isChat) {
            return confirm(pass.engine, request.id); // It stopped waiting once our message was there.
        }
        return pass.engine.loseDelivery(
            request.id, u"The agent no longer asks this. Whether it stopped by your decision is not known: look at the "
                        "agent for what ran."_s);
    case Delivery::Unknown:
    case Delivery::Acknowledged:
    case Delivery::Undeliverable:
        break;
    }
    return {};
}

Result<> Reconciler::peerAccepted(Engine &engine, const RequestId &id)
{
    if (Flight *flight = flightOf(id)) {
        flight->isAccepted = true; // Should it not be recorded now, the next pass does it.
    }
    return confirm(engine, id);
}

Result<> Reconciler::peerRefused(Engine &, const RequestId &id, const QString &itsWords)
{
    if (Flight *flight = flightOf(id)) {
        flight->refused = true;
        flight->refusal = displayText(itsWords.left(300)).text;
    }
    return {}; // What the peer shows next says what that means.
}

Result<> Reconciler::replyLost(Engine &engine, const RequestId &id, const QString &why)
{
    if (Flight *flight = flightOf(id)) {
        flight->isOverdue = true;
    }
    const Result<std::optional<Request>> request = engine.store().request(id);
    if (!request || !*request || (*request)->state.delivery != Delivery::Sending) {
        return request ? Result<>() : Result<>(request.error());
    }
    return engine.loseDelivery(
        id,
        why + u" Whether the agent has the decision is not known; it is asked again as soon as it can be reached."_s);
}

Result<> Reconciler::notSent(Engine &engine, const RequestId &id, const QString &why)
{
    return replyLost(engine, id, why);
}

} // namespace countersign
