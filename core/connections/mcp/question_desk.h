// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/mcp/client.h"
#include "core/engine/wait_end.h"

namespace countersign::mcp {

/// Who asks, as this machine knows it. Shown with every question; what the server says of itself is a claim.
struct QuestionSource {
    QString connection;  ///< As the person called it: also the name of who asks.
    QStringList command; ///< That starts the server; empty: it is at \c address.
    QString address;     ///< Without its query.
    QString osUser;
};

/// The questions of one server as requests. Used where the engine lives, by one job at a time; holds no sockets.
namespace QuestionDesk {

/// What a question becomes. A form that breaks a rule can still be declined.
RoundContent contentOf(const QuestionSource &source, const InputRequest &request);

/// Whoever had begun to answer the same question before its connection ended finds their draft in it. Busy: the
/// server's quota of requests is used up.
Result<RequestId> file(Engine &engine, const QuestionSource &source, const InputRequest &request);

/// An answer that is to be given to the server now; its start is committed.
struct Answered {
    RequestId request;
    InputAnswer answer;
    bool isStarted = false; ///< finish() has to follow.
};
struct Looked {
    std::vector<Answered> answered;
    QString
        waits; ///< Not empty: why an answer is not given yet. Nothing of it was sent, and the next look tries again.
};
/// Those of \p requests that have come to an end. One that cannot be verified is cancelled.
Looked look(Engine &engine, const std::vector<RequestId> &requests);
/// \p problem: why the answer did not reach the server; empty: it did.
Result<> finish(Engine &engine, const RequestId &id, const QString &problem);
/// Nobody waits for the answer any more. Of an answer that was on its way already it says nothing.
Result<> withdraw(Engine &engine, const QuestionSource &source, const RequestId &id, const QString &why);
/// Takes back what an earlier run of the connection left waiting. Only for whoever serves the connection.
Result<> withdrawAbandoned(Engine &engine, const QuestionSource &source);

} // namespace QuestionDesk

} // namespace countersign::mcp
