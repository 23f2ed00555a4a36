// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/store_types.h"
#include "ui/style/pill.h"

namespace countersign::ui {

/// The words of the queue, translated. All of them are ours.
QString patternWords(Pattern pattern); ///< "tool approval".
QString tierWord(Tier tier);           ///< "High".
Tone tierTone(Tier tier);
QString tierIcon(Tier tier);                    ///< Name for paintIcon().
QString statusWords(const QString &statusWord); ///< For Request::status(): "approved as edited".
Tone statusTone(const QString &statusWord);

/// "18 min", "3 h", "6 d"; "now" in the last minute, "overdue" after it.
QString timeLeft(std::chrono::milliseconds left);
Tone urgency(std::chrono::milliseconds left); ///< Bad under half an hour, Warn under an hour.
/// As a phrase for the screen reader: "in 18 minutes".
QString timeLeftSpoken(std::chrono::milliseconds left);

/// At most \p length characters of outside text, made visible. Cuts before it looks, so that a megabyte costs nothing.
QString visibleStart(const QString &outside, int length = 160);

/// The heading above rows of the same group, without its count: by deadline in open lists, by day in settled ones.
/// Empty: the list has no groups.
QString groupHeading(QueueQuery::View view, const Request &request, Timestamp now);

} // namespace countersign::ui
