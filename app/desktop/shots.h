// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/style/theme.h"

#include <QtCore/QString>

#include <optional>

class QApplication;

namespace countersign::desktop {

/// Draws every pane with sample data, light and dark, small and with large letters, as PNG files into \p folder (made
/// if it is missing), from temporary workspaces; of \p scheme alone each pane once, as it usually looks. Returns the
/// exit code; what went wrong stands on stderr.
int drawShots(QApplication &application, const QString &folder, std::optional<ui::ColourScheme> scheme);

} // namespace countersign::desktop
