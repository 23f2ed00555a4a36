// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "core/connections/cloudflare/chat_adapter.h"
#include "core/connections/cloudflare/codec.h"
#include "core/connections/cloudflare/state_adapter.h"

#include <QtCore/QDir>
#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::cloudflare;

namespace {

const QString folder = QStringLiteral(COUNTERSIGN_TEST_DATA "/cloudflare");

JsonValue::Array linesOf(const QString &name)
{
    JsonValue::Array lines;
    QFile file(folder + u'/' + name);
    if (!file.open(QIODevice::ReadOnly)) {
        qFatal("%s is not there", qPrintable(name));
    }
    while (!file.atEnd()) {
        lines.push_back(readJson(file.readLine().trimmed(), frameLimits()).value());
    }
    return lines;
}

QString text(const JsonValue &value, std::string_view key)
{
    const JsonValue *found = value.find(key);
    return found ? found->toString() : QString();
}

/// The client of one recording, as far as what waits for a person.
struct Client {
    ChatAdapter chat{ChatProfile{true, {{u"getLocation"_s, {}}, {u"askReviewer"_s, {}}}}};
    StateAdapter state{builtinProfile().rules};
    std::map<QString, QString> last;

    void look(const QString &who, QStringList &told)
    {
        std::vector<PeerItem> items = chat.items();
        const std::vector<PeerItem> inState = state.items({}, {});
        items.insert(items.end(), inState.begin(), inState.end());
        std::map<QString, QString> now;
        for (const PeerItem &item : items) {
            const QString &key = item.key;
            now[key] = item.stand == PeerItem::Stand::Waits
                           ? u"waits: %1 %2"_s.arg(item.content.toolName, QString::fromUtf8(item.content.arguments))
                           : u"settled: %1"_s.arg(item.words);
        }
        for (const auto &[key, words] : now) {
            if (last[key] != words) {
                told.append(u"%1  %2  %3"_s.arg(who, key, words));
            }
        }
        for (const auto &[key, words] : last) {
            if (!now.contains(key)) {
                told.append(u"%1  %2  gone"_s.arg(who, key));
            }
        }
        last = std::move(now);
    }
};

QString story(const QString &name)
{
    QStringList told;
    std::map<QString, Client> clients;
    for (const JsonValue &line : linesOf(name)) {
        const QString who = text(line, "conn");
        const JsonValue *frame = line.find("frame");
        if (text(line, "dir") == "event"_L1 && text(line, "event") == "close"_L1) {
            clients.erase(who);
        }
        if (!frame || line.find("http") || text(line, "dir") != "server->client"_L1 || !frame->isObject()) {
            continue;
        }
        Client &client = clients[who];
        const ServerMessage message = decode(writeJson(*frame));
        client.chat.take(message, {});
        client.state.take(message);
        client.look(who, told);
    }
    return told.join(u'\n') + u'\n';
}

} // namespace

/// Recorded traffic of real agents: what it means here stands in the golden files beside it.
class TestCloudflareTranscripts : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyFrameIsUnderstood_data() { addRecordings(); }
    void everyFrameIsUnderstood();
    void recordingsTellTheirStory_data() { addRecordings(); }
    void recordingsTellTheirStory();
    void decisionsAreWrittenAsTheSdkWritesThem_data() { addRecordings(); }
    void decisionsAreWrittenAsTheSdkWritesThem();
    void storedTranscriptsAreReadWhole();

private:
    static void addRecordings()
    {
        QTest::addColumn<QString>("name");
        const QStringList names = QDir(folder).entryList({u"*.jsonl"_s});
        QVERIFY(names.size() > 20);
        for (const QString &name : names) {
            QTest::newRow(qPrintable(name)) << name;
        }
    }
};

