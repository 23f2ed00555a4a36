// SPDX-License-Identifier: Apache-2.0
#include "core/base/key_file.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace countersign;
using namespace Qt::Literals::StringLiterals;

class TestKeyFile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void aKeySurvives_data();
    void aKeySurvives();
    void aKeySurvivesTheUsualStretching();
    void theSeedIsNotInAProtectedFile();
    void theSeedIsInAClearFile();
    void anotherPassphraseIsRefused();
    void theFileIsForItsOwnerOnly();
    void aFileThatIsThereStays();
    void aMissingFolderIsSaid();
    void filesThatOthersReadAreRefused_data();
    void filesThatOthersReadAreRefused();
    void filesOfOthersAreRefused();
    void symbolicLinksAreRefused();
    void aFolderIsNotAKeyFile();
    void aMissingFileIsSaid();
    void everyFlippedBitIsNoticed_data();
    void everyFlippedBitIsNoticed();
    void malformedFilesAreRefused_data();
    void malformedFilesAreRefused();
    void aLaterVersionIsSaid();

private:
    void store(const QByteArray &text) const;
    QByteArray written(const QByteArray &passphrase = "correct horse") const;

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
};

void TestKeyFile::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    m_path = m_folder->filePath(u"ann.key"_s);
}

void TestKeyFile::store(const QByteArray &text) const
{
    QFile::remove(m_path);
    QFile file(m_path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(text), text.size());
    QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::WriteOwner));
}

QByteArray TestKeyFile::written(const QByteArray &passphrase) const
{
    const auto done =
        writeKeyFile(m_path, u"Ann “Boss” Ångström"_s, SigningKey::generate(), passphrase, KeyStretching::Fast);
    QFile file(m_path);
    return done && file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void TestKeyFile::aKeySurvives_data()
{
    QTest::addColumn<QByteArray>("passphrase");
    QTest::newRow("with a passphrase") << QByteArray("correct horse");
    QTest::newRow("with zero bytes and UTF-8 in it") << QByteArray("a\0b \xC3\xA9", 6);
    QTest::newRow("in clear") << QByteArray();
}

void TestKeyFile::aKeySurvives()
{
    QFETCH(QByteArray, passphrase);
    const SigningKey key = SigningKey::generate();
    const QString name = u"Ann \"seed\": \"0\" Ångström"_s;
    QVERIFY(writeKeyFile(m_path, name, key, passphrase, KeyStretching::Fast).hasValue());

    const auto info = readKeyFileInfo(m_path);
    QVERIFY(info.hasValue());
    QCOMPARE(info->name, name);
    QCOMPARE(info->publicKey, key.publicKey());
    QCOMPARE(info->needsPassphrase, !passphrase.isEmpty());

    const auto again = readKeyFile(m_path, passphrase);
    QVERIFY2(again.hasValue(), again.hasValue() ? "" : qPrintable(again.error().message));
    QCOMPARE(again->publicKey(), key.publicKey());
    QVERIFY(verifySignature(key.publicKey(), "d", "m", again->sign("d", "m")));
}

void TestKeyFile::aKeySurvivesTheUsualStretching()
{
    const SigningKey key = SigningKey::generate();
    QVERIFY(writeKeyFile(m_path, u"Ann"_s, key, "pass").hasValue());
    const auto again = readKeyFile(m_path, "pass");
    QVERIFY(again.hasValue());
    QCOMPARE(again->publicKey(), key.publicKey());
}

void TestKeyFile::theSeedIsNotInAProtectedFile()
{
    const SigningKey key = SigningKey::generate();
    QVERIFY(writeKeyFile(m_path, u"Ann"_s, key, "pass", KeyStretching::Fast).hasValue());
    QFile file(m_path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray text = file.readAll();
    QVERIFY(!text.contains(key.seed().toHex()));
    QVERIFY(!text.contains(key.seed()));
    QVERIFY(!text.contains(key.seed().toBase64()));
}

void TestKeyFile::theSeedIsInAClearFile()
{
    const SigningKey key = SigningKey::generate();
    QVERIFY(writeKeyFile(m_path, u"Ann"_s, key, {}).hasValue());
    QFile file(m_path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readAll().contains("\"seed\": \"" + key.seed().toHex() + '"'));
}

void TestKeyFile::anotherPassphraseIsRefused()
{
    QVERIFY(!written("correct horse").isEmpty());
    for (const char *passphrase : {"", "Correct horse", "correct horse ", "x"}) {
        const auto key = readKeyFile(m_path, passphrase);
        QVERIFY(!key.hasValue());
        QCOMPARE(key.error().code, ErrorCode::WrongPassphrase);
        QVERIFY(!key.error().message.contains(u"horse"_s));
    }
}

void TestKeyFile::theFileIsForItsOwnerOnly()
{
    const mode_t before = ::umask(0);
    const bool done = !written().isEmpty();
    ::umask(before);
    QVERIFY(done);
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(m_path).constData(), &status), 0);
    QCOMPARE(status.st_mode & 07777, mode_t(0600));
}

