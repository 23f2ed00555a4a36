// SPDX-License-Identifier: Apache-2.0
#include "core/audit/event_body.h"
#include "core/base/canonical_json.h"
#include "core/base/json_reader.h"

#include <QtTest/QTest>

#include <random>

using namespace countersign;
using namespace Qt::StringLiterals;

namespace {

constexpr Timestamp nine = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + std::chrono::hours(9);

EventFacts plainEvent()
{
    EventFacts facts;
    facts.workspace = WorkspaceId(u"ws1"_s);
    facts.id = EventId(u"ev1"_s);
    facts.kind = u"workspace.created"_s;
    facts.at = nine;
    facts.monotonic = std::chrono::milliseconds(1234);
    facts.actor.type = u"seat"_s;
    return facts;
}

EventFacts fullEvent()
{
    EventFacts facts = plainEvent();
    facts.kind = u"vote.cast"_s;
    facts.actor = {u"reviewer"_s, u"r1"_s, sha256("key")};
    facts.seat = SeatId(u"seat1"_s);
    facts.subject = u"req1"_s;
    facts.request =
        RequestFacts{.revision = 7, .round = 2, .state = {Lifecycle::Decided, Delivery::Staged}, .decision = u"d1"_s};
    facts.intakeHash = sha256("intake");
    facts.payloadHash = sha256("payload");
    facts.effectiveHash = sha256("effective");
    facts.statements = {{u"st1"_s, sha256("st1")}, {u"st2"_s, sha256("st2")}};
    facts.contents = {{u"c1"_s, sha256("c1")}};
    facts.more = JsonValue::object();
    facts.more.set("zeta", JsonValue::fromInteger(1));
    facts.more.set("alpha", JsonValue::fromString(u"é"_s));
    return facts;
}

bool isRefused(const QByteArray &body)
{
    const Result<EventFacts> facts = decodeEvent(body);
    return !facts && facts.error().code == ErrorCode::Malformed && !facts.error().message.isEmpty();
}

} // namespace

class TestEventBody : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theBodyIsTheseBytes();
    void theBodyIsCanonicalJson();
    void everyKindComesBackAsItWas();
    void strangeTextComesBackAsItWas();
    void rowsRepeatTheBody();
    void everyMissingMemberIsRefused();
    void addedMembersAreRefused();
    void otherTypesAreRefused_data();
    void otherTypesAreRefused();
    void onlyOneSpellingIsRead_data();
    void onlyOneSpellingIsRead();
    void damagedBytesNeverReadAsTheSameEvent();
    void factsOfARequestAreItsMutablePart();
    void encodingIsFast();
};

void TestEventBody::theBodyIsTheseBytes()
{
    QCOMPARE(encodeEvent(plainEvent()),
             QByteArray(R"({"actor":{"type":"seat"},"at":1795510800000,"id":"ev1","kind":"workspace.created",)"
                        R"("mono":1234,"v":1,"workspace":"ws1"})"));
}

void TestEventBody::theBodyIsCanonicalJson()
{
    for (const EventFacts &facts : {plainEvent(), fullEvent()}) {
        const QByteArray body = encodeEvent(facts);
        QCOMPARE(canonicalJson(readJson(body).value()), body);
    }
}

void TestEventBody::everyKindComesBackAsItWas()
{
    QCOMPARE(eventKinds().size(), 28);
    for (const QString &kind : eventKinds()) {
        for (EventFacts facts : {plainEvent(), fullEvent()}) {
            facts.kind = kind;
            const Result<EventFacts> back = decodeEvent(encodeEvent(facts));
            QVERIFY2(back, qPrintable(kind));
            QCOMPARE(*back, facts);
        }
    }
    EventFacts before = plainEvent();
    before.at = fromUnixMs(-1);
    before.more = JsonValue::object();
    QCOMPARE(decodeEvent(encodeEvent(before)).value(), before);
    for (const RequestState &state : allStates()) {
        EventFacts facts = fullEvent();
        facts.request->state = state;
        facts.request->decision.clear();
        QCOMPARE(decodeEvent(encodeEvent(facts)).value(), facts);
    }
}

