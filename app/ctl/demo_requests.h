// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/session.h"

namespace countersign::ctl {

/// Files sample requests of every kind. WrongState: the workspace holds requests already. Returns how many.
Result<int> fileDemoRequests(Session &session);

} // namespace countersign::ctl
