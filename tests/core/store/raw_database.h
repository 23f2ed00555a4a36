// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QFile>
#include <QtCore/QString>

#include <sqlite3.h>

namespace countersign::test {

/// The file as any program of the same user can write to it, without our rules but with those of the schema.
class RawDatabase
{
public:
    explicit RawDatabase(const QString &path)
    {
        if (sqlite3_open(QFile::encodeName(path).constData(), &m_database) != SQLITE_OK) {
            qFatal("%s", sqlite3_errmsg(m_database));
        }
    }
    ~RawDatabase() { sqlite3_close(m_database); }
    RawDatabase(const RawDatabase &) = delete;
    RawDatabase &operator=(const RawDatabase &) = delete;

    /// Runs the statements one after the other; false at the first that fails.
    template<typename... More>
    bool run(const QString &sql, const More &...more)
    {
        const bool done = sqlite3_exec(m_database, sql.toUtf8().constData(), nullptr, nullptr, nullptr) == SQLITE_OK;
        m_error = done ? QString() : QString::fromUtf8(sqlite3_errmsg(m_database));
        return done && (run(more) && ...);
    }
    /// The first column of the first row; empty when there is none.
    QString text(const QString &sql)
    {
        QString found;
        const auto read = [](void *to, int, char **values, char **) {
            *static_cast<QString *>(to) = QString::fromUtf8(values[0]);
            return 1;
        };
        sqlite3_exec(m_database, sql.toUtf8().constData(), read, &found, nullptr);
        return found;
    }
    QString error() const { return m_error; }

private:
    sqlite3 *m_database = nullptr;
    QString m_error;
};

} // namespace countersign::test
