// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/sign_in.h"
#include "core/connections/token_command.h"

namespace countersign {

/// What an address gave.
struct GivenToken {
    QByteArray token;
    std::optional<std::chrono::seconds> lifetime; ///< From now; absent: it was not said.
};

/// May one ask \p address for a token? InvalidInput with a sentence: neither `https` nor this machine, a name or
/// password in it, a header that cannot be sent, a body that is too long.
Result<> checkTokenAddress(const TokenAddress &address);

/// Asks \p address once and gives the token in its answer: `access_token` or `token` of a JSON object, with
/// `expires_in` seconds if that is there, or plain text that is one word. Redirects are never followed, cookies neither
/// kept nor sent, nothing of question and answer is logged. \p reply comes exactly once, later, unless \p context is
/// gone by then, with which the question goes, too. Unreachable: nobody answered, not within \p patience, or with
/// another status. NotAllowed: 401 or 403. Malformed: the answer holds no token, or more than 16 kB.
void askForToken(const TokenAddress &address, QObject *context,
                 std::function<void(const Result<GivenToken> &given)> reply,
                 std::chrono::milliseconds patience = tokenPatience);

/// The token in \p answer, as askForToken() takes it. Malformed.
Result<GivenToken> readGivenToken(const QByteArray &answer);

} // namespace countersign
