// SPDX-License-Identifier: Apache-2.0
#include "core/engine/votes.h"

#include "core/domain/hashes.h"
#include "core/domain/statements.h"

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace countersign {

Result<std::vector<Vote>> loadVotes(StoreReader &reader, const WorkspaceId &workspace, const RequestId &request)
{
    const Result<std::vector<Statement>> statements = reader.statements(u"vote"_s, request.text());
    if (!statements) {
        return statements.error();
    }
    std::vector<Vote> votes;
    for (const Statement &statement : *statements) {
        Result<Vote> vote = decodeVote(workspace, statement);
        if (!vote) {
            return Error{ErrorCode::Damaged,
                         u"A vote on request %1 cannot be read: somebody changed the workspace."_s.arg(request.text()),
                         vote.error().message};
        }
        const Result<std::optional<ContentRow>> content = reader.content(vote->contentId);
        if (!content) {
            return content.error();
        }
        vote->contentErased = !content->has_value();
        if (*content) {
            Result<VoteContent> decoded = decodeVoteContent((*content)->body);
            if (!decoded) {
                return decoded.error();
            }
            vote->content = std::move(*decoded);
        }
        votes.push_back(std::move(*vote));
    }
    return votes;
}

Result<std::vector<StatementId>> undoneVotes(StoreReader &reader, const RequestId &request)
{
    const Result<std::vector<Statement>> statements = reader.statements(u"undo"_s, request.text());
    if (!statements) {
        return statements.error();
    }
    std::vector<StatementId> undone;
    for (const Statement &statement : *statements) {
        if (const Result<UndoBody> body = decodeUndo(statement.body)) {
            undone.push_back(body->vote);
        }
    }
    return undone;
}

std::vector<Vote> countingVotes(const std::vector<Vote> &votes, const std::vector<StatementId> &undone, int round)
{
    std::vector<Vote> counting;
    for (const Vote &vote : votes) {
        if (vote.round != round || std::find(undone.begin(), undone.end(), vote.statement) != undone.end()) {
            continue;
        }
        std::erase_if(counting, [&](const Vote &earlier) { return earlier.reviewer == vote.reviewer; });
        counting.push_back(vote);
    }
    return counting;
}

std::optional<Verdict> outcomeOf(const std::vector<Vote> &counting, int quorum)
{
    for (const Vote &vote : counting) {
        if (!letsItHappen(vote.verdict)) {
            return vote.verdict;
        }
    }
    for (const Vote &vote : counting) {
        const auto agreeing = std::count_if(counting.begin(), counting.end(), [&](const Vote &other) {
            return other.effectiveHash == vote.effectiveHash;
        });
        if (agreeing >= quorum) {
            return vote.verdict;
        }
    }
    return std::nullopt;
}

} // namespace countersign
