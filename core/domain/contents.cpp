// SPDX-License-Identifier: Apache-2.0
#include "core/domain/body_fields.h"
#include "core/domain/content_values.h"
#include "core/domain/hashes.h"

#include <limits>
#include <string>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

/// Contents hold whatever somebody sent, so they may be larger than the texts in them: escapes take up to six times
/// the room, and a payload that was too large to review is kept all the same.
constexpr JsonLimits contentLimits{.maxBytes = 512LL * 1024 * 1024, .maxNodes = 500'000, .maxDepth = 8};

/// The exact bytes of \p source: as a string, or as `{"hex": …}` where they are not UTF-8 and a string cannot hold
/// them.
JsonValue sourceText(const QByteArray &source)
{
    if (source.isValidUtf8()) {
        return JsonValue::fromUtf8(source.toStdString());
    }
    BodyWriter bytes;
    bytes.value("hex", JsonValue::fromUtf8(source.toHex().toStdString()));
    return bytes.take();
}

QByteArray readSourceText(BodyReader &reader, std::string_view key)
{
    const JsonValue *member = reader.value(key);
    if (!member) {
        return {};
    }
    if (member->isString()) {
        const std::string_view text = member->utf8();
        return {text.data(), static_cast<qsizetype>(text.size())};
    }
    const JsonValue *hex = member->find("hex");
    if (hex && hex->isString() && member->members().size() == 1) {
        const QByteArray digits = hex->toString().toUtf8();
        const QByteArray bytes = QByteArray::fromHex(digits);
        // One content has one form: lower-case digits, and only for what a string cannot hold.
        if (bytes.toHex() == digits && !bytes.isValidUtf8()) {
            return bytes;
        }
    }
    reader.reject(key, u"a source text"_s);
    return {};
}

std::vector<EvidenceItem> readEvidence(BodyReader &reader)
{
    std::vector<EvidenceItem> evidence;
    const JsonValue *list = reader.value("evidence");
    if (list && !list->isArray()) {
        reader.reject("evidence", u"a list"_s);
    }
    for (const JsonValue &entry : list ? list->items() : JsonValue::Array{}) {
        BodyReader item(entry, u"The evidence"_s);
        EvidenceItem read{.name = item.text("name"),
                          .mediaType = item.text("mediaType"),
                          .size = item.integer("size", 0, std::numeric_limits<qint64>::max()),
                          .sha256 = item.digest("sha256")};
        if (!item.finish()) {
            reader.reject("evidence", u"a list of files with name, mediaType, size and sha256"_s);
            break;
        }
        evidence.push_back(std::move(read));
    }
    return evidence;
}

std::vector<Verdict> readVerdicts(BodyReader &reader)
{
    std::vector<Verdict> verdicts;
    for (const QString &word : reader.texts("allowed")) {
        const std::optional<Verdict> verdict = verdictFromText(word);
        if (!verdict) {
            reader.reject("allowed", u"a list of answers that Countersign knows"_s);
            break;
        }
        verdicts.push_back(*verdict);
    }
    return verdicts;
}

std::optional<Tier> readRequestedTier(BodyReader &reader)
{
    const JsonValue *member = reader.value("requestedTier");
    if (!member || member->isNull()) {
        return {};
    }
    const std::optional<Tier> tier = member->isString() ? tierFromText(member->toString()) : std::nullopt;
    if (!tier) {
        reader.reject("requestedTier", u"low, medium or high"_s);
    }
    return tier;
}

Pattern readPattern(BodyReader &reader)
{
    const std::optional<Pattern> pattern = patternFromText(reader.text("pattern"));
    if (!pattern) {
        reader.reject("pattern", u"a kind of request that Countersign knows"_s);
    }
    return pattern.value_or(Pattern::ToolApproval);
}

} // namespace

QByteArray encodeRoundContent(const RoundContent &content)
{
    BodyWriter writer(u"round-content"_s);
    writer.text("pattern", toText(content.pattern))
        .text("toolName", content.toolName)
        .digestOrNull("toolDefinition", content.toolDefinition)
        .value("arguments", sourceText(content.arguments))
        .value("schema", sourceText(content.schema))
        .text("title", content.title)
        .text("message", content.message)
        .text("url", content.url)
        .value("evidence", evidenceValue(content.evidence))
        .value("allowed", verdictsValue(content.allowed))
        .value("requestedTier", tierValue(content.requestedTier))
        .value("annotations", sourceText(content.annotations))
        .text("unreviewable", content.unreviewable);
    return writer.canonical();
}

Result<RoundContent> decodeRoundContent(QByteArrayView body)
{
    const Result<JsonValue> parsed = readJson(body, contentLimits);
    if (!parsed) {
        return parsed.error();
    }
    BodyReader reader(*parsed, u"The stored content of the round"_s, u"round-content"_s);
    RoundContent content;
    content.pattern = readPattern(reader);
    content.toolName = reader.text("toolName");
    content.toolDefinition = reader.digestOrNull("toolDefinition");
    content.arguments = readSourceText(reader, "arguments");
    content.schema = readSourceText(reader, "schema");
    content.title = reader.text("title");
    content.message = reader.text("message");
    content.url = reader.text("url");
    content.evidence = readEvidence(reader);
    content.allowed = readVerdicts(reader);
    content.requestedTier = readRequestedTier(reader);
    content.annotations = readSourceText(reader, "annotations");
    content.unreviewable = reader.text("unreviewable");
    if (Result<> finished = reader.finish(); !finished) {
        return finished.error();
    }
    return content;
}

QByteArray encodeVoteContent(const VoteContent &content)
{
    BodyWriter writer(u"vote-content"_s);
    writer.text("reason", content.reason)
        .value("arguments", sourceText(content.arguments))
        .value("answer", sourceText(content.answer))
        .value("metadata", sourceText(content.metadata));
    return writer.canonical();
}

Result<VoteContent> decodeVoteContent(QByteArrayView body)
{
    const Result<JsonValue> parsed = readJson(body, contentLimits);
    if (!parsed) {
        return parsed.error();
    }
    BodyReader reader(*parsed, u"The stored content of the vote"_s, u"vote-content"_s);
    VoteContent content;
    content.reason = reader.text("reason");
    content.arguments = readSourceText(reader, "arguments");
    content.answer = readSourceText(reader, "answer");
    content.metadata = readSourceText(reader, "metadata");
    if (Result<> finished = reader.finish(); !finished) {
        return finished.error();
    }
    return content;
}

} // namespace countersign
