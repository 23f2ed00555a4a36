// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlite_connection.h"

#include "core/base/log.h"

#include <QtCore/QDeadlineTimer>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QThread>
#include <QtCore/QUrl>

#include <sqlite3.h>
#include <unistd.h>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::milliseconds walRetryPause{5};

/// Can \p path be read only as it lies there? On a disk that cannot be written SQLite cannot make its log and shared
/// memory, and without a log nobody else can have anything to add.
bool isFrozen(const QString &path, const SqliteOptions &options)
{
    const QByteArray folder = QFile::encodeName(QFileInfo(path).absolutePath());
    return options.access == Access::ReadOnly && ::access(folder.constData(), W_OK) != 0 &&
           QFileInfo(path + u"-wal"_s).size() == 0;
}

QString databaseName(const QString &path, const SqliteOptions &options)
{
    QStringList parameters;
    if (!options.vfs.isEmpty()) {
        parameters.append(u"vfs="_s + options.vfs);
    }
    if (isFrozen(path, options)) {
        parameters.append(u"immutable=1"_s);
    }
    if (parameters.isEmpty()) {
        return path;
    }
    const QByteArray escaped = QUrl::toPercentEncoding(path, "/");
    return u"file:%1?%2"_s.arg(QString::fromLatin1(escaped), parameters.join(u'&'));
}

} // namespace

void SqliteConnection::Close::operator()(sqlite3 *database) const
{
    sqlite3_close(database);
}

void SqliteConnection::Finalize::operator()(sqlite3_stmt *statement) const
{
    sqlite3_finalize(statement);
}

SqliteConnection::Use::~Use()
{
    sqlite3_reset(m_statement);
    sqlite3_clear_bindings(m_statement); // What they refer to goes, too.
}

SqliteConnection::SqliteConnection(QString path)
    : m_path(std::move(path))
{}

SqliteConnection::~SqliteConnection() = default;

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const QString &path, const SqliteOptions &options)
{
    std::unique_ptr<SqliteConnection> connection(new SqliteConnection(path));
    if (const Result<> opened = connection->openFile(options); !opened) {
        return opened.error();
    }
    if (const Result<> done = connection->setUp(options); !done) {
        return done.error();
    }
    return connection;
}

Result<> SqliteConnection::openFile(const SqliteOptions &options)
{
    const QString name = databaseName(m_path, options);
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE; // One thread only.
    flags |= options.access == Access::ReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    flags |= name == m_path ? 0 : SQLITE_OPEN_URI;
    sqlite3 *database = nullptr;
    const int code = sqlite3_open_v2(name.toUtf8().constData(), &database, flags, nullptr);
    m_database.reset(database); // Also a failed one has to be closed; it says why.
    if (code != SQLITE_OK) {
        return errorOf(code);
    }
    sqlite3_extended_result_codes(database, 1);
    sqlite3_busy_timeout(database, static_cast<int>(options.busyTimeout.count()));
    return {};
}

Result<> SqliteConnection::setUp(const SqliteOptions &options)
{
    QStringList pragmas{
        u"PRAGMA trusted_schema=OFF"_s,
        u"PRAGMA cell_size_check=ON"_s,
        u"PRAGMA foreign_keys=ON"_s,
        u"PRAGMA secure_delete=ON"_s,
        u"PRAGMA synchronous=FULL"_s,
        u"PRAGMA temp_store=MEMORY"_s,
        u"PRAGMA mmap_size=0"_s,
        u"PRAGMA wal_autocheckpoint=4000"_s,
        u"PRAGMA cache_size=-%1"_s.arg(options.cacheKib),
    };
    if (options.access == Access::ReadOnly) {
        pragmas.append(u"PRAGMA query_only=ON"_s);
    }
    for (const QString &pragma : pragmas) {
        if (const Result<> done = runOnce(pragma); !done) {
            return done;
        }
    }
    return {};
}

Result<> SqliteConnection::useWal(std::chrono::milliseconds timeout)
{
    // Two processes that change the mode at once get "busy" at once, past the busy handler.
    const QDeadlineTimer deadline(timeout);
    for (;;) {
        const Result<QString> mode = text(u"PRAGMA journal_mode=WAL"_s);
        if (mode && mode.value() == "wal"_L1) {
            return {};
        }
        if (mode) {
            return Error{ErrorCode::Storage,
                         u"The workspace %1 cannot be used because its disk does not support a write-ahead log (a "
                         "network share?). Move it to a local disk."_s.arg(m_path),
                         u"journal_mode=%1"_s.arg(mode.value())};
        }
        if (mode.error().code != ErrorCode::Busy || deadline.hasExpired()) {
            return mode.error();
        }
        QThread::msleep(static_cast<unsigned long>(walRetryPause.count()));
    }
}

