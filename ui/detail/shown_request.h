// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/conversation.h"
#include "core/domain/summary.h"
#include "core/engine/engine_types.h"
#include "core/schema/schema.h"
#include "ui/detail/payload_rows.h"
#include "ui/detail/shell_command.h"

#include <memory>
#include <optional>

namespace countersign::ui {

/// One call of a step in which an agent made several: it goes on when all of them are answered.
struct StepCall {
    RequestId id;
    QString words; ///< Tool and standing; visible.
};

/// Everything that the right pane shows of one request, made ready on the reader thread so that the window never waits
/// for a megabyte. A value that is shared and never changed.
struct ShownRequest {
    RequestDetail detail;
    QString heading;                    ///< Ours, recomputed from the round's content.
    QString agent;                      ///< Visible.
    QString tool;                       ///< Visible.
    std::optional<JsonValue> arguments; ///< Absent: none, or they cannot be read.
    PayloadRows argumentRows;           ///< What the seen map covers.
    PayloadRows rawRows;
    PayloadRows differenceRows; ///< Empty: there is nothing to compare.
    QString differenceTitle;
    std::vector<CommandLine> commands;
    CriticalValue critical; ///< Value never empty for the high tier: then the tool's name.
    /// For filling in the answer or editing the arguments: the asker's schema, or one that the arguments imply. Null:
    /// there is nothing to fill in. Shared with the form, which outlives a reload.
    std::shared_ptr<const CompiledSchema> form;
    QString formNotice;              ///< Why the asker's schema is not the form's, or that there is none; empty: it is.
    std::optional<JsonValue> draft;  ///< The reviewer's form of this round, as last saved.
    QStringList delegates;           ///< Names of the other active reviewers.
    Conversation conversation;       ///< As it was when the request was filed.
    std::vector<StepCall> stepCalls; ///< In the order of filing, this one among them; fewer than two: it stands alone.

    const Round &round() const { return detail.round(); }
    const Request &request() const { return detail.request; }
    bool isQuestion() const;
    bool asksForForm() const; ///< A question that is answered by filling in a form.
    bool servesTool() const;  ///< A tool of the agent that the reviewer serves: the answer is what it gives.
    /// Why nothing may happen on this round: it cannot be reviewed, contradicts its hash, or was erased. Empty: fine.
    QString obstacle() const;
    /// Edited arguments of the standing decision, if there are any.
    const Vote *decidingVote() const;
};
using SharedRequest = std::shared_ptr<const ShownRequest>;

/// Reader thread. \p reviewer: whose draft; may be empty.
Result<SharedRequest> loadShownRequest(StoreReader &store, const RequestId &id, const ReviewerId &reviewer);

} // namespace countersign::ui
