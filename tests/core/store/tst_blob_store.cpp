// SPDX-License-Identifier: Apache-2.0
#include "core/store/blob_store.h"
#include "tests/core/store/store_fixture.h"

#include <QtCore/QDir>
#include <QtCore/QDirIterator>
#include <QtCore/QFile>

#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace countersign;

namespace {

constexpr auto privateFile = 0600U;
constexpr auto privateFolder = 0700U;

unsigned modeOf(const QString &path)
{
    struct stat info {
    };
    return ::stat(QFile::encodeName(path).constData(), &info) == 0 ? info.st_mode & 0777U : 0U;
}

QStringList filesIn(const QString &folder)
{
    QStringList files;
    for (QDirIterator it(folder, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories); it.hasNext();) {
        files.append(it.next());
    }
    return files;
}

void writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

} // namespace

class TestBlobStore : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void keepsBytesUnderTheirHash_data();
    void keepsBytesUnderTheirHash();
    void keepsAFileAsItIs();
    void sameContentIsKeptOnce();
    void everythingIsPrivate();
    void refusesWhatCannotBeKept();
    void refusesWhatIsTooLarge();
    void leavesNothingBehindWhenItFails();
    void noticesASwappedFile();
    void addingAgainRepairsASwappedFile();
    void saysWhatIsMissing();

private:
    QString folder() const { return BlobStore::folderFor(m_folder->filePath(u"workspace.db"_s)); }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestBlobStore::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

void TestBlobStore::keepsBytesUnderTheirHash_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("a few bytes") << QByteArray("evidence");
    QTest::newRow("null bytes") << QByteArray(10, '\0');
    QTest::newRow("more than one block") << QByteArray(3'000'001, 'x');
}

void TestBlobStore::keepsBytesUnderTheirHash()
{
    QFETCH(QByteArray, bytes);
    const BlobStore blobs(folder());
    const Result<BlobStore::Stored> stored = blobs.addBytes(bytes);
    VERIFY_DONE(stored);
    QCOMPARE(stored.value().size, bytes.size());
    QCOMPARE(stored.value().sha256, sha256(bytes));
    QCOMPARE(filesIn(folder()), QStringList{blobs.pathOf(sha256(bytes))});
    const Result<std::unique_ptr<QFile>> file = blobs.open(stored.value().sha256);
    VERIFY_DONE(file);
    QCOMPARE(file.value()->readAll(), bytes);
}

void TestBlobStore::keepsAFileAsItIs()
{
    const QByteArray bytes("a,b\r\n1,2\r\n\xff\xfe");
    const QString path = m_folder->filePath(u"evidence %1 ü.csv"_s);
    writeFile(path, bytes);
    const BlobStore blobs(folder());
    const Result<BlobStore::Stored> stored = blobs.addFile(path);
    VERIFY_DONE(stored);
    QVERIFY(QFile::remove(path));
    const Result<std::unique_ptr<QFile>> file = blobs.open(stored.value().sha256);
    VERIFY_DONE(file);
    QCOMPARE(file.value()->readAll(), bytes);
    QVERIFY(!file.value()->isWritable());
}

void TestBlobStore::sameContentIsKeptOnce()
{
    const BlobStore blobs(folder());
    VERIFY_DONE(blobs.addBytes("same"));
    VERIFY_DONE(blobs.addBytes("same"));
    VERIFY_DONE(blobs.addBytes("other"));
    QCOMPARE(filesIn(folder()).size(), 2);
}

void TestBlobStore::everythingIsPrivate()
{
    const mode_t before = ::umask(0);
    const BlobStore blobs(folder());
    const Result<BlobStore::Stored> stored = blobs.addBytes("secret");
    ::umask(before);
    VERIFY_DONE(stored);
    const QString path = blobs.pathOf(stored.value().sha256);
    QCOMPARE(modeOf(path), privateFile);
    QCOMPARE(modeOf(QFileInfo(path).absolutePath()), privateFolder);
    QCOMPARE(modeOf(folder()), privateFolder);
}

void TestBlobStore::refusesWhatCannotBeKept()
{
    const BlobStore blobs(folder());
    VERIFY_FAILS(blobs.addFile(m_folder->filePath(u"missing"_s)), ErrorCode::NotFound);
    VERIFY_FAILS(blobs.addFile(m_folder->path()), ErrorCode::Storage);
    const QString pipe = m_folder->filePath(u"pipe"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(pipe).constData(), 0600), 0);
    VERIFY_FAILS(blobs.addFile(pipe), ErrorCode::Storage); // And it does not wait for a writer.
}

void TestBlobStore::refusesWhatIsTooLarge()
{
    const QString path = m_folder->filePath(u"huge"_s);
    writeFile(path, "x");
    QCOMPARE(::truncate(QFile::encodeName(path).constData(), BlobStore::maxBytes + 1), 0); // Sparse: takes no room.
    VERIFY_FAILS(BlobStore(folder()).addFile(path), ErrorCode::TooLarge);
    QVERIFY(filesIn(folder()).isEmpty());
}

void TestBlobStore::leavesNothingBehindWhenItFails()
{
    const BlobStore blobs(folder());
    const QByteArray bytes("content");
    const QString target = blobs.pathOf(sha256(bytes));
    QVERIFY(QDir().mkpath(target)); // A folder stands where the file is to go.
    QVERIFY(!blobs.addBytes(bytes).hasValue());
    QVERIFY(filesIn(folder()).isEmpty());
    const BlobStore nowhere(m_folder->filePath(u"no/such/folder"_s));
    VERIFY_FAILS(nowhere.addBytes(bytes), ErrorCode::NotFound);
}

void TestBlobStore::noticesASwappedFile()
{
    const BlobStore blobs(folder());
    const Result<BlobStore::Stored> stored = blobs.addBytes("what the agent sent");
    VERIFY_DONE(stored);
    writeFile(blobs.pathOf(stored.value().sha256), "what somebody put there");
    VERIFY_FAILS(blobs.open(stored.value().sha256), ErrorCode::Damaged);
}

void TestBlobStore::addingAgainRepairsASwappedFile()
{
    const BlobStore blobs(folder());
    const Result<BlobStore::Stored> stored = blobs.addBytes("content");
    VERIFY_DONE(stored);
    writeFile(blobs.pathOf(stored.value().sha256), "other");
    VERIFY_DONE(blobs.addBytes("content"));
    VERIFY_DONE(blobs.open(stored.value().sha256));
}

void TestBlobStore::saysWhatIsMissing()
{
    VERIFY_FAILS(BlobStore(folder()).open(sha256("never stored")), ErrorCode::NotFound);
}

QTEST_GUILESS_MAIN(TestBlobStore)
#include "tst_blob_store.moc"