void TestCloudflareTranscripts::everyFrameIsUnderstood()
{
    QFETCH(QString, name);
    for (const JsonValue &line : linesOf(name)) {
        const JsonValue *frame = line.find("frame");
        if (!frame || line.find("http") || text(line, "dir") != "server->client"_L1 || !frame->isObject()) {
            continue;
        }
        const ServerMessage message = decode(writeJson(*frame));
        QVERIFY2(!std::holds_alternative<PassedOver>(message), writeJson(*frame).constData());
        const bool isOwn = std::holds_alternative<ApplicationMessage>(message);
        QCOMPARE(isOwn, !text(*frame, "type").startsWith(u"cf_"_s) && text(*frame, "type") != "rpc"_L1);
        if (!isOwn) {
            QCOMPARE(typeOf(message), text(*frame, "type"));
        }
    }
}

void TestCloudflareTranscripts::recordingsTellTheirStory()
{
    QFETCH(QString, name);
    const QString told = story(name);
    QFile golden(folder + u"/stories/"_s + QString(name).replace(u".jsonl"_s, u".txt"_s));
    if (qEnvironmentVariableIsSet("COUNTERSIGN_WRITE_STORIES") && golden.open(QIODevice::WriteOnly)) {
        golden.write(told.toUtf8());
        return;
    }
    QVERIFY2(golden.open(QIODevice::ReadOnly), qPrintable(told));
    QCOMPARE(told, QString::fromUtf8(golden.readAll()));
}

void TestCloudflareTranscripts::decisionsAreWrittenAsTheSdkWritesThem()
{
    QFETCH(QString, name);
    for (const JsonValue &line : linesOf(name)) {
        const JsonValue *frame = line.find("frame");
        if (!frame || text(line, "dir") != "client->server"_L1) {
            continue;
        }
        const QString type = text(*frame, "type");
        const JsonValue *continues = frame->find("autoContinue");
        const bool autoContinue = continues && continues->toBool();
        std::optional<ClientMessage> typed;
        if (type == "cf_agent_tool_approval"_L1) {
            typed = ToolApproval{text(*frame, "toolCallId"), frame->find("approved")->toBool(), autoContinue};
        } else if (type == "cf_agent_tool_result"_L1) {
            const bool isError = frame->find("errorText") != nullptr;
            typed = ToolResult{text(*frame, "toolCallId"), text(*frame, "toolName"), *frame->find("output"),
                               isError ? std::optional(text(*frame, "errorText")) : std::nullopt, autoContinue};
        } else if (type == "cf_agent_stream_resume_request"_L1) {
            typed = StreamResumeRequest{text(*frame, "probeId")};
        } else if (type == "cf_agent_stream_resume_ack"_L1) {
            typed = StreamResumeAck{text(*frame, "id")};
        } else if (type == "rpc"_L1 && frame->find("args") && frame->find("args")->isArray() &&
                   !text(*frame, "id").isEmpty() && frame->find("method")) {
            typed = RpcRequest{text(*frame, "id"), text(*frame, "method"), frame->find("args")->items()};
        }
        if (!typed) {
            continue;
        }
        JsonValue expected = *frame;
        if (!continues && (type == "cf_agent_tool_approval"_L1 || type == "cf_agent_tool_result"_L1)) {
            expected.set("autoContinue", JsonValue::fromBool(false)); // Left out means no.
        }
        QCOMPARE(readJson(encode(*typed)).value(), expected);
    }
}

void TestCloudflareTranscripts::storedTranscriptsAreReadWhole()
{
    int lists = 0;
    for (const QString &name : QDir(folder).entryList({u"*.jsonl"_s})) {
        for (const JsonValue &line : linesOf(name)) {
            const JsonValue *frame = line.find("frame");
            if (!frame || !frame->isArray() || !line.find("http")) {
                continue;
            }
            ++lists;
            QCOMPARE(readChatMessages(*frame).size(), frame->items().size());
        }
    }
    QVERIFY(lists > 10);
}

QTEST_GUILESS_MAIN(TestCloudflareTranscripts)
#include "tst_cloudflare_transcripts.moc"
