// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QString>

namespace countersign {

/// Where a workspace and its surroundings are. `sqlite:PATH`, or the default: the application data folder's
/// `workspace.db` (XDG_DATA_HOME/countersign). The configuration folder (XDG_CONFIG_HOME/countersign) holds trust.json
/// and keys/.
struct WorkspaceLocation {
    QString path; ///< Absolute, of the SQLite file.
    QString url;  ///< `sqlite:` + path: the name in trust pins.
    QString blobFolder;
    QString configFolder;
    QString keyFolder;
};

/// \p url: from `--workspace`; empty: COUNTERSIGN_WORKSPACE, else the default. InvalidInput: a scheme that is not known
/// here.
Result<WorkspaceLocation> locateWorkspace(const QString &url);

} // namespace countersign
