// SPDX-License-Identifier: Apache-2.0
#include "tests/core/store/raw_database.h"
#include "tests/core/store/store_fixture.h"

#include <QtCore/QDir>
#include <QtCore/QFile>

#include <array>
#include <thread>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;
using namespace std::chrono_literals;

namespace {

constexpr auto privateFile = 0600U;
constexpr auto privateFolder = 0700U;
constexpr uid_t someOtherUser = 12345;

unsigned modeOf(const QString &path)
{
    struct stat info {
    };
    return ::stat(QFile::encodeName(path).constData(), &info) == 0 ? info.st_mode & 0777U : 0U;
}

void changeMode(const QString &path, mode_t mode)
{
    QCOMPARE(::chmod(QFile::encodeName(path).constData(), mode), 0);
}

/// A private file of any content.
void writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
    file.close();
    changeMode(path, privateFile);
}

} // namespace

/// What is particular to a workspace in a file: who may open it, what refuses to open, who sees what when.
class TestSqliteStore : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void makesItsFolderAndFilesPrivate();
    void refusesModesThatLetOthersIn_data();
    void refusesModesThatLetOthersIn();
    void refusesSharedFolders();
    void refusesFilesOfOthers();
    void refusesWhatIsNoFile();
    void oddNamesAreNames_data();
    void oddNamesAreNames();
    void linkedFilesCountWhereTheyAre();

    void missingFilesAreMadeOnlyWhenAsked();
    void emptyFilesBecomeWorkspacesOnlyWhenAsked();
    void refusesOtherFiles_data();
    void refusesOtherFiles();
    void refusesNewerWorkspaces();
    void refusesReadOnlyFiles();
    void damageIsReported();
    void reopeningChangesNothing();

    void usesTheSafePragmas();
    void tablesAreStrict();
    void whatIsFinalCannotBeChanged_data();
    void whatIsFinalCannotBeChanged();
    void onlyErasureRemovesContent();
    void wrongWordsAreRefused();
    void changedWordsAreDamage();

    void readersSeeCommittedChanges();
    void readersCannotWrite();
    void readersAreNotHeldUp();
    void secondWriterWaitsThenGivesUp();
    void twoWritersNeverFork();
    void changesElsewhereAreNoticed();
    void manyOpenAtOnce();
    void ownChangesAreNotElsewhere();

    void backupIsWholeAndPrivate();
    void backupReplacesNothing();
    void erasedWordsAreGoneFromTheFile();
    void storesOpenOnOtherThreads();

private:
    QString path() const { return m_folder->filePath(u"data/workspace.db"_s); }
    Result<std::unique_ptr<Store>> open(const SqliteOptions &options = {})
    {
        return openSqliteStore(path(), m_clock, m_ids, options);
    }
    std::unique_ptr<Store> opened(const SqliteOptions &options = {})
    {
        Result<std::unique_ptr<Store>> store = open(options);
        if (!store) {
            qFatal("%s", qPrintable(store.error().message + store.error().detail));
        }
        return std::move(store).value();
    }
    /// One principal with one request, its round, a statement and an event.
    RequestId fill(Store &store);
    /// A folder and an empty private file at path().
    void makeFolder();

    std::unique_ptr<QTemporaryDir> m_folder;
    FakeClock m_clock;
    SystemIdSource m_ids{m_clock};
    std::unique_ptr<Records> m_records;
};

void TestSqliteStore::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    m_records = std::make_unique<Records>(m_clock);
}

void TestSqliteStore::makeFolder()
{
    QVERIFY(QDir().mkpath(QFileInfo(path()).absolutePath()));
    changeMode(QFileInfo(path()).absolutePath(), privateFolder);
}

