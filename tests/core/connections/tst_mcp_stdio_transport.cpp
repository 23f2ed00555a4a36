// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/client.h"
#include "core/connections/mcp/stdio_transport.h"

#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

#include <csignal>

using namespace countersign;
using namespace countersign::mcp;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

StdioTransport::Options shell(const QString &script)
{
    StdioTransport::Options options;
    options.command = QStringList{u"/bin/sh"_s, u"-c"_s, script};
    return options;
}

/// A server of the time of the handshake in shell: answers the probe and initialize, then does what \p then says.
QString legacy(const QString &then)
{
    return uR"SH(
read probe; echo '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}'
read init; echo '{"jsonrpc":"2.0","id":2,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"sh"}}}'
read ready
)SH"_s + then;
}

class Person final : public InputHandler
{
public:
    QStringList story;
    void ask(const InputRequest &request) override { story.append(u"asked "_s + request.message); }
    void withdraw(InputRequest::Id, const QString &why) override { story.append(u"withdrawn: "_s + why); }
};

struct Visit {
    SystemClock clock;
    EventLoopScheduler scheduler{clock};
    Person person;
    QStringList troubles;
    std::vector<CallEnd> ends;
    std::optional<Error> closed;
    StdioTransport transport;
    Client client;

    explicit Visit(const QString &script)
        : transport(shell(script))
        , client(transport, scheduler, &person)
    {
        QObject::connect(&client, &Client::troubled, [this](const QString &words) { troubles.append(words); });
        QObject::connect(&client, &Client::closed, [this](const Error &why) { closed = why; });
        QObject::connect(&client, &Client::ready, [this] {
            client.callTool(u"x"_s, "{}", {}, [this](const CallEnd &end) { ends.push_back(end); });
        });
        client.open();
    }
};

} // namespace

/// Servers behind a pipe that misbehave.
class TestMcpStdioTransport : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { std::signal(SIGPIPE, SIG_IGN); }
    void aCallIsAnsweredAmongNoise();
    void aLineThatNeverEndsEndsTheServer();
    void whatComesInOneReadIsTakenInOrder();
    void aServerThatLeavesAtTheQuestionIsStartedAgain();
    void aProgramThatCannotBeStartedIsNamed();
    void errorsAreKeptAsATail();
    void variablesAndFolderAreSet();
    void aServerThatTakesNothingInIsGivenUp();
    void aStubbornServerIsEnded();
};

