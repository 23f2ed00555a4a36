// SPDX-License-Identifier: Apache-2.0
#include "core/engine/trust_store.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <thread>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

using namespace countersign;
using namespace Qt::StringLiterals;

namespace {

constexpr Timestamp nine = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + std::chrono::hours(9);

TrustPin aPin(const QString &name = u"one"_s)
{
    return {.location = u"sqlite:/home/ada/"_s + name,
            .workspace = WorkspaceId(u"ws-"_s + name),
            .administrator = sha256(name.toUtf8()),
            .confirmedInWindow = false,
            .pinnedAt = nine};
}

unsigned modeOf(const QString &path)
{
    struct stat info {
    };
    return ::lstat(QFile::encodeName(path).constData(), &info) == 0 ? info.st_mode & 07777U : 0U;
}

void setMode(const QString &path, mode_t mode)
{
    QCOMPARE(::chmod(QFile::encodeName(path).constData(), mode), 0);
}

} // namespace

class TestTrustStore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        QVERIFY(m_dir->isValid());
        m_folder = m_dir->filePath(u"config/countersign"_s);
    }

    void nothingIsPinnedAtFirst();
    void pinsComeBackAsTheyWere();
    void theFileIsPrivateWhateverTheUmask();
    void aSwappedFileIsRefused();
    void aMovedWorkspaceKeepsItsPin();
    void anotherAdministratorIsAConflict();
    void pinningAgainChangesNothing();
    void confirmingMarksEveryPlace();
    void incompletePinsAreRefused();
    void openFilesAndFoldersAreRefused();
    void anothersFileIsRefused();
    void symbolicLinksAreRefused();
    void brokenFilesAreRefused_data();
    void brokenFilesAreRefused();
    void writersTakeTurns();

private:
    TrustStore store() const { return TrustStore(m_folder); }
    void write(const QByteArray &bytes)
    {
        QVERIFY(store().pin(aPin()));
        QFile file(store().path());
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        QCOMPARE(file.write(bytes), bytes.size());
    }
    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_folder;
};

void TestTrustStore::nothingIsPinnedAtFirst()
{
    const auto pin = store().pinFor(aPin().location, aPin().workspace);
    QVERIFY(pin);
    QVERIFY(!*pin);
    QVERIFY(!QFile::exists(m_folder)); // Asking leaves nothing behind.
}

void TestTrustStore::pinsComeBackAsTheyWere()
{
    TrustPin strange = aPin(u"two\u202e\"\\ %1"_s);
    strange.confirmedInWindow = true;
    QVERIFY(store().pin(aPin()));
    QVERIFY(store().pin(strange));
    for (const TrustPin &pin : {aPin(), strange}) {
        const auto found = store().pinFor(pin.location, pin.workspace);
        QVERIFY(found && *found);
        QCOMPARE(**found, pin);
    }
    QVERIFY(!*store().pinFor(u"sqlite:/other"_s, WorkspaceId(u"other"_s)));
}

void TestTrustStore::theFileIsPrivateWhateverTheUmask()
{
    const mode_t before = ::umask(0);
    QVERIFY(store().pin(aPin()));
    QVERIFY(store().pin(aPin(u"two"_s)));
    ::umask(before);
    QCOMPARE(modeOf(m_folder), 0700U);
    QCOMPARE(modeOf(store().path()), 0600U);
    // Neither a lock nor a half-written file stays.
    QCOMPARE(QDir(m_folder).entryList(QDir::AllEntries | QDir::NoDotAndDotDot | QDir::Hidden),
             QStringList{u"trust.json"_s});
}

void TestTrustStore::aSwappedFileIsRefused()
{
    QVERIFY(store().pin(aPin()));
    const auto found = store().pinFor(aPin().location, WorkspaceId(u"impostor"_s));
    QVERIFY(!found);
    QCOMPARE(found.error().code, ErrorCode::NotAllowed);
    QVERIFY(found.error().message.contains(u"is not the workspace this machine trusts"_s));
    QVERIFY(found.error().message.contains(aPin().location));
    TrustPin impostor = aPin(u"two"_s);
    impostor.location = aPin().location;
    QCOMPARE(store().pin(impostor).error().code, ErrorCode::Conflict);
}

void TestTrustStore::aMovedWorkspaceKeepsItsPin()
{
    QVERIFY(store().pin(aPin()));
    const auto found = store().pinFor(u"sqlite:/mnt/moved"_s, aPin().workspace);
    QVERIFY(found && *found);
    QCOMPARE((*found)->administrator, aPin().administrator);
    TrustPin moved = aPin();
    moved.location = u"sqlite:/mnt/moved"_s;
    QVERIFY(store().pin(moved));
    QCOMPARE(**store().pinFor(moved.location, moved.workspace), moved);
    QCOMPARE(**store().pinFor(aPin().location, moved.workspace), aPin());
}

