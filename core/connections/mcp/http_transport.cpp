// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/http_transport.h"

#include "core/connections/web_socket_transport.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;

struct StreamableHttpTransport::Private {
};

void FixedHeaders::headersFor(const QUrl &, Headers ready)
{
    ready(m_headers);
}

void FixedHeaders::refused(const QUrl &, const Challenge &challenge, Settled settled)
{
    settled(Error{ErrorCode::NotAllowed,
                  u"The server refused the credentials it was given (HTTP %1)."_s.arg(challenge.status),
                  {}});
}

StreamableHttpTransport::StreamableHttpTransport(QUrl endpoint, HttpAuthorization &, Scheduler &, HttpLimits,
                                                 QObject *parent)
    : ClientTransport(parent)
    , m_endpoint(std::move(endpoint))
{}
StreamableHttpTransport::~StreamableHttpTransport() = default;
Result<> checkMcpAddress(const QUrl &url)
{
    const auto refused = [](const QString &why) { return Error{ErrorCode::InvalidInput, why, {}}; };
    if (!url.isValid() || url.host().isEmpty() || (url.scheme() != "https"_L1 && url.scheme() != "http"_L1)) {
        return refused(u"The address of an MCP server begins with https:// and names a host."_s);
    }
    if (url.scheme() == "http"_L1 && !isLoopback(url.host())) {
        return refused(u"Without TLS everybody on the way could read and change what is sent. Use https:// for servers "
                       "that are not on this machine."_s);
    }
    if (!url.userInfo().isEmpty() || url.hasFragment()) {
        return refused(u"The address of an MCP server has no user name, password or fragment in it."_s);
    }
    return {};
}

Result<> StreamableHttpTransport::start()
{
    return checkMcpAddress(m_endpoint);
}
void StreamableHttpTransport::send(const OutgoingMessage &) {}
void StreamableHttpTransport::abandon(const QString &) {}
void StreamableHttpTransport::setProtocol(const QByteArray &, bool) {}
void StreamableHttpTransport::listen() {}
void StreamableHttpTransport::stop() {}

} // namespace countersign::mcp
