// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QString>

#include <chrono>

namespace countersign::ui {

/// Puts a secret on the clipboard and takes it away again after \p time, unless something else stands there by then
/// (THREATS.md T22). GUI thread.
void copyBriefly(const QString &secret, std::chrono::milliseconds time = std::chrono::seconds(30));

} // namespace countersign::ui
