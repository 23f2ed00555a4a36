// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "core/connections/mcp/client.h"
#include "core/connections/mcp/http_transport.h"
#include "core/connections/mcp/stdio_transport.h"
#include "tests/interop/foreign_packages.h"

#include <QtCore/QProcess>
#include <QtCore/QUrl>
#include <QtNetwork/QTcpServer>

#include <csignal>

using namespace countersign;
using namespace countersign::mcp;
using namespace countersign::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const ForeignPackages packages(u"mcp"_s);

int freePort()
{
    QTcpServer probe;
    return probe.listen(QHostAddress::LocalHost) ? probe.serverPort() : 0;
}

class Person final : public InputHandler
{
public:
    std::vector<InputRequest> asked;
    QStringList withdrawn;
    void ask(const InputRequest &request) override { asked.push_back(request); }
    void withdraw(InputRequest::Id, const QString &why) override { withdrawn.append(why); }
};

/// A client with one server of others, over one way.
struct Visit {
    SystemClock clock;
    EventLoopScheduler scheduler{clock};
    FixedHeaders authorization;
    QProcess server; ///< Over HTTP.
    std::unique_ptr<ClientTransport> transport;
    Person person;
    std::unique_ptr<Client> client;
    std::vector<CallEnd> ends;
    QStringList troubles;
    bool isClosed = false;

    ~Visit()
    {
        client.reset();
        transport.reset();
        server.kill();
        server.waitForFinished();
    }

    void overPipe(const QStringList &arguments, Client::Options options = {})
    {
        StdioTransport::Options how;
        how.command = QStringList{packages.node()} + arguments;
        transport = std::make_unique<StdioTransport>(how);
        begin(std::move(options));
    }
    void overHttp(const QUrl &url, Client::Options options = {})
    {
        transport = std::make_unique<StreamableHttpTransport>(url, authorization, scheduler);
        begin(std::move(options));
    }
    void begin(Client::Options options)
    {
        options.sampling = true;
        client = std::make_unique<Client>(*transport, scheduler, &person, options);
        QObject::connect(client.get(), &Client::troubled, [this](const QString &words) { troubles.append(words); });
        QObject::connect(client.get(), &Client::closed, [this] { isClosed = true; });
        client->open();
    }
    bool startAsking(const QString &era, const QString &way)
    {
        const QStringList arguments = {packages.source(u"asking_server.mjs"_s), packages.folder(), era, way};
        Client::Options options;
        options.prefer = Client::Options::Prefer::Newest;
        if (way == "stdio"_L1) {
            overPipe(arguments, options);
            return true;
        }
        server.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        server.start(packages.node(), arguments);
        if (!QTest::qWaitFor([this] { return server.canReadLine(); }, 20'000)) {
            return false;
        }
        overHttp(QUrl(u"http://127.0.0.1:%1/mcp"_s.arg(server.readLine().trimmed().toInt())), options);
        return true;
    }
    bool startReference(const QString &way)
    {
        const QString program =
            packages.folder() + u"/node_modules/@modelcontextprotocol/server-everything/dist/index.js"_s;
        if (way == "stdio"_L1) {
            overPipe({program, way});
            return true;
        }
        const int port = freePort();
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"PORT"_s, QString::number(port));
        server.setProcessEnvironment(environment);
        server.setProcessChannelMode(QProcess::MergedChannels);
        server.start(packages.node(), {program, way});
        QByteArray said;
        const auto listens = [&] {
            said += server.readAll();
            return said.contains("listening on port");
        };
        if (!QTest::qWaitFor(listens, 20'000)) {
            return false;
        }
        overHttp(QUrl(u"http://127.0.0.1:%1/mcp"_s.arg(port)));
        return true;
    }
    void call(const QString &tool, const QByteArray &arguments)
    {
        client->callTool(tool, arguments, {}, [this](const CallEnd &end) { ends.push_back(end); });
    }
    /// The text of the newest result.
    QString told() const
    {
        const Result<JsonValue> result = readJson(ends.back().body);
        const JsonValue *text = result ? result->at("/content/0/text") : nullptr;
        return text ? text->toString() : ends.back().words;
    }
};

const std::vector<std::pair<QString, QByteArray>> answers = {
    {u"text"_s, R"("\u00e4b")"},
    {u"email"_s, R"("a@example.com")"},
    {u"date"_s, R"("2026-11-22")"},
    {u"integer"_s, "7"},
    {u"number"_s, "2.50"},
    {u"boolean"_s, "true"},
    {u"choice"_s, R"("r")"},
    {u"named choice"_s, R"("g")"},
    {u"titled choice"_s, R"("r")"},
    {u"several"_s, R"(["r","g"])"},
    {u"titled several"_s, R"(["g"])"},
};

} // namespace

