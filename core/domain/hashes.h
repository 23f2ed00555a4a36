// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/digest.h"
#include "core/base/result.h"
#include "core/domain/decision.h"
#include "core/domain/request.h"

namespace countersign {

/// The content of a round as canonical JSON: what is stored in its content row, and the base of intakeHash.
/// Arguments, schema and annotations stand in it as strings with their exact source text.
QByteArray encodeRoundContent(const RoundContent &content);
Result<RoundContent> decodeRoundContent(QByteArrayView body);
QByteArray encodeVoteContent(const VoteContent &content);
Result<VoteContent> decodeVoteContent(QByteArrayView body);

/// The content alone, arguments and schema as values in canonical form (`4200.0` and `4200.00` are one content).
/// A payload that is not valid JSON counts by its bytes.
Digest intakeHash(const RoundContent &content);
/// What is shown (MODEL.md section 3): workspace, request, round, content, tier, policy version, quorum, expiry.
Digest payloadHash(const WorkspaceId &workspace, const RequestId &request, int round, const Digest &intake,
                   const FrozenPolicy &policy, std::optional<Timestamp> expiresAt);
inline Digest payloadHash(const WorkspaceId &workspace, const Round &round)
{
    return payloadHash(workspace, round.request, round.number, intakeHash(round.content), round.policy,
                       round.expiresAt);
}
/// What may happen: payloadHash and the arguments as approved or edited, the answer, or the refusal.
/// For Approve \p vote.arguments is ignored and the round's arguments count. JSON counts in canonical form.
Digest effectiveHash(const Digest &payload, Verdict verdict, const RoundContent &round, const VoteContent &vote);

/// By which a decision of a policy is started, once. Always the same, so that no row has to be trusted for it.
QString policyReleaseToken(const WorkspaceId &workspace, const RequestId &request, int round, const Digest &payload,
                           const Digest &effective);

} // namespace countersign
