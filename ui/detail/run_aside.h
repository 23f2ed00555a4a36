// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/run_aside.h"

namespace countersign::ui {

using countersign::runAside;

} // namespace countersign::ui
