// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QString>

class QApplication;

namespace countersign::desktop {

/// Draws every pane with sample data, light and dark, as PNG files into \p folder (made if it is missing), from
/// temporary workspaces. Returns the exit code; what went wrong stands on stderr.
int drawShots(QApplication &application, const QString &folder);

} // namespace countersign::desktop
