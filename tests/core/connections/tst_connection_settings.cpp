// SPDX-License-Identifier: Apache-2.0
#include "core/connections/cloudflare/codec.h"
#include "core/connections/cloudflare/state_adapter.h"
#include "core/connections/cloudflare/transcript_source.h"
#include "core/connections/frames_log.h"
#include "core/connections/sign_in.h"

#include "core/base/json_reader.h"

#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::cloudflare;

/// What is kept of a connection, what is sent where, and what a profile makes of an agent.
class TestConnectionSettings : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void settingsComeBackAsTheyWere();
    void secretsGoToTheirServerOnly();
    void theEndpointCarriesEverything();
    void theTranscriptIsBesideTheSocket_data();
    void theTranscriptIsBesideTheSocket();
    void secretsAreMaskedInTheLog();
    void theLogIsBounded();
    void theBuiltInProfileIsOne();
    void brokenProfilesAreRefusedByPlace_data();
    void brokenProfilesAreRefusedByPlace();
    void templatesAreFilled_data();
    void templatesAreFilled();
    void mapsGiveTheirKeysAsIds();
    void announcedItemsCountUntilTheStateSpeaks();
};

void TestConnectionSettings::settingsComeBackAsTheyWere()
{
    ConnectionSettings settings;
    settings.url = QUrl(u"wss://a.example/agents/x/team%20a?mode=view"_s);
    settings.profile = "{\"name\":\"ü\"}";
    settings.secretHeaders = QStringList(u"Authorization"_s);
    settings.secretQueryItems = QStringList(u"token"_s);
    settings.pinnedAgent = u"x"_s;
    settings.pinnedName = u"team%20a"_s;
    settings.command = QStringList{u"/usr/bin/server"_s, u"a b"_s};
    settings.folder = u"/home/me"_s;
    settings.autoContinue = false;
    QCOMPARE(decodeSettings(encodeSettings(settings)).value(), settings);
    QVERIFY(!decodeSettings("[]"));
    QVERIFY(!decodeSettings("{"));
    QCOMPARE(agentInAddress(settings.url), u"x/team%20a"_s);
    QCOMPARE(agentInAddress(QUrl(u"wss://a.example/elsewhere"_s)), QString());
    QCOMPARE(shownAddress(settings.url), u"wss://a.example/agents/x/team%20a"_s);
}

void TestConnectionSettings::secretsGoToTheirServerOnly()
{
    const QUrl url(u"wss://agents.example/agents/a/b"_s);
    const SignIn signIn{{{Secret::Place::Header, "Authorization", "Bearer x"}},
                        TokenSource{{u"/bin/echo"_s, u"ü"_s}, Secret::Place::Query, "token", {}}};
    const QByteArray kept = encodeSignIn(url, signIn);
    QCOMPARE(decodeSignIn(kept, QUrl(u"wss://agents.example/agents/a/c"_s)).value(), signIn);
    for (const QString &other : {u"wss://evil.example/agents/a/b"_s, u"wss://agents.example:444/agents/a/b"_s,
                                 u"ws://agents.example/agents/a/b"_s}) {
        const Result<SignIn> refused = decodeSignIn(kept, QUrl(other));
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::NotAllowed);
    }
    QCOMPARE(decodeSignIn("{", url).error().code, ErrorCode::Damaged);
    ConnectionSettings settings;
    nameSecrets(settings, signIn);
    QCOMPARE(settings.secretHeaders, QStringList(u"Authorization"_s));
    QCOMPARE(settings.secretQueryItems, QStringList(u"token"_s));
    QVERIFY(!encodeSettings(settings).contains("echo"));
}

void TestConnectionSettings::theEndpointCarriesEverything()
{
    ConnectionSettings settings;
    settings.url = QUrl(u"wss://a.example/agents/x/team%20a?mode=view&_pk=old#part"_s);
    const Endpoint endpoint =
        withSecrets(endpointOf(settings, u"client-1"_s),
                    {{Secret::Place::Query, "token", "a&b=c d"}, {Secret::Place::Header, "Authorization", "Bearer x"}});
    QCOMPARE(endpoint.url.toString(QUrl::FullyEncoded),
             u"wss://a.example/agents/x/team%20a?mode=view&_pk=client-1&token=a%26b%3Dc%20d"_s);
    QCOMPARE(endpoint.headers.size(), size_t(1));
    QCOMPARE(transcriptAddress(endpoint.url).toString(QUrl::FullyEncoded),
             u"https://a.example/agents/x/team%20a/get-messages?mode=view&token=a%26b%3Dc%20d"_s);
}

