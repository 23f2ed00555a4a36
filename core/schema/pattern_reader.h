// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/pattern.h"

#include <QtCore/QList>

namespace countersign::schema {

inline bool isDigit(char32_t c)
{
    return c >= U'0' && c <= U'9';
}

inline bool isLetter(char32_t c)
{
    return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
}

/// Walks over the code points of a pattern, and reads what stands for a single character.
class PatternReader
{
protected:
    PatternReader(std::string_view source, PatternReading reading);

    /// Also after a failure: whoever reads on comes to an end.
    bool atEnd() const { return m_at >= m_source.size() || !m_error.isEmpty(); }
    /// U+0000 behind the end.
    char32_t peek(qsizetype ahead = 0) const;
    bool take(char32_t wanted);
    bool takeAll(QStringView wanted);
    /// The first failure is the one that is told.
    void fail(const QString &reason);

    /// What stands behind a backslash and means one character.
    char32_t characterEscape(bool inClass);

    QList<uint> m_source;
    bool m_lenient;
    qsizetype m_at = 0;
    QString m_error;

private:
    char32_t controlLetter();
    char32_t hexadecimal(int digits);
    char32_t unicodeEscape();
};

} // namespace countersign::schema