void TestKeyFile::aFileThatIsThereStays()
{
    const QByteArray before = written();
    const auto file = writeKeyFile(m_path, u"Eve"_s, SigningKey::generate(), "x", KeyStretching::Fast);
    QVERIFY(!file.hasValue());
    QCOMPARE(file.error().code, ErrorCode::Conflict);

    const QString link = m_folder->filePath(u"link.key"_s);
    const QString target = m_folder->filePath(u"target"_s);
    QVERIFY(QFile::link(target, link)); // It dangles: following it would make the target.
    const auto throughLink = writeKeyFile(link, u"Eve"_s, SigningKey::generate(), "x", KeyStretching::Fast);
    QVERIFY(!throughLink.hasValue());
    QCOMPARE(throughLink.error().code, ErrorCode::Conflict);
    QVERIFY(!QFile::exists(target));

    QFile kept(m_path);
    QVERIFY(kept.open(QIODevice::ReadOnly));
    QCOMPARE(kept.readAll(), before);
}

void TestKeyFile::aMissingFolderIsSaid()
{
    const auto done = writeKeyFile(m_folder->filePath(u"no/such/ann.key"_s), u"Ann"_s, SigningKey::generate(), "x",
                                   KeyStretching::Fast);
    QVERIFY(!done.hasValue());
    QCOMPARE(done.error().code, ErrorCode::Storage);
}

void TestKeyFile::filesThatOthersReadAreRefused_data()
{
    QTest::addColumn<int>("mode");
    QTest::addColumn<bool>("allowed");
    QTest::newRow("0600") << 0600 << true;
    QTest::newRow("0400") << 0400 << true;
    QTest::newRow("0640") << 0640 << false;
    QTest::newRow("0604") << 0604 << false;
    QTest::newRow("0620") << 0620 << false;
    QTest::newRow("0602") << 0602 << false;
    QTest::newRow("0700") << 0700 << false;
    QTest::newRow("set user id") << 04600 << false;
}

void TestKeyFile::filesThatOthersReadAreRefused()
{
    QFETCH(int, mode);
    QFETCH(bool, allowed);
    QVERIFY(!written().isEmpty());
    QCOMPARE(::chmod(QFile::encodeName(m_path).constData(), static_cast<mode_t>(mode)), 0);
    const auto info = readKeyFileInfo(m_path);
    QCOMPARE(info.hasValue(), allowed);
    const auto key = readKeyFile(m_path, "correct horse");
    QCOMPARE(key.hasValue(), allowed);
    if (!allowed) {
        QCOMPARE(info.error().code, ErrorCode::NotAllowed);
        QCOMPARE(key.error().code, ErrorCode::NotAllowed);
        QVERIFY(key.error().message.contains(u"chmod 600"_s));
    }
}

void TestKeyFile::filesOfOthersAreRefused()
{
    // Only root can give a file away; for everybody else root's own files are somebody else's.
    QString path = m_path;
    if (::geteuid() == 0) {
        QVERIFY(!written().isEmpty());
        QCOMPARE(::chown(QFile::encodeName(path).constData(), 12345, static_cast<gid_t>(-1)), 0);
    } else {
        path = u"/etc/passwd"_s;
    }
    const auto key = readKeyFile(path, "correct horse");
    QVERIFY(!key.hasValue());
    QCOMPARE(key.error().code, ErrorCode::NotAllowed);
    QVERIFY(key.error().message.contains(u"another user"_s));
}

void TestKeyFile::symbolicLinksAreRefused()
{
    QVERIFY(!written().isEmpty());
    const QString link = m_folder->filePath(u"link.key"_s);
    QVERIFY(QFile::link(m_path, link));
    const auto key = readKeyFile(link, "correct horse");
    QVERIFY(!key.hasValue());
    QCOMPARE(key.error().code, ErrorCode::NotAllowed);
}

