// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_reader.h"
#include "tests/interop/foreign_packages.h"

#include <QtCore/QProcess>
#include <QtCore/QUrl>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>
#include <QtWebSockets/QWebSocket>

#include <limits>
#include <map>

namespace countersign::test {

inline JsonValue json(const QByteArray &text)
{
    const Result<JsonValue> value = readJson(text, {.maxBytes = 32 * 1024 * 1024, .maxNodes = 5'000'000});
    return value ? *value : JsonValue();
}

/// The Worker of tests/interop/cloudflare in processes of its own. Its README says what the agents do.
class AgentWorker
{
public:
    explicit AgentWorker(const ForeignPackages &packages)
    {
        m_process.setStandardErrorFile(packages.folder() + QStringLiteral("/worker.log"));
        m_process.start(packages.node(), {packages.source(QStringLiteral("start.mjs")), packages.folder()});
        const JsonValue hello = answer(60'000);
        m_url = QUrl(hello.find("url") != nullptr ? hello.find("url")->toString() : QString());
    }
    ~AgentWorker()
    {
        m_process.closeWriteChannel();
        if (!m_process.waitForFinished(20'000)) {
            m_process.kill();
            m_process.waitForFinished();
        }
    }
    AgentWorker(const AgentWorker &) = delete;
    AgentWorker &operator=(const AgentWorker &) = delete;

    bool isReady() const { return m_url.isValid(); }
    QUrl socketUrl(const QString &agentAndInstance) const
    {
        QUrl url(m_url.toString() + QStringLiteral("/agents/") + agentAndInstance);
        url.setScheme(QStringLiteral("ws"));
        return url;
    }
    /// A command of the README, as JSON without braces: `"do":"cut","serverFrames":3`. True: it was done.
    bool command(const QByteArray &members)
    {
        m_process.write('{' + members + "}\n");
        const JsonValue done = answer(60'000);
        return done.find("did") != nullptr && done.find("error") == nullptr;
    }

private:
    /// Lets events run meanwhile: connections that the command cuts have to notice.
    JsonValue answer(int patienceMs)
    {
        const bool came = QTest::qWaitFor([this] { return m_process.canReadLine(); }, patienceMs);
        return came ? json(m_process.readLine().trimmed()) : JsonValue();
    }

    QProcess m_process;
    QUrl m_url;
};

/// Somebody else who talks with an agent: whoever gives it work, or another reviewer. Knows nothing of Countersign.
class AgentClient
{
public:
    explicit AgentClient(const QUrl &url)
        : m_url(url)
    {
        QObject::connect(&m_socket, &QWebSocket::textMessageReceived, &m_socket, [this](const QString &text) {
            const JsonValue frame = json(text.toUtf8());
            const JsonValue *type = frame.find("type");
            const JsonValue *id = frame.find("id");
            if (type != nullptr && type->utf8() == "rpc" && id != nullptr) {
                m_replies[id->toString()] = frame;
            } else if (type != nullptr && type->utf8() == "cf_agent_state") {
                m_state = frame;
            }
        });
        open();
    }
    bool isOpen() const { return m_isOpen; }
    QWebSocket &socket() { return m_socket; }
    void send(const QByteArray &frame) { m_socket.sendTextMessage(QString::fromUtf8(frame)); }
    /// The whole reply: `success`, and `result` or `error`.
    JsonValue call(const QByteArray &method, const QByteArray &arguments = "[]")
    {
        const QString id = QStringLiteral("call-%1").arg(++m_calls);
        send(R"({"type":"rpc","id":")" + id.toUtf8() + R"(","method":")" + method + R"(","args":)" + arguments + '}');
        const auto isOver = [&] {
            return m_replies.contains(id) || m_socket.state() == QAbstractSocket::UnconnectedState;
        };
        static_cast<void>(QTest::qWaitFor(isOver, 20'000));
        return m_replies[id];
    }
    JsonValue result(const QByteArray &method, const QByteArray &arguments = "[]")
    {
        const JsonValue reply = call(method, arguments);
        return reply.find("result") != nullptr ? *reply.find("result") : JsonValue();
    }
    /// As the user of the agent's chat.
    void say(const QByteArray &text)
    {
        const QByteArray body = R"({"messages":[{"id":"u)" + QByteArray::number(++m_calls) +
                                R"(","role":"user","parts":[{"type":"text","text":")" + text +
                                R"("}]}],"trigger":"submit-message"})";
        send(R"({"type":"cf_agent_use_chat_request","id":"ask-)" + QByteArray::number(m_calls) +
             R"(","init":{"method":"POST","body":)" + writeJson(JsonValue::fromUtf8(body.toStdString())) + "}}");
    }
    /// What stands at \p pointer of the agent's state as it said last; empty: nothing does, or it is no text.
    QString inState(const std::string &pointer) const
    {
        const JsonValue *value = m_state.at("/state" + pointer);
        return value != nullptr ? value->toString() : QString();
    }
    /// The whole conversation as the agent has it, JSON text.
    QByteArray chat()
    {
        QUrl place = m_url;
        place.setScheme(QStringLiteral("http"));
        place.setPath(place.path() + QStringLiteral("/get-messages"));
        const std::unique_ptr<QNetworkReply> reply(m_network.get(QNetworkRequest(place)));
        static_cast<void>(QTest::qWaitFor([&] { return reply->isFinished(); }, 10'000));
        return reply->readAll();
    }
    /// How often the agent did what needed a decision. A cut that was meant for somebody else may meet this client.
    size_t runs()
    {
        for (int tries = 0; tries < 3; ++tries) {
            const JsonValue ledger = result("ledger");
            if (ledger.isArray()) {
                return ledger.items().size();
            }
            open();
        }
        return noAnswer;
    }
    static constexpr size_t noAnswer = std::numeric_limits<size_t>::max();

private:
    void open()
    {
        m_socket.abort();
        m_socket.open(m_url);
        m_isOpen = QTest::qWaitFor([this] { return m_socket.state() == QAbstractSocket::ConnectedState; }, 10'000);
    }

    QUrl m_url;
    QNetworkAccessManager m_network;
    QWebSocket m_socket;
    std::map<QString, JsonValue> m_replies;
    JsonValue m_state;
    bool m_isOpen = false;
    int m_calls = 0;
};

} // namespace countersign::test