RequestId TestSqliteStore::fill(Store &store)
{
    const Principal agent = m_records->principal(m_records->nextId());
    const Request request = m_records->request(agent);
    const RoundContent content = m_records->content();
    const ContentRow row = m_records->row(content);
    const Round round = m_records->round(request.id, row, content);
    const Result<> done = store.transact([&](StoreWriter &writer) {
        return inOrder({[&] { return writer.insertPrincipal(agent); }, [&] { return writer.insertRequest(request); },
                        [&] { return writer.indexRequest(request.id, u"xylophone"_s); },
                        [&] { return writer.insertContent(row); }, [&] { return writer.insertRound(round); },
                        [&] { return writer.insertStatement(m_records->statement(u"vote"_s, request.id.text())); },
                        [&]() -> Result<> {
                            const Result<qint64> event = writer.appendEvent(m_records->event(request.id.text()));
                            return event ? Result<>() : event.error();
                        }});
    });
    if (!done) {
        qFatal("%s", qPrintable(done.error().message + done.error().detail));
    }
    return request.id;
}

void TestSqliteStore::makesItsFolderAndFilesPrivate()
{
    const mode_t before = ::umask(0);
    const std::unique_ptr<Store> store = opened();
    fill(*store);
    ::umask(before);
    QCOMPARE(modeOf(QFileInfo(path()).absolutePath()), privateFolder);
    for (const QString &suffix : {u""_s, u"-wal"_s, u"-shm"_s}) {
        QCOMPARE(modeOf(path() + suffix), privateFile);
    }
}

void TestSqliteStore::refusesModesThatLetOthersIn_data()
{
    QTest::addColumn<bool>("folder");
    QTest::addColumn<unsigned>("mode");
    for (const unsigned mode : {0640U, 0604U, 0620U, 0666U, 0610U}) {
        QTest::addRow("file %o", mode) << false << mode;
    }
    for (const unsigned mode : {0750U, 0705U, 0711U, 0777U}) {
        QTest::addRow("folder %o", mode) << true << mode;
    }
}

void TestSqliteStore::refusesModesThatLetOthersIn()
{
    QFETCH(bool, folder);
    QFETCH(unsigned, mode);
    opened().reset();
    const QString place = folder ? QFileInfo(path()).absolutePath() : path();
    changeMode(place, mode);
    for (const Access access : {Access::ReadWrite, Access::ReadOnly}) {
        SqliteOptions options;
        options.access = access;
        const Result<std::unique_ptr<Store>> store = open(options);
        VERIFY_FAILS(store, ErrorCode::NotAllowed);
        const QString cure = u"chmod %1 '%2'"_s.arg(folder ? u"700"_s : u"600"_s, place);
        QVERIFY2(store.error().message.contains(cure), qPrintable(store.error().message));
    }
    changeMode(place, folder ? privateFolder : privateFile);
    VERIFY_DONE(open());
}

void TestSqliteStore::refusesSharedFolders()
{
    makeFolder();
    changeMode(QFileInfo(path()).absolutePath(), 01777);
    const Result<std::unique_ptr<Store>> store = open();
    VERIFY_FAILS(store, ErrorCode::NotAllowed);
    QVERIFY2(store.error().message.contains(u"Choose a folder of your own"_s), qPrintable(store.error().message));
    QVERIFY(!QFile::exists(path()));
}

void TestSqliteStore::refusesFilesOfOthers()
{
    opened().reset();
    if (::geteuid() == 0) {
        QCOMPARE(::chown(QFile::encodeName(path()).constData(), someOtherUser, someOtherUser), 0);
        const Result<std::unique_ptr<Store>> store = open();
        VERIFY_FAILS(store, ErrorCode::NotAllowed);
        QVERIFY(store.error().message.contains(u"belongs to another user"_s));
        return;
    }
    // Without root nothing can be given away, but the system's own files belong to another user already.
    VERIFY_FAILS(openSqliteStore(u"/etc/passwd"_s, m_clock, m_ids), ErrorCode::NotAllowed);
}

void TestSqliteStore::refusesWhatIsNoFile()
{
    makeFolder();
    QVERIFY(QDir().mkdir(path()));
    changeMode(path(), privateFolder);
    VERIFY_FAILS(open(), ErrorCode::Damaged);
    VERIFY_FAILS(openSqliteStore(path() + u"/not/there.db"_s, m_clock, m_ids, {.createIfMissing = false}),
                 ErrorCode::NotFound);
}

