// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/transport.h"
#include "core/store/store_types.h"

#include <optional>

namespace countersign {

/// What is kept of a connection in the workspace. No secrets: those lie in a SecretStore.
struct ConnectionSettings {
    QUrl url;                     ///< Without secrets.
    QByteArray profile;           ///< JSON text; empty: the built-in one.
    QStringList secretHeaders;    ///< Names only.
    QStringList secretQueryItems; ///< Names only.
    QString pinnedAgent;          ///< Identity as first seen; empty: not seen yet.
    QString pinnedName;
    QStringList command; ///< Of an MCP server on stdio: started only with this person's consent (CommandConsents).
    QString folder;      ///< Where the command is started.
    std::optional<bool>
        autoContinue; ///< The agent goes on by itself once a call is answered; absent: as the profile says.

    friend bool operator==(const ConnectionSettings &, const ConnectionSettings &) = default;
};

QByteArray encodeSettings(const ConnectionSettings &settings);
Result<ConnectionSettings> decodeSettings(QByteArrayView json);

/// A header or query item whose value is secret.
struct Secret {
    enum class Place { Header, Query };
    Place place = Place::Header;
    QByteArray name;
    QByteArray value;

    friend bool operator==(const Secret &, const Secret &) = default;
};

/// What may be shown of an address: without its query.
QString shownAddress(const QUrl &url);
/// The address, not signed in. \p clientId is this program's connection id.
Endpoint endpointOf(const ConnectionSettings &settings, const QString &clientId);
/// `AGENT/INSTANCE` as the address has it, else empty.
QString agentInAddress(const QUrl &url);

} // namespace countersign
