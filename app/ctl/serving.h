// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/console.h"
#include "app/ctl/process_state.h"
#include "app/ctl/session.h"

namespace countersign::ctl {

enum class Serving { On, Once };

/// Holds the engine lease and fires what is due, until a signal ends it. The exit code.
int serve(Session &session, ProcessState &process, Console &console, Serving serving);

} // namespace countersign::ctl
