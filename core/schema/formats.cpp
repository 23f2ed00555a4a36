// SPDX-License-Identifier: Apache-2.0
#include "core/schema/formats.h"

#include "core/schema/pattern.h"

#include <algorithm>
#include <array>

namespace countersign::schema {

namespace {

struct Known {
    std::string_view name;
    bool (*check)(std::string_view text);
    const char16_t *description;
};

/// In the order of Format.
constexpr std::array<Known, 19> formats{{
    {"date", isDate, u"a date such as 2026-03-31"},
    {"time", isTime, u"a time with its offset such as 14:30:00Z"},
    {"date-time", isDateTime, u"a date and time with its offset such as 2026-03-31T14:30:00Z"},
    {"duration", isDuration, u"a duration such as P3DT4H30M"},
    {"email", isEmail, u"an e-mail address such as name@example.org"},
    {"idn-email", isIdnEmail, u"an e-mail address such as name@example.org"},
    {"hostname", isHostname, u"a host name such as www.example.org"},
    {"idn-hostname", isIdnHostname, u"a host name such as www.example.org"},
    {"ipv4", isIpv4, u"an IPv4 address such as 192.0.2.1"},
    {"ipv6", isIpv6, u"an IPv6 address such as 2001:db8::1"},
    {"uri", isUri, u"a whole URI such as https://example.org/a"},
    {"uri-reference", isUriReference, u"a URI or a part of one such as /a/b"},
    {"iri", isIri, u"a whole web address such as https://example.org/a"},
    {"iri-reference", isIriReference, u"a web address or a part of one such as /a/b"},
    {"uri-template", isUriTemplate, u"a URI template such as /users/{id}"},
    {"uuid", isUuid, u"a UUID such as 123e4567-e89b-12d3-a456-426614174000"},
    {"json-pointer", isJsonPointer, u"a JSON Pointer such as /a/0"},
    {"relative-json-pointer", isRelativeJsonPointer, u"a relative JSON Pointer such as 1/a"},
    {"regex", isRegex, u"a regular expression of ECMA-262"},
}};

std::string_view withoutDigits(std::string_view text)
{
    const size_t end = text.find_first_not_of("0123456789");
    return end == std::string_view::npos ? std::string_view() : text.substr(end);
}

} // namespace

std::optional<Format> formatFromName(std::string_view name)
{
    for (size_t i = 0; i < formats.size(); ++i) {
        if (formats[i].name == name) {
            return static_cast<Format>(i);
        }
    }
    return {};
}

QString formatDescription(Format format)
{
    return QString::fromUtf16(formats[static_cast<size_t>(format)].description);
}

bool hasFormat(Format format, std::string_view utf8)
{
    return formats[static_cast<size_t>(format)].check(utf8);
}

bool isUuid(std::string_view text)
{
    constexpr std::string_view shape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return std::equal(text.begin(), text.end(), shape.begin(), shape.end(), [](char c, char wanted) {
        const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        return wanted == '-' ? c == '-' : hex;
    });
}

bool isJsonPointer(std::string_view text)
{
    if (!text.empty() && text.front() != '/') {
        return false;
    }
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '~' && (i + 1 >= text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) {
            return false;
        }
    }
    return true;
}

bool isRelativeJsonPointer(std::string_view text)
{
    const std::string_view rest = withoutDigits(text);
    const size_t digits = text.size() - rest.size();
    if (digits == 0 || (digits > 1 && text.front() == '0')) {
        return false;
    }
    return rest == "#" || isJsonPointer(rest);
}

bool isRegex(std::string_view text)
{
    return translatePattern(text, PatternReading::Strict).hasValue();
}

} // namespace countersign::schema
