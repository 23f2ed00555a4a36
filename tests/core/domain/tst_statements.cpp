// SPDX-License-Identifier: Apache-2.0
#include "core/base/canonical_json.h"
#include "core/base/json_reader.h"
#include "core/domain/statements.h"

#include <QtTest/QTest>

#include <functional>

using namespace countersign;
using namespace Qt::StringLiterals;

namespace {

constexpr Timestamp nine = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + std::chrono::hours(9);
const WorkspaceId workspace(u"ws1"_s);

SigningKey keyFromSeed(char seed)
{
    return std::move(SigningKey::fromSeed(QByteArray(32, seed))).value();
}

Vote aVote(const SigningKey &key)
{
    Vote vote;
    vote.statement = StatementId(u"statement1"_s);
    vote.request = RequestId(u"request1"_s);
    vote.round = 2;
    vote.payloadHash = sha256("payload");
    vote.effectiveHash = sha256("effective");
    vote.verdict = Verdict::ApproveEdited;
    vote.reasonCode = u"wrong-value"_s;
    vote.shown = {.view = u"window-1"_s, .linesSeen = 40, .linesTotal = 41, .dwell = std::chrono::milliseconds(2345)};
    vote.reviewer = ReviewerId(u"reviewer1"_s);
    vote.reviewerName = u"Ada Løvelace"_s;
    vote.keyId = key.publicKey().fingerprint();
    vote.at = nine + std::chrono::milliseconds(7);
    vote.contentId = ContentId(u"content1"_s);
    vote.contentCommitment = sha256("commitment");
    return vote;
}

Statement aVoteStatement(const SigningKey &key)
{
    const Vote vote = aVote(key);
    Statement statement =
        signStatement(vote.statement, u"vote"_s, vote.request.text(), encodeVote(workspace, vote), key);
    statement.content = vote.contentId;
    return statement;
}

/// One kind of signed body as bytes in, bytes out: what all kinds must do alike is tested once.
struct Kind {
    QString name;
    QByteArray body;
    std::function<Result<QByteArray>(QByteArrayView)> decodeAndEncode;
};

template<typename Body>
Kind kindOf(const QString &name, const Body &body, Result<Body> (*decode)(QByteArrayView))
{
    return {name, encodeBody(body), [body, decode](QByteArrayView bytes) -> Result<QByteArray> {
                const Result<Body> read = decode(bytes);
                if (!read) {
                    return read.error();
                }
                return encodeBody(*read);
            }};
}

template<typename Body>
void checkRoundTrip(const Body &body, Result<Body> (*decode)(QByteArrayView))
{
    const Result<Body> read = decode(encodeBody(body));
    QVERIFY2(read.hasValue(), read ? "" : qPrintable(read.error().message));
    QVERIFY(*read == body);
}

ReleaseBody aRelease()
{
    return {.workspace = workspace,
            .request = RequestId(u"request1"_s),
            .decision = DecisionId(u"decision1"_s),
            .vote = StatementId(u"statement1"_s),
            .effectiveHash = sha256("effective"),
            .token = u"token"_s,
            .reviewer = ReviewerId(u"reviewer1"_s),
            .at = nine};
}

UndoBody anUndo()
{
    return {.workspace = workspace,
            .request = RequestId(u"request1"_s),
            .vote = StatementId(u"statement1"_s),
            .reviewer = ReviewerId(u"reviewer1"_s),
            .at = nine};
}

EnrolBody anEnrolment()
{
    return {.workspace = workspace,
            .reviewer = ReviewerId(u"reviewer1"_s),
            .name = u"Ada"_s,
            .groups = {u"support"_s, u"finance"_s},
            .key = keyFromSeed('a').publicKey(),
            .administrator = true,
            .recoveryKey = keyFromSeed('r').publicKey(),
            .at = nine};
}

DisableBody aDisabling()
{
    return {.workspace = workspace, .reviewer = ReviewerId(u"reviewer1"_s), .at = nine};
}

RotateBody aRotation()
{
    return {.workspace = workspace,
            .reviewer = ReviewerId(u"reviewer1"_s),
            .newKey = keyFromSeed('n').publicKey(),
            .at = nine};
}

PolicyBody aPolicy()
{
    return {.workspace = workspace, .version = u"policy1"_s, .policyHash = sha256("policy"), .at = nine};
}

const std::vector<Kind> &allKinds()
{
    static const std::vector<Kind> kinds = [] {
        const SigningKey key = keyFromSeed('a');
        const Statement vote = aVoteStatement(key);
        const auto decodeVoteBody = [vote](QByteArrayView body) -> Result<QByteArray> {
            Statement changed = vote;
            changed.body = body.toByteArray();
            const Result<Vote> read = decodeVote(workspace, changed);
            if (!read) {
                return read.error();
            }
            return encodeVote(workspace, *read);
        };
        return std::vector<Kind>{{u"vote"_s, vote.body, decodeVoteBody},
                                 kindOf(u"release"_s, aRelease(), decodeRelease),
                                 kindOf(u"undo"_s, anUndo(), decodeUndo),
                                 kindOf(u"enrol"_s, anEnrolment(), decodeEnrol),
                                 kindOf(u"disable"_s, aDisabling(), decodeDisable),
                                 kindOf(u"rotate"_s, aRotation(), decodeRotate),
                                 kindOf(u"policy"_s, aPolicy(), decodePolicy)};
    }();
    return kinds;
}

void addKinds()
{
    QTest::addColumn<size_t>("index");
    for (size_t index = 0; index < allKinds().size(); ++index) {
        QTest::newRow(qPrintable(allKinds()[index].name)) << index;
    }
}

QByteArray withMember(const QByteArray &body, std::string_view key, JsonValue value)
{
    JsonValue object = readJson(body).value();
    object.set(key, std::move(value));
    return canonicalJson(object);
}

JsonValue::Object membersOf(const QByteArray &body)
{
    return readJson(body).value().members();
}

} // namespace