Result<SqliteConnection::Statement> SqliteConnection::prepare(const QString &sql, bool isKept) const
{
    const QByteArray utf8 = sql.toUtf8();
    sqlite3_stmt *statement = nullptr;
    const int code = sqlite3_prepare_v3(m_database.get(), utf8.constData(), static_cast<int>(utf8.size()) + 1,
                                        isKept ? SQLITE_PREPARE_PERSISTENT : 0, &statement, nullptr);
    if (code != SQLITE_OK) {
        return errorOf(code);
    }
    return Statement(statement);
}

/// A statement that is ready for its first step. It refers to \p values while it is used.
Result<sqlite3_stmt *> SqliteConnection::start(const QString &sql, const SqlValues &values)
{
    auto found = m_statements.find(sql);
    if (found == m_statements.end()) {
        Result<Statement> statement = prepare(sql, true);
        if (!statement) {
            return statement.error();
        }
        found = m_statements.emplace(sql, std::move(statement).value()).first;
    }
    sqlite3_stmt *statement = found->second.get();
    Q_ASSERT(sqlite3_bind_parameter_count(statement) == values.size());
    int position = 0;
    for (const SqlValue &value : values) {
        if (const int code = value.bindTo(statement, ++position); code != SQLITE_OK) {
            const Error error = errorOf(code);
            sqlite3_clear_bindings(statement);
            return error;
        }
    }
    return statement;
}

Result<bool> SqliteConnection::stepTo(sqlite3_stmt *statement) const
{
    const int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return errorOf(code);
    }
    return code == SQLITE_ROW;
}

Result<> SqliteConnection::stepToEnd(sqlite3_stmt *statement) const
{
    for (;;) {
        const Result<bool> stands = stepTo(statement);
        if (!stands || !stands.value()) {
            return stands ? Result<>() : Result<>(stands.error());
        }
    }
}

Result<int> SqliteConnection::run(const QString &sql, const SqlValues &values)
{
    const Result<sqlite3_stmt *> started = start(sql, values);
    if (!started) {
        return started.error();
    }
    const Use use(started.value());
    if (const Result<> done = stepToEnd(started.value()); !done) {
        return done.error();
    }
    return sqlite3_changes(m_database.get());
}

Result<> SqliteConnection::runOnce(const QString &sql)
{
    const Result<Statement> statement = prepare(sql, false);
    return statement ? stepToEnd(statement.value().get()) : Result<>(statement.error());
}

Result<qint64> SqliteConnection::integer(const QString &sql, const SqlValues &values)
{
    qint64 value = 0;
    const Result<> done = forEach(sql, values, [&value](SqlRow &row) { value = row.integer(); });
    if (!done) {
        return done.error();
    }
    return value;
}

Result<QString> SqliteConnection::text(const QString &sql, const SqlValues &values)
{
    QString value;
    const Result<> done = forEach(sql, values, [&value](SqlRow &row) {
        if (value.isEmpty()) {
            value = row.text();
        }
    });
    if (!done) {
        return done.error();
    }
    return value;
}

Error SqliteConnection::damagedRow(const QString &sql) const
{
    return {ErrorCode::Damaged,
            u"The workspace %1 holds a row that no version of Countersign wrote. Restore the file from a backup."_s.arg(
                m_path),
            sql.left(200)};
}

Error SqliteConnection::errorOf(int code) const
{
    const QString detail = u"SQLite %1: %2"_s.arg(
        QString::number(code), QString::fromUtf8(m_database ? sqlite3_errmsg(m_database.get()) : sqlite3_errstr(code)));
    switch (code & 0xff) { // The extended code is in the higher bits.
    case SQLITE_FULL:
        return {ErrorCode::DiskFull,
                u"The workspace %1 could not be written because the disk is full; nothing was half-done. Free some "
                "space and try again."_s.arg(m_path),
                detail};
    case SQLITE_READONLY:
        return {ErrorCode::ReadOnly,
                u"The workspace %1 could not be written because it is read-only. Make the file and its folder writable "
                "or choose another workspace."_s.arg(m_path),
                detail};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return {ErrorCode::Busy,
                u"Another program is writing to the workspace %1. Try again in a moment."_s.arg(m_path), detail};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return {ErrorCode::Damaged,
                u"The file %1 is damaged or is not a workspace. Restore it from a backup or choose another file."_s.arg(
                    m_path),
                detail};
    case SQLITE_CONSTRAINT:
        return {ErrorCode::Conflict,
                u"Nothing was written because the change contradicts what the workspace %1 already holds. Load it "
                "again and retry."_s.arg(m_path),
                detail};
    case SQLITE_TOOBIG:
        return {ErrorCode::TooLarge,
                u"Nothing was written because a value is too large for the workspace %1. Send less."_s.arg(m_path),
                detail};
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return {
            ErrorCode::Storage,
            u"The workspace %1 could not be opened. Check that the file and its folder exist and can be read."_s.arg(
                m_path),
            detail};
    default:
        return {ErrorCode::Storage,
                u"The workspace %1 could not be read or written; nothing was half-done. Check the disk and try "
                "again."_s.arg(m_path),
                detail};
    }
}

} // namespace countersign
