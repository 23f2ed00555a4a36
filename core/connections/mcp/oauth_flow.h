// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/mcp/oauth_authorization.h"

namespace countersign::mcp {

/// One sign-in, from the refusal to the tokens.
struct OAuthAuthorization::Flow {
    Account *account = nullptr;
    oauth::Challenge challenge;
    std::vector<QUrl> addresses; ///< Where the next description may be.
    oauth::ProtectedResource resource;
    bool isOfOldServer = false; ///< Revision 2025-03-26: the server is its own authorization server.
    oauth::AuthorizationServer server;
    oauth::Client client;
    oauth::Attempt attempt;
    std::unique_ptr<HttpServer> listener;
    QTimer patience;
    bool isOver = false;
};

} // namespace countersign::mcp