void TestSqliteStore::oddNamesAreNames_data()
{
    QTest::addColumn<QString>("name");
    for (const QString &name : {u"a b.db"_s, u"a?mode=memory.db"_s, u"%1%20#.db"_s, u"ü'\".db"_s, u"file:x.db"_s,
                                u"a;QSQLITE_OPEN_READONLY.db"_s, u":memory:"_s}) {
        QTest::newRow(qPrintable(name)) << name;
    }
}

void TestSqliteStore::oddNamesAreNames()
{
    QFETCH(QString, name);
    const QString odd = m_folder->filePath(u"data/"_s + name);
    const Result<std::unique_ptr<Store>> store = openSqliteStore(odd, m_clock, m_ids);
    VERIFY_DONE(store);
    fill(*store.value());
    QVERIFY(QFileInfo(odd).size() > 0);
}

void TestSqliteStore::linkedFilesCountWhereTheyAre()
{
    const RequestId id = fill(*opened());
    const QString link = m_folder->filePath(u"link.db"_s);
    QVERIFY(QFile::link(path(), link));
    const Result<std::unique_ptr<Store>> store = openSqliteStore(link, m_clock, m_ids);
    VERIFY_DONE(store);
    QVERIFY(store.value()->request(id).value());
    changeMode(QFileInfo(path()).absolutePath(), 0755);
    VERIFY_FAILS(openSqliteStore(link, m_clock, m_ids), ErrorCode::NotAllowed);
}

void TestSqliteStore::missingFilesAreMadeOnlyWhenAsked()
{
    VERIFY_FAILS(open({.createIfMissing = false}), ErrorCode::NotFound);
    VERIFY_FAILS(open({.access = Access::ReadOnly}), ErrorCode::NotFound);
    QVERIFY(!QFile::exists(QFileInfo(path()).absolutePath()));
    VERIFY_DONE(open());
}

void TestSqliteStore::emptyFilesBecomeWorkspacesOnlyWhenAsked()
{
    makeFolder();
    writeFile(path(), {});
    VERIFY_FAILS(open({.createIfMissing = false}), ErrorCode::Damaged);
    VERIFY_FAILS(open({.access = Access::ReadOnly}), ErrorCode::Damaged);
    VERIFY_DONE(open());
}

void TestSqliteStore::refusesOtherFiles_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("text") << QByteArray("# notes\n").repeated(1000);
    QTest::newRow("a short text") << QByteArray("x");
    QTest::newRow("null bytes") << QByteArray(8192, '\0');
    QTest::newRow("only the beginning of a database") << QByteArray("SQLite format 3\0", 16);
    QTest::newRow("a database's beginning, then noise") << QByteArray("SQLite format 3\0", 16) + QByteArray(8176, 'x');
    QTest::newRow("a database of another program") << QByteArray();
}

void TestSqliteStore::refusesOtherFiles()
{
    QFETCH(QByteArray, content);
    makeFolder();
    if (content.isEmpty()) {
        RawDatabase other(path());
        QVERIFY(other.run(u"CREATE TABLE song (title TEXT)"_s));
        changeMode(path(), privateFile);
    } else {
        writeFile(path(), content);
    }
    QFile file(path());
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray before = file.readAll();
    for (const SqliteOptions &options : {SqliteOptions{}, SqliteOptions{.access = Access::ReadOnly}}) {
        VERIFY_FAILS(open(options), ErrorCode::Damaged);
    }
    file.seek(0);
    QCOMPARE(file.readAll(), before); // Nobody else's file is touched.
}

void TestSqliteStore::refusesNewerWorkspaces()
{
    opened().reset();
    QVERIFY(RawDatabase(path()).run(u"PRAGMA user_version = 2"_s));
    const Result<std::unique_ptr<Store>> store = open();
    VERIFY_FAILS(store, ErrorCode::NewerVersion);
    QVERIFY(store.error().message.contains(u"Update Countersign"_s));
    VERIFY_FAILS(open({.access = Access::ReadOnly}), ErrorCode::NewerVersion);
}

