// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace countersign::desktop {

/// First thing in main(): files are private from here on, and in release builds a crash leaves no memory image with a
/// key in it (THREATS.md T21, T22).
void protectProcess();

} // namespace countersign::desktop
