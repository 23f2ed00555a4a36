// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QString>

#include <string_view>

namespace countersign {

/// \p utf8 with every code point. QString::fromUtf8() swallows U+FEFF in front, so that a hidden character would stay
/// hidden.
inline QString exactText(std::string_view utf8)
{
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    QString text;
    while (utf8.starts_with(mark)) {
        text += QChar(0xFEFF);
        utf8.remove_prefix(mark.size());
    }
    return text + QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

} // namespace countersign