void TestSqliteStore::refusesReadOnlyFiles()
{
    opened().reset();
    if (::geteuid() != 0) {
        changeMode(path(), 0400);
        changeMode(QFileInfo(path()).absolutePath(), 0500);
        VERIFY_FAILS(open(), ErrorCode::ReadOnly);
        VERIFY_DONE(open({.access = Access::ReadOnly}));
        changeMode(QFileInfo(path()).absolutePath(), privateFolder);
        return;
    }
    // Modes do not stop root: a child gives the folder and itself to somebody else and tries.
    const QString folder = QFileInfo(path()).absolutePath();
    for (const QString &place : {m_folder->path(), folder, path()}) {
        QCOMPARE(::chown(QFile::encodeName(place).constData(), someOtherUser, someOtherUser), 0);
    }
    changeMode(path(), 0400);
    changeMode(folder, 0500);
    const pid_t child = ::fork();
    if (child == 0) {
        if (::setgid(someOtherUser) != 0 || ::setuid(someOtherUser) != 0) {
            ::_exit(100);
        }
        const Result<std::unique_ptr<Store>> store = open();
        const bool readable = open({.access = Access::ReadOnly}).hasValue(); // Without a log, nothing needs to be made.
        ::_exit(store || !readable ? 101 : static_cast<int>(store.error().code));
    }
    int status = 0;
    QCOMPARE(::waitpid(child, &status, 0), child);
    QVERIFY(WIFEXITED(status));
    QCOMPARE(WEXITSTATUS(status), static_cast<int>(ErrorCode::ReadOnly));
}

void TestSqliteStore::damageIsReported()
{
    std::unique_ptr<Store> store = opened();
    for (int i = 0; i < 50; ++i) {
        fill(*store);
    }
    VERIFY_DONE(store->quickCheck());
    store.reset();
    QFile file(path());
    QVERIFY(file.open(QIODevice::ReadWrite));
    for (qint64 page = 2; page < file.size() / 4096; ++page) { // The schema stays, all else is noise.
        file.seek(page * 4096);
        file.write(QByteArray(4096, '\xA5'));
    }
    file.close();
    Result<std::unique_ptr<Store>> damaged = open();
    if (!damaged) {
        QCOMPARE(damaged.error().code, ErrorCode::Damaged);
        return;
    }
    VERIFY_FAILS(damaged.value()->quickCheck(), ErrorCode::Damaged);
    VERIFY_FAILS(damaged.value()->findRequests({}, {}), ErrorCode::Damaged);
}

void TestSqliteStore::reopeningChangesNothing()
{
    std::unique_ptr<Store> store = opened();
    const WorkspaceInfo info = store->workspace().value();
    const RequestId id = fill(*store);
    const Request request = *store->request(id).value();
    store.reset();
    store = opened();
    QCOMPARE(store->workspace().value(), info);
    QCOMPARE(store->request(id).value(), std::optional(request));
    QCOMPARE(info.schemaVersion, 1);
}

void TestSqliteStore::usesTheSafePragmas()
{
    const std::unique_ptr<Store> store = opened();
    fill(*store);
    RawDatabase raw(path());
    QCOMPARE(raw.text(u"PRAGMA journal_mode"_s), u"wal"_s);
    QCOMPARE(raw.text(u"PRAGMA application_id"_s), QString::number(0x4354534E));
    QCOMPARE(raw.text(u"PRAGMA user_version"_s), u"1"_s);
    QCOMPARE(raw.text(u"PRAGMA foreign_key_check"_s), QString());
}

void TestSqliteStore::tablesAreStrict()
{
    const std::unique_ptr<Store> store = opened();
    RawDatabase raw(path());
    QCOMPARE(raw.text(u"SELECT group_concat(name) FROM pragma_table_list WHERE type = 'table' AND strict = 0 "
                      "AND schema = 'main' AND name NOT LIKE 'sqlite_%'"_s),
             QString());
    for (const QString &table : {u"workspace"_s,
                                 u"connection"_s,
                                 u"principal"_s,
                                 u"agent_token"_s,
                                 u"reviewer"_s,
                                 u"reviewer_group"_s,
                                 u"reviewer_absence"_s,
                                 u"seat"_s,
                                 u"engine_lease"_s,
                                 u"request"_s,
                                 u"round"_s,
                                 u"evidence"_s,
                                 u"content"_s,
                                 u"draft"_s,
                                 u"timer"_s,
                                 u"conversation_message"_s,
                                 u"request_seen"_s,
                                 u"statement"_s,
                                 u"decision"_s,
                                 u"outcome"_s,
                                 u"delivery_attempt"_s,
                                 u"feedback"_s,
                                 u"policy_version"_s,
                                 u"tool_definition"_s,
                                 u"checkpoint"_s,
                                 u"workflow_instance"_s,
                                 u"workflow_step"_s,
                                 u"journal"_s,
                                 u"event"_s,
                                 u"seal"_s}) {
        QVERIFY2(raw.run(u"SELECT * FROM %1"_s.arg(table)), qPrintable(table));
    }
}

