// SPDX-License-Identifier: Apache-2.0
#include "core/engine/wait_end.h"

namespace countersign {

using namespace Qt::StringLiterals;

WaitEnd WaitEnd::of(Kind kind)
{
    WaitEnd end;
    end.kind = kind;
    return end;
}

WaitEnd WaitEnd::failed(const Error &error)
{
    WaitEnd end = of(Kind::Failed);
    end.error = error;
    return end;
}

namespace {

std::optional<WaitEnd> endOfDecided(Engine &engine, const Request &request)
{
    switch (request.state.delivery) {
    case Delivery::None:
    case Delivery::Staged:
    case Delivery::Held:
        return std::nullopt; // Not released: it can still be taken back.
    case Delivery::Unknown:
        return WaitEnd::of(WaitEnd::Kind::Unknown);
    case Delivery::Undeliverable:
        return WaitEnd::of(WaitEnd::Kind::Undeliverable);
    case Delivery::Released:
    case Delivery::Sending:
    case Delivery::Acknowledged:
        break;
    }
    Result<VerifiedOutcome> outcome = engine.verifiedOutcome(request.id);
    if (!outcome) {
        return WaitEnd::failed(outcome.error());
    }
    WaitEnd end = WaitEnd::of(WaitEnd::Kind::Decided);
    end.outcome = *std::move(outcome);
    return end;
}

std::optional<WaitEnd> endOf(Engine &engine, const Request &request)
{
    switch (request.state.lifecycle) {
    case Lifecycle::Pending:
        return std::nullopt;
    case Lifecycle::ChangesRequested: {
        const Result<> signedWish = engine.verifyChangesRequested(request.id);
        return signedWish ? WaitEnd::of(WaitEnd::Kind::ChangesRequested) : WaitEnd::failed(signedWish.error());
    }
    case Lifecycle::Expired:
        return WaitEnd::of(WaitEnd::Kind::Expired);
    case Lifecycle::Withdrawn:
        return WaitEnd::of(WaitEnd::Kind::Withdrawn);
    case Lifecycle::Superseded:
        return WaitEnd::of(WaitEnd::Kind::Superseded);
    case Lifecycle::Decided:
        break;
    }
    return endOfDecided(engine, request);
}

} // namespace

std::optional<WaitEnd> endNow(Engine &engine, const RequestId &id)
{
    const Result<std::optional<Request>> request = engine.store().request(id);
    if (!request) {
        // Somebody else is writing: the next look will do.
        return request.error().code == ErrorCode::Busy ? std::nullopt : std::optional(WaitEnd::failed(request.error()));
    }
    if (!*request) {
        return WaitEnd::failed(
            {ErrorCode::NotFound, u"There is no request %1 in this workspace."_s.arg(id.text().left(64)), {}});
    }
    std::optional<WaitEnd> end = endOf(engine, **request);
    if (end && end->kind == WaitEnd::Kind::Failed && end->error.code == ErrorCode::NotAllowed) {
        // The rows were read one by one; another process may have moved the request on in between.
        const Result<std::optional<Request>> again = engine.store().request(id);
        if (again && *again && (*again)->revision != (*request)->revision) {
            return std::nullopt;
        }
    }
    if (end && end->kind == WaitEnd::Kind::Failed && end->error.code == ErrorCode::Busy) {
        return std::nullopt;
    }
    return end;
}

} // namespace countersign
