// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/csv_file.h"

#include "core/base/visible_text.h"

#include <QtCore/QCoreApplication>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 blockSize = 1024 * 1024;

Error unreadable(const QString &detail)
{
    return {ErrorCode::Storage,
            QCoreApplication::translate("countersign::ui::CsvFile", "The file could not be read to its end."), detail};
}

Error notATable()
{
    return {ErrorCode::Malformed,
            QCoreApplication::translate("countersign::ui::CsvFile",
                                        "This file is not a table: one of its records is longer than a megabyte."),
            {}};
}

/// Whichever of the usual separators stands most often in the first line.
char separatorOf(const QByteArray &line)
{
    char best = ',';
    for (const char candidate : {';', '\t'}) {
        if (line.count(candidate) > line.count(best)) {
            best = candidate;
        }
    }
    return best;
}

} // namespace

Result<std::shared_ptr<CsvFile>> CsvFile::index(std::unique_ptr<QFile> file)
{
    std::shared_ptr<CsvFile> csv(new CsvFile);
    csv->m_file = std::move(file);
    qint64 records = 0;
    qint64 start = 0;
    qint64 position = 0;
    bool quoted = false;
    bool anything = false;
    csv->m_file->seek(0);
    while (!csv->m_file->atEnd()) {
        const QByteArray block = csv->m_file->read(blockSize);
        if (block.isEmpty()) {
            return unreadable(csv->m_file->errorString());
        }
        for (const char c : block) {
            ++position;
            if (c == '"') {
                quoted = !quoted;
                anything = true;
            } else if (c == '\n' && !quoted) {
                if (records % indexStep == 0) {
                    csv->m_offsets.push_back(start);
                }
                ++records;
                start = position;
                anything = false;
            } else {
                anything = true;
            }
        }
        if (position - start > longestRecord) {
            return notATable();
        }
    }
    if (anything) {
        if (records % indexStep == 0) {
            csv->m_offsets.push_back(start);
        }
        ++records;
    }
    csv->m_rows = records > 0 ? records - 1 : 0;
    if (records > 0) {
        const Result<QList<QByteArray>> first = csv->recordsAt(0, 0, 1);
        if (!first) {
            return first.error();
        }
        csv->m_separator = separatorOf(first->value(0));
        csv->m_header = csv->fieldsOf(first->value(0));
    }
    return csv;
}

Result<QList<QByteArray>> CsvFile::recordsAt(qint64 offset, qint64 skip, int count)
{
    if (!m_file->seek(offset)) {
        return unreadable(m_file->errorString());
    }
    QList<QByteArray> records;
    QByteArray record;
    bool quoted = false;
    while (records.size() < count && !m_file->atEnd()) {
        const QByteArray block = m_file->read(64 * 1024);
        if (block.isEmpty()) {
            return unreadable(m_file->errorString());
        }
        for (const char c : block) {
            quoted = c == '"' ? !quoted : quoted;
            if (c != '\n' || quoted) {
                record.append(c);
                if (record.size() > longestRecord) {
                    return notATable();
                }
                continue;
            }
            if (skip > 0) {
                --skip;
            } else {
                records.append(record);
            }
            record.clear();
            if (records.size() == count) {
                break;
            }
        }
    }
    if (records.size() < count && !record.isEmpty() && skip == 0) {
        records.append(record);
    }
    return records;
}

QStringList CsvFile::fieldsOf(const QByteArray &record) const
{
    QStringList fields;
    QByteArray field;
    bool quoted = false;
    const auto finish = [&] {
        if (fields.size() < mostColumns) {
            fields.append(displayBytes(field).text);
        }
        field.clear();
    };
    const qsizetype end = record.endsWith('\r') ? record.size() - 1 : record.size();
    for (qsizetype i = 0; i < end; ++i) {
        const char c = record[i];
        if (quoted && c == '"' && i + 1 < end && record[i + 1] == '"') {
            field.append('"');
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == m_separator && !quoted) {
            finish();
        } else {
            field.append(c);
        }
    }
    finish();
    return fields;
}

Result<std::vector<QStringList>> CsvFile::rows(qint64 first, int count)
{
    const QMutexLocker lock(&m_mutex);
    std::vector<QStringList> rows;
    const qint64 record = first + 1;
    if (first < 0 || record / indexStep >= static_cast<qint64>(m_offsets.size())) {
        return rows;
    }
    const Result<QList<QByteArray>> records =
        recordsAt(m_offsets[static_cast<size_t>(record / indexStep)], record % indexStep, count);
    if (!records) {
        return records.error();
    }
    rows.reserve(static_cast<size_t>(records->size()));
    for (const QByteArray &text : *records) {
        rows.push_back(fieldsOf(text));
    }
    return rows;
}

} // namespace countersign::ui
