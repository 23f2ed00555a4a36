// SPDX-License-Identifier: Apache-2.0
// What policies did: that each round was filed under the one in force, and that a decision by one is what it says.
#include "core/audit/request_replay.h"

#include "core/domain/hashes.h"
#include "core/domain/policy.h"

namespace countersign {

using namespace Qt::StringLiterals;

Result<std::optional<PolicyFinding>> RequestReplay::ask(const QString &version, const RoundContent &content,
                                                        const PrincipalId &asker)
{
    if (!m_judge) {
        return std::optional<PolicyFinding>();
    }
    if (!m_policies) {
        Result<std::vector<PolicyRow>> rows = m_source.policies();
        if (!rows) {
            return rows.error();
        }
        m_policies = *std::move(rows);
    }
    const auto row = std::find_if(m_policies->begin(), m_policies->end(),
                                  [&](const PolicyRow &one) { return one.version == version; });
    const Result<std::optional<Principal>> principal = m_source.principal(asker);
    if (!principal) {
        return principal.error();
    }
    if (row == m_policies->end() || !*principal) {
        return std::optional<PolicyFinding>(); // Gone: named where rows are compared.
    }
    Result<PolicyFinding> found = m_judge(row->body, content, (*principal)->name, (*principal)->connection);
    // A text that cannot be read is not the one that was signed, which is named there, too.
    return found ? std::optional(*std::move(found)) : std::nullopt;
}

Result<> RequestReplay::checkPolicyOfRound(const AuditEntry &entry, const SoundRound &round,
                                           const AppliedPolicy *inForce, Track &track)
{
    const QString expected = inForce ? inForce->body.version : builtinPolicyVersion();
    const FrozenPolicy &policy = round.row.policy;
    if (policy.version != expected) {
        m_findings.add(entry, u"The round %1 is filed under the policy %2, but %3 was in force."_s.arg(
                                  QString::number(round.row.number), shownId(policy.version), shownId(expected)));
        return {};
    }
    if (!inForce || !round.content) {
        return {};
    }
    const Result<std::optional<PolicyFinding>> says =
        ask(policy.version, *round.content, PrincipalId(entry.facts.actor.id));
    if (!says) {
        return says.error();
    }
    if (*says && (*says)->tier != policy.tier) {
        m_findings.add(entry, u"The round %1 stands in the %2 tier, but %3 says %4."_s.arg(
                                  QString::number(round.row.number), toText(policy.tier), shownId(policy.version),
                                  toText((*says)->tier)));
    }
    track.expected = *says ? (*says)->automatic : std::nullopt;
    return {};
}

void RequestReplay::checkExpectation(const AuditEntry &entry, Track &track)
{
    if (track.expected && entry.facts.kind != "decision.automatic"_L1) {
        m_findings.add(entry, u"The policy decides the request %1 itself, but the log goes on without that."_s.arg(
                                  shownId(entry.facts.subject)));
        track.expected.reset();
    }
}

Result<> RequestReplay::checkAutomatic(const AuditEntry &entry, const HeldRows &held,
                                       const ReviewerDirectory &directory, const AppliedPolicy *inForce, Track &track)
{
    const EventFacts &facts = entry.facts;
    const std::optional<Verdict> expected = std::exchange(track.expected, std::nullopt);
    MadeDecision &made = track.decisions.emplace_back();
    made.id = facts.request->decision;
    made.releasedAt = facts.at;
    if (!held.statement) {
        return {}; // Reported already.
    }
    made.release = held.statement->id.text();
    made.token = policyReleaseToken(m_workspace, RequestId(facts.subject), facts.request->round, facts.payloadHash,
                                    facts.effectiveHash);
    const Reviewer *signer = directory.activeByKey(held.statement->keyId);
    if (!inForce || inForce->statement != held.statement->id || facts.actor.type != "policy"_L1 ||
        facts.actor.id != inForce->body.version) {
        m_findings.add(entry, u"It decides in the name of a policy that was not in force."_s);
        return {};
    }
    // The log's order says who may speak for the workspace here, not the clock.
    if (!signer || !signer->administrator || !verifyStatement(*held.statement, signer->key)) {
        m_findings.add(
            entry, u"The policy %1 is not signed by an active administrator."_s.arg(shownId(inForce->body.version)));
        return {};
    }
    const Result<std::optional<SoundRound>> round = soundRound(RequestId(facts.subject), facts.request->round);
    const Result<std::vector<Decision>> decisions = m_source.decisions(RequestId(facts.subject));
    if (!round || !decisions) {
        return round ? decisions.error() : round.error();
    }
    const auto decision = std::find_if(decisions->begin(), decisions->end(),
                                       [&](const Decision &one) { return one.id.text() == made.id; });
    if (!*round || decision == decisions->end()) {
        m_findings.add(entry, u"The round or the decision %1 that it makes is gone."_s.arg(shownId(made.id)));
        return {};
    }
    const bool sameHashes = facts.payloadHash == (*round)->payloadHash && decision->payloadHash == facts.payloadHash &&
                            decision->effectiveHash == facts.effectiveHash;
    const bool same = decision->round == facts.request->round && decision->decidingVote == held.statement->id &&
                      decision->reviewer.text() == inForce->body.version &&
                      decision->decidedAt == decision->releasedAt && sameMoment(decision->decidedAt, facts.at) &&
                      decision->seat == facts.seat;
    if (!same || !sameHashes) {
        m_findings.add(entry, u"The row of decision %1 is not what the policy decided."_s.arg(shownId(made.id)));
    }
    const ContentRow *content = held.contents.size() == 1 ? &held.contents.front() : nullptr;
    const Result<VoteContent> words = content && content->kind == "policy"_L1
                                          ? decodeVoteContent(content->body)
                                          : Result<VoteContent>(Error{ErrorCode::NotFound, {}, {}});
    if (facts.contents.size() != 1 || (content && !words)) {
        m_findings.add(entry, u"It does not hold what the agent was told."_s);
    } else if (words && (*round)->content &&
               effectiveHash((*round)->payloadHash, decision->verdict, *(*round)->content, *words) !=
                   facts.effectiveHash) {
        m_findings.add(entry, u"What it lets happen is not what the policy decided."_s);
    }
    if (!(*round)->content || !m_judge) {
        return {};
    }
    const Result<std::optional<PolicyFinding>> says =
        ask(inForce->body.version, *(*round)->content, PrincipalId(track.principal));
    if (!says) {
        return says.error();
    }
    if (expected != decision->verdict) {
        m_findings.add(entry, u"The policy %1 does not decide so."_s.arg(shownId(inForce->body.version)));
    }
    if (*says && decision->reviewerName != policyDeciderName((*says)->policyName, inForce->body.version)) {
        m_findings.add(entry, u"The row of decision %1 names another decider."_s.arg(shownId(made.id)));
    }
    return {};
}

} // namespace countersign
