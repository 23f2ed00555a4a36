// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlite_connection.h"

#include "core/base/log.h"

#include <QtCore/QDeadlineTimer>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QThread>
#include <QtCore/QUrl>
#include <QtSql/QSqlQuery>

#include <atomic>

#include <unistd.h>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

// Primary result codes of SQLite (sqlite3.h); the extended code is in the higher bits.
constexpr int sqlitePerm = 3;
constexpr int sqliteBusy = 5;
constexpr int sqliteLocked = 6;
constexpr int sqliteReadOnly = 8;
constexpr int sqliteCorrupt = 11;
constexpr int sqliteFull = 13;
constexpr int sqliteCantOpen = 14;
constexpr int sqliteTooBig = 18;
constexpr int sqliteConstraint = 19;
constexpr int sqliteNotADatabase = 26;

constexpr std::chrono::milliseconds walRetryPause{5};

QString nextConnectionName()
{
    static std::atomic<quint64> counter = 0;
    return u"countersign-%1"_s.arg(++counter);
}

/// Can \p path be read only as it lies there? On a disk that cannot be written SQLite cannot make its log and shared
/// memory, and without a log nobody else can have anything to add.
bool isFrozen(const QString &path, const SqliteOptions &options)
{
    const QByteArray folder = QFile::encodeName(QFileInfo(path).absolutePath());
    return options.access == Access::ReadOnly && ::access(folder.constData(), W_OK) != 0 &&
           QFileInfo(path + u"-wal"_s).size() == 0;
}

QString connectOptions(const QString &path, const SqliteOptions &options)
{
    QStringList parts{u"QSQLITE_BUSY_TIMEOUT=%1"_s.arg(options.busyTimeout.count())};
    if (options.access == Access::ReadOnly) {
        parts.append(u"QSQLITE_OPEN_READONLY"_s);
    }
    if (!options.vfs.isEmpty() || isFrozen(path, options)) {
        parts.append(u"QSQLITE_OPEN_URI"_s);
    }
    return parts.join(u';');
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

SqliteConnection::SqliteConnection(QString path, QString name)
    : m_path(std::move(path))
    , m_name(std::move(name))
{}

SqliteConnection::~SqliteConnection()
{
    m_statements.clear();
    if (m_database) {
        m_database->close();
        m_database.reset();
        QSqlDatabase::removeDatabase(m_name);
    }
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const QString &path, const SqliteOptions &options)
{
    if (!QSqlDatabase::isDriverAvailable(u"QSQLITE"_s)) {
        return Error{ErrorCode::Storage,
                     u"The workspace %1 cannot be opened because Qt's SQLite driver is missing. Install the package "
                     "libqt6sql6-sqlite."_s.arg(path),
                     {}};
    }
    std::unique_ptr<SqliteConnection> connection(new SqliteConnection(path, nextConnectionName()));
    connection->m_database =
        std::make_unique<QSqlDatabase>(QSqlDatabase::addDatabase(u"QSQLITE"_s, connection->m_name));
    connection->m_database->setConnectOptions(connectOptions(path, options));
    connection->m_database->setDatabaseName(databaseName(path, options));
    if (!connection->m_database->open()) {
        return connection->errorOf(connection->m_database->lastError());
    }
    if (const Result<> done = connection->setUp(options); !done) {
        return done.error();
    }
    return connection;
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

Result<QSqlQuery *> SqliteConnection::prepared(const QString &sql)
{
    const auto found = m_statements.find(sql);
    if (found != m_statements.end()) {
        return found->second.get();
    }
    auto query = std::make_unique<QSqlQuery>(*m_database);
    query->setForwardOnly(true);
    if (!query->prepare(sql)) {
        return errorOf(query->lastError());
    }
    return m_statements.emplace(sql, std::move(query)).first->second.get();
}

Result<QSqlQuery *> SqliteConnection::start(const QString &sql, const SqlValues &values)
{
    const Result<QSqlQuery *> ready = prepared(sql);
    if (!ready) {
        return ready;
    }
    QSqlQuery &query = *ready.value();
    for (qsizetype i = 0; i < values.size(); ++i) {
        query.bindValue(static_cast<int>(i), values.at(i));
    }
    if (!query.exec()) {
        const Error error = errorOf(query.lastError());
        query.finish();
        return error;
    }
    return &query;
}

Result<> SqliteConnection::finish(QSqlQuery &query) const
{
    const QSqlError error = query.lastError();
    query.finish(); // A statement that is not reset keeps its read transaction, and others' changes out of sight.
    if (error.isValid()) {
        return errorOf(error);
    }
    return {};
}

Result<int> SqliteConnection::run(const QString &sql, const SqlValues &values)
{
    const Result<QSqlQuery *> started = start(sql, values);
    if (!started) {
        return started.error();
    }
    const int changed = started.value()->numRowsAffected();
    if (started.value()->isSelect()) {
        started.value()->finish();
    }
    return changed;
}

Result<> SqliteConnection::runOnce(const QString &sql)
{
    QSqlQuery query(*m_database);
    query.setForwardOnly(true);
    if (!query.exec(sql)) {
        return errorOf(query.lastError());
    }
    return {};
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

Error SqliteConnection::errorOf(const QSqlError &error) const
{
    const QString detail =
        u"SQLite %1: %2"_s.arg(error.nativeErrorCode(), QString(error.driverText() + u' ' + error.databaseText()));
    switch (error.nativeErrorCode().toInt() & 0xff) {
    case sqliteFull:
        return {ErrorCode::DiskFull,
                u"The workspace %1 could not be written because the disk is full; nothing was half-done. Free some "
                "space and try again."_s.arg(m_path),
                detail};
    case sqliteReadOnly:
        return {ErrorCode::ReadOnly,
                u"The workspace %1 could not be written because it is read-only. Make the file and its folder writable "
                "or choose another workspace."_s.arg(m_path),
                detail};
    case sqliteBusy:
    case sqliteLocked:
        return {ErrorCode::Busy,
                u"Another program is writing to the workspace %1. Try again in a moment."_s.arg(m_path), detail};
    case sqliteCorrupt:
    case sqliteNotADatabase:
        return {ErrorCode::Damaged,
                u"The file %1 is damaged or is not a workspace. Restore it from a backup or choose another file."_s.arg(
                    m_path),
                detail};
    case sqliteConstraint:
        return {ErrorCode::Conflict,
                u"Nothing was written because the change contradicts what the workspace %1 already holds. Load it "
                "again and retry."_s.arg(m_path),
                detail};
    case sqliteTooBig:
        return {ErrorCode::TooLarge,
                u"Nothing was written because a value is too large for the workspace %1. Send less."_s.arg(m_path),
                detail};
    case sqlitePerm:
    case sqliteCantOpen:
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
