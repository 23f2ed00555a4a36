// SPDX-License-Identifier: Apache-2.0
#include "core/audit/outcome_content.h"
#include "core/audit/request_replay.h"
#include "core/domain/policy.h"
#include "core/domain/summary.h"

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype agentTitleLength = 1000; ///< As much of the title as the row of the request repeats.

/// Collects what differs, for one sentence about one row.
class Differences
{
public:
    void compare(bool same, const QString &what)
    {
        if (!same) {
            m_what.append(what);
        }
    }
    void report(AuditFindings &findings, const QString &row, const QString &sentence) const
    {
        if (!m_what.isEmpty()) {
            findings.addRow(row, sentence.arg(m_what.join(u", "_s)));
        }
    }

private:
    QStringList m_what;
};

QString textOf(const std::optional<ReviewerId> &id)
{
    return id ? id->text() : QString();
}

QString textOf(const std::optional<Timestamp> &time)
{
    return time ? toRfc3339(*time) : QString();
}

bool sameMoment(const std::optional<Timestamp> &row, const std::optional<Timestamp> &entry)
{
    return row.has_value() == entry.has_value() && (!row || countersign::sameMoment(*row, *entry));
}

/// What a request that is over says about its end, in our words.
QString settledNoteOf(Lifecycle lifecycle)
{
    return lifecycle == Lifecycle::Expired     ? u"Its deadline passed"_s
           : lifecycle == Lifecycle::Withdrawn ? u"Withdrawn by the asker"_s
                                               : QString();
}

} // namespace

QString describeFacts(const RequestFacts &facts)
{
    return u"revision %1, round %2, %3, %4"_s.arg(
        QString::number(facts.revision), QString::number(facts.round), toText(facts.state),
        facts.decision.isEmpty() ? u"no decision"_s : u"decision "_s + shownId(facts.decision));
}

Result<> RequestReplay::checkOutcome(const AuditEntry &entry, const HeldRows &held, const Track &track)
{
    const EventFacts &facts = entry.facts;
    const auto more = [&facts](const char *key) {
        const JsonValue *value = facts.more.find(key);
        return value ? *value : JsonValue();
    };
    const QString id = more("outcome").toString();
    if (id.isEmpty() || facts.contents.size() != 1) {
        m_findings.add(entry, u"It reports an outcome without naming it and holding its content."_s);
        return {};
    }
    m_named.add(RowKind::Outcome, id);
    const Result<std::vector<Outcome>> rows = m_source.outcomes(RequestId(facts.subject));
    if (!rows) {
        return rows.error();
    }
    const auto row =
        std::find_if(rows->begin(), rows->end(), [&id](const Outcome &one) { return one.id.text() == id; });
    if (row == rows->end()) {
        m_findings.add(entry, u"The outcome %1 that it reports is gone."_s.arg(shownId(id)));
        return {};
    }
    // An erased content leaves what the entry itself says.
    const ContentRow *content = held.content(ContentId(facts.contents.front().id));
    const bool contentSame = !content || (content->kind == "outcome"_L1 && content->body == encodeOutcomeContent(*row));
    const std::optional<qint64> exitCode =
        row->exitCode ? std::optional<qint64>(*row->exitCode) : std::optional<qint64>();
    const bool digestSame =
        more("outputDigest").toString() == (row->outputDigest.isNull() ? QString() : row->outputDigest.hex()) &&
        (row->output.isEmpty() || sha256(row->output) == row->outputDigest);
    const bool decisionSame = (row->decision ? row->decision->text() : QString()) == track.facts.decision;
    if (!contentSame || !digestSame || !decisionSame || more("exitCode").toInteger() != exitCode ||
        !countersign::sameMoment(row->at, facts.at)) {
        m_findings.add(entry, u"The row of outcome %1 is not what was reported."_s.arg(shownId(id)));
    }
    return {};
}

Result<> RequestReplay::finish()
{
    for (auto track = m_tracks.begin(); track != m_tracks.end(); ++track) {
        if (const Result<> checked = checkRows(track.key(), *track); !checked) {
            return checked;
        }
    }
    return {};
}

