// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"
#include "core/connections/json_slices.h"

#include <variant>

/// The Model Context Protocol, revisions 2025-06-18, 2025-11-25 and 2026-07-28.
namespace countersign::mcp {

/// One message, so one line on stdio.
inline constexpr qsizetype maxMessageBytes = 64 * 1024 * 1024;
inline constexpr qsizetype maxIdBytes = 256;

namespace Code {
inline constexpr int ParseError = -32700;
inline constexpr int InvalidRequest = -32600;
inline constexpr int MethodNotFound = -32601;
inline constexpr int InvalidParams = -32602;
inline constexpr int Internal = -32603;
inline constexpr int Gone = -32000; ///< Implementation-defined: the other side went away, or too much at once.
inline constexpr int UnsupportedVersion = -32022;
} // namespace Code

/// The id of a request: a text or a whole number, kept as it was written.
class MessageId
{
public:
    MessageId() = default;
    /// Absent: \p token is neither a text of at most 256 bytes nor a whole number.
    static std::optional<MessageId> fromToken(QByteArrayView token);
    static MessageId ofText(const QByteArray &ascii) { return *fromToken('"' + ascii + '"'); }

    const QByteArray &token() const { return m_token; }
    /// Equal for two ids exactly when they are the same id: `1` and `"1"` are two.
    const QString &key() const { return m_key; }

private:
    QByteArray m_token = "null";
    QString m_key;
};

/// One JSON-RPC envelope. The views are into the line it was read from.
struct Message {
    enum class Kind { Request, Notification, Result, Error };
    Kind kind = Kind::Notification;
    MessageId id;          ///< Of requests and answers. An error about a request that could not be read has none.
    QString method;        ///< Of requests and notifications.
    QByteArrayView params; ///< An object, or empty when there are none.
    QByteArrayView body;   ///< Of answers: the result or the error.
};

/// Why a line is no message that can be passed on, and what its sender is told.
struct BadMessage {
    int code = Code::ParseError;
    QString why;
    MessageId id; ///< As far as it could be read.
};

/// Reads one line without its line feed. Strict, so that everybody who reads the line after us reads the same message:
/// no batch, no member twice, no member that differs from a known one in upper and lower case only, no carriage return
/// inside (some servers take it for the end of a line).
std::variant<Message, BadMessage> readMessage(QByteArrayView line);

/// What `tools/call` asks for. The views are into the params it was read from.
struct ToolCall {
    QString name;
    QByteArrayView arguments; ///< An object, or empty when there are none.
    QByteArrayView meta;      ///< `_meta`, or empty.
    QByteArrayView task;      ///< Empty: not to be run as a task.
    QByteArrayView inputResponses;
    std::optional<QByteArray> requestState; ///< The token, with its quotes.

    /// Answers to what the server had asked: the same call goes on (revision 2026-07-28).
    bool goesOn() const { return requestState || !inputResponses.isEmpty(); }
};
Result<ToolCall> readToolCall(QByteArrayView params);

/// `_meta.progressToken` as written; empty when there is none or it is no id.
QByteArray progressTokenOf(QByteArrayView meta);
/// `_meta["io.modelcontextprotocol/protocolVersion"]`; empty: the message is of the time of the handshake.
QString modernVersionOf(QByteArrayView meta);
/// Does a `clientCapabilities` or `capabilities` object (empty: there is none) declare elicitation?
bool declaresElicitation(QByteArrayView capabilities);
/// The capabilities in the `_meta` of a modern request.
QByteArrayView modernCapabilitiesOf(QByteArrayView meta);

/// `params.requestId` of `notifications/cancelled`.
std::optional<MessageId> cancelledId(QByteArrayView params);

// Messages of ours, without the line feed.
QByteArray requestLine(const MessageId &id, QByteArrayView method, QByteArrayView params);
QByteArray notificationLine(QByteArrayView method, QByteArrayView params);
QByteArray resultLine(const MessageId &id, QByteArrayView result);
QByteArray errorLine(const MessageId &id, int code, const QString &message, QByteArrayView data = {});
/// `notifications/progress` for \p token.
QByteArray progressLine(QByteArrayView token, double progress, const QString &message);
/// The result of a tool that failed, in words for the model that called it.
QByteArray toolFailure(const QString &text);
/// The result of a tool: \p structured (an object) as it is, and as text.
QByteArray toolSuccess(QByteArrayView structured);

} // namespace countersign::mcp
