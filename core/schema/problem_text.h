// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/keywords.h"

namespace countersign::schema {

/// What a value must be, in words of a person: "must be at most 30". \p parameters as the validator makes them. They
/// may quote the schema and the value: to a screen only through displayText().
QString problemText(Keyword keyword, const JsonValue &parameters);

/// Why something could not be checked.
enum class Hindrance { TooMuchWork, TooDeep, PatternTooCostly };
QString hindranceText(Hindrance hindrance);

} // namespace countersign::schema
