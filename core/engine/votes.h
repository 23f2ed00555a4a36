// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/engine_types.h"

namespace countersign {

/// The votes on \p request as stored, oldest first, with their contents; signatures are not checked here. A body that
/// does not decode is Damaged.
Result<std::vector<Vote>> loadVotes(StoreReader &reader, const WorkspaceId &workspace, const RequestId &request);

/// Those of \p votes that count for \p round: the last of each reviewer that was not taken back.
std::vector<Vote> countingVotes(const std::vector<Vote> &votes, const std::vector<StatementId> &undone, int round);
Result<std::vector<StatementId>> undoneVotes(StoreReader &reader, const RequestId &request);

/// The outcome of counting votes under a quorum, or none yet. Approvals must agree on what happens (one effective
/// hash); a refusal, an answer or a cancellation settles at once.
std::optional<Verdict> outcomeOf(const std::vector<Vote> &counting, int quorum);

} // namespace countersign