void TestTrustStore::anotherAdministratorIsAConflict()
{
    QVERIFY(store().pin(aPin()));
    TrustPin other = aPin();
    other.administrator = sha256("eve");
    QCOMPARE(store().pin(other).error().code, ErrorCode::Conflict);
    other.location = u"sqlite:/elsewhere"_s;
    QCOMPARE(store().pin(other).error().code, ErrorCode::Conflict);
    QCOMPARE(**store().pinFor(aPin().location, aPin().workspace), aPin());
}

void TestTrustStore::pinningAgainChangesNothing()
{
    TrustPin pin = aPin();
    QVERIFY(store().pin(pin));
    QVERIFY(store().confirm(pin.workspace));
    pin.pinnedAt += std::chrono::hours(1);
    QVERIFY(store().pin(pin));
    const TrustPin found = **store().pinFor(pin.location, pin.workspace);
    QVERIFY(found.confirmedInWindow);
    QCOMPARE(found.pinnedAt, nine);
}

void TestTrustStore::confirmingMarksEveryPlace()
{
    QCOMPARE(store().confirm(aPin().workspace).error().code, ErrorCode::NotFound);
    TrustPin moved = aPin();
    moved.location = u"sqlite:/mnt/moved"_s;
    QVERIFY(store().pin(aPin()));
    QVERIFY(store().pin(moved));
    QVERIFY(store().pin(aPin(u"two"_s)));
    QVERIFY(store().confirm(aPin().workspace));
    QVERIFY((*store().pinFor(aPin().location, aPin().workspace))->confirmedInWindow);
    QVERIFY((*store().pinFor(moved.location, moved.workspace))->confirmedInWindow);
    QVERIFY(!(*store().pinFor(aPin(u"two"_s).location, aPin(u"two"_s).workspace))->confirmedInWindow);
}

void TestTrustStore::incompletePinsAreRefused()
{
    const auto changes = {+[](TrustPin &pin) { pin.location.clear(); }, +[](TrustPin &pin) { pin.workspace = {}; },
                          +[](TrustPin &pin) { pin.administrator = {}; }};
    for (const auto change : changes) {
        TrustPin pin = aPin();
        change(pin);
        QCOMPARE(store().pin(pin).error().code, ErrorCode::InvalidInput);
    }
}

void TestTrustStore::openFilesAndFoldersAreRefused()
{
    QVERIFY(store().pin(aPin()));
    for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0644U}) {
        setMode(store().path(), mode);
        const auto found = store().pinFor(aPin().location, aPin().workspace);
        QVERIFY(!found);
        QCOMPARE(found.error().code, ErrorCode::NotAllowed);
        QVERIFY(found.error().message.contains(u"chmod 600"_s));
        QCOMPARE(store().pin(aPin(u"two"_s)).error().code, ErrorCode::NotAllowed);
    }
    setMode(store().path(), 0600);
    for (const mode_t mode : {0750U, 0707U, 0770U, 0755U}) {
        setMode(m_folder, mode);
        const auto found = store().pinFor(aPin().location, aPin().workspace);
        QCOMPARE(found.error().code, ErrorCode::NotAllowed);
        QVERIFY(found.error().message.contains(u"chmod 700"_s));
        QCOMPARE(store().confirm(aPin().workspace).error().code, ErrorCode::NotAllowed);
    }
    setMode(m_folder, 0700);
    QVERIFY(*store().pinFor(aPin().location, aPin().workspace));
}

void TestTrustStore::anothersFileIsRefused()
{
    QVERIFY(store().pin(aPin()));
    const QByteArray path = QFile::encodeName(store().path());
    if (::chown(path.constData(), 12345, static_cast<gid_t>(-1)) == 0) { // Only root can give a file away.
        QCOMPARE(store().pinFor(aPin().location, aPin().workspace).error().code, ErrorCode::NotAllowed);
    } else {
        const TrustStore roots(u"/root"_s);
        QVERIFY(!roots.pinFor(aPin().location, aPin().workspace));
    }
}

void TestTrustStore::symbolicLinksAreRefused()
{
    QVERIFY(store().pin(aPin()));
    const QString aside = m_dir->filePath(u"aside.json"_s);
    QVERIFY(QFile::rename(store().path(), aside));
    QVERIFY(QFile::link(aside, store().path()));
    const auto found = store().pinFor(aPin().location, aPin().workspace);
    QVERIFY(!found);
    QCOMPARE(found.error().code, ErrorCode::NotAllowed);
    QCOMPARE(store().pin(aPin(u"two"_s)).error().code, ErrorCode::NotAllowed);
    QVERIFY(QFile::remove(store().path()));
    QVERIFY(QDir().mkdir(store().path()));
    QVERIFY(!store().pinFor(aPin().location, aPin().workspace));
}