void TestKeyFile::aFolderIsNotAKeyFile()
{
    const auto key = readKeyFile(m_folder->path(), "x");
    QVERIFY(!key.hasValue());
    QCOMPARE(key.error().code, ErrorCode::Malformed);

    const QString pipe = m_folder->filePath(u"pipe"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(pipe).constData(), 0600), 0);
    QCOMPARE(readKeyFile(pipe, "x").error().code, ErrorCode::Malformed); // And it does not wait for a writer.
}

void TestKeyFile::aMissingFileIsSaid()
{
    const auto key = readKeyFile(m_path, "x");
    QVERIFY(!key.hasValue());
    QCOMPARE(key.error().code, ErrorCode::NotFound);
    QVERIFY(key.error().message.contains(u"ann.key"_s));
}

void TestKeyFile::everyFlippedBitIsNoticed_data()
{
    QTest::addColumn<QByteArray>("passphrase");
    QTest::newRow("with a passphrase") << QByteArray("correct horse");
    QTest::newRow("in clear") << QByteArray();
}

void TestKeyFile::everyFlippedBitIsNoticed()
{
    QFETCH(QByteArray, passphrase);
    const QByteArray text = written(passphrase);
    QVERIFY(!text.isEmpty());
    const auto before = readKeyFileInfo(m_path);
    for (qsizetype i = 0; i < text.size(); ++i) {
        QByteArray other = text;
        other[i] = static_cast<char>(other[i] ^ 1);
        store(other);
        const auto key = readKeyFile(m_path, passphrase);
        if (!key) {
            continue;
        }
        // Nothing but white space, or the name in a file that no passphrase protects.
        QCOMPARE(key->publicKey(), before->publicKey);
        QVERIFY2(passphrase.isEmpty() || readKeyFileInfo(m_path)->name == before->name, other.constData());
    }
}

void TestKeyFile::malformedFilesAreRefused_data()
{
    QTest::addColumn<QByteArray>("text");
    const QByteArray key(64, 'a');
    const QByteArray start = R"({"format":"countersign-key","version":1,"name":"Ann","publicKey":")" + key + '"';
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("not JSON") << QByteArray("-----BEGIN PRIVATE KEY-----");
    QTest::newRow("an array") << QByteArray("[]");
    QTest::newRow("another format") << QByteArray(R"({"format":"x","version":1})");
    QTest::newRow("no version") << QByteArray(R"({"format":"countersign-key"})");
    QTest::newRow("version 0") << QByteArray(R"({"format":"countersign-key","version":0})");
    QTest::newRow("no key") << start + '}';
    QTest::newRow("both keys") << start + R"(,"seed": ")" + key + R"(","encryptedSeed":""})";
    QTest::newRow("short seed") << start + R"(,"seed": "abcd"})";
    QTest::newRow("seed of other letters") << start + R"(,"seed": ")" + QByteArray(64, 'x') + "\"}";
    QTest::newRow("seed of another key") << start + R"(,"seed": ")" + key + "\"}";
    QTest::newRow("name is a number") << R"({"format":"countersign-key","version":1,"name":7,"publicKey":")" + key +
                                             R"(","seed": ")" + key + "\"}";
    QTest::newRow("format twice") << QByteArray(R"({"format":"countersign-key","format":"countersign-key"})");
    const QByteArray sealed = start + R"(,"kdf":"argon2id13","cipher":"xchacha20poly1305-ietf","operations":1,)" +
                              R"("salt":")" + QByteArray(32, 'a') + R"(","nonce":")" + QByteArray(48, 'a') +
                              R"(","encryptedSeed":")" + QByteArray(96, 'a') + '"';
    QTest::newRow("no memory bound") << sealed + '}';
    QTest::newRow("all the memory there is") << sealed + R"(,"memoryBytes":1099511627776})";
    QTest::newRow("too large") << start + R"(,"x":")" + QByteArray(20'000, 'x') + "\"}";
}

void TestKeyFile::malformedFilesAreRefused()
{
    QFETCH(QByteArray, text);
    store(text);
    const auto key = readKeyFile(m_path, "x");
    QVERIFY(!key.hasValue());
    QCOMPARE(key.error().code, ErrorCode::Malformed);
    QVERIFY(key.error().message.contains(u"ann.key"_s));
    QVERIFY(key.error().message.endsWith(u'.'));
}

void TestKeyFile::aLaterVersionIsSaid()
{
    store(R"({"format":"countersign-key","version":2})");
    QCOMPARE(readKeyFileInfo(m_path).error().code, ErrorCode::NewerVersion);
}

QTEST_GUILESS_MAIN(TestKeyFile)
#include "tst_key_file.moc"
