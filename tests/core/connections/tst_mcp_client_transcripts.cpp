// SPDX-License-Identifier: Apache-2.0
#include "tests/core/connections/mcp_client_rig.h"

#include <QtCore/QDir>
#include <QtTest/QTest>

using namespace countersign;
using namespace countersign::mcp;
using namespace countersign::test;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

QString folder()
{
    return QStringLiteral(COUNTERSIGN_TEST_DATA "/mcp");
}

QByteArray memberOf(const QByteArray &object, QStringView name)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(object);
    return members ? members->value(name).toByteArray() : QByteArray();
}

QByteArray without(const QByteArray &object, const char *name)
{
    JsonValue value = readJson(object).valueOr(JsonValue::object());
    std::erase_if(value.members(), [name](const JsonValue::Member &member) { return member.key == name; });
    return writeJson(value);
}

bool isOver(const QByteArray &frame)
{
    return !frame.contains("\"input_required\"") && !frame.contains("\"task\":{") && !frame.contains("-32042") &&
           !frame.contains("-32020");
}

Client::Options everything()
{
    Client::Options options;
    options.sampling = true;
    return options;
}

/// Plays both the server and the person of a recording, to a client of ours.
class Replay
{
public:
    explicit Replay(bool overHttp) { rig.transport.overHttp = overHttp; }

    void take(const QByteArray &line)
    {
        const QByteArray frame = memberOf(line, u"frame");
        const QByteArray direction = memberOf(line, u"dir");
        if (frame.isEmpty()) {
            return;
        }
        const QByteArray status = memberOf(memberOf(memberOf(line, u"http"), u"response"), u"status");
        direction == "\"client->server\"" ? takeOurs(frame) : takeTheirs(frame, status.toInt());
        rig.settle();
    }

    int exchanges = 0;
    int endings = 0; ///< Of calls, each with exactly what was recorded.
    QStringList problems;

private:
    /// Something the recorded client sent: ours is made to do the same, unless it does by itself.
    void takeOurs(const QByteArray &frame)
    {
        const QByteArray method = memberOf(frame, u"method");
        const QByteArray id = memberOf(frame, u"id");
        const QByteArray params = memberOf(frame, u"params");
        if (method.isEmpty()) {
            answerLast(memberOf(frame, u"result"));
            return;
        }
        const QByteArray name = method.mid(1, method.size() - 2);
        if (id.isEmpty()) {
            if (name == "notifications/cancelled") {
                rig.client.cancel(m_calls[memberOf(params, u"requestId")], u"cancelled"_s);
            }
            return;
        }
        begin(name, params.contains("2026-07-28"));
        answerAll(memberOf(params, u"inputResponses"));
        std::optional<QByteArray> sent = findSent(name);
        if (!sent) {
            rig.scheduler.advance(2s); // It may be about to ask by itself.
            sent = findSent(name);
        }
        if (!sent) {
            start(name, id, params);
            sent = findSent(name);
        }
        if (sent) {
            m_ids[id] = *sent;
            ++exchanges;
            if (!m_calls.contains(id) && !m_calls.empty() && !params.contains("taskId") && name != "tools/list") {
                m_calls[id] = m_lastCall; // Made again by itself, with the answers.
            }
        }
    }
    void begin(const QByteArray &first, bool isStateless)
    {
        if (std::exchange(m_hasBegun, true)) {
            return;
        }
        if (first == "server/discover" || first == "initialize") {
            rig.client.open();
            if (first == "initialize" && rig.transport.count("server/discover") > 0) {
                forgetSent();
                rig.transport.refuse("server/discover", -32601); // The recorded client did not ask.
            }
            return;
        }
        isStateless ? rig.beModern() : rig.beLegacy(); // The recording begins in the middle.
        forgetSent();
    }
    void start(const QByteArray &name, const QByteArray &id, const QByteArray &params)
    {
        if (name == "tools/list") {
            rig.client.listTools([](const Result<std::vector<ServerTool>> &) {});
            return;
        }
        const auto done = [this](const CallEnd &end) { m_ends.push_back(end); };
        const QByteArray bare = without(without(without(params, "_meta"), "inputResponses"), "requestState");
        m_lastCall = m_calls[id] = rig.client.request(name, bare, {}, done);
        rig.settle();
    }
    void takeTheirs(const QByteArray &frame, int status)
    {
        const QByteArray id = memberOf(frame, u"id");
        const bool isAnswer = memberOf(frame, u"method").isEmpty();
        if (!isAnswer) {
            rig.transport.say(frame);
            return;
        }
        if (!m_ids.contains(id) && (id.isEmpty() || id == "null") && status >= 400 && !rig.transport.sent.empty()) {
            rig.transport.fail(rig.transport.sent.back().id,
                               {RequestFailure::Kind::Refused, u"refused"_s, status, frame});
            return;
        }
        if (!m_ids.contains(id)) {
            return; // To something that our client does not ask.
        }
        m_members = memberOf(memberOf(frame, u"result"), u"inputRequests");
        m_ends.clear();
        const Result<JsonSlices> members = JsonSlices::ofObject(frame);
        rig.transport.say(withSliceReplaced(frame, members->value(u"id"), m_ids[id]));
        rig.settle();
        checkEnd(id, frame);
    }
    void checkEnd(const QByteArray &id, const QByteArray &frame)
    {
        if (!m_calls.contains(id) || !isOver(frame)) {
            return;
        }
        const QByteArray result = memberOf(frame, u"result");
        if (m_ends.size() != 1) {
            problems.append(u"no end of request "_s + QString::fromLatin1(id));
        } else if (m_ends.front().isResult() ? m_ends.front().body != result : !result.isEmpty()) {
            problems.append(u"another end of request "_s + QString::fromLatin1(id));
        }
        ++endings;
    }
    void answerLast(const QByteArray &result)
    {
        if (rig.client.openInputs() > 0 && rig.person.asked.size() > m_answered) {
            give(rig.person.asked.back().id, result);
            m_answered = rig.person.asked.size();
        }
    }
    void answerAll(const QByteArray &responses)
    {
        const Result<JsonSlices> asked = JsonSlices::ofObject(m_members);
        if (responses.isEmpty() || !asked) {
            return;
        }
        for (const JsonSlices::Member &member : asked->members()) {
            if (m_answered < rig.person.asked.size()) {
                give(rig.person.asked[m_answered++].id, memberOf(responses, member.name));
            }
        }
    }
    void give(InputRequest::Id id, const QByteArray &result)
    {
        InputAnswer answer;
        const QByteArray action = memberOf(result, u"action");
        if (action == "\"accept\"") {
            answer = {InputAnswer::Action::Accept, memberOf(result, u"content")};
        } else if (action == "\"decline\"") {
            answer.action = InputAnswer::Action::Decline;
        } else if (result.contains("\"role\"")) {
            answer = {InputAnswer::Action::Accept, result};
        }
        if (!rig.client.answer(id, answer)) {
            [[maybe_unused]] const bool isTold = rig.client.answer(id, {}).hasValue(); // The recorded one checked less.
        }
        rig.settle();
    }
    std::optional<QByteArray> findSent(const QByteArray &name)
    {
        for (; m_seen < rig.transport.sent.size(); ++m_seen) {
            const QByteArray &bytes = rig.transport.sent[m_seen].bytes;
            if (memberOf(bytes, u"method") == '"' + name + '"') {
                return memberOf(rig.transport.sent[m_seen++].bytes, u"id");
            }
        }
        return std::nullopt;
    }
    void forgetSent() { m_seen = rig.transport.sent.size(); }

