// SPDX-License-Identifier: Apache-2.0
#include "core/audit/event_body.h"
#include "core/base/json_reader.h"
#include "core/domain/hashes.h"
#include "core/domain/statements.h"
#include "core/engine/engine_types.h"
#include "core/engine/policy.h"
#include "core/engine/votes.h"

using namespace Qt::Literals::StringLiterals;

namespace countersign {

namespace {

/// Why the asker withdrew: the content that its event holds on to.
Result<QString> withdrawalReason(StoreReader &store, const std::vector<StoreReader::SealedEvent> &timeline)
{
    for (const StoreReader::SealedEvent &sealed : timeline) {
        if (sealed.event.kind != "request.withdrawn"_L1) {
            continue;
        }
        const Result<EventFacts> facts = decodeEvent(sealed.event.body);
        if (!facts || facts->contents.empty()) {
            continue;
        }
        const Result<std::optional<ContentRow>> content = store.content(ContentId(facts->contents.front().id));
        if (!content) {
            return content.error();
        }
        if (*content) {
            const Result<JsonValue> body = readJson((*content)->body);
            const JsonValue *reason = body ? body->find("reason") : nullptr;
            return reason ? reason->toString() : QString();
        }
    }
    return QString();
}

/// What the agent was told by the policy that decided.
Result<QString> policyReason(StoreReader &store, const RequestDetail &detail)
{
    for (auto sealed = detail.timeline.rbegin(); sealed != detail.timeline.rend(); ++sealed) {
        if (sealed->event.kind != "decision.automatic"_L1) {
            continue;
        }
        const Result<EventFacts> facts = decodeEvent(sealed->event.body);
        if (!facts || facts->contents.empty()) {
            break;
        }
        const Result<std::optional<ContentRow>> content = store.content(ContentId(facts->contents.front().id));
        if (!content) {
            return content.error();
        }
        const Result<VoteContent> words =
            *content ? decodeVoteContent((*content)->body) : Result<VoteContent>(VoteContent{});
        return words ? words->reason : QString();
    }
    return QString();
}

/// What the policy of the current round says about its tool. Whether it is the one that was signed is looked at again
/// by whoever decides; here a text that is not the stated one is a problem already.
Result<> loadToolPolicy(StoreReader &store, RequestDetail &detail)
{
    const Round &round = detail.round();
    if (round.policy.version == builtinPolicyVersion()) {
        return {};
    }
    const Result<std::vector<PolicyVersion>> rows = store.policies();
    if (!rows) {
        return rows.error();
    }
    const auto row = std::find_if(rows->begin(), rows->end(),
                                  [&round](const PolicyVersion &one) { return one.version == round.policy.version; });
    const Result<std::optional<Statement>> statement =
        row == rows->end() ? Result<std::optional<Statement>>(std::nullopt) : store.statement(row->statement);
    if (!statement) {
        return statement.error();
    }
    const Result<PolicyBody> body =
        *statement ? decodePolicy((*statement)->body) : Result<PolicyBody>(Error{ErrorCode::NotFound, {}, {}});
    const Result<Policy> policy = body && body->policyHash == sha256(row->body) && body->version == row->version
                                      ? readPolicy(row->body)
                                      : Result<Policy>(Error{ErrorCode::Damaged, {}, {}});
    if (!policy) {
        detail.problem = u"The policy under which this request was filed is not the one that was signed: somebody "
                         "changed the workspace."_s;
    } else if (const ToolPolicy *tool = policy->tool(round.content.toolName)) {
        detail.toolPolicy = *tool;
    }
    return {};
}

Result<RequestDetail> loadAll(StoreReader &store, const RequestId &id)
{
    RequestDetail detail;
    const Result<WorkspaceInfo> workspace = store.workspace();
    Result<std::optional<Request>> request = store.request(id);
    if (!workspace || !request) {
        return workspace ? request.error() : workspace.error();
    }
    if (!*request) {
        return Error{ErrorCode::NotFound, u"There is no request %1 in this workspace."_s.arg(id.text().left(64)), {}};
    }
    detail.workspace = workspace->id;
    detail.request = std::move(**request);
    Result<std::optional<Principal>> principal = store.principal(detail.request.principal);
    Result<std::vector<Round>> rounds = store.rounds(id);
    Result<std::vector<Vote>> votes = loadVotes(store, workspace->id, id);
    Result<std::vector<Outcome>> outcomes = store.outcomes(id);
    Result<std::vector<StoreReader::SealedEvent>> timeline = store.eventsAbout(id.text());
    for (const Error *error : {principal ? nullptr : &principal.error(), rounds ? nullptr : &rounds.error(),
                               outcomes ? nullptr : &outcomes.error(), timeline ? nullptr : &timeline.error()}) {
        if (error) {
            return *error;
        }
    }
    if (rounds->empty() || rounds->back().number != detail.request.round) {
        return Error{
            ErrorCode::Damaged, u"The content of request %1 is missing from the workspace."_s.arg(id.text()), {}};
    }
    detail.principal = principal->value_or(Principal{});
    detail.rounds = std::move(*rounds);
    detail.outcomes = std::move(*outcomes);
    detail.timeline = std::move(*timeline);
    if (votes) {
        detail.votes = std::move(*votes);
    } else {
        detail.problem = votes.error().message;
    }
    if (detail.request.decision) {
        Result<std::optional<Decision>> decision = store.decision(*detail.request.decision);
        Result<std::vector<DeliveryAttempt>> attempts = store.deliveryAttempts(*detail.request.decision);
        if (!decision || !attempts) {
            return decision ? attempts.error() : decision.error();
        }
        detail.decision = *decision;
        detail.attempts = std::move(*attempts);
    }
    const Round &round = detail.round();
    if (round.contentErased) {
        detail.problem = u"The content of this request was erased."_s;
    } else if (payloadHash(detail.workspace, round) != round.payloadHash) {
        detail.problem = u"The stored content is not what was filed: somebody changed the workspace."_s;
    }
    if (detail.problem.isEmpty()) {
        if (const Result<> loaded = loadToolPolicy(store, detail); !loaded) {
            return loaded.error();
        }
    }
    if (detail.decision && policyNumberOf(detail.decision->reviewer.text())) {
        Result<QString> reason = policyReason(store, detail);
        if (!reason) {
            return reason.error();
        }
        detail.policyReason = std::move(*reason);
    }
    if (detail.request.state.lifecycle == Lifecycle::Withdrawn) {
        Result<QString> reason = withdrawalReason(store, detail.timeline);
        if (!reason) {
            return reason.error();
        }
        detail.settledReason = std::move(*reason);
    }
    return detail;
}

} // namespace

Result<RequestDetail> loadDetail(StoreReader &store, const RequestId &id)
{
    std::optional<RequestDetail> detail;
    const Result<> done = store.readConsistently([&]() -> Result<> {
        Result<RequestDetail> loaded = loadAll(store, id);
        if (!loaded) {
            return loaded.error();
        }
        detail = std::move(*loaded);
        return {};
    });
    return done ? Result<RequestDetail>(std::move(*detail)) : Result<RequestDetail>(done.error());
}

} // namespace countersign
