// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_field.h"

#include <optional>
#include <string>
#include <string_view>

namespace countersign::ui {

/// The number \p steps above \p from (below, if negative): multiples of \c multipleOf, else steps of 1, exactly, in
/// plain notation with the decimals that both have. Stops at the bounds; a number outside them comes back to them.
/// Absent: there is no such number in that direction, or it could not be sent. An empty \p from begins at zero or at
/// the bound nearest to it.
std::optional<std::string> steppedNumber(std::string_view from, int steps, const FieldBounds &bounds);

} // namespace countersign::ui
