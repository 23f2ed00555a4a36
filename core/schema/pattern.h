// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QRegularExpression>

#include <string>
#include <string_view>

namespace countersign::schema {

/// What a test that costs too much, or needs what PCRE2 does not have, comes to.
enum class Match { No, Yes, Undecided };

/// How an ECMA-262 pattern is read.
enum class PatternReading {
    Lenient, ///< Also what browsers take outside Unicode mode and has one meaning only: `\-`, `\_`, a lone `{` or `}`.
    Strict,  ///< ECMA-262 with the flag `u`, to the letter: for the format `regex`.
};

/// A pattern of ECMA-262 rewritten for PCRE2.
struct TranslatedPattern {
    QString text;
    bool anchored = false; ///< Every way through it begins at the start of the text.
    bool bounded = false;  ///< It looks at no more than a few characters from where it begins.
};
/// InvalidInput: \p source is no such pattern; the message says why and where.
Result<TranslatedPattern> translatePattern(std::string_view source, PatternReading reading);

/// A regular expression from a stranger: ECMA-262 with Unicode semantics, searched anywhere in a text, with a bound on
/// the work. Thread-safe.
class Pattern
{
public:
    static Result<Pattern> compile(std::string_view source);

    /// Adds to \p steps what it cost.
    Match matches(std::string_view utf8, qint64 &steps) const;
    const std::string &source() const { return m_source; }

private:
    std::string m_source;
    QRegularExpression m_expression; ///< Invalid: PCRE2 does not have what it needs.
    bool m_searchesFar = false;
};

} // namespace countersign::schema
