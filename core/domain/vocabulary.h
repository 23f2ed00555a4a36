// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QString>

#include <optional>
#include <vector>

namespace countersign {

/// The words of the product and their wire names (CLI.md). Every enum here has toText() and a fromText() that knows
/// exactly the names written there.

/// What kind of asking this is.
enum class Pattern {
    WorkflowApproval,
    ToolApproval,
    ClientTool,
    Elicitation,
    ElicitationUrl,
    Confirmation,
    Gate,
    Sampling
};
QString toText(Pattern pattern); ///< `workflow-approval`, …, `gate`.
std::optional<Pattern> patternFromText(const QString &text);

/// How much a mistake would cost; decides the friction (MODEL.md section 10).
enum class Tier { Low, Medium, High };
QString toText(Tier tier);
std::optional<Tier> tierFromText(const QString &text);

/// What a reviewer says in a vote.
enum class Verdict { Approve, ApproveEdited, Reject, RequestChanges, Answer, Decline, Cancel };
QString
toText(Verdict verdict); ///< `approve`, `approve-edited`, `reject`, `request-changes`, `answer`, `decline`, `cancel`.
std::optional<Verdict> verdictFromText(const QString &text);
/// Approve, ApproveEdited and Answer let something happen; the rest do not.
bool letsItHappen(Verdict verdict);

enum class Lifecycle { Pending, ChangesRequested, Decided, Expired, Withdrawn, Superseded };
QString toText(Lifecycle lifecycle);
std::optional<Lifecycle> lifecycleFromText(const QString &text);

enum class Delivery { None, Staged, Held, Released, Sending, Acknowledged, Unknown, Undeliverable };
QString toText(Delivery delivery);
std::optional<Delivery> deliveryFromText(const QString &text);

/// Why a reviewer said no, for evaluation. Keys 1 to 9 in the window.
struct ReasonCode {
    QString id;    ///< Stable: `wrong-target`.
    QString label; ///< For people, in English; `ui` translates it.
};
const std::vector<ReasonCode> &reasonCodes();

} // namespace countersign
