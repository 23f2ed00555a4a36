// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_reader.h"
#include "core/schema/schema.h"
#include "tests/interop/foreign_packages.h"

#include <QtCore/QProcess>

namespace countersign::test {

/// Ajv in a process of its own. What it says is exact for numbers of up to 15 digits: JavaScript's are doubles.
class Oracle
{
public:
    explicit Oracle(const ForeignPackages &packages)
    {
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_process.start(packages.node(), {packages.source(QStringLiteral("oracle.mjs")), packages.folder()});
    }
    ~Oracle()
    {
        m_process.closeWriteChannel();
        if (!m_process.waitForFinished(10'000)) {
            m_process.kill();
            m_process.waitForFinished();
        }
    }
    Oracle(const Oracle &) = delete;
    Oracle &operator=(const Oracle &) = delete;

    /// Is each of \p values valid? Absent: Ajv does not take the schema, error() says why.
    std::optional<std::vector<bool>> verdicts(Dialect dialect, const JsonValue &schema, const JsonValue::Array &values)
    {
        JsonValue question = JsonValue::object();
        question.set("dialect", JsonValue::fromString(dialectName(dialect)));
        question.set("schema", schema);
        question.set("values", JsonValue::array(values));
        m_process.write(writeJson(question) + '\n');
        while (!m_process.canReadLine()) {
            if (!m_process.waitForReadyRead(30'000)) {
                m_error = QStringLiteral("the oracle is silent: ") + m_process.errorString();
                return std::nullopt;
            }
        }
        const Result<JsonValue> answer = readJson(m_process.readLine().trimmed());
        const JsonValue *valid = answer ? answer->find("valid") : nullptr;
        if (valid == nullptr || valid->items().size() != values.size()) {
            const JsonValue *error = answer ? answer->find("error") : nullptr;
            m_error = error != nullptr ? error->toString() : QStringLiteral("the oracle's answer makes no sense");
            return std::nullopt;
        }
        std::vector<bool> result;
        for (const JsonValue &item : valid->items()) {
            result.push_back(item.toBool());
        }
        return result;
    }
    QString error() const { return m_error; }

private:
    QProcess m_process;
    QString m_error;
};

} // namespace countersign::test
