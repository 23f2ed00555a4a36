// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_text.h"

namespace countersign {

namespace {

/// The letter after the backslash; 0 for characters that have no short escape.
char shortEscape(char c)
{
    switch (c) {
    case '"':
        return '"';
    case '\\':
        return '\\';
    case '\b':
        return 'b';
    case '\t':
        return 't';
    case '\n':
        return 'n';
    case '\f':
        return 'f';
    case '\r':
        return 'r';
    default:
        return 0;
    }
}

} // namespace

void appendJsonString(std::string &text, std::string_view utf8)
{
    constexpr char hexDigits[] = "0123456789abcdef";
    text += '"';
    size_t plainFrom = 0;
    for (size_t i = 0; i < utf8.size(); ++i) {
        const auto byte = static_cast<unsigned char>(utf8[i]);
        if (byte >= 0x20 && byte != '"' && byte != '\\') {
            continue;
        }
        text.append(utf8, plainFrom, i - plainFrom);
        plainFrom = i + 1;
        text += '\\';
        if (const char letter = shortEscape(utf8[i])) {
            text += letter;
        } else {
            text += "u00";
            text += hexDigits[byte >> 4];
            text += hexDigits[byte & 15];
        }
    }
    text.append(utf8, plainFrom);
    text += '"';
}

QString withoutLoneSurrogates(const QString &text)
{
    QString clean = text;
    for (qsizetype i = 0; i < clean.size(); ++i) {
        if (!clean.at(i).isSurrogate()) {
            continue;
        }
        if (clean.at(i).isHighSurrogate() && i + 1 < clean.size() && clean.at(i + 1).isLowSurrogate()) {
            ++i;
        } else {
            clean[i] = QChar(QChar::ReplacementCharacter);
        }
    }
    return clean;
}

} // namespace countersign
