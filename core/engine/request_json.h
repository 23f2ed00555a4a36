// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"
#include "core/engine/engine_types.h"

namespace countersign {

/// The JSON shape `request` of the command-line contract, with payloads exactly as received.
JsonValue requestJson(const RequestDetail &detail, Timestamp now);
/// The shape `error`.
JsonValue errorJson(const Error &error);
/// The word of an error code in `error.code`: `already-decided`, `not-allowed`, …
QString toText(ErrorCode code);

} // namespace countersign
