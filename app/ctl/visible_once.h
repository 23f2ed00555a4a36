// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/visible_text.h"

namespace countersign::ctl {

/// displayText() for sentences of ours that quote outside text: what a quotation shows as a token already
/// (`⟨U+202E⟩`, `⟨0xFF⟩`) stays as it is, and whatever else would not be seen becomes one.
QString visibleOnce(const QString &text, TextShape shape = TextShape::SingleLine);

} // namespace countersign::ctl
