// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QString>

#include <optional>

namespace countersign::schema {

/// The body of a PCRE2 class for `\d \D \w \W \s \S` as ECMA-262 means them; empty for another letter.
QString classEscapeBody(char32_t letter);

/// `\x{1F600}`
QString escapedCodePoint(char32_t codePoint);

/// PCRE2's form of `\p{…}` (or `\P{…}`), without brackets. Absent: ECMA-262 has no such property. With \p lenient,
/// names that only PCRE2 may know are handed through.
std::optional<QString> propertyEscape(const QString &name, bool negated, bool lenient);

} // namespace countersign::schema
