// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlite_store.h"

#include "core/base/log.h"
#include "core/store/sqlite_schema.h"
#include "core/store/sqlite_writer.h"
#include "core/store/workspace_file.h"

#include <QtCore/QFile>
#include <QtCore/QFileInfo>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

const QString beginSql = u"BEGIN IMMEDIATE"_s;
const QString commitSql = u"COMMIT"_s;

class SqliteStore final : public StoreReading<Store, SqliteReader>
{
public:
    SqliteStore(std::unique_ptr<SqliteConnection> connection, Access access)
        : StoreReading(*connection)
        , m_connection(std::move(connection))
        , m_access(access)
    {
        static_cast<void>(changedElsewhere()); // From here on.
    }

    Result<> transact(const Work &work) override;
    Result<> together(const std::function<Result<>()> &work) override;
    Result<> readConsistently(const std::function<Result<>()> &work) override;
    bool changedElsewhere() override;
    Result<> quickCheck() override;
    Result<> backup(const QString &path) override;

private:
    /// Several transactions that share one commit.
    struct Group {
        bool isBegun = false;
        std::optional<Error> failure; ///< SQLite gave the whole transaction up: nothing of it can be committed.
    };
    Result<> transactInGroup(const Work &work);
    static Result<> runWork(SqliteWriter &writer, const Work &work);
    void rollBack();

    std::unique_ptr<SqliteConnection> m_connection;
    Access m_access;
    qint64 m_dataVersion = 0;
    bool m_readsConsistently = false;
    std::optional<Group> m_group;
};

Result<> SqliteStore::transact(const Work &work)
{
    if (m_access == Access::ReadOnly) {
        return Error{
            ErrorCode::ReadOnly,
            u"Nothing was written because the workspace %1 was opened for reading only. Open it for writing."_s.arg(
                m_connection->path()),
            {}};
    }
    if (m_group) {
        return transactInGroup(work);
    }
    // QtSql's own transaction() is deferred: a second writer would fail in the middle instead of waiting at the start.
    if (const Result<int> begun = m_connection->run(beginSql); !begun) {
        return begun.error();
    }
    SqliteWriter writer(*m_connection);
    Result<> done = runWork(writer, work);
    if (done) {
        if (const Result<int> committed = m_connection->run(commitSql); !committed) {
            done = committed.error();
        }
    }
    if (!done) {
        rollBack();
    }
    return done;
}

Result<> SqliteStore::runWork(SqliteWriter &writer, const Work &work)
{
    const Result<> done = work(writer);
    return done && writer.failure() ? Result<>(*writer.failure()) : done;
}

Result<> SqliteStore::together(const std::function<Result<>()> &work)
{
    if (m_group) {
        return work();
    }
    m_group.emplace();
    Result<> done = work();
    const Group group = *std::exchange(m_group, std::nullopt);
    if (!group.isBegun) {
        return done;
    }
    Result<> committed = group.failure ? Result<>(*group.failure) : Result<>();
    if (committed) {
        if (const Result<int> ended = m_connection->run(commitSql); !ended) {
            committed = ended.error();
        }
    }
    if (!committed) {
        rollBack();
    }
    return committed ? done : committed;
}

/// All or nothing by itself, inside the transaction of its group.
Result<> SqliteStore::transactInGroup(const Work &work)
{
    if (m_group->failure) {
        return *m_group->failure;
    }
    if (!m_group->isBegun) {
        if (const Result<int> begun = m_connection->run(beginSql); !begun) {
            return begun.error(); // Somebody else is writing; the next one may find them done.
        }
        m_group->isBegun = true;
    }
    const auto mark = [this](const QString &sql) {
        const Result<int> done = m_connection->run(sql);
        if (!done && !m_group->failure) {
            m_group->failure = done.error();
        }
        return done.hasValue();
    };
    if (!mark(u"SAVEPOINT part"_s)) {
        return *m_group->failure;
    }
    SqliteWriter writer(*m_connection);
    const Result<> done = runWork(writer, work);
    if (!done) {
        m_connection->noteOwnChange();
        // After a full disk or a read error SQLite has rolled back everything: then there is no such mark any more.
        if (!mark(u"ROLLBACK TO part"_s)) {
            m_group->failure = done.error();
            return done;
        }
    }
    if (!mark(u"RELEASE part"_s)) {
        return *m_group->failure;
    }
    return done;
}

Result<> SqliteStore::readConsistently(const std::function<Result<>()> &work)
{
    if (m_readsConsistently || (m_group && m_group->isBegun)) {
        return work();
    }
    // Deferred: it takes no lock that a writer would wait for, and its first read settles the moment.
    if (const Result<int> begun = m_connection->run(u"BEGIN"_s); !begun) {
        return begun.error();
    }
    m_readsConsistently = true;
    const Result<> done = work();
    m_readsConsistently = false;
    rollBack(); // Nothing was written.
    return done;
}

