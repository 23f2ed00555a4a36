// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/queue/queue_question.h"

#include <QtCore/QPromise>

#include <memory>
#include <utility>
#include <vector>

namespace countersign::ui {

/// A list of requests that answers the queue's questions as the store would, when the test says so. Newest first or
/// most urgent first, by the view that is asked for. Keys are dense.
class QueueScript
{
public:
    std::vector<Request> requests; ///< In the order in which they were made.
    bool answersAtOnce = true;
    int asked = 0;
    int longestPage = 0;
    bool neverChanges = false; ///< Then a long list is sorted only once.

    AskQueue door()
    {
        return [this](const QueueQuestion &question) { return ask(question); };
    }
    void answerAll()
    {
        for (auto &[promise, question] : std::exchange(m_waiting, {})) {
            promise->addResult(answer(question));
            promise->finish();
        }
    }
    std::vector<QueueRow> rows(QueueQuery::View view) const
    {
        std::vector<QueueRow> rows;
        const bool settled = view == QueueQuery::View::Settled;
        for (const Request &request : requests) {
            if (request.isOpen() != settled) {
                const qint64 due = request.expiresAt ? toUnixMs(*request.expiresAt) : 9'000'000'000'000'000;
                rows.push_back({{settled ? request.settledSequence : due, request.id.text()}, request});
            }
        }
        std::stable_sort(rows.begin(), rows.end(), [settled](const QueueRow &one, const QueueRow &other) {
            return settled ? one.key.primary > other.key.primary : one.key.primary < other.key.primary;
        });
        return rows;
    }

private:
    using Promise = std::shared_ptr<QPromise<Result<QueueAnswer>>>;

    QFuture<Result<QueueAnswer>> ask(const QueueQuestion &question)
    {
        ++asked;
        auto promise = std::make_shared<QPromise<Result<QueueAnswer>>>();
        promise->start();
        m_waiting.emplace_back(promise, question);
        auto future = promise->future();
        if (answersAtOnce) {
            answerAll();
        }
        return future;
    }

    Result<QueueAnswer> answer(const QueueQuestion &question)
    {
        if (!neverChanges || m_sorted.empty()) {
            m_sorted = rows(question.query.view);
        }
        const std::vector<QueueRow> &all = m_sorted;
        const bool falling = question.query.view == QueueQuery::View::Settled;
        const auto comesAfter = [falling](const QueueKey &key, const QueueKey &than) {
            const auto one = std::pair(key.primary, key.id);
            const auto other = std::pair(than.primary, than.id);
            return falling ? one < other : one > other;
        };
        const auto count = static_cast<qsizetype>(all.size());
        qsizetype from = std::min<qsizetype>(question.startIndex.value_or(0), count);
        qsizetype to = std::min<qsizetype>(from + question.window.rowCount, count);
        if (question.window.after) {
            from = std::count_if(all.begin(), all.end(),
                                 [&](const QueueRow &row) { return !comesAfter(row.key, *question.window.after); });
            to = std::min<qsizetype>(from + question.window.rowCount, count);
        } else if (question.window.before) {
            to = std::count_if(all.begin(), all.end(),
                               [&](const QueueRow &row) { return comesAfter(*question.window.before, row.key); });
            from = std::max<qsizetype>(0, to - question.window.rowCount);
        }
        QueueAnswer answer;
        answer.page.rows.assign(all.begin() + from, all.begin() + to);
        answer.page.moreBefore = from > 0;
        answer.page.moreAfter = to < count;
        answer.startIndex = from;
        if (question.startIndex && from > 0) {
            answer.startKey = all[static_cast<size_t>(from) - 1].key;
        }
        longestPage = std::max(longestPage, static_cast<int>(answer.page.rows.size()));
        answer.extent = QueueExtent{count, false, count == 0 ? 0 : all.front().key.primary,
                                    count == 0 ? 0 : all.back().key.primary};
        for (const RequestId &id : question.known) {
            const auto inPage = std::any_of(answer.page.rows.begin(), answer.page.rows.end(),
                                            [&id](const QueueRow &row) { return row.request.id == id; });
            const auto known = std::find_if(requests.begin(), requests.end(),
                                            [&id](const Request &request) { return request.id == id; });
            if (!inPage && known != requests.end()) {
                answer.elsewhere.push_back(*known);
            }
        }
        return answer;
    }

    std::vector<std::pair<Promise, QueueQuestion>> m_waiting;
    std::vector<QueueRow> m_sorted;
};

/// An open request called \p name, due after \p due from the fake clock's beginning.
inline Request anOpenRequest(const QString &name, std::chrono::minutes due, Timestamp now)
{
    Request request;
    request.id = RequestId(name);
    request.summary = QStringLiteral("Do ") + name;
    request.agentName = QStringLiteral("agent");
    request.connection = QStringLiteral("local");
    request.toolName = QStringLiteral("tool");
    request.createdAt = now;
    request.expiresAt = now + due;
    return request;
}

inline Request aSettledRequest(qint64 sequence, Timestamp at)
{
    Request request = anOpenRequest(QStringLiteral("r%1").arg(sequence, 9, 10, QLatin1Char('0')), {}, at);
    request.state = {Lifecycle::Decided, Delivery::Acknowledged};
    request.verdict = Verdict::Approve;
    request.settledAt = at;
    request.settledSequence = sequence;
    return request;
}

} // namespace countersign::ui
