// SPDX-License-Identifier: Apache-2.0
#include "core/engine/request_json.h"

#include "core/base/json_reader.h"

#include <algorithm>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

JsonValue text(const QString &value)
{
    return JsonValue::fromString(value);
}

JsonValue textOrNull(const QString &value)
{
    return value.isEmpty() ? JsonValue() : text(value);
}

JsonValue hexOrNull(const Digest &digest)
{
    return digest.isNull() ? JsonValue() : text(digest.hex());
}

JsonValue timeOrNull(const std::optional<Timestamp> &time)
{
    return time ? text(toRfc3339(*time)) : JsonValue();
}

/// What stands in a payload, with its own number text and order. Null when there is none; a payload that cannot be
/// read as JSON stands as its text, so that nothing is hidden.
JsonValue payload(const QByteArray &bytes)
{
    if (bytes.isEmpty()) {
        return {};
    }
    Result<JsonValue> value = readJson(bytes, JsonLimits::schema());
    return value ? std::move(*value) : text(QString::fromUtf8(bytes));
}

JsonValue evidenceJson(const std::vector<EvidenceItem> &evidence)
{
    JsonValue list = JsonValue::array();
    for (const EvidenceItem &item : evidence) {
        list.append(JsonValue::object({{"name", text(item.name)},
                                       {"mediaType", text(item.mediaType)},
                                       {"size", JsonValue::fromInteger(item.size)},
                                       {"sha256", text(item.sha256.hex())}}));
    }
    return list;
}

JsonValue allowedJson(const std::vector<Verdict> &allowed)
{
    JsonValue list = JsonValue::array();
    for (const Verdict verdict : allowed) {
        list.append(text(toText(verdict)));
    }
    return list;
}

JsonValue voteJson(const Vote &vote)
{
    return JsonValue::object(
        {{"id", text(vote.statement.text())},
         {"round", JsonValue::fromInteger(vote.round)},
         {"verdict", text(toText(vote.verdict))},
         {"reviewer", text(vote.reviewerName)},
         {"reason", text(vote.content.reason)},
         {"reasonCode", textOrNull(vote.reasonCode)},
         {"metadata", payload(vote.content.metadata)},
         {"payloadHash", text(vote.payloadHash.hex())},
         {"effectiveHash", text(vote.effectiveHash.hex())},
         {"keyId", text(vote.keyId.hex())},
         {"shown", JsonValue::object({{"view", text(vote.shown.view)},
                                      {"linesSeen", JsonValue::fromInteger(vote.shown.linesSeen)},
                                      {"linesTotal", JsonValue::fromInteger(vote.shown.linesTotal)},
                                      {"dwellMs", JsonValue::fromInteger(vote.shown.dwell.count())}})},
         {"contentErased", JsonValue::fromBool(vote.contentErased)},
         {"at", text(toRfc3339(vote.at))}});
}

const Vote *decidingVote(const RequestDetail &detail, const Decision &decision)
{
    const auto vote = std::find_if(detail.votes.begin(), detail.votes.end(),
                                   [&](const Vote &candidate) { return candidate.statement == decision.decidingVote; });
    return vote == detail.votes.end() ? nullptr : &*vote;
}

const Round *roundOf(const RequestDetail &detail, int number)
{
    const auto round = std::find_if(detail.rounds.begin(), detail.rounds.end(),
                                    [&](const Round &candidate) { return candidate.number == number; });
    return round == detail.rounds.end() ? nullptr : &*round;
}

/// The arguments that may be used: as asked, or as edited by the reviewer; null when nothing may.
JsonValue decidedArguments(const RequestDetail &detail, const Decision &decision, const Vote *vote)
{
    if (decision.verdict == Verdict::ApproveEdited && vote) {
        return payload(vote->content.arguments);
    }
    const Round *round = roundOf(detail, decision.round);
    return decision.verdict == Verdict::Approve && round ? payload(round->content.arguments) : JsonValue();
}

JsonValue decisionJson(const RequestDetail &detail)
{
    if (!detail.decision) {
        return {};
    }
    const Decision &decision = *detail.decision;
    const Vote *vote = decidingVote(detail, decision);
    return JsonValue::object(
        {{"id", text(decision.id.text())},
         {"round", JsonValue::fromInteger(decision.round)},
         {"verdict", text(toText(decision.verdict))},
         {"reviewer", text(decision.reviewerName)},
         {"policy", policyNumberOf(decision.reviewer.text()) ? text(decision.reviewer.text()) : JsonValue()},
         {"reason", text(vote ? vote->content.reason : detail.policyReason)},
         {"reasonCode", textOrNull(vote ? vote->reasonCode : QString())},
         {"arguments", decidedArguments(detail, decision, vote)},
         {"content", vote ? payload(vote->content.answer) : JsonValue()},
         {"metadata", vote ? payload(vote->content.metadata) : JsonValue()},
         {"payloadHash", text(decision.payloadHash.hex())},
         {"effectiveHash", text(decision.effectiveHash.hex())},
         {"decidedAt", text(toRfc3339(decision.decidedAt))},
         {"releaseAt", timeOrNull(decision.releaseAt)},
         {"releasedAt", timeOrNull(decision.releasedAt)},
         {"acknowledgedAt", timeOrNull(decision.acknowledgedAt)}});
}