/// Our client against servers that others wrote.
class TestMcpClientInterop : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyKindOfQuestion_data();
    void everyKindOfQuestion();
    void questionsThatComeToNothing_data();
    void questionsThatComeToNothing();
    void theReferenceServer_data();
    void theReferenceServer();
    void manyCallsLeaveNothingBehind_data();
    void manyCallsLeaveNothingBehind();
    void sixtyQuestionsAtOnce_data();
    void sixtyQuestionsAtOnce();
};

void TestMcpClientInterop::everyKindOfQuestion_data()
{
    QTest::addColumn<QString>("era");
    QTest::addColumn<QString>("way");
    QTest::newRow("handshake, pipe") << u"old"_s << u"stdio"_s;
    QTest::newRow("handshake, HTTP") << u"old"_s << u"http"_s;
    QTest::newRow("stateless, pipe") << u"modern"_s << u"stdio"_s;
    QTest::newRow("stateless, HTTP") << u"modern"_s << u"http"_s;
}

void TestMcpClientInterop::everyKindOfQuestion()
{
    QFETCH(QString, era);
    QFETCH(QString, way);
    Visit visit;
    QVERIFY(visit.startAsking(era, way));
    QTRY_VERIFY_WITH_TIMEOUT(visit.client->isReady(), 20'000);
    QCOMPARE(visit.client->server().era, era == "old"_L1 ? Era::Handshake : Era::Stateless);
    const auto ask = [&](const QString &kind, const InputAnswer &answer) {
        const size_t before = visit.ends.size();
        const size_t asked = visit.person.asked.size();
        visit.call(u"ask"_s, "{\"kind\":\"" + kind.toUtf8() + R"(","then":"wait"})");
        QTRY_COMPARE_WITH_TIMEOUT(visit.person.asked.size(), asked + 1, 10'000);
        QCOMPARE(visit.person.asked.back().tool, u"ask"_s);
        if (kind == "url"_L1) {
            QCOMPARE(visit.person.asked.back().url, u"https://example.com/connect?x=%41"_s);
        }
        const Result<> given = visit.client->answer(visit.person.asked.back().id, answer);
        QVERIFY2(given, given ? "" : qPrintable(given.error().message));
        QTRY_COMPARE_WITH_TIMEOUT(visit.ends.size(), before + 1, 10'000);
    };
    using Action = InputAnswer::Action;
    for (const auto &[kind, value] : answers) {
        ask(kind, {Action::Accept, "{\"value\":" + value + '}'});
        const JsonValue told = readJson(visit.told().toUtf8()).valueOr(JsonValue());
        QVERIFY2(told.at("/content/value") && *told.at("/content/value") == readJson(value).value(),
                 qPrintable(kind + u": "_s + visit.told()));
        ask(kind, {Action::Decline, {}});
        QVERIFY2(visit.told().contains(u"\"decline\""_s), qPrintable(visit.told()));
        ask(kind, {Action::Cancel, {}});
        QVERIFY2(visit.told().contains(u"\"cancel\""_s), qPrintable(visit.told()));
    }
    ask(u"url"_s, {Action::Accept, {}});
    QVERIFY2(visit.told().contains(u"\"accept\""_s), qPrintable(visit.told()));
    ask(u"url"_s, {Action::Decline, {}});
    QVERIFY2(visit.told().contains(u"\"decline\""_s), qPrintable(visit.told()));
    ask(u"sampling"_s,
        {Action::Accept, R"({"role":"assistant","content":{"type":"text","text":"Paris"},"model":"a person"})"});
    QVERIFY2(visit.told().contains(u"Paris"_s), qPrintable(visit.told()));
    ask(u"sampling"_s, {Action::Decline, {}});
    QVERIFY2(era == "old"_L1 ? visit.told().contains(u"-1"_s) : visit.ends.back().kind == CallEnd::Kind::Cancelled,
             qPrintable(visit.told()));
    QVERIFY2(visit.troubles.isEmpty(), qPrintable(visit.troubles.join(u'\n')));
    QVERIFY(visit.person.withdrawn.isEmpty());
}

void TestMcpClientInterop::questionsThatComeToNothing_data()
{
    QTest::addColumn<QString>("era");
    QTest::addColumn<QString>("way");
    QTest::addColumn<QString>("then");
    for (const QString &way : {u"stdio"_s, u"http"_s}) {
        for (const QString &then : {u"time out"_s, u"cancel"_s, u"leave"_s}) {
            QTest::newRow(qPrintable(u"handshake, "_s + way + u", "_s + then)) << u"old"_s << way << then;
        }
    }
    QTest::newRow("stateless, stdio, leave") << u"modern"_s << u"stdio"_s << u"leave"_s;
}

void TestMcpClientInterop::questionsThatComeToNothing()
{
    QFETCH(QString, era);
    QFETCH(QString, way);
    QFETCH(QString, then);
    Visit visit;
    QVERIFY(visit.startAsking(era, way));
    QTRY_VERIFY_WITH_TIMEOUT(visit.client->isReady(), 20'000);
    for (const auto &[kind, value] : answers) {
        const size_t ended = visit.ends.size();
        visit.call(u"ask"_s, "{\"kind\":\"" + kind.toUtf8() + R"(","then":")" + then.toUtf8() + "\"}");
        QTRY_COMPARE_WITH_TIMEOUT(visit.person.asked.size(), ended + 1, 10'000);
        QTRY_COMPARE_WITH_TIMEOUT(visit.ends.size(), ended + 1, 20'000);
        QTRY_COMPARE_WITH_TIMEOUT(visit.person.withdrawn.size(), qsizetype(ended + 1), 10'000);
        QCOMPARE(visit.client->answer(visit.person.asked.back().id, {}).error().code, ErrorCode::NotFound);
        if (then == "leave"_L1) {
            QCOMPARE(visit.ends.back().kind, CallEnd::Kind::Lost);
            QVERIFY(!visit.ends.back().words.isEmpty());
            return; // There is one end only.
        }
        QVERIFY(visit.ends.back().isResult());
    }
}

void TestMcpClientInterop::theReferenceServer_data()
{
    QTest::addColumn<QString>("way");
    QTest::newRow("pipe") << u"stdio"_s;
    QTest::newRow("HTTP") << u"streamableHttp"_s;
}

void TestMcpClientInterop::theReferenceServer()
{
    QFETCH(QString, way);
    Visit visit;
    QVERIFY(visit.startReference(way));
    QTRY_VERIFY_WITH_TIMEOUT(visit.client->isReady(), 20'000);
    QCOMPARE(visit.client->server().protocolVersion, u"2025-11-25"_s);
    const auto listTools = [&visit] {
        bool isListed = false;
        visit.client->listTools(
            [&isListed](const Result<std::vector<ServerTool>> &tools) { isListed = tools.hasValue(); });
        QTRY_VERIFY_WITH_TIMEOUT(isListed, 10'000);
    };
    const auto hasTool = [&visit](const QString &name) {
        return std::any_of(visit.client->tools().begin(), visit.client->tools().end(),
                           [&name](const ServerTool &tool) { return tool.tool.name == name; });
    };
    // Some tools are there only once the server has seen what its client can do.
    for (int i = 0; i < 50 && !hasTool(u"trigger-elicitation-request"_s); ++i) {
        listTools();
    }
    QVERIFY(hasTool(u"trigger-elicitation-request"_s));
    const auto run = [&visit](const QString &tool, const QByteArray &arguments) {
        const size_t before = visit.ends.size();
        visit.call(tool, arguments);
        return before + 1;
    };
    size_t count = run(u"echo"_s, R"({"message":"h\u00e4llo"})");
    QTRY_COMPARE_WITH_TIMEOUT(visit.ends.size(), count, 10'000);
    QCOMPARE(visit.told(), u"Echo: hällo"_s);

    count = run(u"trigger-elicitation-request"_s, "{}");
    QTRY_COMPARE_WITH_TIMEOUT(visit.person.asked.size(), size_t(1), 10'000);
    QVERIFY(
        !visit.client->answer(visit.person.asked.back().id, {InputAnswer::Action::Accept, "{}"})); // A name is wanted.
    QVERIFY(visit.client->answer(visit.person.asked.back().id, {InputAnswer::Action::Accept, R"({"name":"Ada"})"}));
    QTRY_COMPARE_WITH_TIMEOUT(visit.ends.size(), count, 10'000);
    QVERIFY(visit.ends.back().body.contains("Ada"));

    count = run(u"trigger-sampling-request"_s, R"({"prompt":"Capital?"})");
    QTRY_COMPARE_WITH_TIMEOUT(visit.person.asked.size(), size_t(2), 10'000);
    QVERIFY(
        visit.client->answer(visit.person.asked.back().id,
                             {InputAnswer::Action::Accept,
                              R"({"role":"assistant","content":{"type":"text","text":"Paris"},"model":"a person"})"}));
    QTRY_COMPARE_WITH_TIMEOUT(visit.ends.size(), count, 10'000);
    QVERIFY(visit.ends.back().body.contains("Paris"));

    if (hasTool(u"simulate-research-query"_s)) {
        count = run(u"simulate-research-query"_s, R"({"topic":"python","ambiguous":true})");
        QTRY_COMPARE_WITH_TIMEOUT(visit.person.asked.size(), size_t(3), 30'000); // A task in input_required.
        QVERIFY(visit.client->answer(visit.person.asked.back().id, {InputAnswer::Action::Decline, {}}));
        QTRY_COMPARE_WITH_TIMEOUT(visit.ends.size(), count, 30'000);
        QVERIFY2(visit.ends.back().isResult(), qPrintable(visit.ends.back().words));
    }
    QVERIFY2(visit.troubles.isEmpty(), qPrintable(visit.troubles.join(u'\n')));
}

void TestMcpClientInterop::manyCallsLeaveNothingBehind_data()
{
    theReferenceServer_data();
}

void TestMcpClientInterop::manyCallsLeaveNothingBehind()
{
    QFETCH(QString, way);
    Visit visit;
    QVERIFY(visit.startReference(way));
    QTRY_VERIFY_WITH_TIMEOUT(visit.client->isReady(), 20'000);
    const auto residentKiB = [] {
        QFile status(u"/proc/self/statm"_s);
        const bool isOpen = status.open(QIODevice::ReadOnly);
        return isOpen ? status.readAll().split(' ').value(1).toLongLong() * 4 : 0;
    };
    const int all = qEnvironmentVariableIsSet("COUNTERSIGN_SOAK") ? 10'000 : 2000;
    int done = 0;
    int failed = 0;
    std::function<void()> next = [&] {
        visit.client->callTool(u"echo"_s, R"({"message":"again"})", {}, [&](const CallEnd &end) {
            failed += end.isResult() ? 0 : 1;
            if (++done + 20 <= all) {
                next();
            }
        });
    };
    for (int i = 0; i < 20; ++i) {
        next(); // Twenty at a time.
    }
    QTRY_VERIFY_WITH_TIMEOUT(done >= all / 4, 120'000);
    const qint64 before = residentKiB();
    QTRY_COMPARE_WITH_TIMEOUT(done, all, 280'000);
    const qint64 grown = residentKiB() - before;
    qInfo("%lld KiB more after %d calls than after %d", grown, all, all / 4);
    QCOMPARE(failed, 0);
    QVERIFY2(grown < 8 * 1024, qPrintable(QString::number(grown)));
    QCOMPARE(visit.client->runningCalls(), 0);
}

void TestMcpClientInterop::sixtyQuestionsAtOnce_data()
{
    everyKindOfQuestion_data();
}

void TestMcpClientInterop::sixtyQuestionsAtOnce()
{
    QFETCH(QString, era);
    QFETCH(QString, way);
    Visit visit;
    QVERIFY(visit.startAsking(era, way));
    QTRY_VERIFY_WITH_TIMEOUT(visit.client->isReady(), 20'000);
    for (int i = 0; i < 60; ++i) {
        visit.call(u"ask"_s, R"({"kind":"integer","then":"wait"})");
    }
    QTRY_COMPARE_WITH_TIMEOUT(visit.person.asked.size(), size_t(60), 30'000); // All are open at once.
    for (const InputRequest &request : std::vector<InputRequest>(visit.person.asked)) {
        QVERIFY(visit.client->answer(request.id, {InputAnswer::Action::Accept, R"({"value":7})"}));
    }
    QTRY_COMPARE_WITH_TIMEOUT(visit.ends.size(), size_t(60), 30'000);
    QVERIFY(std::all_of(visit.ends.begin(), visit.ends.end(), [](const CallEnd &end) { return end.isResult(); }));
}

int main(int argc, char **argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    return packages.run<TestMcpClientInterop>(argc, argv);
}
#include "tst_mcp_client_interop.moc"