void TestMcpStdioTransport::aCallIsAnsweredAmongNoise()
{
    Visit visit(legacy(uR"SH(
read call
echo 'Listening on stdio...'
printf '\n\r\n\377\376\n'
echo '{"jsonrpc":"2.0","id":"3","result":{}}'
printf '{"jsonrpc":"2.0","id":3,'; sleep 0.1; printf '"result":{"content":[]}}\n'
read never)SH"_s));
    QTRY_COMPARE(visit.ends.size(), size_t(1));
    QVERIFY(visit.ends.front().isResult());
    QCOMPARE(visit.troubles.size(), 3);
    QVERIFY(visit.client.isReady());
}

void TestMcpStdioTransport::aLineThatNeverEndsEndsTheServer()
{
    Visit visit(legacy(u"read call; head -c 70000000 /dev/zero | tr '\\0' 'a'; sleep 60"_s));
    QTRY_VERIFY_WITH_TIMEOUT(visit.closed, 60'000);
    QVERIFY2(visit.closed->message.contains(u"a line of more than"_s), qPrintable(visit.closed->message));
    QCOMPARE(visit.ends.front().kind, CallEnd::Kind::Lost);
}

void TestMcpStdioTransport::whatComesInOneReadIsTakenInOrder()
{
    Visit visit(legacy(uR"SH(
read call
printf '%s\n%s\n%s\n' \
'{"jsonrpc":"2.0","id":0,"method":"elicitation/create","params":{"message":"A","requestedSchema":{"type":"object"}}}' \
'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":0}}' \
'{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{"message":"B","requestedSchema":{"type":"object"}}}'
exit 7)SH"_s));
    QTRY_VERIFY(visit.closed);
    QCOMPARE(visit.person.story, (QStringList{u"asked A"_s, u"withdrawn: The server took its question back."_s,
                                              u"asked B"_s, u"withdrawn: The server ended with 7."_s}));
    QCOMPARE(visit.ends.front().kind, CallEnd::Kind::Lost);
}

void TestMcpStdioTransport::aServerThatLeavesAtTheQuestionIsStartedAgain()
{
    Visit visit(uR"SH(
read first
case "$first" in *server/discover*) exit 1;; esac
echo '{"jsonrpc":"2.0","id":2,"result":{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"sh"}}}'
read ready; read call; echo '{"jsonrpc":"2.0","id":3,"result":{"content":[]}}'; read never)SH"_s);
    QTRY_COMPARE_WITH_TIMEOUT(visit.ends.size(), size_t(1), 10'000);
    QVERIFY(visit.ends.front().isResult());
}

void TestMcpStdioTransport::aProgramThatCannotBeStartedIsNamed()
{
    const SystemClock clock;
    EventLoopScheduler scheduler(clock);
    StdioTransport::Options options;
    options.command = QStringList{u"/nonexistent/server"_s};
    StdioTransport transport(options);
    Client client(transport, scheduler);
    QSignalSpy closed(&client, &Client::closed);
    client.open();
    QTRY_COMPARE(closed.count(), 1);
    QVERIFY(closed.front().front().value<Error>().message.contains(u"could not be started"_s));

    StdioTransport none({});
    QCOMPARE(none.start().error().code, ErrorCode::InvalidInput);
}

void TestMcpStdioTransport::errorsAreKeptAsATail()
{
    Visit visit(u"head -c 1000000 /dev/zero | tr '\\0' 'x' >&2; echo THE END >&2; read never"_s);
    QTRY_VERIFY_WITH_TIMEOUT(visit.transport.errorTail().endsWith("THE END\n"), 10'000);
    QVERIFY(visit.transport.errorTail().size() <= 16 * 1024);
}

void TestMcpStdioTransport::variablesAndFolderAreSet()
{
    StdioTransport::Options options = shell(u"printf '%s %s\\n' \"$COUNTERSIGN_X\" \"$(pwd)\"; read never"_s);
    options.environment = {{u"COUNTERSIGN_X"_s, u"a b$c"_s}};
    options.workingFolder = u"/usr"_s;
    StdioTransport transport(options);
    QByteArray line;
    connect(&transport, &ClientTransport::received, this, [&line](const QByteArray &said) { line = said; });
    QVERIFY(transport.start());
    QTRY_COMPARE(line, QByteArray("a b$c /usr"));
}

void TestMcpStdioTransport::aServerThatTakesNothingInIsGivenUp()
{
    StdioTransport transport(shell(u"sleep 60"_s));
    QVERIFY(transport.start());
    QStringList failed;
    connect(&transport, &ClientTransport::requestFailed, this, [&failed](const QString &id, const RequestFailure &why) {
        QCOMPARE(why.kind, RequestFailure::Kind::NotSent);
        failed.append(id);
    });
    OutgoingMessage message;
    message.bytes = QByteArray(50 * 1024 * 1024, 'a');
    for (const QString &id : {u"n1"_s, u"n2"_s, u"n3"_s, u"n4"_s}) {
        message.id = id;
        transport.send(message);
        QVERIFY(failed.isEmpty()); // Never within the call.
    }
    QTRY_COMPARE(failed, (QStringList{u"n4"_s}));
}

void TestMcpStdioTransport::aStubbornServerIsEnded()
{
    StdioTransport transport(shell(u"trap '' TERM; echo ready; while true; do sleep 1; done"_s));
    QSignalSpy received(&transport, &ClientTransport::received);
    QSignalSpy ended(&transport, &ClientTransport::ended);
    QVERIFY(transport.start());
    QTRY_COMPARE(received.count(), 1);
    transport.stop();
    QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, 15'000);
    QVERIFY(ended.front().front().toString().contains(u"signal 9"_s));
}

QTEST_GUILESS_MAIN(TestMcpStdioTransport)
#include "tst_mcp_stdio_transport.moc"
