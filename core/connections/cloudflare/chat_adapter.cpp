// SPDX-License-Identifier: Apache-2.0
#include "core/connections/cloudflare/chat_adapter.h"

#include "core/base/canonical_json.h"
#include "core/base/digest.h"
#include "core/base/json_reader.h"
#include "core/base/visible_text.h"

#include <algorithm>

namespace countersign::cloudflare {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr size_t contextMessages = 100;
constexpr qsizetype contextBytes = 128 * 1024;
constexpr qsizetype longestKey = 200;
constexpr size_t mostUnanswered = 20;

const QString approvalPrefix = u"approval/"_s;
const QString toolPrefix = u"client-tool/"_s;

QString keyOf(const ChatPart &part, const QByteArray &arguments)
{
    // An approval has an id of its own. Ids of calls repeat after a chat was cleared, so that the content counts too.
    const QString content = sha256({part.toolName.toUtf8(), QByteArrayView("\0", 1), arguments}).hex().left(16);
    const QString key = part.approvalId.isEmpty() ? toolPrefix + part.toolCallId + u'/' + content
                                                  : approvalPrefix + part.toolCallId + u'/' + part.approvalId;
    if (key.toUtf8().size() <= longestKey) {
        return key;
    }
    return (part.approvalId.isEmpty() ? toolPrefix : approvalPrefix) + sha256(key.toUtf8()).hex();
}

QByteArray correlationOf(const ChatPart &part)
{
    return writeJson(JsonValue::object(
        {{"toolCallId", JsonValue::fromString(part.toolCallId)}, {"toolName", JsonValue::fromString(part.toolName)}}));
}

/// What the agent said last before the call: its own words for why.
QString lastWordsBefore(const ChatMessage &message, size_t part)
{
    for (size_t i = part; i-- > 0;) {
        if (message.parts[i].kind == ChatPart::Kind::Text && !message.parts[i].text.trimmed().isEmpty()) {
            return message.parts[i].text.left(4000);
        }
    }
    return {};
}

/// What the calls of one step have in common: the agent goes on when all of them are answered.
QString stepOf(const ChatMessage &message, size_t part)
{
    const auto isStart = [](const ChatPart &one) { return one.type == "step-start"_L1; };
    const auto number =
        std::count_if(message.parts.begin(), message.parts.begin() + static_cast<std::ptrdiff_t>(part), isStart);
    return message.id.left(180) + u'/' + QString::number(number);
}

/// How a call that no longer waits was settled.
void settle(PeerItem &item, const ChatPart &part, bool isClientTool)
{
    item.stand = PeerItem::Stand::Settled;
    switch (part.state) {
    case CallState::ApprovalResponded:
        item.verdict = part.approved.value_or(true) ? Verdict::Approve : Verdict::Reject;
        break;
    case CallState::OutputAvailable:
        item.verdict = isClientTool ? Verdict::Answer : Verdict::Approve;
        item.answer = isClientTool && part.output ? QString::fromUtf8(writeJson(*part.output)) : QString();
        break;
    case CallState::OutputDenied:
        item.verdict = Verdict::Reject;
        break;
    case CallState::OutputError:
        // Ran and failed, if it was approved; else refused with words of somebody's own.
        item.verdict = part.approved == true ? Verdict::Approve : isClientTool ? Verdict::Decline : Verdict::Reject;
        item.answer = part.approved == true ? QString() : part.errorText;
        break;
    default:
        break;
    }
    item.words = !item.verdict                       ? u"settled"_s
                 : *item.verdict == Verdict::Approve ? u"approved"_s
                 : *item.verdict == Verdict::Answer  ? u"answered"_s
                 : item.answer.isEmpty()             ? u"denied"_s
                                         : u"refused with “%1”"_s.arg(displayText(item.answer.left(200)).text);
}

} // namespace

bool ChatAdapter::isChatItem(const QString &key)
{
    return key.startsWith(approvalPrefix) || key.startsWith(toolPrefix);
}

void ChatAdapter::connectionOpened()
{
    m_isKnown = false;
    m_isPending = false;
    m_isOffered = false;
    m_idleAt = {};
    m_transcript.forgetStreams();
}

void ChatAdapter::transcriptAsked()
{
    m_heardSince.clear();
    m_isWholeSince = false;
}

