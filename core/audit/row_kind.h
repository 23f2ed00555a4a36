// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace countersign {

/// Rows that exist only because an entry of the log says so. A row that none speaks of was put there by hand.
enum class RowKind {
    Statement,
    Content,
    Request,
    Round, ///< Named by `REQUEST/NUMBER`.
    Decision,
    DeliveryAttempt,
    Outcome,
};

inline constexpr RowKind allRowKinds[] = {RowKind::Statement, RowKind::Content,  RowKind::Request,
                                          RowKind::Round,     RowKind::Decision, RowKind::DeliveryAttempt,
                                          RowKind::Outcome};

} // namespace countersign
