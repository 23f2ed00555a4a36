// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/store.h"

#include <QtCore/QFuture>
#include <QtCore/QHash>

#include <functional>

namespace countersign::ui {

/// What the queue asks the reader thread.
struct QueueQuestion {
    QueueQuery query;
    QueueWindow window;
    /// Starts so many rows below the top instead of at \c window.after; for open lists, whose length is bounded.
    std::optional<qint64> startIndex;
    bool wantsExtent = true;
    /// Rows on screen: those that the page does not have are looked up one by one, to tell what became of them.
    std::vector<RequestId> known;
};

struct QueueAnswer {
    QueuePage page;
    std::optional<QueueExtent> extent; ///< When it was asked for.
    qint64 startIndex = 0;             ///< Where a question with a start index really began.
    std::optional<QueueKey> startKey;  ///< The key just before the first row, when a start index was asked for.
    std::vector<Request> elsewhere;    ///< The known rows that are not in the page, as they are now.
    QHash<RequestId, int> approvals;   ///< Votes so far, for rows that need more than one.
};

/// The farthest that a start index goes.
constexpr qint64 farthestStartIndex = 20'000;

/// Reads everything for one answer; on the reader thread.
Result<QueueAnswer> answerQuestion(StoreReader &reader, const QueueQuestion &question);

/// Puts a question and promises the answer. The window's asks the reader thread; a test's answers when it likes.
using AskQueue = std::function<QFuture<Result<QueueAnswer>>(const QueueQuestion &)>;

} // namespace countersign::ui