/// The transcript and the frames come on two ways, so that the one may be older than the other.
bool ChatAdapter::takeTranscript(std::vector<ChatMessage> messages, std::chrono::milliseconds askedAt)
{
    if (m_isWholeSince) {
        return true; // All of it came since, and later.
    }
    std::vector<ChatMessage> heard;
    for (const ChatMessage &message : m_transcript.messages()) {
        if (m_heardSince.contains(message.id)) {
            heard.push_back(message);
        }
    }
    m_transcript.replace(std::move(messages));
    if (!heard.empty()) {
        for (ChatMessage &message : heard) {
            m_transcript.update(std::move(message));
        }
        return false;
    }
    m_isKnown = true;
    m_knownAt = askedAt;
    m_askedAt = askedAt;
    return true;
}

/// Of messages that the transcript holds; others need not be remembered.
void ChatAdapter::noteHeard(const QString &id)
{
    m_heardSince.insert(id);
    if (m_heardSince.size() > 2 * ChatTranscript::mostMessages) {
        std::set<QString> held;
        for (const ChatMessage &message : m_transcript.messages()) {
            held.insert(message.id);
        }
        std::erase_if(m_heardSince, [&](const QString &one) { return !held.contains(one); });
    }
}

bool ChatAdapter::take(const ServerMessage &message, std::chrono::milliseconds now)
{
    if (const auto *all = std::get_if<ChatMessages>(&message)) {
        m_transcript.replace(all->messages);
        m_isWholeSince = true;
        m_hasChat = true;
        m_isKnown = true; // A snapshot is the whole transcript.
        m_knownAt = now;
        return true;
    }
    if (const auto *updated = std::get_if<MessageUpdated>(&message)) {
        m_transcript.update(updated->message);
        noteHeard(updated->message.id);
        m_hasChat = true;
        return true;
    }
    if (std::holds_alternative<ChatCleared>(message)) {
        m_transcript.clear();
        m_isWholeSince = true;
        m_isKnown = true;
        m_knownAt = now;
        return true;
    }
    if (const auto *response = std::get_if<ChatResponse>(&message)) {
        m_isPending = false;
        m_isOffered = false;
        m_idleAt = {};
        const bool moved = m_transcript.apply(*response);
        if (const QString id = m_transcript.messageOfStream(response->id); !id.isEmpty()) {
            noteHeard(id);
        }
        return moved;
    }
    if (std::holds_alternative<StreamPending>(message) || std::holds_alternative<StreamResuming>(message)) {
        m_isPending = true;
        m_isOffered = std::holds_alternative<StreamResuming>(message);
        m_idleAt = {};
        return false;
    }
    if (const auto *none = std::get_if<StreamResumeNone>(&message); none && none->reason != "continuation-owned"_L1) {
        m_isPending = false;
        m_isOffered = false;
        m_idleAt = none->reason == "idle"_L1 ? now : std::chrono::milliseconds(0);
        return true;
    }
    return false;
}

std::vector<PeerItem> ChatAdapter::items() const
{
    std::vector<PeerItem> items;
    // A turn that is merely accepted may wait for the very calls that are still open: it continues when the whole step
    // is answered.
    const bool turnIsOver = !m_isOffered && !m_transcript.isStreaming();
    for (const ChatTranscript::Place &place : m_transcript.toolCalls()) {
        if (std::optional<PeerItem> item = itemAt(place, turnIsOver)) {
            items.push_back(std::move(*item));
        }
    }
    return items;
}

std::vector<const ChatPart *> ChatAdapter::unanswered() const
{
    std::vector<const ChatPart *> found;
    const std::vector<ChatMessage> &messages = m_transcript.messages();
    const auto last = std::find_if(messages.rbegin(), messages.rend(),
                                   [](const ChatMessage &message) { return message.role == "assistant"_L1; });
    if (m_isOffered || m_transcript.isStreaming() || last == messages.rend()) {
        return found;
    }
    for (const ChatPart &part : last->parts) {
        const bool isOpen = part.kind == ChatPart::Kind::ToolCall && part.state == CallState::InputAvailable &&
                            part.approvalId.isEmpty() && !part.isAutomatic && !part.toolCallId.isEmpty();
        if (isOpen && canBeClientTool(part.toolName) && !m_profile.clientTool(part.toolName) &&
            found.size() < mostUnanswered) {
            found.push_back(&part);
        }
    }
    return found;
}

