// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QCoreApplication>
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QSocketNotifier>
#include <QtCore/QTimer>
#include <QtNetwork/QTcpServer>
#include <QtNetwork/QTcpSocket>

#include <cstdio>
#include <functional>
#include <map>
#include <memory>

#include <fcntl.h>
#include <unistd.h>

namespace countersign::test {

/// The MCP server of the test, a process of its own that goes on whatever happens to its clients. What it gets and does
/// stands in a journal, a line each: `list`, `got N`, `asked N`, `answered N ACTION`, and `did N` when the effect of
/// call N took place.
class Till : public QObject
{
public:
    using Say = std::function<void(const QJsonObject &message)>;

    explicit Till(const QString &journal)
        : m_journal(::open(QFile::encodeName(journal).constData(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600))
    {}
    ~Till() override { ::close(m_journal); }

    /// \p say brings messages to whoever sent \p message.
    void take(const QJsonObject &message, const Say &say)
    {
        const QString method = message.value(QStringLiteral("method")).toString();
        const QJsonValue id = message.value(QStringLiteral("id"));
        const QJsonObject params = message.value(QStringLiteral("params")).toObject();
        if (method.isEmpty()) {
            takeAnswer(id.toInt(), message.value(QStringLiteral("result")).toObject());
        } else if (method == u"initialize") {
            answer(say, id,
                   {{QStringLiteral("protocolVersion"), params.value(QStringLiteral("protocolVersion"))},
                    {QStringLiteral("capabilities"), QJsonObject{{QStringLiteral("tools"), QJsonObject()}}},
                    {QStringLiteral("serverInfo"), QJsonObject{{QStringLiteral("name"), QStringLiteral("till")},
                                                               {QStringLiteral("version"), QStringLiteral("1")}}}});
        } else if (method == u"tools/list") {
            answer(say, id,
                   {{QStringLiteral("tools"), QJsonArray{tool(QStringLiteral("pay")), tool(QStringLiteral("ask"))}}});
            note("list");
        } else if (method == u"tools/call") {
            call(id, params, say);
        } else if (!id.isUndefined()) {
            say({{QStringLiteral("jsonrpc"), QStringLiteral("2.0")},
                 {QStringLiteral("id"), id},
                 {QStringLiteral("error"), QJsonObject{{QStringLiteral("code"), -32601},
                                                       {QStringLiteral("message"), QStringLiteral("unknown")}}}});
        }
    }
    bool isBusy() const { return m_working > 0; }

private:
    struct Question {
        int number = 0;
        QJsonValue call;
        Say say;
    };

    static QJsonObject tool(const QString &name)
    {
        return {{QStringLiteral("name"), name},
                {QStringLiteral("inputSchema"), QJsonObject{{QStringLiteral("type"), QStringLiteral("object")}}}};
    }
    static void answer(const Say &say, const QJsonValue &id, const QJsonObject &result)
    {
        say({{QStringLiteral("jsonrpc"), QStringLiteral("2.0")},
             {QStringLiteral("id"), id},
             {QStringLiteral("result"), result}});
    }
    static void succeed(const Say &say, const QJsonValue &id)
    {
        const QJsonObject text{{QStringLiteral("type"), QStringLiteral("text")},
                               {QStringLiteral("text"), QStringLiteral("paid")}};
        answer(say, id, {{QStringLiteral("content"), QJsonArray{text}}});
    }
    void note(const QByteArray &words) const
    {
        const QByteArray line = words + '\n';
        if (::write(m_journal, line.constData(), static_cast<size_t>(line.size())) != line.size()) {
            qFatal("the journal could not be written");
        }
    }

    void call(const QJsonValue &id, const QJsonObject &params, const Say &say)
    {
        const QJsonObject arguments = params.value(QStringLiteral("arguments")).toObject();
        const int number = arguments.value(QStringLiteral("n")).toInt();
        const QByteArray text = QByteArray::number(number);
        note("got " + text);
        if (params.value(QStringLiteral("name")) == QStringLiteral("ask")) {
            const int question = ++m_questions;
            m_asked.emplace(question, Question{number, id, say});
            const QJsonObject schema{{QStringLiteral("type"), QStringLiteral("object")},
                                     {QStringLiteral("properties"),
                                      QJsonObject{{QStringLiteral("who"),
                                                   QJsonObject{{QStringLiteral("type"), QStringLiteral("string")}}}}}};
            say({{QStringLiteral("jsonrpc"), QStringLiteral("2.0")},
                 {QStringLiteral("id"), question},
                 {QStringLiteral("method"), QStringLiteral("elicitation/create")},
                 {QStringLiteral("params"),
                  QJsonObject{{QStringLiteral("message"), QStringLiteral("Call ") + QString::fromLatin1(text)},
                              {QStringLiteral("requestedSchema"), schema}}}});
            note("asked " + text);
            return;
        }
        work(number, arguments.value(QStringLiteral("before")).toInt(),
             arguments.value(QStringLiteral("after")).toInt(), [say, id] { succeed(say, id); });
    }
    void takeAnswer(int id, const QJsonObject &result)
    {
        const auto found = m_asked.find(id);
        if (found == m_asked.end()) {
            return;
        }
        const Question question = found->second;
        m_asked.erase(found);
        const QString action = result.value(QStringLiteral("action")).toString();
        note("answered " + QByteArray::number(question.number) + ' ' + action.toUtf8());
        if (action == u"accept") {
            work(question.number, 0, 0, [question] { succeed(question.say, question.call); });
        } else {
            succeed(question.say, question.call);
        }
    }
    /// The effect takes place \p before milliseconds from now, and the answer goes out \p after those.
    void work(int number, int before, int after, const std::function<void()> &then)
    {
        ++m_working;
        QTimer::singleShot(before, Qt::PreciseTimer, this, [this, number, after, then] {
            note("did " + QByteArray::number(number));
            QTimer::singleShot(after, Qt::PreciseTimer, this, [this, then] {
                then();
                --m_working;
            });
        });
    }

    int m_journal;
    int m_questions = 0;
    int m_working = 0;
    std::map<int, Question> m_asked;
};

/// The till over standard streams. Ends when its client is gone and what it began is done.
inline int runPipeTill(const QString &journal)
{
    Till till(journal);
    QByteArray kept;
    QSocketNotifier input(STDIN_FILENO, QSocketNotifier::Read);
    const Till::Say say = [](const QJsonObject &message) {
        const QByteArray line = QJsonDocument(message).toJson(QJsonDocument::Compact) + '\n';
        // Whoever reads may be gone; the till does not care.
        [[maybe_unused]] const auto written =
            ::write(STDOUT_FILENO, line.constData(), static_cast<size_t>(line.size()));
    };
    QTimer idle;
    QObject::connect(&idle, &QTimer::timeout, &till, [&till] {
        if (!till.isBusy()) {
            QCoreApplication::exit(0);
        }
    });
    QObject::connect(&input, &QSocketNotifier::activated, &till, [&] {
        QByteArray buffer(65536, Qt::Uninitialized);
        const auto read = ::read(STDIN_FILENO, buffer.data(), static_cast<size_t>(buffer.size()));
        if (read <= 0) {
            input.setEnabled(false);
            idle.start(5);
            return;
        }
        kept += buffer.first(static_cast<qsizetype>(read));
        for (qsizetype end = kept.indexOf('\n'); end >= 0; end = kept.indexOf('\n')) {
            const QByteArray line = kept.first(end);
            kept.remove(0, end + 1);
            till.take(QJsonDocument::fromJson(line).object(), say);
        }
    });
    return QCoreApplication::exec();
}

/// The till over Streamable HTTP, without sessions. Its port goes to the file \p port; it serves until it is killed.
inline int runHttpTill(const QString &journal, const QString &port)
{
    Till till(journal);
    QTcpServer server;
    if (!server.listen(QHostAddress::LocalHost)) {
        return 1;
    }
    QObject::connect(&server, &QTcpServer::newConnection, &till, [&] {
        while (QTcpSocket *socket = server.nextPendingConnection()) {
            QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [&till, socket, kept = QByteArray()]() mutable {
                kept += socket->readAll();
                for (;;) {
                    const qsizetype head = kept.indexOf("\r\n\r\n");
                    const qsizetype at = kept.left(head).toLower().indexOf("content-length:");
                    const qsizetype length =
                        at < 0 ? 0 : kept.mid(at + 15, kept.indexOf('\r', at) - at - 15).trimmed().toLongLong();
                    if (head < 0 || kept.size() < head + 4 + length) {
                        return;
                    }
                    const bool isPost = kept.startsWith("POST ");
                    const QJsonObject message = QJsonDocument::fromJson(kept.mid(head + 4, length)).object();
                    kept.remove(0, head + 4 + length);
                    const bool isRequest =
                        message.contains(QStringLiteral("method")) && message.contains(QStringLiteral("id"));
                    if (!isPost || !isRequest) {
                        socket->write(isPost ? "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
                                             : "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n");
                        till.take(isPost ? message : QJsonObject(), {});
                        continue;
                    }
                    // A stream of events for every answer: questions come before it.
                    socket->write(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
                    till.take(message, [socket = QPointer<QTcpSocket>(socket)](const QJsonObject &said) {
                        if (!socket) {
                            return;
                        }
                        const QByteArray event = "data: " + QJsonDocument(said).toJson(QJsonDocument::Compact) + "\n\n";
                        socket->write(QByteArray::number(event.size(), 16) + "\r\n" + event + "\r\n");
                        if (!said.contains(QStringLiteral("method"))) {
                            socket->write("0\r\n\r\n");
                        }
                        socket->flush();
                    });
                }
            });
        }
    });
    QFile file(port + QStringLiteral(".new"));
    if (!file.open(QIODevice::WriteOnly) || file.write(QByteArray::number(server.serverPort())) <= 0) {
        return 1;
    }
    file.close();
    return QFile::rename(file.fileName(), port) ? QCoreApplication::exec() : 1;
}

} // namespace countersign::test
