// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QString>

#include <optional>
#include <string_view>

namespace countersign::schema {

/// The values of `format` that are checked. Others are notes only.
enum class Format : quint8 {
    Date,
    Time,
    DateTime,
    Duration,
    Email,
    IdnEmail,
    Hostname,
    IdnHostname,
    Ipv4,
    Ipv6,
    Uri,
    UriReference,
    Iri,
    IriReference,
    UriTemplate,
    Uuid,
    JsonPointer,
    RelativeJsonPointer,
    Regex,
};

std::optional<Format> formatFromName(std::string_view name);
/// What a person should write: "a date such as 2026-03-31".
QString formatDescription(Format format);

/// Does \p utf8 have the form?
bool hasFormat(Format format, std::string_view utf8);

// One check each.
bool isDate(std::string_view text);
bool isTime(std::string_view text);     ///< RFC 3339: with an offset; second 60 only where a leap second can be.
bool isDateTime(std::string_view text); ///< RFC 3339.
bool isDuration(std::string_view text); ///< RFC 3339 appendix A.
bool isEmail(std::string_view text);
bool isIdnEmail(std::string_view text);
bool isHostname(std::string_view text); ///< ASCII; labels that are encoded are looked into.
bool isIdnHostname(std::string_view text);
bool isIpv4(std::string_view text);
bool isIpv6(std::string_view text);
bool isUri(std::string_view text);
bool isUriReference(std::string_view text);
bool isIri(std::string_view text);
bool isIriReference(std::string_view text);
bool isUriTemplate(std::string_view text);
bool isUuid(std::string_view text);
bool isJsonPointer(std::string_view text);
bool isRelativeJsonPointer(std::string_view text);
bool isRegex(std::string_view text);

} // namespace countersign::schema