Result<> RequestReplay::checkRows(const RequestId &id, Track &track)
{
    const Result<std::optional<Request>> row = m_source.request(id);
    if (!row) {
        return row.error();
    }
    const QString name = u"request "_s + shownId(id.text());
    if (!*row) {
        m_findings.addRow(name, u"It is gone, though entry %1 speaks of it."_s.arg(track.sequence));
    } else if (const RequestFacts facts = RequestFacts::of(**row); facts != track.facts) {
        m_findings.addRow(name, u"Its row says (%1), but entry %2 left it with (%3)."_s.arg(
                                    describeFacts(facts), QString::number(track.sequence), describeFacts(track.facts)));
    }
    // Also of a request that is gone: so that what hangs on it is not taken for rows of nobody.
    if (const Result<> checked = checkDecisionRows(id, *row, track); !checked || !*row) {
        return checked;
    }
    const Request &request = **row;
    if (track.expected) {
        m_findings.addRow(name, u"The policy decides it, but the log ends without that."_s);
    }
    checkAttention(request, track);
    if (const Result<> checked = checkPrincipal(request, track); !checked) {
        return checked;
    }
    return checkRounds(request);
}

/// Who has it, and until when: what lists are ordered and filtered by.
void RequestReplay::checkAttention(const Request &row, const Track &track)
{
    Differences wrong;
    wrong.compare(countersign::sameMoment(row.createdAt, track.filedAt), u"time of filing"_s);
    wrong.compare(textOf(row.claimedBy) == track.claimedBy && row.claimedByName == track.claimedByName &&
                      textOf(row.claimedUntil) == track.claimedUntil,
                  u"claim"_s);
    wrong.compare(textOf(row.deferredUntil) == track.deferredUntil, u"deferred until"_s);
    wrong.compare(textOf(row.delegatedTo) == track.delegatedTo, u"delegated to"_s);
    wrong.compare(sameMoment(row.settledAt, track.settledAt), u"time of settling"_s);
    wrong.compare(!track.facts.decision.isEmpty() || !row.verdict, u"verdict"_s);
    const RequestState &state = track.facts.state;
    const bool hasOwnWords = state.lifecycle == Lifecycle::Superseded || state.delivery == Delivery::Unknown ||
                             state.delivery == Delivery::Undeliverable;
    wrong.compare(hasOwnWords || row.settledNote == settledNoteOf(state.lifecycle), u"note"_s);
    wrong.report(m_findings, u"request "_s + shownId(row.id.text()),
                 u"Its row differs from what the log says of it: %1."_s);
}

Result<> RequestReplay::checkPrincipal(const Request &row, const Track &track)
{
    const Result<std::optional<Principal>> asker = m_source.principal(row.principal);
    if (!asker) {
        return asker.error();
    }
    const bool same = row.principal.text() == track.principal && *asker && (*asker)->name == row.agentName &&
                      (*asker)->connection == row.connection;
    if (!same) {
        m_findings.addRow(u"request "_s + shownId(row.id.text()),
                          u"Its row names another asker (agent, connection) than entry and asker's row."_s);
    }
    return {};
}

/// Ours, or by the template of the round's policy.
Result<QString> RequestReplay::headingOf(const Round &round, const Request &row)
{
    Result<std::optional<PolicyFinding>> says = std::optional<PolicyFinding>();
    if (round.policy.version != builtinPolicyVersion()) {
        says = ask(round.policy.version, round.content, row.principal);
    }
    if (!says) {
        return says.error();
    }
    return *says ? (*says)->summary : summarize(round.content, row.agentName);
}

/// The columns that repeat the current round, by which lists sort and people judge.
Result<> RequestReplay::checkRounds(const Request &row)
{
    const Result<std::vector<Round>> rounds = m_source.rounds(row.id);
    if (!rounds) {
        return rounds.error();
    }
    const QString name = u"request "_s + shownId(row.id.text());
    if (rounds->size() != static_cast<size_t>(row.round)) {
        m_findings.addRow(name, u"It has %1 rounds, but the log speaks of %2."_s.arg(QString::number(rounds->size()),
                                                                                     QString::number(row.round)));
    }
    for (const Round &round : *rounds) {
        if (round.number == 1 && round.createdAt != row.createdAt) {
            m_findings.addRow(name, u"Its row and its first round were filed at different times."_s);
        }
        if (round.number != row.round) {
            continue;
        }
        Differences wrong;
        if (!round.contentErased) {
            wrong.compare(row.pattern == round.content.pattern, u"pattern"_s);
            wrong.compare(row.toolName == round.content.toolName, u"tool"_s);
            const Result<QString> heading = headingOf(round, row);
            if (!heading) {
                return heading.error();
            }
            wrong.compare(row.summary == *heading, u"summary"_s);
            wrong.compare(row.agentTitle == round.content.title.left(agentTitleLength), u"title"_s);
        }
        wrong.compare(row.tier == round.policy.tier, u"tier"_s);
        wrong.compare(row.quorum == round.policy.quorum, u"quorum"_s);
        wrong.compare(row.expiresAt == round.expiresAt, u"deadline"_s);
        wrong.report(m_findings, name, u"Its row does not repeat its round: %1."_s);
    }
    return {};
}