void TestConnectionSettings::theTranscriptIsBesideTheSocket_data()
{
    QTest::addColumn<QString>("socket");
    QTest::addColumn<QString>("transcript");
    QTest::newRow("plain") << u"ws://127.0.0.1:8787/agents/a/b"_s << u"http://127.0.0.1:8787/agents/a/b/get-messages"_s;
    QTest::newRow("a slash at the end") << u"wss://a.example/agents/a/b/"_s
                                        << u"https://a.example/agents/a/b/get-messages"_s;
    QTest::newRow("encoded") << u"wss://a.example/agents/a/team%20a%2Fb"_s
                             << u"https://a.example/agents/a/team%20a%2Fb/get-messages"_s;
}

void TestConnectionSettings::theTranscriptIsBesideTheSocket()
{
    QFETCH(QString, socket);
    QFETCH(QString, transcript);
    QCOMPARE(transcriptAddress(QUrl(socket)).toString(QUrl::FullyEncoded), transcript);
}

void TestConnectionSettings::secretsAreMaskedInTheLog()
{
    FramesLog log;
    log.setSecrets({"s3cret-token"});
    log.add({}, LoggedFrame::Direction::Received, u"x"_s, R"({"echo":"s3cret-token","more":1})");
    const QByteArray cut = QByteArray(4090, 'x') + "s3cret-token";
    log.add({}, LoggedFrame::Direction::Sent, u"x"_s, cut);
    for (const LoggedFrame &frame : log.frames()) {
        QVERIFY(!frame.text.contains(u"s3cret"_s));
    }
    QVERIFY(log.frames().front().text.contains(u"\"more\":1"_s));
    QCOMPARE(log.frames().back().bytes, cut.size());
}

void TestConnectionSettings::theLogIsBounded()
{
    FramesLog log;
    for (int i = 0; i < 2000; ++i) {
        log.add({}, LoggedFrame::Direction::Received, QString::number(i), QByteArray(10'000, 'x'));
    }
    QCOMPARE(log.frames().size(), FramesLog::mostFrames);
    QCOMPARE(log.frames().back().type, u"1999"_s);
    QVERIFY(log.frames().back().text.size() <= FramesLog::mostText);
}

void TestConnectionSettings::theBuiltInProfileIsOne()
{
    QCOMPARE(builtinProfile().rules.size(), size_t(3));
    QVERIFY(builtinProfile().chat.autoContinue);
}

void TestConnectionSettings::brokenProfilesAreRefusedByPlace_data()
{
    QTest::addColumn<QByteArray>("profile");
    QTest::addColumn<QString>("says");
    QTest::newRow("no JSON") << QByteArray("{") << u"cannot be read"_s;
    QTest::newRow("a rule without items")
        << QByteArray(R"({"state":[{"approve":{"call":"a"},"reject":{"call":"b"}}]})") << u"/state/0"_s;
    QTest::newRow("no pointer")
        << QByteArray(R"({"state":[{"items":"pending","approve":{"call":"a"},"reject":{"call":"b"}}]})")
        << u"/state/0/items"_s;
    QTest::newRow("a member that is misspelt") << QByteArray(R"({"chat":{"autocontinue":true}})") << u"/chat"_s;
    QTest::newRow("an answer of neither kind")
        << QByteArray(R"({"state":[{"items":"/p","approve":{},"reject":{"call":"b"}}]})") << u"/state/0/approve"_s;
    QTest::newRow("an approval that sets the whole state")
        << QByteArray(R"({"state":[{"items":"/p","approve":{"send":{"type":"cf_agent_state","state":{}}},
                          "reject":{"call":"b"}}]})")
        << u"/state/0/approve/send/type"_s;
    QTest::newRow("a refusal that clears the chat") << QByteArray(R"({"state":[{"items":"/p","approve":{"call":"a"},
                          "reject":{"send":{"type":"cf_agent_chat_clear"}}}]})")
                                                    << u"/state/0/reject/send/type"_s;
    QTest::newRow("a call that nobody hears the reply of")
        << QByteArray(R"({"state":[{"items":"/p","approve":{"call":"a"},
                          "reject":{"send":{"type":"rpc","id":"1","method":"b","args":["{id}"]}}}]})")
        << u"/state/0/reject/send/type"_s;
    QTest::newRow("a message whose type the agent chooses")
        << QByteArray(R"({"state":[{"items":"/p","approve":{"send":{"type":"{id}"}},"reject":{"call":"b"}}]})")
        << u"/state/0/approve/send/type"_s;
}

void TestConnectionSettings::brokenProfilesAreRefusedByPlace()
{
    QFETCH(QByteArray, profile);
    QFETCH(QString, says);
    const Result<Profile> read = readProfile(profile);
    QVERIFY(!read);
    QVERIFY2(read.error().message.contains(says), qPrintable(read.error().message));
}

