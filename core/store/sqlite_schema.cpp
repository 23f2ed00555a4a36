// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlite_schema.h"

#include "core/store/sqlite_tables.h"

#include <array>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

/// Migration n of this list leads from user_version n to n + 1.
constexpr std::array<QStringList (*)(), 1> migrations{firstSchema};

Result<> applyMigrations(SqliteConnection &connection, qint64 from)
{
    for (auto number = static_cast<size_t>(from); number < migrations.size(); ++number) {
        for (const QString &statement : migrations.at(number)()) {
            if (const Result<> done = connection.runOnce(statement); !done) {
                return done;
            }
        }
    }
    return connection.runOnce(u"PRAGMA user_version=%1"_s.arg(migrations.size()));
}

Result<> bringUpToDate(SqliteConnection &connection, const Clock &clock, IdSource &ids)
{
    const Result<bool> isEmpty = isEmptyWorkspace(connection); // Again, now that nobody else can write.
    if (!isEmpty) {
        return isEmpty.error();
    }
    const Result<qint64> version = connection.integer(u"PRAGMA user_version"_s);
    if (!version) {
        return version.error();
    }
    if (version.value() == newestSchemaVersion()) {
        return {};
    }
    if (const Result<> done = applyMigrations(connection, version.value()); !done) {
        return done;
    }
    if (!isEmpty.value()) {
        return {};
    }
    if (const Result<> done = connection.runOnce(u"PRAGMA application_id=%1"_s.arg(workspaceApplicationId)); !done) {
        return done;
    }
    const Result<int> inserted =
        connection.run(u"INSERT INTO workspace (only_one, id, created_at_ms, log_key) VALUES (1, ?, ?, zeroblob(32))"_s,
                       {sqlText(ids.nextId()), sqlTime(clock.now())});
    if (!inserted) {
        return inserted.error();
    }
    return {};
}

} // namespace

int newestSchemaVersion()
{
    return static_cast<int>(migrations.size());
}

Result<bool> isEmptyWorkspace(SqliteConnection &connection)
{
    struct Marks {
        qint64 application = 0;
        qint64 version = 0;
        qint64 objects = 0;
    };
    // In one statement, so of one moment: between two another process may have made the workspace.
    const auto found = connection.one<Marks>(
        u"SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version), "
        "(SELECT count(*) FROM sqlite_schema)"_s,
        {}, [](SqlRow &row) {
            return Marks{row.integer(), row.integer(), row.integer()};
        });
    if (!found) {
        return found.error();
    }
    const Marks marks = found.value().value_or(Marks{});
    if (marks.application == 0 && marks.version == 0 && marks.objects == 0) {
        return true;
    }
    if (marks.application != workspaceApplicationId || marks.version < 1) {
        return Error{ErrorCode::Damaged,
                     u"The file %1 is a database of another program, not a workspace. Choose another file."_s.arg(
                         connection.path()),
                     u"application_id=%1 user_version=%2"_s.arg(QString::number(marks.application),
                                                                QString::number(marks.version))};
    }
    if (marks.version > newestSchemaVersion()) {
        return Error{
            ErrorCode::NewerVersion,
            u"The workspace %1 was written by a newer version of Countersign (schema %2, this one knows %3). Update Countersign to open it."_s
                .arg(connection.path(), QString::number(marks.version), QString::number(newestSchemaVersion())),
            {}};
    }
    return false;
}

Result<> migrate(SqliteConnection &connection, const Clock &clock, IdSource &ids)
{
    if (const Result<> done = connection.runOnce(u"BEGIN IMMEDIATE"_s); !done) {
        return done;
    }
    Result<> done = bringUpToDate(connection, clock, ids);
    if (done) {
        done = connection.runOnce(u"COMMIT"_s);
    }
    if (!done) {
        // SQLite may have rolled back by itself, and then says that there is nothing to roll back.
        static_cast<void>(connection.runOnce(u"ROLLBACK"_s));
    }
    return done;
}

} // namespace countersign
