// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QFile>
#include <QtCore/QMutex>
#include <QtCore/QStringList>

#include <memory>
#include <vector>

namespace countersign::ui {

/// Random access to the records of a large CSV file (RFC 4180; comma, semicolon or tab, found in its first line)
/// through an index of every 128th record. The file is never held in memory. Any thread; building the index reads the
/// whole file once.
class CsvFile
{
public:
    static constexpr qint64 indexStep = 128;
    static constexpr int mostColumns = 256;
    static constexpr qint64 longestRecord = 1024 * 1024;

    /// Takes over an open file. Malformed: a record is longer than a megabyte, or there are too many columns.
    static Result<std::shared_ptr<CsvFile>> index(std::unique_ptr<QFile> file);

    const QStringList &header() const { return m_header; } ///< Visible text.
    qint64 rowCount() const { return m_rows; }             ///< Without the header.
    /// Rows from \p first, visible text; fewer at the end.
    Result<std::vector<QStringList>> rows(qint64 first, int count);

private:
    CsvFile() = default;
    Result<QList<QByteArray>> recordsAt(qint64 offset, qint64 skip, int count);
    QStringList fieldsOf(const QByteArray &record) const;

    QMutex m_mutex;
    std::unique_ptr<QFile> m_file;
    char m_separator = ',';
    QStringList m_header;
    qint64 m_rows = 0;
    std::vector<qint64> m_offsets; ///< Of records 0, 128, 256, …; record 0 is the header.
};

} // namespace countersign::ui
