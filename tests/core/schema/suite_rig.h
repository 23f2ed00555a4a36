// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_reader.h"
#include "core/schema/schema.h"

#include <QtCore/QDir>
#include <QtCore/QFile>

#include <set>
#include <tuple>

namespace countersign::test {

/// Reads a file of JSON that may be larger than what agents may send.
inline Result<JsonValue> readJsonFile(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        return Error{ErrorCode::NotFound, path + QStringLiteral(" could not be opened"), {}};
    }
    return readJson(file.readAll(), {.maxBytes = 64 * 1024 * 1024, .maxNodes = 5'000'000, .maxDepth = 128});
}

/// A copy of the official test suite: `tests/DRAFT/…` and `remotes/…`.
class SuiteFolder
{
public:
    explicit SuiteFolder(QString path)
        : m_path(std::move(path))
    {}
    /// The newest there is: the folder that COUNTERSIGN_SCHEMA_SUITE names, else the copy beside the tests.
    static SuiteFolder newest()
    {
        const QString named = qEnvironmentVariable("COUNTERSIGN_SCHEMA_SUITE");
        return SuiteFolder(named.isEmpty() ? QStringLiteral(COUNTERSIGN_TEST_DATA "/json-schema-test-suite") : named);
    }
    static SuiteFolder installed() { return SuiteFolder(QStringLiteral("/usr/share/json-schema-test-suite")); }

    QString path() const { return m_path; }
    /// Names such as `draft7/optional/format/date.json`.
    QStringList files(const QString &folder) const
    {
        QStringList names;
        const QDir place(m_path + QStringLiteral("/tests/") + folder);
        for (const QString &name : place.entryList({QStringLiteral("*.json")}, QDir::Files, QDir::Name)) {
            names.append(folder + u'/' + name);
        }
        return names;
    }
    Result<JsonValue> read(const QString &name) const
    {
        return readJsonFile(m_path + QStringLiteral("/tests/") + name);
    }

    /// Serves `http://localhost:1234/X` from `remotes/X`, and nothing else.
    std::function<std::optional<JsonValue>(const std::string &)> loader() const
    {
        return [path = m_path](const std::string &uri) -> std::optional<JsonValue> {
            const QString wanted = QString::fromStdString(uri);
            const QString server = QStringLiteral("http://localhost:1234/");
            if (!wanted.startsWith(server)) {
                return {};
            }
            const Result<JsonValue> document =
                readJsonFile(path + QStringLiteral("/remotes/") + wanted.mid(server.size()));
            return document ? std::optional(*document) : std::nullopt;
        };
    }

private:
    QString m_path;
};

/// What is known not to pass, each with its reason. `*` stands for every group or test.
class SuiteExceptions
{
public:
    SuiteExceptions()
    {
        const Result<JsonValue> file =
            readJsonFile(QStringLiteral(COUNTERSIGN_TEST_DATA "/schema-suite-exceptions.json"));
        if (!file) {
            qFatal("%s", qPrintable(file.error().message));
        }
        for (const JsonValue &entry : file->items()) {
            const auto part = [&entry](const char *key) {
                const JsonValue *value = entry.find(key);
                return value ? value->toString() : QString();
            };
            if (part("reason").isEmpty()) {
                qFatal("an exception has no reason");
            }
            m_known.insert({part("file"), part("group"), part("test")});
        }
    }
    bool covers(const QString &file, const QString &group, const QString &test) const
    {
        const QString all = QStringLiteral("*");
        return m_known.count({file, group, test}) > 0 || m_known.count({file, group, all}) > 0 ||
               m_known.count({file, all, all}) > 0;
    }

private:
    std::set<std::tuple<QString, QString, QString>> m_known;
};

} // namespace countersign::test
