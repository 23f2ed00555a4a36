// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QString>

namespace countersign::ui {

enum class PassphraseStrength { Empty, Weak, Fair, Strong };

/// A cautious guess from length, kinds of characters and repetition. A hint for the person, never a gate.
PassphraseStrength strengthOf(const QString &passphrase);

} // namespace countersign::ui
