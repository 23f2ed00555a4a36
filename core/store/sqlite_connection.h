// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/sqlite_row.h"
#include "core/store/sqlite_store.h"

#include <QtSql/QSqlDatabase>
#include <QtSql/QSqlError>

#include <memory>
#include <unordered_map>
#include <vector>

namespace countersign {

/// One connection to one workspace file: opened with our pragmas, errors in our words, statements prepared once.
/// Used on the thread that opened it.
class SqliteConnection
{
public:
    /// Opens the existing file \p path. The pragmas that write nothing are set; useWal() does the rest.
    static Result<std::unique_ptr<SqliteConnection>> open(const QString &path, const SqliteOptions &options);
    ~SqliteConnection();
    SqliteConnection(const SqliteConnection &) = delete;
    SqliteConnection &operator=(const SqliteConnection &) = delete;

    const QString &path() const { return m_path; }
    /// How often this connection wrote about people or policies, or took back anything. Kept by those who do.
    qint64 ownChanges() const { return m_ownChanges; }
    void noteOwnChange() { ++m_ownChanges; }

    /// Runs a statement that returns no rows that matter. Returns how many rows it changed.
    Result<int> run(const QString &sql, const SqlValues &values = {});
    /// Runs a statement that is needed once and not worth keeping.
    Result<> runOnce(const QString &sql);
    /// Calls \p read with every row, which must not use the same statement again while it runs.
    template<typename Read>
    Result<> forEach(const QString &sql, const SqlValues &values, Read read)
    {
        const Result<QSqlQuery *> started = start(sql, values);
        if (!started) {
            return started.error();
        }
        QSqlQuery &query = *started.value();
        while (query.next()) {
            SqlRow row(query);
            read(row);
            if (row.isDamaged()) {
                query.finish();
                return damagedRow(sql);
            }
        }
        return finish(query);
    }
    template<typename T>
    Result<std::vector<T>> all(const QString &sql, const SqlValues &values, T (*read)(SqlRow &))
    {
        std::vector<T> rows;
        const Result<> done = forEach(sql, values, [&rows, read](SqlRow &row) { rows.push_back(read(row)); });
        if (!done) {
            return done.error();
        }
        return rows;
    }
    template<typename T>
    Result<std::optional<T>> one(const QString &sql, const SqlValues &values, T (*read)(SqlRow &))
    {
        std::optional<T> first;
        const Result<> done = forEach(sql, values, [&first, read](SqlRow &row) {
            if (!first) {
                first = read(row);
            }
        });
        if (!done) {
            return done.error();
        }
        return first;
    }
    /// The first column of the first row as a number; 0 when there is no row or it is NULL.
    Result<qint64> integer(const QString &sql, const SqlValues &values = {});
    Result<QString> text(const QString &sql, const SqlValues &values = {});

    /// Changes to write-ahead logging when the file is not in it yet, waiting for others who do the same.
    Result<> useWal(std::chrono::milliseconds timeout);
    /// What a failed statement or opening means, in words for a person.
    Error errorOf(const QSqlError &error) const;

private:
    SqliteConnection(QString path, QString name);
    Result<> setUp(const SqliteOptions &options);
    Result<QSqlQuery *> prepared(const QString &sql);
    Result<QSqlQuery *> start(const QString &sql, const SqlValues &values);
    Result<> finish(QSqlQuery &query) const;
    Error damagedRow(const QString &sql) const;

    QString m_path;
    QString m_name;
    qint64 m_ownChanges = 0;
    std::unique_ptr<QSqlDatabase> m_database;
    std::unordered_map<QString, std::unique_ptr<QSqlQuery>> m_statements;
};

} // namespace countersign
