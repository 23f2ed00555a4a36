// SPDX-License-Identifier: Apache-2.0
#include "core/base/digest.h"

#include <QtCore/QBuffer>
#include <QtCore/QCryptographicHash>
#include <QtTest/QTest>

#include <thread>

using namespace countersign;
using namespace Qt::Literals::StringLiterals;

/// A device that breaks after its first block.
class BrokenDevice : public QIODevice
{
public:
    BrokenDevice() { open(QIODevice::ReadOnly | QIODevice::Unbuffered); }

protected:
    qint64 readData(char *data, qint64 maxSize) override
    {
        if (std::exchange(m_broken, true)) {
            return -1;
        }
        std::fill_n(data, maxSize, 'x');
        return maxSize;
    }
    qint64 writeData(const char *, qint64) override { return -1; }

private:
    bool m_broken = false;
};

class TestDigest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void knownVectors_data();
    void knownVectors();
    void everyLengthIsHashedAsOthersDo();
    void partsAreHashedWithoutSeparators();
    void devicesHashLikeBytes();
    void aDeviceThatBreaksIsAnError();
    void domainsKeepHashesApart();
    void hexIsReadStrictly();
    void shortHexIsForPeople();
    void threadsDoNotDisturbEachOther();
};

void TestDigest::knownVectors_data()
{
    // FIPS 180-4 examples.
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("expected");
    QTest::newRow("nothing") << QByteArray() << u"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"_s;
    QTest::newRow("abc") << QByteArray("abc") << u"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"_s;
    QTest::newRow("two blocks") << QByteArray("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                                << u"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"_s;
    QTest::newRow("a million a") << QByteArray(1'000'000, 'a')
                                 << u"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"_s;
}

void TestDigest::knownVectors()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, expected);
    QCOMPARE(sha256(bytes).hex(), expected);
}

void TestDigest::everyLengthIsHashedAsOthersDo()
{
    QByteArray bytes;
    for (int size = 0; size <= 400; ++size) {
        const QByteArray expected = QCryptographicHash::hash(bytes, QCryptographicHash::Sha256);
        QCOMPARE(sha256(bytes).toByteArray(), expected);
        for (const qsizetype cut : {1, 55, 63, 64, 65, 130}) { // The parts end in the middle of blocks.
            const QByteArrayView all(bytes);
            const qsizetype first = std::min(cut, all.size());
            QCOMPARE(sha256({all.first(first), all.sliced(first)}).toByteArray(), expected);
        }
        bytes.append(static_cast<char>(size * 37));
    }
}

void TestDigest::partsAreHashedWithoutSeparators()
{
    QCOMPARE(sha256({QByteArrayView("a"), QByteArrayView(), QByteArrayView("bc")}), sha256(QByteArrayView("abc")));
}

void TestDigest::devicesHashLikeBytes()
{
    for (const qsizetype size : {0, 1, 262'143, 262'144, 262'145, 1'000'000}) {
        QByteArray bytes(size, 'q');
        QBuffer buffer(&bytes);
        QVERIFY(buffer.open(QIODevice::ReadOnly));
        const auto digest = sha256(buffer);
        QVERIFY(digest.hasValue());
        QCOMPARE(*digest, sha256(bytes));
    }
}

void TestDigest::aDeviceThatBreaksIsAnError()
{
    BrokenDevice device;
    const auto digest = sha256(device);
    QVERIFY(!digest.hasValue());
    QCOMPARE(digest.error().code, ErrorCode::Storage);
    QVERIFY(!digest.error().message.isEmpty());
}

void TestDigest::domainsKeepHashesApart()
{
    const QByteArray expected("countersign/payload\0001\000{}", 24);
    QCOMPARE(domainHash("countersign/payload", "{}"), sha256(expected));
    QVERIFY(domainHash("countersign/payload", "{}") != domainHash("countersign/intake", "{}"));
    QVERIFY(domainHash("a", "b") != domainHash("ab", ""));
}

void TestDigest::hexIsReadStrictly()
{
    const Digest digest = sha256(QByteArrayView("abc"));
    QCOMPARE(Digest::fromHex(digest.hex()), std::optional(digest));
    QCOMPARE(Digest::fromHex(digest.hex().toUpper()), std::optional(digest));
    QCOMPARE(Digest::fromBytes(digest.toByteArray()), std::optional(digest));
    QVERIFY(!Digest::fromHex(digest.hex().chopped(1)));
    QVERIFY(!Digest::fromHex(digest.hex() + u"00"_s));
    QVERIFY(!Digest::fromHex(digest.hex().chopped(1) + u'g'));
    QVERIFY(!Digest::fromHex(digest.hex().chopped(1) + u' '));
    QVERIFY(!Digest::fromHex(digest.hex().chopped(1) + u'１'));
    QVERIFY(!Digest::fromBytes(digest.toByteArray().chopped(1)));
    QVERIFY(Digest().isNull());
    QVERIFY(!digest.isNull());
}

void TestDigest::shortHexIsForPeople()
{
    QCOMPARE(sha256(QByteArrayView("abc")).shortHex(), u"ba78…15ad"_s);
}

void TestDigest::threadsDoNotDisturbEachOther()
{
    const Digest expected = sha256(QByteArray(5000, 'z'));
    std::array<bool, 4> good{};
    std::vector<std::thread> threads;
    for (bool &mine : good) {
        threads.emplace_back([&mine, &expected] {
            mine = true;
            for (int i = 0; i < 500; ++i) {
                mine = mine && sha256(QByteArray(5000, 'z')) == expected;
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    for (const bool mine : good) {
        QVERIFY(mine);
    }
}

QTEST_GUILESS_MAIN(TestDigest)
#include "tst_digest.moc"
