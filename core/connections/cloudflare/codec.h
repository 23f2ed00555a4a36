// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_reader.h"
#include "core/connections/cloudflare/messages.h"

namespace countersign::cloudflare {

/// What is read of one frame, before any of it is looked at.
constexpr JsonLimits frameLimits()
{
    return {.maxBytes = 32 * 1024 * 1024, .maxNodes = 1'000'000, .maxDepth = 256};
}

/// A text frame as a value. Never fails: what cannot be used becomes PassedOver with the reason.
ServerMessage decode(QByteArrayView utf8);

QByteArray encode(const ClientMessage &message);

/// One message of a chat as the SDK stores it. Absent: it has no parts, as those of very old versions.
std::optional<ChatMessage> readChatMessage(const JsonValue &value);
std::vector<ChatMessage> readChatMessages(const JsonValue &list);

/// The type of a frame, for the frames log. That of an application's own message is outside text.
QString typeOf(const ServerMessage &message);
QString typeOf(const ClientMessage &message);

CallState callStateFromText(std::string_view text);
QString toText(CallState state);

} // namespace countersign::cloudflare
