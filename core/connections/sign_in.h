// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/connection_settings.h"

namespace countersign {

/// An address that gives a token to whoever asks it. All of it is secret.
struct TokenAddress {
    QUrl url; ///< `https`, or `http` on this machine.
    bool isPosted = false;
    std::vector<Secret> headers; ///< For this address only. Headers, no query items.
    QByteArray body;             ///< Of a question that is posted.

    friend bool operator==(const TokenAddress &, const TokenAddress &) = default;
};

/// Where a token comes from that is made anew when a server refuses it, and where it is sent.
struct TokenSource {
    QStringList command; ///< Begins with an absolute path. Started without a shell.
    Secret::Place place = Secret::Place::Header;
    QByteArray name = "Authorization";
    QByteArray prefix = "Bearer ";         ///< Before the token.
    std::optional<TokenAddress> address{}; ///< Asked instead; the command is empty then.

    friend bool operator==(const TokenSource &, const TokenSource &) = default;
};

/// What one connection signs in with. All of it is kept outside the workspace: whoever can write the workspace must
/// neither see a secret nor have a program started.
struct SignIn {
    std::vector<Secret> secrets;
    std::optional<TokenSource> token;

    bool isEmpty() const { return secrets.empty() && !token; }
    friend bool operator==(const SignIn &, const SignIn &) = default;
};

/// For a SecretStore. \p url: the only server that may ever get them.
QByteArray encodeSignIn(const QUrl &url, const SignIn &signIn);
/// NotAllowed: \p url is on another server than when they were given. Damaged.
Result<SignIn> decodeSignIn(const QByteArray &kept, const QUrl &url);

/// Empty names, values with line breaks, and the like. InvalidInput.
Result<> checkSignIn(const SignIn &signIn);

/// Names \p signIn uses, for the workspace.
void nameSecrets(ConnectionSettings &settings, const SignIn &signIn);

/// \p endpoint, signed in.
Endpoint withSecrets(Endpoint endpoint, const std::vector<Secret> &secrets);

} // namespace countersign
