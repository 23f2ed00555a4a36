// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QString>

#include <optional>

namespace countersign::ctl {

/// Asks on the terminal with the echo off. Absent when there is no terminal on standard input and standard error, or
/// the input ended. The caller wipes it.
std::optional<QByteArray> promptForSecret(const QString &visiblePrompt);

} // namespace countersign::ctl
