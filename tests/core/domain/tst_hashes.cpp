// SPDX-License-Identifier: Apache-2.0
#include "core/base/canonical_json.h"
#include "core/base/json_reader.h"
#include "core/domain/audit_records.h"
#include "core/domain/hashes.h"

#include <QtTest/QTest>

#include <functional>
#include <set>

using namespace countersign;
using namespace Qt::StringLiterals;

namespace {

constexpr Timestamp nine = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + std::chrono::hours(9);

RoundContent aContent()
{
    RoundContent content;
    content.pattern = Pattern::ToolApproval;
    content.toolName = u"pay_invoice"_s;
    content.toolDefinition = sha256("definition");
    content.arguments =
        R"({"amount": 4200.00, "currency": "EUR", "recipient": "Nordwind GmbH", "notify": ["a@b.example", null, true]})";
    content.schema = R"({"type":"object","properties":{"amount":{"type":"number"}}})";
    content.title = u"Pay the invoice"_s;
    content.message = u"It is due today."_s;
    content.url = u"https://example.org/invoice"_s;
    content.evidence = {{u"invoice.pdf"_s, u"application/pdf"_s, 48213, sha256("invoice")}};
    content.allowed = {Verdict::Approve, Verdict::ApproveEdited, Verdict::Reject};
    content.requestedTier = Tier::Medium;
    content.annotations = R"({"readOnlyHint":false})";
    return content;
}

Round aRound()
{
    Round round;
    round.request = RequestId(u"0000000001request"_s);
    round.number = 2;
    round.content = aContent();
    round.policy = {.version = u"builtin-1"_s, .trace = u"Every tool call asks"_s, .tier = Tier::Medium, .quorum = 1};
    round.expiresAt = nine;
    return round;
}

VoteContent aVoteContent()
{
    return {.reason = u"Agreed on the phone"_s,
            .arguments = R"({"amount":4100.00})",
            .answer = R"({"name":"Ada"})",
            .metadata = R"({"ticket":7})"};
}

const WorkspaceId workspace(u"0000000001workspace"_s);

using RoundChange = std::function<void(WorkspaceId &, Round &)>;

struct Change {
    const char *name;
    std::function<void(RoundContent &)> apply;
};
const std::vector<Change> contentChanges = {
    {"pattern", [](RoundContent &c) { c.pattern = Pattern::ClientTool; }},
    {"tool name", [](RoundContent &c) { c.toolName += u'x'; }},
    {"tool definition", [](RoundContent &c) { c.toolDefinition = sha256("other"); }},
    {"no tool definition", [](RoundContent &c) { c.toolDefinition = {}; }},
    {"arguments", [](RoundContent &c) { c.arguments.replace("4200.00", "4200.01"); }},
    {"no arguments", [](RoundContent &c) { c.arguments.clear(); }},
    {"null arguments", [](RoundContent &c) { c.arguments = "null"; }},
    {"empty arguments", [](RoundContent &c) { c.arguments = "{}"; }},
    {"arguments that are no JSON", [](RoundContent &c) { c.arguments.chop(1); }},
    {"schema", [](RoundContent &c) { c.schema.replace("number", "string"); }},
    {"no schema", [](RoundContent &c) { c.schema.clear(); }},
    {"title", [](RoundContent &c) { c.title += u'x'; }},
    {"title and message swapped", [](RoundContent &c) { std::swap(c.title, c.message); }},
    {"message", [](RoundContent &c) { c.message += u'x'; }},
    {"url", [](RoundContent &c) { c.url += u'x'; }},
    {"no evidence", [](RoundContent &c) { c.evidence.clear(); }},
    {"evidence twice", [](RoundContent &c) { c.evidence.push_back(c.evidence.front()); }},
    {"evidence name", [](RoundContent &c) { c.evidence[0].name += u'x'; }},
    {"evidence type", [](RoundContent &c) { c.evidence[0].mediaType += u'x'; }},
    {"evidence size", [](RoundContent &c) { c.evidence[0].size += 1; }},
    {"evidence bytes", [](RoundContent &c) { c.evidence[0].sha256 = sha256("another invoice"); }},
    {"allowed", [](RoundContent &c) { c.allowed.pop_back(); }},
    {"allowed in another order", [](RoundContent &c) { std::swap(c.allowed[0], c.allowed[1]); }},
    {"requested tier", [](RoundContent &c) { c.requestedTier = Tier::Low; }},
    {"no requested tier", [](RoundContent &c) { c.requestedTier.reset(); }},
    {"annotations", [](RoundContent &c) { c.annotations.replace("false", "true"); }},
    {"no annotations", [](RoundContent &c) { c.annotations.clear(); }},
    {"unreviewable", [](RoundContent &c) { c.unreviewable = u"too deep"_s; }},
};

/// Calls \p visit for \p node and everything below it.
void forEachNode(JsonValue &node, const std::function<void(JsonValue &)> &visit)
{
    visit(node);
    if (node.isArray()) {
        for (JsonValue &item : node.items()) {
            forEachNode(item, visit);
        }
    } else if (node.isObject()) {
        for (JsonValue::Member &member : node.members()) {
            forEachNode(member.value, visit);
        }
    }
}

JsonValue parsed(QByteArrayView text)
{
    return readJson(text).value();
}

QByteArray withMember(const QByteArray &body, std::string_view key, JsonValue value)
{
    JsonValue object = parsed(body);
    object.set(key, std::move(value));
    return canonicalJson(object);
}

QByteArray withoutMember(const QByteArray &body, size_t index)
{
    JsonValue object = parsed(body);
    object.members().erase(object.members().begin() + static_cast<std::ptrdiff_t>(index));
    return canonicalJson(object);
}

} // namespace