JsonValue outcomeJson(const RequestDetail &detail)
{
    if (detail.outcomes.empty()) {
        return {};
    }
    const Outcome &outcome = detail.outcomes.back();
    return JsonValue::object({{"id", text(outcome.id.text())},
                              {"exitCode", outcome.exitCode ? JsonValue::fromInteger(*outcome.exitCode) : JsonValue()},
                              {"error", textOrNull(outcome.error)},
                              {"output", payload(outcome.output)},
                              {"outputDigest", hexOrNull(outcome.outputDigest)},
                              {"note", textOrNull(outcome.note)},
                              {"at", text(toRfc3339(outcome.at))}});
}

void addContent(JsonValue &json, const Round &round)
{
    const RoundContent &content = round.content;
    json.set("arguments", payload(content.arguments));
    json.set("schema", payload(content.schema));
    json.set("url", textOrNull(content.url));
    json.set("annotations", payload(content.annotations));
    json.set("evidence", evidenceJson(content.evidence));
    json.set("allowed", allowedJson(content.allowed));
    json.set("unreviewable", textOrNull(content.unreviewable));
    json.set("contentErased", JsonValue::fromBool(round.contentErased));
    json.set("tier", text(toText(round.policy.tier)));
    json.set("quorum", JsonValue::fromInteger(round.policy.quorum));
    json.set("policy", text(round.policy.trace));
    json.set("policyVersion", text(round.policy.version));
    json.set("payloadHash", text(round.payloadHash.hex()));
}

} // namespace

JsonValue requestJson(const RequestDetail &detail, Timestamp now)
{
    const Request &request = detail.request;
    const bool claimed = request.isClaimedAt(now);
    JsonValue json =
        JsonValue::object({{"id", text(request.id.text())},
                           {"status", text(request.status(now))},
                           {"pattern", text(toText(request.pattern))},
                           {"summary", text(request.summary)},
                           {"title", text(request.agentTitle)},
                           {"message", text(detail.rounds.empty() ? QString() : detail.round().content.message)},
                           {"agent", text(request.agentName)},
                           {"connection", text(request.connection)},
                           {"tool", textOrNull(request.toolName)}});
    if (!detail.rounds.empty()) {
        addContent(json, detail.round());
    }
    json.set("revision", JsonValue::fromInteger(request.revision));
    json.set("round", JsonValue::fromInteger(request.round));
    json.set("createdAt", text(toRfc3339(request.createdAt)));
    json.set("expiresAt", timeOrNull(request.expiresAt));
    json.set("settledAt", timeOrNull(request.settledAt));
    json.set("settledNote", textOrNull(request.settledNote));
    json.set("settledReason", textOrNull(detail.settledReason));
    json.set("claimedBy", claimed ? text(request.claimedByName) : JsonValue());
    json.set("deferredUntil", timeOrNull(request.deferredUntil));
    json.set("delivery", text(toText(request.state.delivery)));
    json.set("problem", textOrNull(detail.problem));
    JsonValue votes = JsonValue::array();
    for (const Vote &vote : detail.votes) {
        votes.append(voteJson(vote));
    }
    json.set("votes", std::move(votes));
    json.set("decision", decisionJson(detail));
    json.set("outcome", outcomeJson(detail));
    return json;
}

JsonValue errorJson(const Error &error)
{
    return JsonValue::object({{"error", JsonValue::object({{"code", text(toText(error.code))},
                                                           {"message", text(error.message)},
                                                           {"detail", text(error.detail)}})}});
}

QString toText(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidInput:
        return u"invalid-input"_s;
    case ErrorCode::Malformed:
        return u"malformed"_s;
    case ErrorCode::TooLarge:
        return u"too-large"_s;
    case ErrorCode::NotFound:
        return u"not-found"_s;
    case ErrorCode::Conflict:
        return u"conflict"_s;
    case ErrorCode::AlreadyDecided:
        return u"already-decided"_s;
    case ErrorCode::WrongState:
        return u"wrong-state"_s;
    case ErrorCode::Expired:
        return u"expired"_s;
    case ErrorCode::ContentChanged:
        return u"content-changed"_s;
    case ErrorCode::NotAllowed:
        return u"not-allowed"_s;
    case ErrorCode::WrongPassphrase:
        return u"wrong-passphrase"_s;
    case ErrorCode::Busy:
        return u"busy"_s;
    case ErrorCode::Storage:
        return u"storage"_s;
    case ErrorCode::DiskFull:
        return u"disk-full"_s;
    case ErrorCode::ReadOnly:
        return u"read-only"_s;
    case ErrorCode::Damaged:
        return u"damaged"_s;
    case ErrorCode::NewerVersion:
        return u"newer-version"_s;
    case ErrorCode::Unreachable:
        return u"unreachable"_s;
    case ErrorCode::Cancelled:
        return u"cancelled"_s;
    case ErrorCode::Internal:
        break;
    }
    return u"internal"_s;
}

} // namespace countersign
