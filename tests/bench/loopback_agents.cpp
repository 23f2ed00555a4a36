// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/loopback_agents.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QUrl>
#include <QtNetwork/QTcpServer>
#include <QtNetwork/QTcpSocket>
#include <QtWebSockets/QWebSocket>
#include <QtWebSockets/QWebSocketServer>

#include <condition_variable>
#include <mutex>
#include <set>

using namespace Qt::Literals::StringLiterals;

namespace countersign::bench {

namespace {

QString compact(const QJsonObject &object)
{
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

} // namespace

struct LoopbackAgents::Private : QObject {
    QTcpServer *listener = nullptr;
    QWebSocketServer *server = nullptr;
    std::map<QString, std::vector<QWebSocket *>> sockets;
    std::map<QString, std::vector<QString>> waiting;
    quint16 port = 0;
    std::mutex mutex;
    std::condition_variable news;
    std::map<std::pair<QString, QString>, Moment> decisions;

    void listen()
    {
        server = new QWebSocketServer(u"agents"_s, QWebSocketServer::NonSecureMode, this);
        listener = new QTcpServer(this);
        if (!listener->listen(QHostAddress::LocalHost)) {
            qFatal("no port");
        }
        port = listener->serverPort();
        QObject::connect(listener, &QTcpServer::newConnection, this, [this] {
            while (QTcpSocket *socket = listener->nextPendingConnection()) {
                QObject::connect(socket, &QTcpSocket::readyRead, this, [this, socket] { sort(socket); });
                sort(socket);
            }
        });
        QObject::connect(server, &QWebSocketServer::newConnection, this, [this] {
            while (QWebSocket *socket = server->nextPendingConnection()) {
                welcome(socket);
            }
        });
    }
    /// Agents without a chat say so when they are asked for its transcript.
    void sort(QTcpSocket *socket)
    {
        const QByteArray head = socket->peek(4096);
        if (!head.contains('\n')) {
            return;
        }
        socket->disconnect(this);
        if (head.left(head.indexOf('\n')).contains("get-messages")) {
            socket->readAll();
            socket->write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            socket->disconnectFromHost();
            QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        } else {
            server->handleConnection(socket);
        }
    }
    void welcome(QWebSocket *socket)
    {
        socket->setParent(this);
        const QString name = socket->requestUrl().path().section(u'/', -1);
        QObject::connect(socket, &QWebSocket::textMessageReceived, this,
                         [this, socket, name](const QString &text) { take(socket, name, text); });
        QObject::connect(socket, &QWebSocket::disconnected, this,
                         [this, socket, name] { std::erase(sockets[name], socket); });
        sockets[name].push_back(socket);
        socket->sendTextMessage(
            compact({{u"type"_s, u"cf_agent_identity"_s}, {u"agent"_s, u"bench"_s}, {u"name"_s, name}}));
        socket->sendTextMessage(state(name));
    }
    QString state(const QString &name)
    {
        QJsonArray pending;
        for (const QString &id : waiting[name]) {
            pending.append(QJsonObject{{u"id"_s, id},
                                       {u"title"_s, u"Refund the customer"_s},
                                       {u"tool"_s, u"refund"_s},
                                       {u"args"_s, QJsonObject{{u"amount"_s, 42}, {u"order"_s, name + id}}}});
        }
        return compact({{u"type"_s, u"cf_agent_state"_s}, {u"state"_s, QJsonObject{{u"pending"_s, pending}}}});
    }
    void take(QWebSocket *socket, const QString &name, const QString &text)
    {
        const Moment now = std::chrono::steady_clock::now();
        const QJsonObject frame = QJsonDocument::fromJson(text.toUtf8()).object();
        if (frame[u"type"_s] != u"rpc"_s) {
            return;
        }
        const QString id = frame[u"args"_s].toArray().at(0).toString();
        {
            const std::lock_guard lock(mutex);
            decisions.try_emplace({name, id}, now);
        }
        news.notify_all();
        socket->sendTextMessage(compact({{u"type"_s, u"rpc"_s},
                                         {u"id"_s, frame[u"id"_s]},
                                         {u"success"_s, true},
                                         {u"done"_s, true},
                                         {u"result"_s, QJsonValue()}}));
        std::erase(waiting[name], id);
        tell(name);
    }
    void tell(const QString &name)
    {
        for (QWebSocket *socket : sockets[name]) {
            socket->sendTextMessage(state(name));
            socket->flush();
        }
    }
};

LoopbackAgents::LoopbackAgents()
    : d(std::make_unique<Private>())
{
    d->moveToThread(&m_thread);
    m_thread.start();
    QMetaObject::invokeMethod(
        d.get(), [this] { d->listen(); }, Qt::BlockingQueuedConnection);
}

LoopbackAgents::~LoopbackAgents()
{
    QMetaObject::invokeMethod(
        d.get(),
        [this] {
            qDeleteAll(d->children());
            d->sockets.clear();
        },
        Qt::BlockingQueuedConnection);
    m_thread.quit();
    m_thread.wait();
}

QString LoopbackAgents::address(const QString &name) const
{
    return u"ws://127.0.0.1:%1/agents/bench/%2"_s.arg(QString::number(d->port), name);
}

Moment LoopbackAgents::show(const QString &name, int count)
{
    Moment before;
    const auto work = [&] {
        std::vector<QString> &waiting = d->waiting[name];
        waiting.clear();
        for (int i = 0; i < count; ++i) {
            waiting.push_back(idOf(i));
        }
        before = std::chrono::steady_clock::now();
        d->tell(name);
    };
    QMetaObject::invokeMethod(d.get(), work, Qt::BlockingQueuedConnection);
    return before;
}

std::optional<Moment> LoopbackAgents::decidedAt(const QString &name, const QString &id,
                                                std::chrono::milliseconds patience)
{
    std::unique_lock lock(d->mutex);
    const std::pair key(name, id);
    d->news.wait_for(lock, patience, [&] { return d->decisions.contains(key); });
    const auto found = d->decisions.find(key);
    return found == d->decisions.end() ? std::nullopt : std::optional(found->second);
}

} // namespace countersign::bench
