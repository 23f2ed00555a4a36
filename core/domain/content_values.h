// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"
#include "core/domain/request.h"

namespace countersign {

/// Parts of a round's content as JSON, the same in the stored form and under the hashes.
JsonValue evidenceValue(const std::vector<EvidenceItem> &evidence);
JsonValue verdictsValue(const std::vector<Verdict> &verdicts);
JsonValue tierValue(const std::optional<Tier> &tier); ///< Null when absent.

} // namespace countersign