class TestStatements : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void theFormatIsTheOneOfTheReleasedVersion();
    void everyKindComesBack();
    void bodiesAreRefusedUnlessExact_data() { addKinds(); }
    void bodiesAreRefusedUnlessExact();
    void noKindReadsAsAnother_data() { addKinds(); }
    void noKindReadsAsAnother();
    void aSignatureHoldsForItsKindAndKeyOnly_data() { addKinds(); }
    void aSignatureHoldsForItsKindAndKeyOnly();
    void everyByteIsSigned_data() { addKinds(); }
    void everyByteIsSigned();
    void aVoteCountsInItsWorkspaceOnly();
    void aVoteIsRefusedWhenItsRowSaysOtherwise_data();
    void aVoteIsRefusedWhenItsRowSaysOtherwise();
    void theStatementDigestCoversTheSignature();
};

void TestStatements::initTestCase()
{
    QVERIFY(initCrypto());
}

void TestStatements::theFormatIsTheOneOfTheReleasedVersion()
{
    QCOMPARE(encodeBody(anUndo()),
             QByteArray(R"({"at":"2026-11-24T09:00:00.000Z","kind":"undo","request":"request1","reviewer":"reviewer1",)"
                        R"("v":1,"vote":"statement1","workspace":"ws1"})"));
    const QStringList expected = {
        u"vote 239b66bd79cdc3f39c2361bbac40261ffe94d2089b384aed01da7af7bb6ad268"_s,
        u"release ffc2bcb31d2318ddc855a843a256fd6823d6e304fe961ee27c94b88326f69e2d"_s,
        u"undo 5af208813207ea01ca580896f487d48ae40699674a7207f12a936ba43548b13e"_s,
        u"enrol 75e9f78596ba9182ade4566afe69e0532d8f2bdb00b63f65a9c0bef426337788"_s,
        u"disable 0925db42225673ed65adfffddd94f9a67e3498f5166bb830a623b04369ffbd55"_s,
        u"rotate 4618ccc3e69332bd3f22ae5e7c0f6daf7d9681a9b4bcbee06fa952f058db5477"_s,
        u"policy 2807316928201c9ec5da45a89e6dc12ccae226fbc22fd120003fe4e598df41ac"_s,
    };
    QStringList actual;
    for (const Kind &kind : allKinds()) {
        actual.append(kind.name + u' ' + sha256(kind.body).hex());
    }
    QCOMPARE(actual, expected);
    // Ed25519 is deterministic: the domain of the signature is part of the format too.
    QCOMPARE(sha256(aVoteStatement(keyFromSeed('a')).signature).hex(),
             u"8a8e24d8d3992d0a1e739609128df8eb66f98a87c4049d912d957a87200b6767"_s);
}

