// SPDX-License-Identifier: Apache-2.0
#include "core/base/signature.h"

#include <QtTest/QTest>

using namespace countersign;
using namespace Qt::Literals::StringLiterals;

class TestSignature : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }
    void keysFollowRfc8032();
    void whatIsSignedVerifies();
    void anyChangeBreaksTheSignature();
    void signaturesServeOnePurpose();
    void zeroBytesDoNotMoveTheBorder();
    void otherSeedsAreRefused();
    void theSeedMakesTheSameKey();
    void keysMove();
    void publicKeysAreReadStrictly();
    void theNullKeyVerifiesNothing();
    void wipingLeavesNoBytes();
};

void TestSignature::keysFollowRfc8032()
{
    // RFC 8032 section 7.1, test 1.
    const QByteArray seed = QByteArray::fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    const auto key = SigningKey::fromSeed(seed);
    QVERIFY(key.hasValue());
    QCOMPARE(key->publicKey().hex(), u"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"_s);
    QCOMPARE(key->publicKey().fingerprint(), sha256(key->publicKey().toByteArray()));
}

void TestSignature::whatIsSignedVerifies()
{
    const SigningKey key = SigningKey::generate();
    for (const qsizetype size : {0, 1, 100, 100'000}) {
        const QByteArray message(size, 'm');
        const QByteArray signature = key.sign("countersign/vote", message);
        QCOMPARE(signature.size(), 64);
        QVERIFY(verifySignature(key.publicKey(), "countersign/vote", message, signature));
        QCOMPARE(key.sign("countersign/vote", message), signature);
    }
}

void TestSignature::anyChangeBreaksTheSignature()
{
    const SigningKey key = SigningKey::generate();
    const QByteArray message("pay 10 to Ann");
    const QByteArray signature = key.sign("d", message);
    for (qsizetype bit = 0; bit < message.size() * 8; ++bit) {
        QByteArray other = message;
        other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
        QVERIFY(!verifySignature(key.publicKey(), "d", other, signature));
    }
    for (qsizetype bit = 0; bit < signature.size() * 8; ++bit) {
        QByteArray other = signature;
        other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
        QVERIFY(!verifySignature(key.publicKey(), "d", message, other));
    }
    QVERIFY(!verifySignature(key.publicKey(), "d", message, signature.chopped(1)));
    QVERIFY(!verifySignature(key.publicKey(), "d", message, signature + '\0'));
    QVERIFY(!verifySignature(key.publicKey(), "d", message, {}));
    QVERIFY(!verifySignature(SigningKey::generate().publicKey(), "d", message, signature));
}

void TestSignature::signaturesServeOnePurpose()
{
    const SigningKey key = SigningKey::generate();
    const QByteArray vote = key.sign("countersign/vote", "x");
    QVERIFY(!verifySignature(key.publicKey(), "countersign/enrolment", "x", vote));
    QVERIFY(!verifySignature(key.publicKey(), "countersign/vot", "ex", vote));
}

void TestSignature::zeroBytesDoNotMoveTheBorder()
{
    const SigningKey key = SigningKey::generate();
    QVERIFY(!verifySignature(key.publicKey(), "a", "bc", key.sign("ab", "c")));
}

void TestSignature::otherSeedsAreRefused()
{
    for (const qsizetype size : {0, 31, 33, 64}) {
        const auto key = SigningKey::fromSeed(QByteArray(size, 's'));
        QVERIFY(!key.hasValue());
        QCOMPARE(key.error().code, ErrorCode::InvalidInput);
    }
}

void TestSignature::theSeedMakesTheSameKey()
{
    const SigningKey key = SigningKey::generate();
    QByteArray seed = key.seed();
    QCOMPARE(seed.size(), 32);
    const auto again = SigningKey::fromSeed(seed);
    wipe(seed);
    QVERIFY(again.hasValue());
    QCOMPARE(again->publicKey(), key.publicKey());
    QCOMPARE(again->sign("d", "m"), key.sign("d", "m"));
}

void TestSignature::keysMove()
{
    SigningKey key = SigningKey::generate();
    const PublicKey publicKey = key.publicKey();
    SigningKey other = SigningKey::generate();
    QVERIFY(other.publicKey() != publicKey);
    other = std::move(key);
    QCOMPARE(other.publicKey(), publicKey);
    QVERIFY(verifySignature(publicKey, "d", "m", other.sign("d", "m")));
}

void TestSignature::publicKeysAreReadStrictly()
{
    const PublicKey key = SigningKey::generate().publicKey();
    QCOMPARE(PublicKey::fromHex(key.hex()), std::optional(key));
    QCOMPARE(PublicKey::fromBytes(key.toByteArray()), std::optional(key));
    QVERIFY(!PublicKey::fromHex(key.hex().chopped(2)));
    QVERIFY(!PublicKey::fromHex(u"x"_s + key.hex().mid(1)));
    QVERIFY(!PublicKey::fromBytes(key.toByteArray() + 'x'));
}

void TestSignature::theNullKeyVerifiesNothing()
{
    QVERIFY(!verifySignature(PublicKey(), "d", "m", QByteArray(64, '\0')));
}

void TestSignature::wipingLeavesNoBytes()
{
    QByteArray secret(32, 's');
    const QByteArray shared = secret; // Shares the bytes: it is zeroed too.
    wipe(secret);
    QVERIFY(secret.isEmpty());
    QCOMPARE(shared, QByteArray(32, '\0'));

    QByteArray literal = QByteArrayLiteral("constant");
    wipe(literal);
    QVERIFY(literal.isEmpty());
    QByteArray empty;
    wipe(empty);
    QVERIFY(empty.isEmpty());
}

QTEST_GUILESS_MAIN(TestSignature)
#include "tst_signature.moc"
