// SPDX-License-Identifier: Apache-2.0
#include "core/domain/hashes.h"

#include "core/domain/body_fields.h"
#include "core/domain/content_values.h"

namespace countersign {

namespace {

/// A payload as a value: null when there is none, `{"value": …}` in canonical form, or its bytes by hash when it is
/// not valid JSON. The wrapping keeps the three apart whatever the payload contains.
JsonValue payloadValue(const QByteArray &source, const JsonLimits &limits)
{
    if (source.isEmpty()) {
        return {};
    }
    BodyWriter writer;
    Result<JsonValue> parsed = readJson(source, limits);
    if (parsed) {
        writer.value("value", std::move(parsed).value());
    } else {
        writer.digest("unparsed", sha256(source));
    }
    return writer.take();
}

} // namespace

Digest intakeHash(const RoundContent &content)
{
    BodyWriter writer;
    writer.text("pattern", toText(content.pattern))
        .text("toolName", content.toolName)
        .digestOrNull("toolDefinition", content.toolDefinition)
        .value("arguments", payloadValue(content.arguments, JsonLimits::decisionPayload()))
        .value("schema", payloadValue(content.schema, JsonLimits::schema()))
        .text("title", content.title)
        .text("message", content.message)
        .text("url", content.url)
        .value("evidence", evidenceValue(content.evidence))
        .value("allowed", verdictsValue(content.allowed))
        .value("requestedTier", tierValue(content.requestedTier))
        .value("annotations", payloadValue(content.annotations, JsonLimits::decisionPayload()))
        .text("unreviewable", content.unreviewable);
    return domainHash("countersign/intake", writer.canonical());
}

Digest payloadHash(const WorkspaceId &workspace, const RequestId &request, int round, const Digest &intake,
                   const FrozenPolicy &policy, std::optional<Timestamp> expiresAt)
{
    BodyWriter writer;
    writer.text("workspace", workspace.text())
        .text("request", request.text())
        .integer("round", round)
        .digest("intakeHash", intake)
        .text("tier", toText(policy.tier))
        .text("policyVersion", policy.version)
        .integer("quorum", policy.quorum)
        .timeOrNull("expiresAt", expiresAt);
    return domainHash("countersign/payload", writer.canonical());
}

Digest effectiveHash(const Digest &payload, Verdict verdict, const RoundContent &round, const VoteContent &vote)
{
    BodyWriter writer;
    writer.digest("payloadHash", payload).text("verdict", toText(verdict));
    switch (verdict) {
    case Verdict::Approve:
        writer.value("arguments", payloadValue(round.arguments, JsonLimits::decisionPayload()));
        break;
    case Verdict::ApproveEdited:
        writer.value("arguments", payloadValue(vote.arguments, JsonLimits::decisionPayload()));
        break;
    case Verdict::Answer:
        writer.value("answer", payloadValue(vote.answer, JsonLimits::decisionPayload()));
        break;
    case Verdict::Reject:
    case Verdict::RequestChanges:
    case Verdict::Decline:
    case Verdict::Cancel:
        writer.text("refusal", vote.reason);
        break;
    }
    return domainHash("countersign/effective", writer.canonical());
}

QString policyReleaseToken(const WorkspaceId &workspace, const RequestId &request, int round, const Digest &payload,
                           const Digest &effective)
{
    BodyWriter writer;
    writer.text("workspace", workspace.text())
        .text("request", request.text())
        .integer("round", round)
        .digest("payloadHash", payload)
        .digest("effectiveHash", effective);
    return domainHash("countersign/policy-release", writer.canonical()).hex();
}

} // namespace countersign
