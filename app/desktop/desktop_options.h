// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "ui/style/theme.h"

#include <QtCore/QStringList>

#include <optional>

namespace countersign::desktop {

/// What stands on the command line of the window.
struct DesktopOptions {
    QString workspaceUrl;                   ///< Empty: COUNTERSIGN_WORKSPACE, else the default.
    QString shotsFolder;                    ///< Not empty: draw pictures of every pane into it, and quit.
    std::optional<ui::ColourScheme> scheme; ///< Absent: as remembered.
    bool exitAfterFirstPaint = false;
    bool showVersion = false;
    bool showHelp = false;
};

/// \p words: without the program's name. InvalidInput names the word that is not understood.
Result<DesktopOptions> readOptions(const QStringList &words);
QString helpText();

} // namespace countersign::desktop
