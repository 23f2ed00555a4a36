// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/sqlite_row.h"
#include "core/store/sqlite_store.h"

#include <memory>
#include <unordered_map>
#include <vector>

struct sqlite3;

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
        const Result<sqlite3_stmt *> started = start(sql, values);
        if (!started) {
            return started.error();
        }
        const Use use(started.value());
        for (;;) {
            const Result<bool> stands = stepTo(started.value());
            if (!stands || !stands.value()) {
                return stands ? Result<>() : Result<>(stands.error());
            }
            SqlRow row(started.value());
            read(row);
            if (row.isDamaged()) {
                return damagedRow(sql);
            }
        }
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

private:
    struct Close {
        void operator()(sqlite3 *database) const;
    };
    struct Finalize {
        void operator()(sqlite3_stmt *statement) const;
    };
    using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;
    /// Resets a statement when it goes: one that is not reset keeps its read transaction, and others' changes out of
    /// sight.
    class Use
    {
    public:
        explicit Use(sqlite3_stmt *statement)
            : m_statement(statement)
        {}
        ~Use();
        Use(const Use &) = delete;
        Use &operator=(const Use &) = delete;

    private:
        sqlite3_stmt *m_statement;
    };

    explicit SqliteConnection(QString path);
    Result<> openFile(const SqliteOptions &options);
    Result<> setUp(const SqliteOptions &options);
    Result<Statement> prepare(const QString &sql, bool isKept) const;
    Result<sqlite3_stmt *> start(const QString &sql, const SqlValues &values);
    /// Goes to the next row; false when there is none.
    Result<bool> stepTo(sqlite3_stmt *statement) const;
    Result<> stepToEnd(sqlite3_stmt *statement) const;
    Error damagedRow(const QString &sql) const;
    /// What result code \p code of the last call means, in words for a person.
    Error errorOf(int code) const;

    QString m_path;
    qint64 m_ownChanges = 0;
    std::unique_ptr<sqlite3, Close> m_database; ///< Goes after its statements.
    std::unordered_map<QString, Statement> m_statements;
};

} // namespace countersign
