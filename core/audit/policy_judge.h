// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/domain/request.h"

#include <functional>

namespace countersign {

/// What a signed policy makes of a round.
struct PolicyFinding {
    QString policyName;
    Tier tier = Tier::Medium;
    std::optional<Verdict> automatic; ///< Absent: a person decides.
    QString summary;                  ///< The heading of the request.
};

/// Asks a policy, given as the text of its file, about a round and who asked. The engine has it; the verifier is given
/// it, because schemas of policies are none of its business.
using PolicyJudge = std::function<Result<PolicyFinding>(const QByteArray &policy, const RoundContent &content,
                                                        const QString &agentName, const QString &connection)>;

} // namespace countersign
