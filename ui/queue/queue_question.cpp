// SPDX-License-Identifier: Apache-2.0
#include "ui/queue/queue_question.h"

#include "core/domain/statements.h"

#include <QtCore/QSet>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int stride = 1000;

/// Moves \p window down to the row at \p index, page by page, for there are no offsets.
Result<qint64> walkTo(StoreReader &reader, const QueueQuery &query, qint64 index, QueueWindow &window)
{
    qint64 reached = 0;
    const qint64 goal = std::min(index, farthestStartIndex);
    while (reached < goal) {
        QueueWindow step = window;
        step.rowCount = static_cast<int>(std::min<qint64>(stride, goal - reached));
        const auto page = reader.findRequests(query, step);
        if (!page) {
            return page.error();
        }
        if (page->rows.empty()) {
            break;
        }
        reached += static_cast<qint64>(page->rows.size());
        window.after = page->rows.back().key;
    }
    return reached;
}

Result<int> countApprovals(StoreReader &reader, const WorkspaceId &workspace, const Request &request)
{
    const auto statements = reader.statements(u"vote"_s, request.id.text());
    if (!statements) {
        return statements.error();
    }
    QHash<ReviewerId, Verdict> lastWord; // A changed vote is a new vote.
    for (const Statement &statement : *statements) {
        const auto vote = decodeVote(workspace, statement);
        if (vote && vote->round == request.round) {
            lastWord.insert(vote->reviewer, vote->verdict);
        }
    }
    return static_cast<int>(std::count_if(lastWord.begin(), lastWord.end(), letsItHappen));
}

} // namespace

Result<QueueAnswer> answerQuestion(StoreReader &reader, const QueueQuestion &question)
{
    QueueAnswer answer;
    QueueWindow window = question.window;
    if (question.startIndex) {
        const auto reached = walkTo(reader, question.query, *question.startIndex, window);
        if (!reached) {
            return reached.error();
        }
        answer.startIndex = *reached;
        answer.startKey = window.after;
    }
    auto page = reader.findRequests(question.query, window);
    if (!page) {
        return page.error();
    }
    answer.page = std::move(*page);
    if (question.wantsExtent) {
        const auto extent = reader.extent(question.query);
        if (!extent) {
            return extent.error();
        }
        answer.extent = *extent;
    }

    QSet<RequestId> found;
    std::optional<WorkspaceId> workspace;
    for (const QueueRow &row : answer.page.rows) {
        found.insert(row.request.id);
        if (row.request.quorum > 1 && row.request.isOpen()) {
            if (!workspace) {
                const auto info = reader.workspace();
                if (!info) {
                    return info.error();
                }
                workspace = info->id;
            }
            const auto approvals = countApprovals(reader, *workspace, row.request);
            if (!approvals) {
                return approvals.error();
            }
            answer.approvals.insert(row.request.id, *approvals);
        }
    }
    for (const RequestId &id : question.known) {
        if (found.contains(id)) {
            continue;
        }
        auto request = reader.request(id);
        if (!request) {
            return request.error();
        }
        if (*request) {
            answer.elsewhere.push_back(std::move(**request));
        }
    }
    return answer;
}

} // namespace countersign::ui
