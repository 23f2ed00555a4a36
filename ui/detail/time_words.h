// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"

namespace countersign::ui {

/// How long, for people: `18 min`, `5 h`, `6 d`; under a minute `42 s`. Negative counts as nothing.
QString durationWords(std::chrono::milliseconds duration);
/// Running down: `4:51`, `1:04:00`.
QString countdown(std::chrono::milliseconds duration);
/// Local date and time: `2026-11-24 09:41:00`; the same day: `09:41:00`.
QString localTime(Timestamp time, Timestamp now);

} // namespace countersign::ui
