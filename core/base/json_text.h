// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QString>

#include <string>
#include <string_view>

namespace countersign {

/// Appends \p utf8 as a JSON string with no more escapes than RFC 8785 section 3.2.2.2 has, so that every writer of
/// ours and the canonical form write strings alike.
void appendJsonString(std::string &text, std::string_view utf8);

/// \p text with U+FFFD in the place of every lone surrogate: UTF-8 has no bytes for those.
QString withoutLoneSurrogates(const QString &text);

} // namespace countersign