void TestEventBody::strangeTextComesBackAsItWas()
{
    QString all;
    for (char16_t unit = 1; unit < 0x0100; ++unit) {
        all += QChar(unit);
    }
    for (const QString &text : {all, u"\"\\/\u2028\u202e\U0001F600"_s, u"%1 & <b>"_s}) {
        EventFacts facts = fullEvent();
        facts.subject = text;
        facts.actor.id = text;
        const QByteArray body = encodeEvent(facts);
        QCOMPARE(canonicalJson(readJson(body).value()), body);
        QCOMPARE(decodeEvent(body).value(), facts);
    }
}

void TestEventBody::rowsRepeatTheBody()
{
    const EventFacts facts = fullEvent();
    const AuditEvent row = toAuditEvent(facts);
    QCOMPARE(row.id, facts.id);
    QCOMPARE(row.kind, facts.kind);
    QCOMPARE(row.subject, facts.subject);
    QCOMPARE(row.at, facts.at);
    QCOMPARE(row.body, encodeEvent(facts));
}

void TestEventBody::everyMissingMemberIsRefused()
{
    const JsonValue whole = readJson(encodeEvent(plainEvent())).value();
    for (const JsonValue::Member &missing : whole.members()) {
        JsonValue rest = JsonValue::object();
        for (const JsonValue::Member &member : whole.members()) {
            if (member.key != missing.key) {
                rest.set(member.key, member.value);
            }
        }
        QVERIFY2(isRefused(canonicalJson(rest)), missing.key.c_str());
    }
    const JsonValue full = readJson(encodeEvent(fullEvent())).value();
    for (const char *const inner : {"delivery", "lifecycle", "revision", "round"}) {
        JsonValue changed = full;
        auto &members = changed.find("request")->members();
        std::erase_if(members, [inner](const JsonValue::Member &member) { return member.key == inner; });
        QVERIFY2(isRefused(canonicalJson(changed)), inner);
    }
}

void TestEventBody::addedMembersAreRefused()
{
    for (const char *const place : {"", "/actor", "/request", "/statements/0", "/contents/0"}) {
        JsonValue changed = readJson(encodeEvent(fullEvent())).value();
        changed.at(place)->set("extra", JsonValue::fromInteger(1));
        QVERIFY2(isRefused(canonicalJson(changed)), place);
    }
    JsonValue more = readJson(encodeEvent(fullEvent())).value();
    more.at("/more")->set("extra", JsonValue::fromInteger(1));
    QVERIFY(decodeEvent(canonicalJson(more))); // There further facts belong.
}

void TestEventBody::otherTypesAreRefused_data()
{
    QTest::addColumn<QByteArray>("place");
    QTest::addColumn<QByteArray>("value");
    const char *const places[] = {"/actor",  "/actor/id", "/actor/key", "/actor/type",   "/at",
                                  "/id",     "/contents", "/effective", "/statements/0", "/statements/0/id",
                                  "/intake", "/kind",     "/mono",      "/more",         "/statements/0/digest",
                                  "/seat",   "/payload",  "/request",   "/subject",      "/request/decision",
                                  "/v",      "/round",    "/workspace", "/statements",   "/request/delivery"};
    const char *const values[] = {"null", "true", "-1.5", "\"\"", "[]", "\"unheard of\"", "{\"x\":1}"};
    for (const char *const place : places) {
        for (const char *const value : values) {
            const QByteArray pair = QByteArray(place) + ' ' + value;
            const bool free = (pair == "/more {\"x\":1}") || pair.endsWith("\"unheard of\"");
            const bool opaque =
                free && (pair.contains("/id") || pair.contains("/seat") || pair.contains("/subject") ||
                         pair.contains("/workspace") || pair.contains("/decision") || pair.contains("/more"));
            if (!opaque && pair != "/more {\"x\":1}") {
                QTest::newRow(pair.constData()) << QByteArray(place) << QByteArray(value);
            }
        }
    }
    for (const char *const value : {"0", "-1", "2147483648", "9223372036854775808"}) {
        for (const char *const place : {"/request/revision", "/request/round", "/v"}) {
            QTest::newRow((QByteArray(place) + ' ' + value).constData()) << QByteArray(place) << QByteArray(value);
        }
    }
    QTest::newRow("/at beyond 64 bits") << QByteArray("/at") << QByteArray("9223372036854775808");
    QTest::newRow("null digest") << QByteArray("/payload") << QByteArray('"' + QByteArray(64, '0') + '"');
    QTest::newRow("upper case digest") << QByteArray("/payload") << QByteArray('"' + QByteArray(64, 'A') + '"');
}

