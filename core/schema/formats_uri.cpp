// SPDX-License-Identifier: Apache-2.0
#include "core/schema/formats.h"
#include "core/schema/uri_reference.h"

#include <algorithm>

namespace countersign::schema {

namespace {

enum class Letters { Ascii, International };

bool isAlnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isHex(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// RFC 3987 `ucschar`; with \p allowPrivate also `iprivate`.
bool isInternational(char32_t c, bool allowPrivate)
{
    if (c < 0xA0 || (c & 0xFFFEU) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF) || (c >= 0xD800 && c <= 0xDFFF)) {
        return false;
    }
    const bool isPrivate = (c >= 0xE000 && c <= 0xF8FF) || c >= 0xF'0000;
    return isPrivate ? allowPrivate : c < 0xFFF0 || c >= 0x1'0000;
}

/// The code point at \p i of valid UTF-8; moves \p i to its last byte.
char32_t codePointAt(std::string_view text, size_t &i)
{
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t more = lead >= 0xF0 ? 3 : (lead >= 0xE0 ? 2 : 1);
    char32_t value = lead & (0x3FU >> more);
    for (size_t k = 0; k < more && i + 1 < text.size(); ++k) {
        value = (value << 6U) | (static_cast<unsigned char>(text[++i]) & 0x3FU);
    }
    return value;
}

/// Only unreserved characters, percent escapes, sub-delimiters and \p more.
bool isMadeOf(std::string_view text, std::string_view more, Letters letters, bool allowPrivate = false)
{
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size() || !isHex(text[i + 1]) || !isHex(text[i + 2])) {
                return false;
            }
            i += 2;
        } else if (static_cast<unsigned char>(c) >= 0x80) {
            if (letters == Letters::Ascii || !isInternational(codePointAt(text, i), allowPrivate)) {
                return false;
            }
        } else if (!isAlnum(c) && std::string_view("-._~!$&'()*+,;=").find(c) == std::string_view::npos &&
                   more.find(c) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

bool isFutureAddress(std::string_view text)
{
    const size_t dot = text.find('.');
    return text.size() > 3 && (text[0] == 'v' || text[0] == 'V') && dot != std::string_view::npos && dot > 1 &&
           std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(dot), isHex) &&
           dot + 1 < text.size() && text.find('%') == std::string_view::npos &&
           isMadeOf(text.substr(dot + 1), ":", Letters::Ascii);
}

bool isAuthority(std::string_view text, Letters letters)
{
    if (const size_t at = text.find('@'); at != std::string_view::npos) {
        if (!isMadeOf(text.substr(0, at), ":", letters)) {
            return false;
        }
        text.remove_prefix(at + 1);
    }
    std::string_view port;
    if (text.starts_with('[')) {
        const size_t end = text.find(']');
        if (end == std::string_view::npos) {
            return false;
        }
        const std::string_view address = text.substr(1, end - 1);
        if (!isIpv6(address) && !isFutureAddress(address)) {
            return false;
        }
        port = text.substr(end + 1);
    } else {
        const size_t colon = std::min(text.find(':'), text.size());
        if (!isMadeOf(text.substr(0, colon), {}, letters)) {
            return false;
        }
        port = text.substr(colon);
    }
    return port.empty() || (port.front() == ':' && std::all_of(port.begin() + 1, port.end(), isDigit));
}

bool isReference(std::string_view text, Letters letters)
{
    const UriParts parts = cutUri(text);
    if (parts.authority && !isAuthority(*parts.authority, letters)) {
        return false;
    }
    const bool colonInFront =
        !parts.scheme && !parts.authority &&
        std::string_view(parts.path).substr(0, parts.path.find('/')).find(':') != std::string_view::npos;
    return !colonInFront && isMadeOf(parts.path, ":@/", letters) &&
           isMadeOf(parts.query.value_or(std::string()), ":@/?", letters, true) &&
           isMadeOf(parts.fragment.value_or(std::string()), ":@/?", letters);
}

/// RFC 6570 section 2.3: `name`, `a.b`, with `:3` or `*` behind.
bool isTemplateVariable(std::string_view text)
{
    if (text.ends_with('*')) {
        text.remove_suffix(1);
    } else if (const size_t colon = text.find(':'); colon != std::string_view::npos) {
        const std::string_view length = text.substr(colon + 1);
        constexpr size_t mostDigits = 4;
        if (length.empty() || length.size() > mostDigits || length.front() == '0' ||
            !std::all_of(length.begin(), length.end(), isDigit)) {
            return false;
        }
        text = text.substr(0, colon);
    }
    if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != std::string_view::npos) {
        return false;
    }
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && isHex(text[i + 1]) && isHex(text[i + 2])) {
            i += 2;
        } else if (!isAlnum(text[i]) && text[i] != '_' && text[i] != '.') {
            return false;
        }
    }
    return true;
}

bool isTemplateExpression(std::string_view text)
{
    if (!text.empty() && std::string_view("+#./;?&=,!@|").find(text.front()) != std::string_view::npos) {
        text.remove_prefix(1);
    }
    for (;;) {
        const size_t comma = text.find(',');
        if (!isTemplateVariable(text.substr(0, comma))) {
            return false;
        }
        if (comma == std::string_view::npos) {
            return true;
        }
        text.remove_prefix(comma + 1);
    }
}

} // namespace

bool isUri(std::string_view text)
{
    return cutUri(text).scheme && isReference(text, Letters::Ascii);
}

bool isUriReference(std::string_view text)
{
    return isReference(text, Letters::Ascii);
}

bool isIri(std::string_view text)
{
    return cutUri(text).scheme && isReference(text, Letters::International);
}

bool isIriReference(std::string_view text)
{
    return isReference(text, Letters::International);
}

bool isUriTemplate(std::string_view text)
{
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '{') {
            const size_t end = text.find('}', i);
            if (end == std::string_view::npos || !isTemplateExpression(text.substr(i + 1, end - i - 1))) {
                return false;
            }
            i = end;
        } else if (c == '%') {
            if (i + 2 >= text.size() || !isHex(text[i + 1]) || !isHex(text[i + 2])) {
                return false;
            }
            i += 2;
        } else if (static_cast<unsigned char>(c) >= 0x80) {
            if (!isInternational(codePointAt(text, i), true)) {
                return false;
            }
        } else if (c <= ' ' || c == 0x7F || std::string_view("\"<>\\^`|}").find(c) != std::string_view::npos) {
            return false;
        }
    }
    return true;
}

} // namespace countersign::schema