void TestSqliteStore::whatIsFinalCannotBeChanged_data()
{
    QTest::addColumn<QString>("sql");
    for (const QString &table : {u"event"_s, u"seal"_s, u"statement"_s, u"round"_s}) {
        const QString column = table == "seal"_L1 ? u"leaf_hash"_s : u"rowid"_s;
        const QString changed = table == "round"_L1 ? u"policy_version"_s : column;
        QTest::newRow(qPrintable(u"update of "_s + table)) << u"UPDATE %1 SET %2 = %2"_s.arg(table, changed);
        QTest::newRow(qPrintable(u"delete from "_s + table)) << u"DELETE FROM %1"_s.arg(table);
    }
    QTest::newRow("update of content") << u"UPDATE content SET body = x'00'"_s;
    QTest::newRow("update of a content's salt") << u"UPDATE content SET salt = x'00'"_s;
}

void TestSqliteStore::whatIsFinalCannotBeChanged()
{
    QFETCH(QString, sql);
    const std::unique_ptr<Store> store = opened();
    fill(*store);
    RawDatabase raw(path());
    QVERIFY(!raw.run(sql));
    QVERIFY2(raw.error().contains(u"is never "_s), qPrintable(raw.error()));
}

void TestSqliteStore::onlyErasureRemovesContent()
{
    const std::unique_ptr<Store> store = opened();
    const RequestId id = fill(*store);
    QVERIFY(RawDatabase(path()).run(u"DELETE FROM content"_s));
    QVERIFY(store->round(id, 1).value()->contentErased);
}

void TestSqliteStore::wrongWordsAreRefused()
{
    const std::unique_ptr<Store> store = opened();
    fill(*store);
    RawDatabase raw(path());
    for (const QString &change :
         {u"lifecycle = 'approved'"_s, u"delivery = 'sent'"_s, u"tier = 'none'"_s, u"pattern = 'x'"_s,
          u"verdict = 'yes'"_s, u"revision = 0"_s, u"quorum = 0"_s, u"shelf = 2"_s, u"id = ''"_s,
          u"created_at_ms = 'now'"_s, u"lifecycle = 'expired'"_s}) {
        QVERIFY2(!raw.run(u"UPDATE request SET "_s + change), qPrintable(change));
    }
}

void TestSqliteStore::changedWordsAreDamage()
{
    const std::unique_ptr<Store> store = opened();
    const RequestId id = fill(*store);
    QVERIFY(RawDatabase(path()).run(u"PRAGMA ignore_check_constraints = ON"_s, u"UPDATE request SET tier = 'none'"_s));
    VERIFY_FAILS(store->request(id), ErrorCode::Damaged);
    VERIFY_FAILS(store->findRequests({}, {}), ErrorCode::Damaged);
}

void TestSqliteStore::readersSeeCommittedChanges()
{
    const std::unique_ptr<Store> writer = opened();
    const std::unique_ptr<Store> reader = opened({.access = Access::ReadOnly});
    const Request request = m_records->request(m_records->principal());
    VERIFY_DONE(writer->transact([&](StoreWriter &writing) {
        Principal agent = m_records->principal();
        agent.id = request.principal;
        const Result<> done =
            inOrder({[&] { return writing.insertPrincipal(agent); }, [&] { return writing.insertRequest(request); }});
        return done && reader->request(request.id).value() ? Error{} : done; // Not yet.
    }));
    QCOMPARE(reader->request(request.id).value(), std::optional(request));
    QCOMPARE(reader->findRequests({}, {}).value().rows.size(), size_t(1));
}