void TestEventBody::otherTypesAreRefused()
{
    QFETCH(QByteArray, place);
    QFETCH(QByteArray, value);
    JsonValue changed = readJson(encodeEvent(fullEvent())).value();
    JsonValue *found = changed.at(place.toStdString());
    if (found) {
        *found = readJson(value).value();
    } else {
        changed.set(place.mid(1).toStdString(), readJson(value).value());
    }
    QVERIFY(isRefused(canonicalJson(changed)));
}

void TestEventBody::onlyOneSpellingIsRead_data()
{
    QTest::addColumn<QByteArray>("body");
    const QByteArray body = encodeEvent(fullEvent());
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("no object") << QByteArray("[]");
    QTest::newRow("no JSON") << QByteArray("{");
    QTest::newRow("white space") << QByteArray(body).replace(":", ": ");
    QTest::newRow("line break at the end") << body + '\n';
    QTest::newRow("escaped letter") << QByteArray(body).replace("\"req1\"", "\"\\u0072eq1\"");
    QTest::newRow("other number") << QByteArray(body).replace("\"mono\":1234", "\"mono\":1234.0");
    QTest::newRow("exponent") << QByteArray(body).replace("\"v\":1", "\"v\":1e0");
    QTest::newRow("member twice") << QByteArray(body).replace("\"v\":1", "\"v\":1,\"v\":1");
    QTest::newRow("empty list") << QByteArray(encodeEvent(plainEvent())).replace("\"id\":", "\"contents\":[],\"id\":");
    QTest::newRow("empty subject")
        << QByteArray(encodeEvent(plainEvent())).replace("\"v\":1", "\"subject\":\"\",\"v\":1");
    QByteArray turned = encodeEvent(plainEvent());
    turned.replace("\"v\":1,\"workspace\":\"ws1\"", "\"workspace\":\"ws1\",\"v\":1");
    QTest::newRow("other order") << turned;
    QTest::newRow("version 2") << QByteArray(body).replace("\"v\":1", "\"v\":2");
    QTest::newRow("invalid UTF-8") << QByteArray(body).replace("req1", "req\xff");
}

void TestEventBody::onlyOneSpellingIsRead()
{
    QFETCH(QByteArray, body);
    QVERIFY(body != encodeEvent(fullEvent()));
    QVERIFY(isRefused(body));
}

void TestEventBody::damagedBytesNeverReadAsTheSameEvent()
{
    const quint32 seed = 42;
    qInfo("seed %u", seed);
    std::mt19937 random(seed);
    const EventFacts facts = fullEvent();
    const QByteArray body = encodeEvent(facts);
    for (int round = 0; round < 5000; ++round) {
        QByteArray damaged = body;
        const auto at = static_cast<qsizetype>(random() % static_cast<quint32>(body.size()));
        damaged[at] = static_cast<char>(random() & 0xff);
        if (damaged == body) {
            continue;
        }
        const Result<EventFacts> back = decodeEvent(damaged);
        QVERIFY(!back || !(*back == facts));
    }
}

void TestEventBody::factsOfARequestAreItsMutablePart()
{
    Request request;
    request.revision = 4;
    request.round = 3;
    request.state = {Lifecycle::Decided, Delivery::Held};
    RequestFacts expected{.revision = 4, .round = 3, .state = request.state, .decision = {}};
    QCOMPARE(RequestFacts::of(request), expected);
    request.decision = DecisionId(u"d"_s);
    expected.decision = u"d"_s;
    QCOMPARE(RequestFacts::of(request), expected);
}

void TestEventBody::encodingIsFast()
{
    const EventFacts facts = fullEvent();
    qsizetype size = 0;
    QBENCHMARK
    {
        size = encodeEvent(facts).size();
    }
    QVERIFY(size > 0);
}

QTEST_GUILESS_MAIN(TestEventBody)
#include "tst_event_body.moc"