void TestStatements::everyKindComesBack()
{
    checkRoundTrip(aRelease(), decodeRelease);
    checkRoundTrip(anUndo(), decodeUndo);
    checkRoundTrip(anEnrolment(), decodeEnrol);
    checkRoundTrip(aDisabling(), decodeDisable);
    checkRoundTrip(aRotation(), decodeRotate);
    checkRoundTrip(aPolicy(), decodePolicy);
    EnrolBody plain = anEnrolment();
    plain.groups.clear();
    plain.recoveryKey = {};
    plain.administrator = false;
    plain.name = u"\u202E \"\\\n\U0001F600"_s;
    checkRoundTrip(plain, decodeEnrol);

    const SigningKey key = keyFromSeed('a');
    const Result<Vote> vote = decodeVote(workspace, aVoteStatement(key));
    QVERIFY2(vote.hasValue(), vote ? "" : qPrintable(vote.error().message));
    QVERIFY(*vote == aVote(key));
    for (const Verdict verdict : {Verdict::Approve, Verdict::ApproveEdited, Verdict::Reject, Verdict::RequestChanges,
                                  Verdict::Answer, Verdict::Decline, Verdict::Cancel}) {
        Vote other = aVote(key);
        other.verdict = verdict;
        other.reasonCode.clear();
        other.shown = WhatWasShown::nothingOnCommandLine();
        Statement statement = aVoteStatement(key);
        statement.body = encodeVote(workspace, other);
        const Result<Vote> read = decodeVote(workspace, statement);
        QVERIFY(read);
        QVERIFY(*read == other);
    }
}

void TestStatements::bodiesAreRefusedUnlessExact()
{
    QFETCH(size_t, index);
    const Kind &kind = allKinds()[index];
    const auto isRefused = [&kind](const QByteArray &body) {
        const Result<QByteArray> read = kind.decodeAndEncode(body);
        return !read && !read.error().message.isEmpty();
    };
    QVERIFY(kind.decodeAndEncode(kind.body).hasValue());
    QCOMPARE(*kind.decodeAndEncode(kind.body), kind.body);

    QVERIFY(isRefused({}));
    QVERIFY(isRefused("null"));
    QVERIFY(isRefused("[]"));
    QVERIFY(isRefused("{}"));
    QVERIFY(isRefused(kind.body.chopped(1)));
    QVERIFY(isRefused(kind.body + "{}"));
    QVERIFY(isRefused(' ' + kind.body)); // Not the one form it is written in.
    QVERIFY(isRefused(QByteArray(kind.body).replace("\"v\":1", "\"v\":1.0")));
    QVERIFY(isRefused(QByteArray(kind.body).replace("\"v\":1", "\"v\":1,\"v\":1")));
    QVERIFY(isRefused(QByteArray(kind.body).replace("Z\"", "+00:00\"")));
    QVERIFY(isRefused(withMember(kind.body, "v", JsonValue::fromInteger(2))));
    QVERIFY(isRefused(withMember(kind.body, "v", JsonValue::fromString(u"1"_s))));
    QVERIFY(isRefused(withMember(kind.body, "kind", JsonValue::fromString(u"Vote"_s))));
    QVERIFY(isRefused(withMember(kind.body, "extra", JsonValue::fromInteger(1))));
    QVERIFY(isRefused(withMember(kind.body, "", {})));

    const JsonValue::Object members = membersOf(kind.body);
    for (size_t member = 0; member < members.size(); ++member) {
        const std::string &key = members[member].key;
        JsonValue::Object fewer = members;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(member));
        QVERIFY2(isRefused(canonicalJson(JsonValue::object(std::move(fewer)))), key.c_str());
        QVERIFY2(isRefused(withMember(kind.body, key, JsonValue::fromNumberText("0.5"))), key.c_str());
        QVERIFY2(isRefused(withMember(kind.body, key, JsonValue::fromInteger(-1))), key.c_str());
        QVERIFY2(isRefused(withMember(kind.body, key, JsonValue::object())), key.c_str());
        QVERIFY2(isRefused(withMember(kind.body, key, JsonValue::array({JsonValue()}))), key.c_str());
        const bool mayBeNull = key == "recoveryKey";
        QVERIFY2(mayBeNull || isRefused(withMember(kind.body, key, {})), key.c_str());
        const JsonValue &value = members[member].value;
        if (value.isString() && value.toString().size() == 64) { // A digest or a key.
            QVERIFY2(isRefused(withMember(kind.body, key, JsonValue::fromString(value.toString().toUpper()))) ||
                         value.toString() == value.toString().toUpper(),
                     key.c_str());
            QVERIFY2(isRefused(withMember(kind.body, key, JsonValue::fromString(value.toString().chopped(2)))),
                     key.c_str());
        }
    }
}

void TestStatements::noKindReadsAsAnother()
{
    QFETCH(size_t, index);
    for (size_t other = 0; other < allKinds().size(); ++other) {
        QCOMPARE(allKinds()[index].decodeAndEncode(allKinds()[other].body).hasValue(), other == index);
    }
}

