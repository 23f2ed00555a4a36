// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"

namespace countersign {

/// A schema for a value that came without one: the types that are there, every member optional, further members
/// allowed. Items of a list share one schema when they have one shape. \p value always fits it.
JsonValue inferredSchema(const JsonValue &value);

} // namespace countersign
