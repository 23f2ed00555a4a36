// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/client.h"

namespace countersign::mcp {

struct Client::Private {
    ServerIdentity server;
    std::vector<ServerTool> tools;
};

bool ServerIdentity::offers(QStringView capability) const
{
    const Result<JsonSlices> members = JsonSlices::ofObject(capabilities);
    return members && members->value(capability).startsWith('{');
}

bool CallEnd::isToolError() const
{
    const Result<JsonSlices> members = JsonSlices::ofObject(body);
    return isResult() && members && members->value(u"isError") == "true";
}

Client::Client(ClientTransport &, Scheduler &, InputHandler *, Options, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>())
{}
Client::Client(ClientTransport &transport, Scheduler &scheduler, InputHandler *input, QObject *parent)
    : Client(transport, scheduler, input, Options(), parent)
{}
Client::~Client() = default;
void Client::open() {}
void Client::close() {}
bool Client::isReady() const
{
    return false;
}
const ServerIdentity &Client::server() const
{
    return d->server;
}
void Client::listTools(std::function<void(const Result<std::vector<ServerTool>> &tools)>) {}
const std::vector<ServerTool> &Client::tools() const
{
    return d->tools;
}
Client::CallId Client::callTool(const QString &, const QByteArray &, CallOptions, Ended)
{
    return 0;
}
Client::CallId Client::request(const QByteArray &, const QByteArray &, CallOptions, Ended)
{
    return 0;
}
void Client::cancel(CallId, const QString &) {}
int Client::runningCalls() const
{
    return 0;
}
Result<> Client::answer(InputRequest::Id, const InputAnswer &)
{
    return {};
}
int Client::openInputs() const
{
    return 0;
}

} // namespace countersign::mcp