void TestStatements::aSignatureHoldsForItsKindAndKeyOnly()
{
    QFETCH(size_t, index);
    const SigningKey key = keyFromSeed('a');
    const SigningKey otherKey = keyFromSeed('b');
    const Kind &kind = allKinds()[index];
    const Statement statement = signStatement(StatementId(u"s"_s), kind.name, u"subject"_s, kind.body, key);

    QVERIFY(verifyStatement(statement, key.publicKey()));
    QCOMPARE(statement.keyId.hex(), key.publicKey().fingerprint().hex());
    QVERIFY(!verifyStatement(statement, otherKey.publicKey()));
    QVERIFY(!verifyStatement(statement, PublicKey{}));
    Statement changed = statement;
    changed.keyId = otherKey.publicKey().fingerprint();
    QVERIFY(!verifyStatement(changed, key.publicKey()));
    QVERIFY(!verifyStatement(changed, otherKey.publicKey()));
    for (const Kind &other : allKinds()) {
        changed = statement;
        changed.kind = other.name;
        QCOMPARE(verifyStatement(changed, key.publicKey()), other.name == kind.name);
    }
    changed = statement;
    changed.kind.clear();
    QVERIFY(!verifyStatement(changed, key.publicKey()));
}

void TestStatements::everyByteIsSigned()
{
    QFETCH(size_t, index);
    const SigningKey key = keyFromSeed('a');
    const Kind &kind = allKinds()[index];
    const Statement statement = signStatement(StatementId(u"s"_s), kind.name, u"subject"_s, kind.body, key);
    const auto flipped = [](QByteArray bytes, qsizetype at, int bit) {
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
        return bytes;
    };
    for (qsizetype at = 0; at < statement.body.size(); ++at) {
        Statement changed = statement;
        changed.body = flipped(statement.body, at, static_cast<int>(at % 8));
        QVERIFY(!verifyStatement(changed, key.publicKey()));
    }
    for (qsizetype at = 0; at < statement.signature.size(); ++at) {
        Statement changed = statement;
        changed.signature = flipped(statement.signature, at, static_cast<int>(at % 8));
        QVERIFY(!verifyStatement(changed, key.publicKey()));
    }
    for (const QByteArray &signature :
         {QByteArray(), QByteArray(64, '\0'), QByteArray(statement.signature.chopped(1)), statement.signature + "x"}) {
        Statement changed = statement;
        changed.signature = signature;
        QVERIFY(!verifyStatement(changed, key.publicKey()));
    }
    Statement longer = statement;
    longer.body += ' ';
    QVERIFY(!verifyStatement(longer, key.publicKey()));
}

void TestStatements::aVoteCountsInItsWorkspaceOnly()
{
    const Result<Vote> vote = decodeVote(WorkspaceId(u"ws2"_s), aVoteStatement(keyFromSeed('a')));
    QVERIFY(!vote);
    QVERIFY(vote.error().code == ErrorCode::NotAllowed);
}

void TestStatements::aVoteIsRefusedWhenItsRowSaysOtherwise_data()
{
    QTest::addColumn<std::function<void(Statement &)>>("change");
    const auto row = [](const char *name, std::function<void(Statement &)> change) {
        QTest::newRow(name) << std::move(change);
    };
    row("id", [](Statement &s) { s.id = StatementId(u"statement2"_s); });
    row("kind", [](Statement &s) { s.kind = u"release"_s; });
    row("subject", [](Statement &s) { s.subject = u"request2"_s; });
    row("key", [](Statement &s) { s.keyId = sha256("another key"); });
    row("content", [](Statement &s) { s.content = ContentId(u"content2"_s); });
}

void TestStatements::aVoteIsRefusedWhenItsRowSaysOtherwise()
{
    QFETCH(std::function<void(Statement &)>, change);
    Statement statement = aVoteStatement(keyFromSeed('a'));
    QVERIFY(decodeVote(workspace, statement).hasValue());
    change(statement);
    const Result<Vote> vote = decodeVote(workspace, statement);
    QVERIFY(!vote);
    QVERIFY(vote.error().code == ErrorCode::Damaged);
}

void TestStatements::theStatementDigestCoversTheSignature()
{
    const Statement statement = aVoteStatement(keyFromSeed('a'));
    Statement changed = statement;
    changed.signature[0] = static_cast<char>(changed.signature[0] ^ 1);
    QVERIFY(statement.digest() != changed.digest());
    changed = statement;
    changed.body += ' ';
    QVERIFY(statement.digest() != changed.digest());
}

QTEST_GUILESS_MAIN(TestStatements)
#include "tst_statements.moc"
