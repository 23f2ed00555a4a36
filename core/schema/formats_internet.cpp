// SPDX-License-Identifier: Apache-2.0
#include "core/schema/formats.h"

#include <algorithm>

namespace countersign::schema {

namespace {

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isHex(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool isAtomCharacter(char c, bool international)
{
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || isDigit(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos ||
           (international && static_cast<unsigned char>(c) >= 0x80);
}

/// `a.b.c`: atoms with single dots between them.
bool isDotAtom(std::string_view text, bool international)
{
    if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != std::string_view::npos) {
        return false;
    }
    return std::all_of(text.begin(), text.end(),
                       [international](char c) { return c == '.' || isAtomCharacter(c, international); });
}

bool isQuotedString(std::string_view text, bool international)
{
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') {
        return false;
    }
    text = text.substr(1, text.size() - 2);
    for (size_t i = 0; i < text.size(); ++i) {
        const bool escaped = text[i] == '\\';
        i += escaped ? 1 : 0;
        if (i >= text.size() || (text[i] == '"' && !escaped)) {
            return false;
        }
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !international)) {
            return false;
        }
    }
    return true;
}

/// RFC 5321 section 4.1.3: `[192.0.2.1]`, `[IPv6:2001:db8::1]`.
bool isAddressLiteral(std::string_view text)
{
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') {
        return false;
    }
    text = text.substr(1, text.size() - 2);
    constexpr std::string_view tag = "ipv6:";
    const bool six = text.size() > tag.size() &&
                     std::equal(tag.begin(), tag.end(), text.begin(), [](char a, char b) { return a == (b | 0x20); });
    return six ? isIpv6(text.substr(tag.size())) : isIpv4(text);
}

bool isMailAddress(std::string_view text, bool international)
{
    const size_t at = text.rfind('@');
    if (at == std::string_view::npos) {
        return false;
    }
    const std::string_view local = text.substr(0, at);
    const std::string_view domain = text.substr(at + 1);
    constexpr size_t longestLocal = 64;
    if (local.size() > longestLocal || !(isDotAtom(local, international) || isQuotedString(local, international))) {
        return false;
    }
    if (!domain.empty() && domain.front() == '[') {
        return isAddressLiteral(domain);
    }
    return international ? isIdnHostname(domain) : isHostname(domain);
}

} // namespace

bool isEmail(std::string_view text)
{
    return isMailAddress(text, false);
}

bool isIdnEmail(std::string_view text)
{
    return isMailAddress(text, true);
}

bool isIpv4(std::string_view text)
{
    for (int part = 0; part < 4; ++part) {
        size_t digits = 0;
        int value = 0;
        while (digits < text.size() && digits < 3 && isDigit(text[digits])) {
            value = value * 10 + (text[digits++] - '0');
        }
        if (digits == 0 || value > 255 || (digits > 1 && text[0] == '0')) {
            return false;
        }
        text.remove_prefix(digits);
        if (part < 3) {
            if (text.empty() || text.front() != '.') {
                return false;
            }
            text.remove_prefix(1);
        }
    }
    return text.empty();
}

bool isIpv6(std::string_view text)
{
    constexpr int allGroups = 8;
    int groups = 0;
    bool shortened = false;
    if (text.starts_with("::")) {
        shortened = true;
        text.remove_prefix(2);
    } else if (text.empty() || text.front() == ':') {
        return false;
    }
    while (!text.empty()) {
        const size_t end = std::min(text.find(':'), text.size());
        const std::string_view group = text.substr(0, end);
        if (end == text.size() && group.find('.') != std::string_view::npos) {
            groups += 2;
            text = {};
            if (!isIpv4(group)) {
                return false;
            }
            break;
        }
        if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), isHex)) {
            return false;
        }
        ++groups;
        text.remove_prefix(end);
        if (text.starts_with("::")) {
            if (shortened) {
                return false;
            }
            shortened = true;
            text.remove_prefix(2);
        } else if (!text.empty()) {
            text.remove_prefix(1);
            if (text.empty()) {
                return false;
            }
        }
    }
    return shortened ? groups < allGroups : groups == allGroups;
}

} // namespace countersign::schema
