// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"

namespace countersign {

/// RFC 8785 bytes of \p value, for hashes only. Members sort by UTF-16 code units; numbers print as ECMAScript prints
/// the double. A number that a double cannot hold exactly as decimal is written as its exact decimal in plain notation
/// without superfluous zeros (MODEL.md section 1): that is, if the shortest text of the double is another decimal
/// value.
QByteArray canonicalJson(const JsonValue &value);

} // namespace countersign
