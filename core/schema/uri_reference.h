// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace countersign::schema {

/// A URI reference cut at the places that RFC 3986 appendix B names. Nothing is normalised or checked.
struct UriParts {
    std::optional<std::string> scheme;
    std::optional<std::string> authority;
    std::string path;
    std::optional<std::string> query;
    std::optional<std::string> fragment;

    std::string text() const;
};
UriParts cutUri(std::string_view reference);

/// \p reference seen from \p base (RFC 3986 section 5.2); an empty base leaves it as it is, but for dot segments.
std::string resolvedUri(std::string_view base, std::string_view reference);

/// A URI and its fragment, both without `#`.
struct SplitUri {
    std::string document;
    std::string fragment;
};
SplitUri splitFragment(std::string_view uri);

/// Percent escapes decoded; absent when one is malformed.
std::optional<std::string> percentDecoded(std::string_view text);

} // namespace countersign::schema
