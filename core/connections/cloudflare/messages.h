// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"

#include <QtCore/QString>

#include <optional>
#include <variant>
#include <vector>

/// The frames between a Cloudflare agent and its clients, as values. Everything in the messages of a server is outside
/// text.
namespace countersign::cloudflare {

/// How far a tool call of a chat has come. Each of them is sent by real servers.
enum class CallState {
    InputStreaming,
    InputAvailable, ///< Runs, or waits for the client.
    ApprovalRequested,
    ApprovalResponded,
    OutputAvailable,
    OutputError,
    OutputDenied,
    Unknown, ///< Of a newer version: shown, never acted on.
};

/// One part of a chat message. Which members count depends on \c kind.
struct ChatPart {
    enum class Kind { Text, Reasoning, ToolCall, Other };
    Kind kind = Kind::Other;
    QString type; ///< As sent.
    QString text;

    QString toolCallId;
    QString toolName;
    CallState state = CallState::Unknown;
    std::optional<JsonValue> input;
    std::optional<JsonValue> output;
    QString errorText;
    QString approvalId;
    std::optional<bool> approved;
    bool isAutomatic = false; ///< Settled by a policy of the agent: nobody is asked.
    QString requestReason;

    friend bool operator==(const ChatPart &, const ChatPart &) = default;
};

struct ChatMessage {
    QString id;
    QString role; ///< `user`, `assistant`, `system`.
    std::vector<ChatPart> parts;

    friend bool operator==(const ChatMessage &, const ChatMessage &) = default;
};

// From the server.
struct Identity {
    QString name;  ///< The instance, as it stands in the address.
    QString agent; ///< Kebab-case.
    bool stateFollows = false;
};
struct StateSent {
    JsonValue state;
};
struct StateError {
    QString error;
};
struct McpServers {
    JsonValue mcp;
};
struct RpcResponse {
    QString id;
    bool success = false;
    bool done = true;
    std::optional<JsonValue> result;
    QString error;
};
/// One frame of a streamed answer.
struct ChatResponse {
    QString id;
    std::optional<JsonValue> chunk; ///< Absent: the body was empty.
    QString errorText;              ///< Of an error frame.
    bool isError = false;
    bool done = false;
    bool continuation = false;
    bool replay = false;
    bool replayComplete = false;
    std::optional<qint64> seq;
    QString outcome;
};
struct ChatMessages {
    std::vector<ChatMessage> messages;
    bool onConnect = false;
};
struct MessageUpdated {
    ChatMessage message;
};
struct ChatCleared {
};
struct StreamResuming {
    QString id;
    QString probeId;
};
struct StreamPending {
    QString id;
    QString probeId;
};
struct StreamResumeNone {
    QString reason;
    QString probeId;
};
struct ChatRecovering {
    bool recovering = false;
    QString id;
};
/// Not of the protocol: the application's own.
struct ApplicationMessage {
    QString type; ///< Empty when it has none.
    JsonValue body;
};
/// Not used: it is no JSON object, or a protocol frame without what it must have.
struct PassedOver {
    QString why; ///< One sentence, ours.
};

using ServerMessage = std::variant<PassedOver, Identity, StateSent, StateError, McpServers, RpcResponse, ChatResponse,
                                   ChatMessages, MessageUpdated, ChatCleared, StreamResuming, StreamPending,
                                   StreamResumeNone, ChatRecovering, ApplicationMessage>;

// From the client.
struct RpcRequest {
    QString id;
    QString method;
    JsonValue::Array arguments;
};
struct ToolApproval {
    QString toolCallId;
    bool approved = false;
    bool autoContinue = true;
};
struct ToolResult {
    QString toolCallId;
    QString toolName;
    JsonValue output;
    std::optional<QString> errorText; ///< Present: the part becomes `output-error`.
    bool autoContinue = true;
};
struct ChatRequest {
    QString id;
    std::vector<JsonValue> messages;
};
struct StreamResumeRequest {
    QString probeId;
};
struct StreamResumeAck {
    QString id;
};
/// A message that the application defines, by a profile.
struct ApplicationAnswer {
    JsonValue body;
};
using ClientMessage = std::variant<RpcRequest, ToolApproval, ToolResult, ChatRequest, StreamResumeRequest,
                                   StreamResumeAck, ApplicationAnswer>;

} // namespace countersign::cloudflare
