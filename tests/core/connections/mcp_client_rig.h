// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_reader.h"
#include "core/connections/mcp/client.h"
#include "tests/core/connections/fake_scheduler.h"

namespace countersign::test {

/// A server made of the test's own words: keeps what the client sends, says what it is told to.
class FakeMcpTransport final : public mcp::ClientTransport
{
public:
    bool overHttp = false;
    int starts = 0;
    bool isStopped = false;
    bool isSigningIn = false;
    std::vector<mcp::OutgoingMessage> sent;
    QStringList abandoned;
    QByteArray version;

    Result<> start() override
    {
        ++starts;
        return {};
    }
    void send(const mcp::OutgoingMessage &message) override { sent.push_back(message); }
    void abandon(const QString &id) override { abandoned.append(id); }
    void setProtocol(const QByteArray &given, bool) override { version = given; }
    void stop() override { isStopped = true; }
    bool isHttp() const override { return overHttp; }
    bool waitsForPerson() const override { return isSigningIn; }

    void say(const QByteArray &message, const QString &stream = {}) { Q_EMIT received(message, stream); }
    void fail(const QString &id, const mcp::RequestFailure &failure) { Q_EMIT requestFailed(id, failure); }
    void leave(const QString &words) { Q_EMIT ended(words); }

    /// The newest message with this method.
    JsonValue last(const std::string &method) const
    {
        for (auto message = sent.rbegin(); message != sent.rend(); ++message) {
            const JsonValue read = readJson(message->bytes).valueOr(JsonValue());
            if (const JsonValue *is = read.find("method"); is && is->utf8() == method) {
                return read;
            }
        }
        return {};
    }
    QByteArray lastId(const std::string &method) const
    {
        const JsonValue message = last(method);
        const JsonValue *id = message.find("id");
        return id ? writeJson(*id) : QByteArray("null");
    }
    int count(const std::string &method) const
    {
        return static_cast<int>(std::count_if(sent.begin(), sent.end(), [&method](const auto &message) {
            const JsonValue read = readJson(message.bytes).valueOr(JsonValue());
            const JsonValue *is = read.find("method");
            return is && is->utf8() == method;
        }));
    }
    void answer(const std::string &method, const QByteArray &result)
    {
        say(R"({"jsonrpc":"2.0","id":)" + lastId(method) + ",\"result\":" + result + '}');
    }
    void refuse(const std::string &method, int code, const QByteArray &data = "null")
    {
        say(R"({"jsonrpc":"2.0","id":)" + lastId(method) + ",\"error\":{\"code\":" + QByteArray::number(code) +
            R"(,"message":"no","data":)" + data + "}}");
    }
};

/// A person who answers when the test says so.
class FakePerson final : public mcp::InputHandler
{
public:
    std::vector<mcp::InputRequest> asked;
    QStringList withdrawn;

    void ask(const mcp::InputRequest &request) override { asked.push_back(request); }
    void withdraw(mcp::InputRequest::Id id, const QString &why) override
    {
        withdrawn.append(QString::number(id) + u' ' + why);
    }
};

/// A client with everything around it in the test's hands.
struct ClientRig {
    FakeClock clock;
    FakeScheduler scheduler{clock};
    FakeMcpTransport transport;
    FakePerson person;
    QStringList troubles;
    std::vector<mcp::CallEnd> ends;
    std::optional<Error> closed;
    mcp::Client client;

    explicit ClientRig(mcp::Client::Options options = {})
        : client(transport, scheduler, &person, std::move(options))
    {
        QObject::connect(&client, &mcp::Client::troubled, [this](const QString &words) { troubles.append(words); });
        QObject::connect(&client, &mcp::Client::closed, [this](const Error &why) { closed = why; });
    }
    void settle() { scheduler.advance(std::chrono::milliseconds(0)); }
    void beLegacy(const QByteArray &version = "2025-11-25", const QByteArray &capabilities = R"({"tools":{}})")
    {
        client.open();
        if (transport.count("server/discover") > 0) {
            transport.refuse("server/discover", -32601);
        }
        transport.answer("initialize", "{\"protocolVersion\":\"" + version + "\",\"capabilities\":" + capabilities +
                                           R"(,"serverInfo":{"name":"old","version":"1"}})");
    }
    void beModern(const QByteArray &capabilities = R"({"tools":{}})")
    {
        client.open();
        transport.answer("server/discover",
                         R"({"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":)" +
                             capabilities +
                             R"(,"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"new","version":"2"}}})");
    }
    mcp::Client::CallId call(const QByteArray &arguments = R"({"env":"prod"})", mcp::Client::CallOptions options = {})
    {
        const auto id = client.callTool(QStringLiteral("deploy"), arguments, std::move(options),
                                        [this](const mcp::CallEnd &end) { ends.push_back(end); });
        settle();
        return id;
    }
};

/// The part of \p message at a JSON Pointer, as text; empty: there is none.
inline QString at(const JsonValue &message, std::string_view pointer)
{
    const JsonValue *value = message.at(pointer);
    return value ? QString::fromUtf8(writeJson(*value)) : QString();
}

} // namespace countersign::test