    std::map<QByteArray, QByteArray> m_ids; ///< Recorded to ours.
    std::map<QByteArray, Client::CallId> m_calls;
    std::vector<CallEnd> m_ends; ///< Since the server's last word.
    Client::CallId m_lastCall = 0;
    QByteArray m_members;
    size_t m_seen = 0;
    size_t m_answered = 0;
    bool m_hasBegun = false;

public:
    ClientRig rig{everything()};
};

} // namespace

/// Every recording, with our client in the place of the recorded one.
class TestMcpClientTranscripts : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void recording_data();
    void recording();
};

void TestMcpClientTranscripts::recording_data()
{
    QTest::addColumn<QString>("file");
    const QStringList files = QDir(folder()).entryList({u"*.jsonl"_s}, QDir::Files, QDir::Name);
    QVERIFY(files.size() >= 40);
    for (const QString &file : files) {
        QTest::newRow(qPrintable(file)) << file;
    }
}

void TestMcpClientTranscripts::recording()
{
    QFETCH(QString, file);
    QFile recorded(folder() + u'/' + file);
    QVERIFY(recorded.open(QIODevice::ReadOnly));
    Replay replay(file.startsWith(u"http"_s));
    while (!recorded.atEnd()) {
        replay.take(recorded.readLine().trimmed());
    }
    QVERIFY2(replay.problems.isEmpty(), qPrintable(replay.problems.join(u'\n')));
    QVERIFY2(replay.rig.troubles.isEmpty(), qPrintable(replay.rig.troubles.join(u'\n')));
    QVERIFY(replay.exchanges > 0);
    if (file.contains(u"elicitation"_s) || file.contains(u"mrtr-four"_s) || file.contains(u"sampling"_s)) {
        QCOMPARE(replay.endings, 1);
    }
}

QTEST_GUILESS_MAIN(TestMcpClientTranscripts)
#include "tst_mcp_client_transcripts.moc"
