// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"
#include "core/base/result.h"
#include "core/domain/vocabulary.h"

#include <QtCore/QStringList>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace countersign::cloudflare {

/// A tool that the reviewer serves, as the profile names it.
struct ClientTool {
    QString name;            ///< `*`: every tool that waits after its turn is over.
    QByteArray outputSchema; ///< JSON Schema text of what it gives; empty: anything.
};

/// How a chat is answered.
struct ChatProfile {
    bool autoContinue = true; ///< The agent goes on by itself once a call is answered.
    std::vector<ClientTool> clientTools;

    const ClientTool *clientTool(const QString &toolName) const;
};

/// JSON Pointers of which the first that leads somewhere counts.
using Pointers = std::vector<std::string>;

/// How one verdict is said to the agent: by calling a method, or by a message of the application's own.
struct AnswerTemplate {
    QString method;             ///< Empty: \c message is sent.
    JsonValue::Array arguments; ///< With `{id}`, `{reason}`, `{reviewer}`, `{approved}`, `{arguments}`, `{metadata}`.
    JsonValue message;

    bool carriesArguments() const; ///< Edited arguments have a place in it.
    bool isMessage() const { return method.isEmpty(); }
};

/// Where decided things stand, if not beside the waiting ones.
struct HistoryRule {
    std::string items;
    Pointers id;
    Pointers decision;
    Pointers by;
};

/// Where things that wait for a person stand in an agent's state, and how they are decided.
struct StateRule {
    QString name;
    Pattern pattern = Pattern::Confirmation;
    std::string items; ///< Pointer to a list, or to a map whose keys are the ids.
    Pointers id;
    Pointers title;
    Pointers message;
    Pointers tool;
    QString toolName; ///< When no pointer leads to one.
    Pointers arguments;
    Pointers expiresAt;
    Pointers status;
    Pointers detail;                                    ///< What the agent adds to a status: an error's text.
    QStringList waiting;                                ///< Statuses that wait; empty: everything in the list does.
    std::map<QString, std::optional<Verdict>> outcomes; ///< Other statuses, and what they mean.
    std::optional<HistoryRule> history;
    AnswerTemplate approve;
    AnswerTemplate reject;
    QString announcedBy;       ///< `type` of the message that announces an item before the state shows it.
    std::string announcedItem; ///< Where in that message the item stands.
};

/// A profile of one connection: what its agent means.
struct Profile {
    QString name;
    ChatProfile chat;
    std::vector<StateRule> rules;
};

/// Reads and checks a profile against its schema. InvalidInput: the message names the place.
Result<Profile> readProfile(QByteArrayView json);
/// \p profile (JSON text; empty: the built-in one) with \p tool among those that the reviewer serves. As it is when it
/// names the tool already. InvalidInput: it is no profile, has too many tools, or cannot name this one.
Result<QByteArray> withClientTool(QByteArrayView profile, const QString &tool);
/// May a profile name \p tool? `*` would be every tool.
bool canBeClientTool(const QString &tool);
/// The built-in one: the shapes of the SDK's own documentation.
const Profile &builtinProfile();
QByteArrayView builtinProfileText();
/// The JSON Schema of profiles, for editors.
QByteArrayView profileSchemaText();

} // namespace countersign::cloudflare