void TestConnectionSettings::templatesAreFilled_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QString>("reason");
    QTest::addColumn<QByteArray>("frame");
    const QByteArray call = R"({"type":"rpc","id":"i1","method":"decide","args":)";
    QTest::newRow("id, approval and reason")
        << QByteArray(R"({"call":"decide","args":["{id}","{approved}","{reason}"]})") << u"fine"_s
        << call + R"([7,true,"fine"]})";
    QTest::newRow("no reason at the end") << QByteArray(R"({"call":"decide","args":["{id}","{approved}","{reason}"]})")
                                          << QString() << call + R"([7,true]})";
    QTest::newRow("nested")
        << QByteArray(R"({"call":"decide","args":["{id}",{"by":"{reviewer}","why":"{reason}","m":"{metadata}"}]})")
        << QString() << call + R"([7,{"by":"ada"}]})";
    QTest::newRow("arguments") << QByteArray(R"({"call":"decide","args":["{arguments}"]})") << QString()
                               << call + R"([{"amount":4200.00}]})";
    QTest::newRow("a placeholder in a text is text")
        << QByteArray(R"({"call":"decide","args":["id {id}"]})") << QString() << call + R"(["id {id}"]})";
    QTest::newRow("a message") << QByteArray(
                                      R"({"send":{"type":"confirm_answer","id":"{id}","approved":"{approved}"}})")
                               << QString() << QByteArray(R"({"type":"confirm_answer","id":7,"approved":true})");
}

void TestConnectionSettings::templatesAreFilled()
{
    QFETCH(QByteArray, answer);
    QFETCH(QString, reason);
    QFETCH(QByteArray, frame);
    const Result<Profile> profile = readProfile(R"({"state":[{"name":"r","items":"/p","id":"/id","approve":)" + answer +
                                                R"(,"reject":)" + answer + R"(}]})");
    QVERIFY(profile);
    StateAdapter adapter(profile->rules);
    QVERIFY(adapter.take(StateSent{readJson(R"({"p":[{"id":7,"amount":4200.00}]})").value()}));
    const std::vector<PeerItem> items = adapter.items({}, {});
    QCOMPARE(items.size(), size_t(1));
    DeliveryOrder order;
    order.key = items.front().key;
    order.verdict = Verdict::Approve;
    order.content.reason = reason;
    order.round.arguments = R"({"amount":4200.00})";
    order.reviewer = u"ada"_s;
    order.correlation = items.front().correlation;
    QCOMPARE(encode(adapter.answer(order, u"i1"_s).value()), frame);
}

void TestConnectionSettings::mapsGiveTheirKeysAsIds()
{
    const Profile profile =
        readProfile(R"({"state":[{"name":"r","items":"/w","status":"/s","waiting":["open"],"outcomes":{"no":"reject"},
            "approve":{"call":"a","args":["{id}"]},"reject":{"call":"b","args":["{id}"]}}]})")
            .value();
    StateAdapter adapter(profile.rules);
    adapter.take(
        StateSent{readJson(R"({"w":{"one":{"s":"open","x":1},"two":{"s":"no"},"three":{"s":"new"}}})").value()});
    const std::vector<PeerItem> items = adapter.items({}, {});
    QCOMPARE(items.size(), size_t(3));
    QCOMPARE(items[0].stand, PeerItem::Stand::Waits);
    QCOMPARE(items[0].content.arguments, QByteArray(R"({"x":1})"));
    QVERIFY(items[0].key.endsWith(u"/one"_s));
    QCOMPARE(items[1].verdict, std::optional(Verdict::Reject));
    QVERIFY(!items[2].verdict);
}

void TestConnectionSettings::announcedItemsCountUntilTheStateSpeaks()
{
    StateAdapter adapter(builtinProfile().rules);
    adapter.take(StateSent{readJson(R"({"pending":[],"history":[]})").value()});
    const JsonValue frame = readJson(R"({"type":"confirm_request","item":{"id":"req-1","title":"Wire"}})").value();
    QVERIFY(adapter.take(ApplicationMessage{u"confirm_request"_s, frame}));
    QCOMPARE(adapter.items({}, {}).size(), size_t(1));
    QVERIFY(!adapter.take(ApplicationMessage{u"weather"_s, frame}));
    adapter.take(StateSent{readJson(R"({"pending":[],"history":[]})").value()});
    QVERIFY(adapter.items({}, {}).empty());
}

QTEST_GUILESS_MAIN(TestConnectionSettings)
#include "tst_connection_settings.moc"