void TestSqliteStore::readersCannotWrite()
{
    opened().reset();
    const std::unique_ptr<Store> reader = opened({.access = Access::ReadOnly});
    bool ran = false;
    VERIFY_FAILS(reader->transact([&ran](StoreWriter &) -> Result<> {
        ran = true;
        return {};
    }),
                 ErrorCode::ReadOnly);
    QVERIFY(!ran);
}

void TestSqliteStore::readersAreNotHeldUp()
{
    const std::unique_ptr<Store> writer = opened();
    fill(*writer);
    const std::unique_ptr<Store> reader = opened({.access = Access::ReadOnly, .busyTimeout = 1ms});
    VERIFY_DONE(writer->transact([&](StoreWriter &writing) -> Result<> {
        if (const Result<> done = writing.insertPrincipal(m_records->principal()); !done) {
            return done;
        }
        const Result<QueuePage> page = reader->findRequests({}, {});
        return page ? Result<>() : page.error();
    }));
}

void TestSqliteStore::secondWriterWaitsThenGivesUp()
{
    const std::unique_ptr<Store> first = opened();
    const std::unique_ptr<Store> second = opened({.busyTimeout = 20ms});
    VERIFY_DONE(first->transact([&](StoreWriter &) -> Result<> {
        const Result<> refused = second->transact([](StoreWriter &) -> Result<> { return {}; });
        return refused || refused.error().code != ErrorCode::Busy ? Result<>(Error{}) : Result<>();
    }));
    VERIFY_DONE(second->transact([&](StoreWriter &writer) { return writer.insertPrincipal(m_records->principal()); }));
}

void TestSqliteStore::twoWritersNeverFork()
{
    constexpr int eventsEach = 50;
    opened().reset();
    const auto append = [this](int number) {
        const std::unique_ptr<Store> store = opened();
        for (int i = 0; i < eventsEach; ++i) {
            const AuditEvent event{EventId(u"e-%1-%2"_s.arg(number).arg(i)), u"k"_s, {}, {}, "{}"};
            const Result<> done = store->transact([&event](StoreWriter &writer) -> Result<> {
                const Result<qint64> appended = writer.appendEvent(event);
                return appended ? Result<>() : appended.error();
            });
            if (!done) {
                qFatal("%s", qPrintable(done.error().message));
            }
        }
    };
    std::thread other(append, 2);
    append(1);
    other.join();
    const std::vector<StoreReader::SealedEvent> events = opened()->events(0, 1000).value();
    QCOMPARE(events.size(), size_t(2 * eventsEach));
    Digest previous;
    qint64 sequence = 0;
    for (const StoreReader::SealedEvent &sealed : events) {
        QCOMPARE(sealed.seal.sequence, ++sequence);
        QCOMPARE(sealed.seal.previousHash, previous);
        previous = sealed.seal.sealHash;
    }
}

void TestSqliteStore::changesElsewhereAreNoticed()
{
    const std::unique_ptr<Store> here = opened();
    const std::unique_ptr<Store> there = opened();
    const std::unique_ptr<Store> reader = opened({.access = Access::ReadOnly});
    QVERIFY(!here->changedElsewhere());
    QVERIFY(!reader->changedElsewhere());
    const RequestId id = fill(*there);
    QVERIFY(here->changedElsewhere());
    QVERIFY(!here->changedElsewhere());
    QVERIFY(reader->changedElsewhere());
    QCOMPARE(reader->changesSince(0).value().requests, std::vector{id});
    // What is rolled back has not happened.
    QVERIFY(!there->transact([&](StoreWriter &writer) -> Result<> {
        const Result<> done = writer.insertPrincipal(m_records->principal());
        return done ? Error{} : done;
    }));
    QVERIFY(!here->changedElsewhere());
}

void TestSqliteStore::ownChangesAreNotElsewhere()
{
    const std::unique_ptr<Store> store = opened();
    fill(*store);
    QVERIFY(!store->changedElsewhere());
}