void TestTrustStore::brokenFilesAreRefused_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<ErrorCode>("code");
    const QByteArray pin = R"({"location":"a","workspace":"w","administrator":")" + QByteArray(64, 'a') +
                           R"(","confirmedInWindow":true,"pinnedAt":"2026-11-24T09:00:00.000Z"})";
    const auto file = [](const QByteArray &pins) { return "{\"v\":1,\"pins\":[" + pins + "]}"; };
    QTest::newRow("empty") << QByteArray() << ErrorCode::Damaged;
    QTest::newRow("half") << file(pin).chopped(9) << ErrorCode::Damaged;
    QTest::newRow("not an object") << QByteArray("[]") << ErrorCode::Damaged;
    QTest::newRow("no pins") << QByteArray("{\"v\":1}") << ErrorCode::Damaged;
    QTest::newRow("no version") << QByteArray("{\"pins\":[]}") << ErrorCode::Damaged;
    QTest::newRow("version 0") << QByteArray("{\"v\":0,\"pins\":[]}") << ErrorCode::Damaged;
    QTest::newRow("version 2") << QByteArray("{\"v\":2,\"pins\":[]}") << ErrorCode::NewerVersion;
    QTest::newRow("further member") << QByteArray("{\"v\":1,\"pins\":[],\"x\":1}") << ErrorCode::Damaged;
    QTest::newRow("member twice") << QByteArray("{\"v\":1,\"v\":1,\"pins\":[]}") << ErrorCode::Damaged;
    QTest::newRow("pin is a text") << file("\"x\"") << ErrorCode::Damaged;
    QTest::newRow("fingerprint too short") << file(QByteArray(pin).replace("aaaa", "a")) << ErrorCode::Damaged;
    QTest::newRow("null fingerprint") << file(QByteArray(pin).replace("a", "0")) << ErrorCode::Damaged;
    QTest::newRow("no location") << file(QByteArray(pin).replace("\"a\"", "\"\"")) << ErrorCode::Damaged;
    QTest::newRow("no workspace") << file(QByteArray(pin).replace("\"w\"", "\"\"")) << ErrorCode::Damaged;
    QTest::newRow("confirmed by a word") << file(QByteArray(pin).replace("true", "\"true\"")) << ErrorCode::Damaged;
    QTest::newRow("no time") << file(QByteArray(pin).replace("2026", "at")) << ErrorCode::Damaged;
    QTest::newRow("pin twice") << file(pin + ',' + pin) << ErrorCode::Damaged;
    QTest::newRow("two administrators")
        << file(pin + ',' + QByteArray(pin).replace("\"a\"", "\"b\"").replace(QByteArray(64, 'a'), QByteArray(64, 'b')))
        << ErrorCode::Damaged;
    QTest::newRow("too large") << QByteArray(1024 * 1024 + 1, ' ') << ErrorCode::Damaged;
}

void TestTrustStore::brokenFilesAreRefused()
{
    QFETCH(QByteArray, bytes);
    QFETCH(ErrorCode, code);
    write(bytes);
    const auto found = store().pinFor(aPin().location, aPin().workspace);
    QVERIFY(!found);
    QCOMPARE(found.error().code, code);
    QVERIFY(found.error().message.contains(store().path()));
    QCOMPARE(store().pin(aPin()).error().code, code);
    QCOMPARE(store().confirm(aPin().workspace).error().code, code);
    QFile file(store().path());
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), bytes); // What cannot be read is not written over.
}

void TestTrustStore::writersTakeTurns()
{
    constexpr int writers = 4;
    constexpr int pinsEach = 8;
    std::vector<std::thread> threads;
    std::atomic_int failures = 0;
    threads.reserve(writers);
    for (int writer = 0; writer < writers; ++writer) {
        threads.emplace_back([this, writer, &failures] {
            for (int i = 0; i < pinsEach; ++i) {
                if (!store().pin(aPin(u"w%1-%2"_s.arg(QString::number(writer), QString::number(i))))) {
                    ++failures;
                }
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    QCOMPARE(failures.load(), 0);
    for (int writer = 0; writer < writers; ++writer) {
        for (int i = 0; i < pinsEach; ++i) {
            const TrustPin pin = aPin(u"w%1-%2"_s.arg(QString::number(writer), QString::number(i)));
            QVERIFY(*store().pinFor(pin.location, pin.workspace));
        }
    }
}

QTEST_GUILESS_MAIN(TestTrustStore)
#include "tst_trust_store.moc"
