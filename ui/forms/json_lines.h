// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"

#include <QtCore/QString>

#include <set>
#include <string>
#include <vector>

namespace countersign::ui {

/// A stretch of JSON text in one look; outside text has been made visible.
struct JsonPiece {
    enum class Ink { Plain, Key, Bad, Masked };
    QString text;
    Ink ink = Ink::Plain;
};

struct JsonLine {
    int indent = 0; ///< In columns.
    std::vector<JsonPiece> pieces;
};

/// Places (RFC 6901) that are drawn otherwise.
struct JsonMarks {
    std::set<std::string> wrong;
    std::set<std::string> secret; ///< Shown as dots.
};

/// \p value as lines of at most \p columns characters (at least 20), as people write JSON: what is short stays on one
/// line, flat lists are filled. For reading; very long strings say how much of them is left out.
std::vector<JsonLine> jsonLines(const JsonValue &value, const JsonMarks &marks, int columns);

} // namespace countersign::ui
