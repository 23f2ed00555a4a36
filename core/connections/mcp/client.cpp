// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/client_private.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;

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

QByteArray quotedJson(const QString &text)
{
    return writeJson(JsonValue::fromString(text));
}

Client::Client(ClientTransport &transport, Scheduler &scheduler, InputHandler *input, Options options, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(*this, transport, scheduler, input, std::move(options)))
{
    connect(&transport, &ClientTransport::received, this,
            [this](const QByteArray &bytes, const QString &stream) { d->receive(bytes, stream); });
    connect(&transport, &ClientTransport::requestFailed, this,
            [this](const QString &key, const RequestFailure &failure) { d->requestFailed(key, failure); });
    connect(&transport, &ClientTransport::troubled, this, [this](const QString &words) { d->trouble(words); });
    connect(&transport, &ClientTransport::ended, this, [this](const QString &words) { d->transportEnded(words); });
}

Client::Client(ClientTransport &transport, Scheduler &scheduler, InputHandler *input, QObject *parent)
    : Client(transport, scheduler, input, Options(), parent)
{}

Client::~Client()
{
    // Whoever waits may be half gone by now: only what people were asked is taken back.
    d->calls.clear();
    d->listeners.clear();
    d->phase = Private::Phase::Closed;
    d->forgetAll(CallEnd::Kind::Lost, u"The connection to the server was given up."_s);
}

void Client::open()
{
    d->begin(true);
}

void Client::close()
{
    if (d->phase != Private::Phase::Closed) {
        d->end({ErrorCode::Cancelled, u"The connection was closed."_s, {}});
    }
}

bool Client::isReady() const
{
    return d->phase == Private::Phase::Ready;
}

const ServerIdentity &Client::server() const
{
    return d->identity;
}

const std::vector<ServerTool> &Client::tools() const
{
    return d->tools;
}

void Client::listTools(std::function<void(const Result<std::vector<ServerTool>> &tools)> done)
{
    if (!isReady()) {
        QMetaObject::invokeMethod(
            this,
            [done = std::move(done)] {
                done(Error{ErrorCode::Unreachable, u"The server is not connected, so its tools are not known."_s, {}});
            },
            Qt::QueuedConnection);
        return;
    }
    d->listeners.push_back(std::move(done));
    d->beginListing();
}

Client::CallId Client::callTool(const QString &name, const QByteArray &arguments, CallOptions options, Ended done)
{
    Private::Call call;
    call.method = "tools/call";
    call.tool = name;
    call.arguments = arguments;
    call.params =
        "{\"name\":" + quotedJson(name) + (arguments.isEmpty() ? QByteArray() : ",\"arguments\":" + arguments) + '}';
    call.options = std::move(options);
    call.done = std::move(done);
    return d->startCall(std::move(call));
}

Client::CallId Client::request(const QByteArray &method, const QByteArray &params, CallOptions options, Ended done)
{
    Private::Call call;
    call.method = method;
    call.params = params;
    call.options = std::move(options);
    call.done = std::move(done);
    return d->startCall(std::move(call));
}

void Client::cancel(CallId call, const QString &reason)
{
    d->stopCall(call, CallEnd::Kind::Cancelled, reason.isEmpty() ? u"The call was cancelled."_s : reason);
}

int Client::runningCalls() const
{
    return static_cast<int>(d->calls.size());
}

Result<> Client::answer(InputRequest::Id id, const InputAnswer &answer)
{
    return d->takeAnswer(id, answer);
}

int Client::openInputs() const
{
    return static_cast<int>(d->inputs.size());
}

} // namespace countersign::mcp
