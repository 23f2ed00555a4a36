// SPDX-License-Identifier: Apache-2.0
#include "core/domain/vocabulary.h"

#include <algorithm>
#include <iterator>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

template<typename Enum>
struct Word {
    Enum value;
    QLatin1StringView text;
};

constexpr Word<Pattern> patternWords[] = {
    {Pattern::WorkflowApproval, "workflow-approval"_L1},
    {Pattern::ToolApproval, "tool-approval"_L1},
    {Pattern::ClientTool, "client-tool"_L1},
    {Pattern::Elicitation, "elicitation"_L1},
    {Pattern::ElicitationUrl, "elicitation-url"_L1},
    {Pattern::Confirmation, "confirmation"_L1},
    {Pattern::Gate, "gate"_L1},
    {Pattern::Sampling, "sampling"_L1},
};
constexpr Word<Tier> tierWords[] = {
    {Tier::Low, "low"_L1},
    {Tier::Medium, "medium"_L1},
    {Tier::High, "high"_L1},
};
constexpr Word<Verdict> verdictWords[] = {
    {Verdict::Approve, "approve"_L1}, {Verdict::ApproveEdited, "approve-edited"_L1},
    {Verdict::Reject, "reject"_L1},   {Verdict::RequestChanges, "request-changes"_L1},
    {Verdict::Answer, "answer"_L1},   {Verdict::Decline, "decline"_L1},
    {Verdict::Cancel, "cancel"_L1},
};
constexpr Word<Lifecycle> lifecycleWords[] = {
    {Lifecycle::Pending, "pending"_L1},     {Lifecycle::ChangesRequested, "changes-requested"_L1},
    {Lifecycle::Decided, "decided"_L1},     {Lifecycle::Expired, "expired"_L1},
    {Lifecycle::Withdrawn, "withdrawn"_L1}, {Lifecycle::Superseded, "superseded"_L1},
};
constexpr Word<Delivery> deliveryWords[] = {
    {Delivery::None, "none"_L1},       {Delivery::Staged, "staged"_L1},
    {Delivery::Held, "held"_L1},       {Delivery::Released, "released"_L1},
    {Delivery::Sending, "sending"_L1}, {Delivery::Acknowledged, "acknowledged"_L1},
    {Delivery::Unknown, "unknown"_L1}, {Delivery::Undeliverable, "undeliverable"_L1},
};

template<typename Enum, size_t count>
QString textOf(const Word<Enum> (&words)[count], Enum value)
{
    const auto word = std::ranges::find(words, value, &Word<Enum>::value);
    Q_ASSERT(word != std::end(words));
    return word->text;
}

template<typename Enum, size_t count>
std::optional<Enum> valueOf(const Word<Enum> (&words)[count], const QString &text)
{
    const auto word = std::ranges::find(words, text, &Word<Enum>::text);
    return word != std::end(words) ? std::optional(word->value) : std::nullopt;
}

} // namespace

QString toText(Pattern pattern)
{
    return textOf(patternWords, pattern);
}

std::optional<Pattern> patternFromText(const QString &text)
{
    return valueOf(patternWords, text);
}

QString toText(Tier tier)
{
    return textOf(tierWords, tier);
}

std::optional<Tier> tierFromText(const QString &text)
{
    return valueOf(tierWords, text);
}

QString toText(Verdict verdict)
{
    return textOf(verdictWords, verdict);
}

std::optional<Verdict> verdictFromText(const QString &text)
{
    return valueOf(verdictWords, text);
}

bool letsItHappen(Verdict verdict)
{
    return verdict == Verdict::Approve || verdict == Verdict::ApproveEdited || verdict == Verdict::Answer;
}

QString toText(Lifecycle lifecycle)
{
    return textOf(lifecycleWords, lifecycle);
}

std::optional<Lifecycle> lifecycleFromText(const QString &text)
{
    return valueOf(lifecycleWords, text);
}

QString toText(Delivery delivery)
{
    return textOf(deliveryWords, delivery);
}

std::optional<Delivery> deliveryFromText(const QString &text)
{
    return valueOf(deliveryWords, text);
}

const std::vector<ReasonCode> &reasonCodes()
{
    static const std::vector<ReasonCode> codes = {
        {u"wrong-target"_s, u"Wrong target"_s},
        {u"wrong-value"_s, u"Wrong amount or value"_s},
        {u"wrong-action"_s, u"Wrong action for this goal"_s},
        {u"not-needed"_s, u"Not needed"_s},
        {u"too-risky"_s, u"Too risky"_s},
        {u"against-policy"_s, u"Against policy"_s},
        {u"not-enough-evidence"_s, u"Not enough evidence"_s},
        {u"wrong-time"_s, u"Not now"_s},
        {u"suspicious"_s, u"Suspicious"_s},
    };
    return codes;
}

} // namespace countersign