class TestHashes : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theFormatIsTheOneOfTheReleasedVersion();
    void everyMemberOfTheContentCounts_data();
    void everyMemberOfTheContentCounts();
    void everyNodeOfTheArgumentsCounts();
    void sameValueInOtherWordsIsTheSameContent_data();
    void sameValueInOtherWordsIsTheSameContent();
    void whatCannotBeReadCountsByItsBytes();
    void whatIsShownCounts_data();
    void whatIsShownCounts();
    void theTraceAndTheIdsOfRowsDoNotCount();
    void eachVerdictBindsWhatItLetsHappen();
    void theThreeHashesNeverMeet();
    void roundContentComesBack_data();
    void roundContentComesBack();
    void voteContentComesBack();
    void contentDecodersRefuseWhatTheyDidNotWrite();
    void sealsChain();
};

void TestHashes::theFormatIsTheOneOfTheReleasedVersion()
{
    // Stored votes name these values: a change here breaks every workspace there is. They were computed outside of
    // this program.
    const Round round = aRound();
    const Digest payload = payloadHash(workspace, round);
    QCOMPARE(intakeHash(round.content).hex(), u"910ddf58d9f1a9b04f09ca947ef067b0243cc037fd77ca005c0c09b4c47c3823"_s);
    QCOMPARE(payload.hex(), u"91af793870dd4999216f1fe7607c4ef21e3cad719a1d6887ba6ed45b1060061c"_s);
    QCOMPARE(effectiveHash(payload, Verdict::Approve, round.content, aVoteContent()).hex(),
             u"f8cadbca18d3257882cc08ce21061cd0c0daa4ba87a746412b58905729b093c4"_s);
    QCOMPARE(effectiveHash(payload, Verdict::ApproveEdited, round.content, aVoteContent()).hex(),
             u"3f17a2851ddb81114601ef972791310521c529ddab5e7cd7eee8525c78b58ad8"_s);
    QCOMPARE(effectiveHash(payload, Verdict::Answer, round.content, aVoteContent()).hex(),
             u"9dbfc2d734fb250ab8c97d65c18303f52a3f7c891c9918d27965dcd0342fdd54"_s);
    QCOMPARE(effectiveHash(payload, Verdict::Reject, round.content, aVoteContent()).hex(),
             u"1888128a05673e5f7580e285d60c9aa9310738e3913be0b2b8b0196239add676"_s);
    QCOMPARE(sha256(encodeRoundContent(round.content)).hex(),
             u"91e3cb7bc0a6b3d6359dafbe3cfeb3280702836251c55ff9feaf0282a618026e"_s);
    QCOMPARE(encodeVoteContent(aVoteContent()),
             QByteArray(R"({"answer":"{\"name\":\"Ada\"}","arguments":"{\"amount\":4100.00}","kind":"vote-content",)"
                        R"("metadata":"{\"ticket\":7}","reason":"Agreed on the phone","v":1})"));

    // And once from first principles, so that the values above are not merely what came out.
    RoundContent small;
    small.arguments = R"({"b":1.0,"a":2})";
    small.allowed = {Verdict::Approve};
    const QByteArray canonical =
        R"({"allowed":["approve"],"annotations":null,"arguments":{"value":{"a":2,"b":1}},"evidence":[],"message":"",)"
        R"("pattern":"tool-approval","requestedTier":null,"schema":null,"title":"","toolDefinition":null,)"
        R"("toolName":"","unreviewable":"","url":""})";
    QCOMPARE(intakeHash(small).hex(), sha256({QByteArrayView("countersign/intake\0001\0", 21), canonical}).hex());
}

void TestHashes::everyMemberOfTheContentCounts_data()
{
    QTest::addColumn<size_t>("index");
    for (size_t index = 0; index < contentChanges.size(); ++index) {
        QTest::newRow(contentChanges[index].name) << index;
    }
}

void TestHashes::everyMemberOfTheContentCounts()
{
    QFETCH(size_t, index);
    const Round before = aRound();
    Round after = before;
    contentChanges[index].apply(after.content);

    QVERIFY(intakeHash(before.content) != intakeHash(after.content));
    QVERIFY(payloadHash(workspace, before) != payloadHash(workspace, after));
    QVERIFY(encodeRoundContent(before.content) != encodeRoundContent(after.content));

    // No two changes lead to the same content either.
    for (size_t other = 0; other < contentChanges.size(); ++other) {
        if (other != index) {
            RoundContent otherwise = aContent();
            contentChanges[other].apply(otherwise);
            QVERIFY2(intakeHash(otherwise) != intakeHash(after.content), contentChanges[other].name);
        }
    }
}

void TestHashes::everyNodeOfTheArgumentsCounts()
{
    const RoundContent original = aContent();
    const VoteContent vote = aVoteContent();
    std::set<QString> intakes = {intakeHash(original).hex()};
    std::set<QString> effects = {effectiveHash({}, Verdict::Approve, original, vote).hex()};
    size_t flipped = 0;
    for (bool more = true; more; ++flipped) {
        JsonValue arguments = parsed(original.arguments);
        size_t position = 0;
        more = false;
        forEachNode(arguments, [&](JsonValue &node) {
            if (position++ == flipped) {
                node = JsonValue::fromString(u"flipped"_s);
                more = true;
            }
        });
        if (more) {
            RoundContent changed = original;
            changed.arguments = writeJson(arguments);
            intakes.insert(intakeHash(changed).hex());
            effects.insert(effectiveHash({}, Verdict::Approve, changed, vote).hex());
        }
    }
    QCOMPARE(flipped, 9U); // The object, four members, three items, and the last round that found none.
    QCOMPARE(intakes.size(), flipped);
    QCOMPARE(effects.size(), flipped);
}

void TestHashes::sameValueInOtherWordsIsTheSameContent_data()
{
    QTest::addColumn<QByteArray>("left");
    QTest::addColumn<QByteArray>("right");
    QTest::addColumn<bool>("same");
    QTest::newRow("zeros of a decimal") << QByteArray(R"({"a":4200.0})") << QByteArray(R"({"a":4200.00})") << true;
    QTest::newRow("order of members") << QByteArray(R"({"a":1,"b":2})") << QByteArray(R"({"b":2,"a":1})") << true;
    QTest::newRow("white space") << QByteArray(R"({"a":1})") << QByteArray("\n{ \"a\" : 1 }\t") << true;
    QTest::newRow("escapes") << QByteArray(R"({"a":"\u00e4"})") << QByteArray("{\"a\":\"\xc3\xa4\"}") << true;
    QTest::newRow("order of items") << QByteArray("[1,2]") << QByteArray("[2,1]") << false;
    QTest::newRow("number and text") << QByteArray(R"({"a":1})") << QByteArray(R"({"a":"1"})") << false;
    QTest::newRow("large whole numbers") << QByteArray("[9007199254740992]") << QByteArray("[9007199254740993]")
                                         << false;
    QTest::newRow("composed and decomposed") << QByteArray("[\"\xc3\xa4\"]") << QByteArray("[\"a\xcc\x88\"]") << false;
}

void TestHashes::sameValueInOtherWordsIsTheSameContent()
{
    QFETCH(QByteArray, left);
    QFETCH(QByteArray, right);
    QFETCH(bool, same);
    RoundContent one = aContent();
    RoundContent two = aContent();
    one.arguments = left;
    two.arguments = right;
    QCOMPARE(intakeHash(one) == intakeHash(two), same);
    QVERIFY(encodeRoundContent(one) != encodeRoundContent(two)); // The source text is kept all the same.
    const auto effect = [](Verdict verdict, const RoundContent &round, const VoteContent &vote) {
        return effectiveHash({}, verdict, round, vote);
    };
    QCOMPARE(effect(Verdict::Approve, one, {}) == effect(Verdict::Approve, two, {}), same);
    const VoteContent oneVote{.reason = {}, .arguments = left, .answer = left, .metadata = {}};
    const VoteContent twoVote{.reason = {}, .arguments = right, .answer = right, .metadata = {}};
    QCOMPARE(effect(Verdict::ApproveEdited, {}, oneVote) == effect(Verdict::ApproveEdited, {}, twoVote), same);
    QCOMPARE(effect(Verdict::Answer, {}, oneVote) == effect(Verdict::Answer, {}, twoVote), same);
}

void TestHashes::whatCannotBeReadCountsByItsBytes()
{
    const auto hashOf = [](const QByteArray &arguments) {
        RoundContent content;
        content.arguments = arguments;
        return intakeHash(content);
    };
    QVERIFY(hashOf("{\"a\":1") != hashOf("{ \"a\":1"));
    QVERIFY(hashOf("\xff") != hashOf("\xfe"));
    QVERIFY(hashOf("{\"a\":1,\"a\":2}") != hashOf("{\"a\":2}"));
    // A readable payload that spells out how an unreadable one is written is still another one.
    const QByteArray forged = "{\"unparsed\":\"" + sha256("\xff").hex().toUtf8() + "\"}";
    QVERIFY(hashOf(forged) != hashOf("\xff"));
    // Over the limit: by its bytes, and still told apart.
    const QByteArray large(2 * 1024 * 1024, ' ');
    QVERIFY(hashOf(large + "1") != hashOf(large + "2"));
}

void TestHashes::whatIsShownCounts_data()
{
    QTest::addColumn<RoundChange>("change");
    const auto row = [](const char *name, RoundChange change) { QTest::newRow(name) << std::move(change); };
    row("workspace", [](WorkspaceId &id, Round &) { id = WorkspaceId(u"other"_s); });
    row("request", [](WorkspaceId &, Round &r) { r.request = RequestId(u"other"_s); });
    row("ids run together", [](WorkspaceId &id, Round &r) {
        const QString request = r.request.text();
        r.request = RequestId(request.mid(1));
        id = WorkspaceId(id.text() + request.front());
    });
    row("round", [](WorkspaceId &, Round &r) { r.number += 1; });
    row("content", [](WorkspaceId &, Round &r) { r.content.message = u"Other"_s; });
    row("tier", [](WorkspaceId &, Round &r) { r.policy.tier = Tier::Low; });
    row("policy version", [](WorkspaceId &, Round &r) { r.policy.version = u"builtin-2"_s; });
    row("quorum", [](WorkspaceId &, Round &r) { r.policy.quorum = 2; });
    row("expiry", [](WorkspaceId &, Round &r) { *r.expiresAt += std::chrono::milliseconds(1); });
    row("no expiry", [](WorkspaceId &, Round &r) { r.expiresAt.reset(); });
}

void TestHashes::whatIsShownCounts()
{
    QFETCH(RoundChange, change);
    const Round before = aRound();
    WorkspaceId changedWorkspace = workspace;
    Round after = before;
    change(changedWorkspace, after);
    const Digest shownBefore = payloadHash(workspace, before);
    const Digest shownAfter = payloadHash(changedWorkspace, after);
    QVERIFY(shownBefore != shownAfter);
    for (const Verdict verdict : {Verdict::Approve, Verdict::Answer, Verdict::Reject}) {
        QVERIFY(effectiveHash(shownBefore, verdict, before.content, {}) !=
                effectiveHash(shownAfter, verdict, before.content, {}));
    }
}

void TestHashes::theTraceAndTheIdsOfRowsDoNotCount()
{
    const Round before = aRound();
    Round after = before;
    after.policy.trace = u"said otherwise"_s;
    after.contentId = ContentId(u"another"_s);
    after.createdAt = nine;
    QCOMPARE(payloadHash(workspace, after).hex(), payloadHash(workspace, before).hex());
}

void TestHashes::eachVerdictBindsWhatItLetsHappen()
{
    const Digest payload = sha256("payload");
    const RoundContent round = aContent();
    const VoteContent vote = aVoteContent();
    RoundContent otherRound = round;
    otherRound.arguments = "{}";
    VoteContent otherArguments = vote;
    otherArguments.arguments = "{}";
    VoteContent otherAnswer = vote;
    otherAnswer.answer = "{}";
    VoteContent otherReason = vote;
    otherReason.reason = u"No"_s;
    VoteContent otherMetadata = vote;
    otherMetadata.metadata = "{}";

    std::set<QString> all;
    for (const Verdict verdict : {Verdict::Approve, Verdict::ApproveEdited, Verdict::Reject, Verdict::RequestChanges,
                                  Verdict::Answer, Verdict::Decline, Verdict::Cancel}) {
        const Digest plain = effectiveHash(payload, verdict, round, vote);
        const auto counts = [&](const RoundContent &r, const VoteContent &v) {
            return effectiveHash(payload, verdict, r, v) != plain;
        };
        all.insert(plain.hex());
        QCOMPARE(counts(otherRound, vote), verdict == Verdict::Approve);
        QCOMPARE(counts(round, otherArguments), verdict == Verdict::ApproveEdited);
        QCOMPARE(counts(round, otherAnswer), verdict == Verdict::Answer);
        QCOMPARE(counts(round, otherReason), !letsItHappen(verdict));
        QVERIFY(!counts(round, otherMetadata));
        QVERIFY(effectiveHash(sha256("another payload"), verdict, round, vote) != plain);
    }
    QCOMPARE(all.size(), 7U);
}

void TestHashes::theThreeHashesNeverMeet()
{
    const QByteArray same = "{}";
    const std::set<QString> hashes = {domainHash("countersign/intake", same).hex(),
                                      domainHash("countersign/payload", same).hex(),
                                      domainHash("countersign/effective", same).hex(),
                                      domainHash("countersign/seal", same).hex(),
                                      sha256(same).hex(),
                                      leafHashOf(same).hex()};
    QCOMPARE(hashes.size(), 6U);
}

void TestHashes::roundContentComesBack_data()
{
    QTest::addColumn<RoundContent>("content");
    QTest::newRow("nothing") << RoundContent{};
    QTest::newRow("everything") << aContent();
    for (const Change &change : contentChanges) {
        RoundContent content = aContent();
        change.apply(content);
        QTest::newRow(change.name) << content;
    }
    RoundContent hostile = aContent();
    hostile.title = u"\u202Egnp.exe \u200B <b>%1</b> \u0000 \U0001F600"_s;
    hostile.arguments = QByteArray("\xff\xfe\0{\"", 5);
    hostile.annotations = "\xed\xa0\x80";
    hostile.schema = QByteArray(200, '[');
    hostile.unreviewable = u"The arguments are not UTF-8."_s;
    QTest::newRow("hostile bytes") << hostile;
    RoundContent huge;
    huge.arguments = QByteArray(3 * 1024 * 1024, '"');
    QTest::newRow("more than a payload may hold") << huge;
}

void TestHashes::roundContentComesBack()
{
    QFETCH(RoundContent, content);
    const QByteArray body = encodeRoundContent(content);
    const Result<RoundContent> decoded = decodeRoundContent(body);
    QVERIFY2(decoded.hasValue(), decoded ? "" : qPrintable(decoded.error().message));
    QVERIFY(*decoded == content);
    QCOMPARE(encodeRoundContent(*decoded), body);
    QCOMPARE(intakeHash(*decoded).hex(), intakeHash(content).hex());
}

void TestHashes::voteContentComesBack()
{
    for (const VoteContent &content :
         {VoteContent{}, aVoteContent(),
          VoteContent{.reason = u"\"\n\u2028"_s, .arguments = "\xff", .answer = "null", .metadata = "{}"}}) {
        const Result<VoteContent> decoded = decodeVoteContent(encodeVoteContent(content));
        QVERIFY(decoded);
        QVERIFY(*decoded == content);
    }
}

void TestHashes::contentDecodersRefuseWhatTheyDidNotWrite()
{
    const QByteArray roundBody = encodeRoundContent(aContent());
    const QByteArray voteBody = encodeVoteContent(aVoteContent());
    QVERIFY(!decodeRoundContent(voteBody));
    QVERIFY(!decodeVoteContent(roundBody));
    for (const QByteArray &broken : {QByteArray(), QByteArray("{"), QByteArray("[]"), QByteArray("null"),
                                     QByteArray("{}"), roundBody + " x", QByteArray(roundBody.chopped(1))}) {
        QVERIFY(!decodeRoundContent(broken));
        QVERIFY(!decodeVoteContent(broken));
    }
    for (size_t index = 0; index < parsed(roundBody).members().size(); ++index) {
        const std::string key = parsed(roundBody).members()[index].key;
        QVERIFY2(!decodeRoundContent(withoutMember(roundBody, index)), key.c_str());
        QVERIFY2(!decodeRoundContent(withMember(roundBody, key, JsonValue::fromInteger(7))), key.c_str());
        QVERIFY2(!decodeRoundContent(withMember(roundBody, key, JsonValue::object())), key.c_str());
        QVERIFY2(!decodeRoundContent(withMember(roundBody, key, JsonValue::array({JsonValue::array()}))), key.c_str());
    }
    for (size_t index = 0; index < parsed(voteBody).members().size(); ++index) {
        const std::string key = parsed(voteBody).members()[index].key;
        QVERIFY2(!decodeVoteContent(withoutMember(voteBody, index)), key.c_str());
        QVERIFY2(!decodeVoteContent(withMember(voteBody, key, JsonValue::fromInteger(7))), key.c_str());
    }
    QVERIFY(!decodeRoundContent(withMember(roundBody, "extra", {})));
    QVERIFY(!decodeVoteContent(withMember(voteBody, "extra", {})));
    QVERIFY(!decodeRoundContent(withMember(roundBody, "pattern", JsonValue::fromString(u"Gate"_s))));
    QVERIFY(!decodeRoundContent(withMember(roundBody, "requestedTier", JsonValue::fromString(u"none"_s))));
    QVERIFY(!decodeRoundContent(withMember(roundBody, "allowed", JsonValue::array({JsonValue::fromString(u"yes"_s)}))));
    // What a string can hold has no second form in hexadecimal digits.
    QVERIFY(!decodeRoundContent(withMember(roundBody, "arguments", parsed(R"({"hex":"7b7d"})"))));
    QVERIFY(!decodeRoundContent(withMember(roundBody, "arguments", parsed(R"({"hex":"FF"})"))));
    QVERIFY(!decodeRoundContent(withMember(roundBody, "arguments", parsed(R"({"hex":"ff","x":1})"))));
    QVERIFY(decodeRoundContent(withMember(roundBody, "arguments", parsed(R"({"hex":"ff"})"))).hasValue());

    const Result<RoundContent> extra = decodeRoundContent(withMember(roundBody, "ex\ntra", {}));
    QVERIFY(extra.error().code == ErrorCode::Malformed);
    QVERIFY2(!extra.error().message.contains(u'\n'), qPrintable(extra.error().message));
}

void TestHashes::sealsChain()
{
    QCOMPARE(leafHashOf("body").hex(), sha256(QByteArrayView("\0body", 5)).hex());
    const Digest leaf = leafHashOf("body");
    const Digest previous = sha256("previous");
    const QByteArray expected =
        QByteArray("countersign/seal\0\0\0\0\0\0\0\1\2", 25) + previous.toByteArray() + leaf.toByteArray();
    QCOMPARE(sealHashOf(258, previous, leaf).hex(), sha256(expected).hex());
    QCOMPARE(sealHashOf(258, previous, leaf).hex(),
             u"47d782800d4e2ca8e4cc57bd9254a72af587cafd3cc5625e8ef50afe412bae23"_s);
    QVERIFY(sealHashOf(1, {}, leaf) != sealHashOf(2, {}, leaf));
    QVERIFY(sealHashOf(1, leaf, previous) != sealHashOf(1, previous, leaf));
}

QTEST_GUILESS_MAIN(TestHashes)
#include "tst_hashes.moc"