Result<> RequestReplay::checkDecisionRows(const RequestId &id, const std::optional<Request> &row, Track &track)
{
    const Result<std::vector<Decision>> decisions = m_source.decisions(id);
    if (!decisions) {
        return decisions.error();
    }
    // Each decision that the log makes was compared with its vote there; a missing one was reported there, too.
    for (const Decision &decision : *decisions) {
        const MadeDecision *made = track.decision(decision.id.text());
        if (!made) {
            continue; // Named among the rows that no entry speaks of.
        }
        m_named.add(RowKind::Decision, made->id);
        checkDecisionRow(decision, *made);
        if (row) {
            checkDecisionOfRequest(*row, decision, track);
        }
        if (const Result<> checked = checkAttempts(decision, track, *made); !checked) {
            return checked;
        }
    }
    return {};
}

void RequestReplay::checkDecisionRow(const Decision &decision, const MadeDecision &made)
{
    Differences wrong;
    wrong.compare(decision.undone == made.undone, u"whether it was taken back"_s);
    wrong.compare((decision.release ? decision.release->text() : QString()) == made.release &&
                      sameMoment(decision.releasedAt, made.releasedAt),
                  u"its release"_s);
    wrong.compare(sameMoment(decision.acknowledgedAt, made.acknowledgedAt), u"its receipt"_s);
    wrong.report(m_findings, u"decision "_s + shownId(made.id), u"Its row differs from what the log says of it: %1."_s);
}

/// The columns of the request that repeat its decision.
void RequestReplay::checkDecisionOfRequest(const Request &row, const Decision &decision, const Track &track)
{
    if (decision.id.text() != track.facts.decision) {
        return;
    }
    Differences wrong;
    wrong.compare(row.verdict == decision.verdict, u"verdict"_s);
    const bool settledByIt = track.facts.state.lifecycle == Lifecycle::Decided;
    wrong.compare(!settledByIt || row.settledAt == decision.decidedAt, u"time of deciding"_s);
    wrong.report(m_findings, u"request "_s + shownId(row.id.text()), u"Its row does not repeat its decision: %1."_s);
}

Result<> RequestReplay::checkAttempts(const Decision &decision, const Track &track, const MadeDecision &made)
{
    const Result<std::vector<AttemptRow>> attempts = m_source.attempts(decision.id);
    if (!attempts) {
        return attempts.error();
    }
    Differences wrong;
    wrong.compare(attempts->size() == static_cast<size_t>(made.attempts), u"their number"_s);
    for (const AttemptRow &attempt : *attempts) {
        m_named.add(RowKind::DeliveryAttempt, attempt.id);
        wrong.compare(attempt.token == made.token, u"the token"_s);
        wrong.compare(attempt.finished == (attempt.result != "started"_L1), u"whether it ended"_s);
    }
    if (!attempts->empty() && made.id == track.facts.decision) {
        const Delivery delivery = track.facts.state.delivery;
        const QString &result = attempts->back().result;
        // Who finds the starter gone writes that the end is unknown; the starter may report back all the same.
        const bool same = delivery == Delivery::Sending        ? result == "started"_L1
                          : delivery == Delivery::Unknown      ? result == "unknown"_L1
                          : delivery == Delivery::Acknowledged ? result == "acknowledged"_L1 || result == "unknown"_L1
                                                               : true;
        wrong.compare(same, u"the result"_s);
    }
    wrong.report(m_findings, u"decision "_s + shownId(made.id), u"The tries to deliver it differ from the log: %1."_s);
    return {};
}

} // namespace countersign
