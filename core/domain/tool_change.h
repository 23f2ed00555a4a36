// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"
#include "core/domain/request.h"

namespace countersign {

/// Says in \p annotations, an object, that the tool's definition is another one than when a call of it was last
/// approved. It stands under the payload hash like all annotations.
void markToolChanged(JsonValue &annotations);

/// Was that said? Then a person decides, whatever a policy allows. A peer that says it of itself is only asked more.
bool isToolChanged(const RoundContent &content);

} // namespace countersign