void TestSqliteStore::manyOpenAtOnce()
{
    constexpr int openers = 8;
    for (int round = 0; round < 12; ++round) {
        const QString file = m_folder->filePath(u"at-once-%1.db"_s.arg(round));
        std::vector<std::thread> threads;
        std::vector<Result<WorkspaceInfo>> infos(openers, Error{});
        for (Result<WorkspaceInfo> &info : infos) {
            threads.emplace_back([this, &info, &file] {
                SystemIdSource ids(m_clock);
                const Result<std::unique_ptr<Store>> store = openSqliteStore(file, m_clock, ids);
                info = store ? store.value()->workspace() : Result<WorkspaceInfo>(store.error());
            });
        }
        for (std::thread &thread : threads) {
            thread.join();
        }
        for (const Result<WorkspaceInfo> &info : infos) {
            VERIFY_DONE(info);
            QCOMPARE(info.value(), infos.front().value()); // One of them made it, the others found it.
        }
    }
}

void TestSqliteStore::backupIsWholeAndPrivate()
{
    const std::unique_ptr<Store> store = opened();
    const RequestId id = fill(*store);
    const mode_t before = ::umask(0);
    for (const Access access : {Access::ReadWrite, Access::ReadOnly}) {
        const std::unique_ptr<Store> source = opened({.access = access});
        const QString copy = m_folder->filePath(access == Access::ReadOnly ? u"r.db"_s : u"w 'x'.db"_s);
        VERIFY_DONE(source->backup(copy));
        QCOMPARE(modeOf(copy), privateFile);
        const Result<> written =
            source->transact([](StoreWriter &writer) { return writer.removeSeat(SeatId(u"x"_s)); });
        QCOMPARE(written.hasValue(), access == Access::ReadWrite); // A reader stays one.
        const Result<std::unique_ptr<Store>> opened = openSqliteStore(copy, m_clock, m_ids);
        VERIFY_DONE(opened);
        QCOMPARE(opened.value()->workspace().value(), store->workspace().value());
        QCOMPARE(opened.value()->request(id).value(), store->request(id).value());
        QCOMPARE(opened.value()->lastSeal().value(), store->lastSeal().value());
        QCOMPARE(opened.value()->findRequests(parseQuery(u"xylo"_s), {}).value().rows.size(), size_t(1));
        VERIFY_DONE(opened.value()->quickCheck());
        fill(*opened.value());
    }
    ::umask(before);
}

void TestSqliteStore::backupReplacesNothing()
{
    const std::unique_ptr<Store> store = opened();
    const QString copy = m_folder->filePath(u"copy.db"_s);
    writeFile(copy, "mine");
    VERIFY_FAILS(store->backup(copy), ErrorCode::Conflict);
    QCOMPARE(QFileInfo(copy).size(), 4);
    VERIFY_FAILS(store->backup(path()), ErrorCode::Conflict);
    QVERIFY(QFile::link(u"nowhere"_s, m_folder->filePath(u"link"_s)));
    VERIFY_FAILS(store->backup(m_folder->filePath(u"link"_s)), ErrorCode::Conflict);
}

void TestSqliteStore::erasedWordsAreGoneFromTheFile()
{
    const QByteArray canary = "canary-7f3a91";
    std::unique_ptr<Store> store = opened();
    const ContentRow row{ContentId(m_records->nextId()), u"note"_s, QByteArray(32, 's'),
                         "{\"note\":\"" + canary.repeated(500) + "\"}"};
    VERIFY_DONE(store->transact([&](StoreWriter &writer) { return writer.insertContent(row); }));
    VERIFY_DONE(store->transact([&](StoreWriter &writer) { return writer.eraseContent(row.id); }));
    store.reset(); // Folds the write-ahead log into the file and removes it.
    for (const QString &name : QDir(QFileInfo(path()).absolutePath()).entryList(QDir::Files)) {
        QFile file(QFileInfo(path()).absolutePath() + u'/' + name);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY2(!file.readAll().contains(canary), qPrintable(name));
    }
}

void TestSqliteStore::storesOpenOnOtherThreads()
{
    const std::unique_ptr<Store> here = opened();
    const RequestId id = fill(*here);
    bool found = false;
    std::thread reader([&] { found = opened({.access = Access::ReadOnly})->request(id).value().has_value(); });
    reader.join();
    QVERIFY(found);
}

QTEST_GUILESS_MAIN(TestSqliteStore)
#include "tst_sqlite_store.moc"