std::optional<PeerItem> ChatAdapter::itemAt(const ChatTranscript::Place &place, bool turnIsOver) const
{
    const ChatMessage &message = m_transcript.messages()[place.message];
    const ChatPart &part = m_transcript.part(place);
    const ClientTool *tool = part.approvalId.isEmpty() ? m_profile.clientTool(part.toolName) : nullptr;
    if (part.toolCallId.isEmpty() || (part.approvalId.isEmpty() && !tool) || part.isAutomatic) {
        return std::nullopt;
    }
    if (part.state == CallState::InputStreaming || part.state == CallState::Unknown) {
        return std::nullopt;
    }
    PeerItem item;
    item.content.arguments = part.input ? writeJson(*part.input) : QByteArray();
    item.key = keyOf(part, item.content.arguments);
    item.knownAt = m_knownAt;
    item.correlation = correlationOf(part);
    item.content.toolName = part.toolName;
    const bool waits = part.state == CallState::ApprovalRequested || (tool && part.state == CallState::InputAvailable);
    if (!waits) {
        settle(item, part, tool != nullptr);
        item.isAboutToRun = part.state == CallState::ApprovalResponded && item.verdict == Verdict::Approve &&
                            m_profile.autoContinue && isStepAnswered(place);
        return item;
    }
    if (part.state == CallState::InputAvailable && !turnIsOver) {
        return std::nullopt; // It may be about to change.
    }
    item.content.pattern = tool ? Pattern::ClientTool : Pattern::ToolApproval;
    item.content.allowed =
        tool ? std::vector{Verdict::Answer, Verdict::Decline} : std::vector{Verdict::Approve, Verdict::Reject};
    item.content.schema = tool ? tool->outputSchema : QByteArray();
    item.content.message = part.requestReason.isEmpty() ? lastWordsBefore(message, place.part) : part.requestReason;
    item.content.annotations = writeJson(m_transcript.conversationBefore(place, contextMessages, contextBytes));
    item.parent.parentCall = part.toolCallId.left(200);
    item.parent.batch = stepOf(message, place.part);
    return item;
}

/// Until all calls of its step are answered nothing goes on.
bool ChatAdapter::isStepAnswered(const ChatTranscript::Place &place) const
{
    const ChatMessage &message = m_transcript.messages()[place.message];
    const QString step = stepOf(message, place.part);
    for (size_t i = 0; i < message.parts.size(); ++i) {
        const CallState state = message.parts[i].state;
        const bool isOpen = state == CallState::ApprovalRequested || state == CallState::InputAvailable ||
                            state == CallState::InputStreaming;
        if (!message.parts[i].toolCallId.isEmpty() && isOpen && stepOf(message, i) == step) {
            return false;
        }
    }
    return true;
}

Result<ClientMessage> ChatAdapter::answer(const DeliveryOrder &order, const ChatProfile &profile)
{
    const Result<JsonValue> correlation = readJson(order.correlation);
    const JsonValue *call = correlation ? correlation->find("toolCallId") : nullptr;
    const JsonValue *tool = correlation ? correlation->find("toolName") : nullptr;
    if (!call || !tool) {
        return Error{ErrorCode::Damaged, u"It is not recorded which call of the agent this decision answers."_s, {}};
    }
    const QString reason = order.content.reason;
    const auto refusal = [&](const QString &words) {
        return ClientMessage(ToolResult{call->toString(), tool->toString(), JsonValue(), words, profile.autoContinue});
    };
    switch (order.verdict) {
    case Verdict::Approve:
        return ClientMessage(ToolApproval{call->toString(), true, profile.autoContinue});
    case Verdict::Reject:
        // The frame of an approval has no place for a reason: the words go as the call's error.
        return reason.isEmpty() ? ClientMessage(ToolApproval{call->toString(), false, profile.autoContinue})
                                : refusal(reason);
    case Verdict::Decline:
    case Verdict::Cancel:
        return refusal(reason.isEmpty() ? u"The reviewer declined to answer."_s : reason);
    case Verdict::Answer: {
        Result<JsonValue> output = readJson(order.content.answer);
        if (!output) {
            return output.error();
        }
        return ClientMessage(
            ToolResult{call->toString(), tool->toString(), std::move(*output), std::nullopt, profile.autoContinue});
    }
    case Verdict::ApproveEdited:
    case Verdict::RequestChanges:
        break;
    }
    return Error{ErrorCode::InvalidInput, u"This agent cannot take edited arguments or a wish for changes."_s, {}};
}

} // namespace countersign::cloudflare
