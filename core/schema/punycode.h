// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace countersign::schema {

/// RFC 3492, without the prefix `xn--`. Absent: \p ascii is no such encoding.
std::optional<std::u32string> fromPunycode(std::string_view ascii);
std::string toPunycode(std::u32string_view text);

} // namespace countersign::schema
