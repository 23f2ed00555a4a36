// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/command_consent.h"

#include "core/base/json_reader.h"
#include "core/base/private_file.h"
#include "core/base/visible_text.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QRegularExpression>

namespace countersign::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype mostWords = 200;
constexpr qsizetype mostCharacters = 16 * 1024;
constexpr qsizetype mostFileBytes = 256 * 1024;

QByteArray encoded(const ServerCommand &command)
{
    JsonValue words = JsonValue::array();
    for (const QString &word : command.words) {
        words.append(JsonValue::fromString(word));
    }
    return writeJson(
        JsonValue::object({{"command", std::move(words)}, {"folder", JsonValue::fromString(command.folder)}}));
}

} // namespace

QString CommandConsents::pathFor(const QString &connectionId) const
{
    return m_folder + u"/connections/"_s + connectionId + u".command"_s;
}

Result<> CommandConsents::allow(const QString &connectionId, const ServerCommand &command) const
{
    // The id stands in the workspace, which others may write: it must not lead anywhere else.
    static const QRegularExpression idRule(u"^[A-Za-z0-9_-]{1,64}$"_s);
    if (!idRule.match(connectionId).hasMatch()) {
        return Error{ErrorCode::Malformed, u"The connection has no usable id: remove it and add it again."_s, {}};
    }
    if (const Result<> possible = checkServerCommand(command); !possible) {
        return possible;
    }
    const QString folder = m_folder + u"/connections"_s;
    if (!QDir().mkpath(folder)) {
        return Error{ErrorCode::Storage, u"The folder %1 could not be made."_s.arg(folder), {}};
    }
    QFile::setPermissions(folder, QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner);
    forget(connectionId);
    return writeNewPrivateFile(pathFor(connectionId), encoded(command), u"consent file"_s);
}

bool CommandConsents::isAllowed(const QString &connectionId, const ServerCommand &command) const
{
    static const QRegularExpression idRule(u"^[A-Za-z0-9_-]{1,64}$"_s);
    QByteArray kept;
    return idRule.match(connectionId).hasMatch() && checkServerCommand(command) &&
           readPrivateFile(pathFor(connectionId), mostFileBytes, kept, u"consent file"_s) && kept == encoded(command);
}

void CommandConsents::forget(const QString &connectionId) const
{
    QFile::remove(pathFor(connectionId));
}

Result<> checkServerCommand(const ServerCommand &command)
{
    const QString whole = command.words.join(u' ') + command.folder;
    if (command.words.isEmpty() || command.words.first().isEmpty() || whole.contains(QChar(0))) {
        return Error{ErrorCode::InvalidInput, u"There is no program to start in this command."_s, {}};
    }
    if (command.words.size() > mostWords || whole.size() > mostCharacters) {
        return Error{ErrorCode::TooLarge,
                     u"This command is too long: at most %1 words and %2 characters can be shown whole."_s.arg(
                         QString::number(mostWords), QString::number(mostCharacters)),
                     {}};
    }
    return {};
}

QString shownCommand(const QStringList &words)
{
    static const QRegularExpression plain(u"^[A-Za-z0-9_@%+=:,./-]+$"_s);
    QStringList shown;
    for (const QString &word : words) {
        QString quoted = word;
        shown.append(
            plain.match(word).hasMatch() ? word : u'\'' + displayText(quoted.replace(u'\'', u"'\\''"_s)).text + u'\'');
    }
    return shown.join(u' ');
}

} // namespace countersign::mcp
