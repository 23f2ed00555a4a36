// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"

#include <QtCore/QString>

namespace countersign::ui {

/// \p value as another kind: its text where that is possible, else the emptiest value of that kind.
JsonValue converted(const JsonValue &value, JsonValue::Kind kind);
/// The word for a kind of value that has a field.
QString kindName(JsonValue::Kind kind);

} // namespace countersign::ui
