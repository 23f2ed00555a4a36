// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audit/people_rows.h"
#include "core/audit/policy_judge.h"
#include "core/audit/request_track.h"

namespace countersign {

/// The facts in words, for a sentence: `revision 3, round 1, decided/staged, decision d1`.
QString describeFacts(const RequestFacts &facts);

/// Follows every request through the log and compares what the entries say with the signed votes, with the contents
/// and, at the end, with the rows. Keeps what the rows of each request must say, and the
/// votes of open ones only.
class RequestReplay
{
public:
    /// \p judge may be null: then what policies say is not compared.
    RequestReplay(AuditSource &source, const WorkspaceId &workspace, NamedRows &named, AuditFindings &findings,
                  PolicyJudge judge)
        : m_source(source)
        , m_workspace(workspace)
        , m_named(named)
        , m_findings(findings)
        , m_judge(std::move(judge))
    {}

    /// \p directory: who was enrolled at this place of the log; \p inForce: the policy there, or null. Returns whose
    /// signature it bore, if it was good.
    Result<std::optional<ReviewerId>> apply(const AuditEntry &entry, const HeldRows &held,
                                            const ReviewerDirectory &directory, const AppliedPolicy *inForce);
    /// Compares the rows of every request with the last entry about it.
    Result<> finish();

private:
    using Track = RequestTrack;
    /// A round with its content as committed, and its hashes computed anew.
    struct SoundRound {
        Round row;
        std::optional<ContentRow> contentRow;
        std::optional<RoundContent> content; ///< Absent when erased or unreadable.
        Digest payloadHash;
    };
    using Signer = std::optional<ReviewerId>;

    Track *enter(const AuditEntry &entry);
    void checkStep(const AuditEntry &entry, const Track &before);
    Result<std::optional<SoundRound>> soundRound(const RequestId &request, int number);
    Result<> checkRound(const AuditEntry &entry, const HeldRows &held, const AppliedPolicy *inForce, Track &track);
    /// What the policy of \p version says; absent where it cannot be asked, which is reported elsewhere.
    Result<std::optional<PolicyFinding>> ask(const QString &version, const RoundContent &content,
                                             const PrincipalId &asker);
    Result<> checkPolicyOfRound(const AuditEntry &entry, const SoundRound &round, const AppliedPolicy *inForce,
                                Track &track);
    void checkExpectation(const AuditEntry &entry, Track &track);
    Result<> checkAutomatic(const AuditEntry &entry, const HeldRows &held, const ReviewerDirectory &directory,
                            const AppliedPolicy *inForce, Track &track);
    Result<Signer> checkVote(const AuditEntry &entry, const HeldRows &held, const ReviewerDirectory &directory,
                             Track &track);
    Result<> checkVoteContent(const AuditEntry &entry, const HeldRows &held, const Vote &vote);
    Result<> checkDecision(const AuditEntry &entry, const Vote &vote, const FrozenPolicy &policy, const Track &track);
    Result<Signer> checkRelease(const AuditEntry &entry, const HeldRows &held, const ReviewerDirectory &directory,
                                const Track &track);
    Result<Signer> checkUndo(const AuditEntry &entry, const HeldRows &held, const ReviewerDirectory &directory,
                             Track &track);
    void checkActor(const AuditEntry &entry, const Statement &statement);
    Result<> checkOutcome(const AuditEntry &entry, const HeldRows &held, const Track &track);
    Result<> checkRows(const RequestId &id, Track &track);
    Result<> checkRounds(const Request &row);
    Result<QString> headingOf(const Round &round, const Request &row);
    Result<> checkPrincipal(const Request &row, const Track &track);
    void checkAttention(const Request &row, const Track &track);
    Result<> checkDecisionRows(const RequestId &id, const std::optional<Request> &row, Track &track);
    void checkDecisionRow(const Decision &decision, const MadeDecision &made);
    void checkDecisionOfRequest(const Request &row, const Decision &decision, const Track &track);
    Result<> checkAttempts(const Decision &decision, const Track &track, const MadeDecision &made);

    AuditSource &m_source;
    const WorkspaceId m_workspace;
    NamedRows &m_named;
    AuditFindings &m_findings;
    const PolicyJudge m_judge;
    std::optional<std::vector<PolicyRow>> m_policies; ///< Read when first needed.
    QHash<RequestId, Track> m_tracks;
};

} // namespace countersign