void SqliteStore::rollBack()
{
    m_connection->noteOwnChange();
    // After a full disk or a read error SQLite has rolled back by itself, and says that no transaction is active.
    const Result<int> rolledBack = m_connection->run(u"ROLLBACK"_s);
    if (!rolledBack) {
        qCDebug(logStore) << "rollback:" << rolledBack.error().detail;
    }
}

bool SqliteStore::changedElsewhere()
{
    const Result<qint64> version = m_connection->integer(u"PRAGMA data_version"_s);
    if (!version) {
        return true; // Whoever reads next gets the error itself.
    }
    const bool changed = version.value() != m_dataVersion;
    m_dataVersion = version.value();
    return changed;
}

Result<> SqliteStore::quickCheck()
{
    const Result<QString> answer = m_connection->text(u"PRAGMA quick_check(1)"_s);
    if (!answer) {
        return answer.error();
    }
    if (answer.value() != "ok"_L1) {
        return Error{ErrorCode::Damaged,
                     u"The workspace %1 is damaged: nothing should be decided on it. Restore it from a backup."_s.arg(
                         m_connection->path()),
                     answer.value().section(u'\n', 0, 0)};
    }
    return {};
}

Result<> SqliteStore::backup(const QString &path)
{
    const QString target = QFileInfo(path).absoluteFilePath();
    if (const Result<> created = createPrivateFile(target); !created) {
        return created;
    }
    if (m_access == Access::ReadOnly) {
        if (const Result<> lifted = m_connection->runOnce(u"PRAGMA query_only=OFF"_s); !lifted) {
            return lifted;
        }
    }
    const Result<int> copied = m_connection->run(u"VACUUM INTO ?"_s, {target});
    Result<> done = copied ? syncFileAndFolder(target) : Result<>(copied.error());
    if (m_access == Access::ReadOnly) {
        static_cast<void>(m_connection->runOnce(u"PRAGMA query_only=ON"_s));
    }
    if (!done) {
        QFile::remove(target);
    }
    return done;
}

Error emptyFile(const QString &path)
{
    return {
        ErrorCode::Damaged,
        u"The file %1 is empty: it is not a workspace. Restore it from a backup or choose another file."_s.arg(path),
        {}};
}

/// Sees to it that there is a file to open.
Result<> prepareFile(const QString &path, const SqliteOptions &options)
{
    const Result<WorkspaceFile> file = inspectWorkspaceFile(path);
    if (!file) {
        return file.error();
    }
    const bool mayCreate = options.createIfMissing && options.access == Access::ReadWrite;
    if (file.value() == WorkspaceFile::Missing) {
        if (!mayCreate) {
            return Error{
                ErrorCode::NotFound,
                u"There is no workspace at %1. Check the path, or create it by opening it for writing."_s.arg(path),
                {}};
        }
        const Result<> created = createPrivateFile(path);
        if (!created && created.error().code != ErrorCode::Conflict) { // Conflict: another process was faster.
            return created;
        }
        const Result<WorkspaceFile> again = inspectWorkspaceFile(path);
        return again ? Result<>() : again.error();
    }
    if (file.value() == WorkspaceFile::Empty && !mayCreate) {
        return emptyFile(path);
    }
    return options.access == Access::ReadWrite ? checkWritable(path) : Result<>();
}

Result<> prepareContent(SqliteConnection &connection, const Clock &clock, IdSource &ids, const SqliteOptions &options)
{
    const Result<bool> isEmpty = isEmptyWorkspace(connection);
    if (!isEmpty) {
        return isEmpty.error();
    }
    if (options.access == Access::ReadOnly) {
        return isEmpty.value() ? Result<>(emptyFile(connection.path())) : Result<>();
    }
    if (isEmpty.value() && !options.createIfMissing) {
        return emptyFile(connection.path());
    }
    if (const Result<> done = connection.useWal(options.busyTimeout); !done) {
        return done;
    }
    const Result<qint64> version = connection.integer(u"PRAGMA user_version"_s);
    if (!version) {
        return version.error();
    }
    return version.value() == newestSchemaVersion() ? Result<>() : migrate(connection, clock, ids);
}

} // namespace

Result<std::unique_ptr<Store>> openSqliteStore(const QString &path, const Clock &clock, IdSource &ids,
                                               const SqliteOptions &options)
{
    const QFileInfo info(path);
    // The folder of the file itself counts, not that of a link to it.
    const QString absolute = info.exists() ? info.canonicalFilePath() : info.absoluteFilePath();
    if (const Result<> prepared = prepareFile(absolute, options); !prepared) {
        return prepared.error();
    }
    Result<std::unique_ptr<SqliteConnection>> opened = SqliteConnection::open(absolute, options);
    if (!opened) {
        return opened.error();
    }
    std::unique_ptr<SqliteConnection> connection = std::move(opened).value();
    if (const Result<> ready = prepareContent(*connection, clock, ids, options); !ready) {
        return ready.error();
    }
    return std::unique_ptr<Store>(std::make_unique<SqliteStore>(std::move(connection), options.access));
}

} // namespace countersign
