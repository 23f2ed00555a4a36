// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"
#include "core/base/result.h"

namespace countersign {

/// Bounds that the reader enforces while reading, before memory is spent (MODEL.md section 1).
struct JsonLimits {
    qsizetype maxBytes = 1024 * 1024;
    int maxNodes = 100'000;
    int maxDepth = 128;

    static constexpr JsonLimits decisionPayload() { return {}; }
    static constexpr JsonLimits schema() { return {.maxBytes = 1024 * 1024, .maxNodes = 500'000, .maxDepth = 128}; }
};

/// Reads exactly one JSON text, strictly (I-JSON, RFC 7493): duplicate keys, invalid UTF-8, lone surrogates, a byte
/// order mark, trailing bytes and numbers outside MODEL.md section 1 are refused. `-0` reads as `0`.
/// Errors: Malformed or TooLarge; the message names line, column and byte of the place.
Result<JsonValue> readJson(QByteArrayView bytes, const JsonLimits &limits = {});

} // namespace countersign
