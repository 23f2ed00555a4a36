// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/command.h"

namespace countersign::ctl {

/// `mcp-gate --url URL --sign-in`: tells the address to sign in at, waits until somebody has, and keeps that for every
/// gate and connection to this server. Gives the exit code.
int signInForGate(Invocation &call);

} // namespace countersign::ctl
