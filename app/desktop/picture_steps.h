// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/desktop/picture_stage.h"
#include "ui/style/theme.h"

#include <functional>

namespace countersign::desktop {

/// One thing to do with a stage. A name: a picture is taken when it has come to rest.
struct PictureStep {
    PictureStage::Contents contents = PictureStage::Contents::Samples;
    QString picture;
    std::function<void(PictureStage &)> arrange;
};

/// How a window looks: the same pictures are taken of each.
struct PictureMode {
    ui::ColourScheme scheme = ui::ColourScheme::Light;
    QSize size;
    int fontPixels = 0; ///< At 100 %: 13.
    QString sizeName;   ///< Between the name of a picture and its scheme: "-small".

    QString ending() const;
};

/// Light and dark, in the usual and in the smallest window, with usual and with double letters.
std::vector<PictureMode> pictureModes();

/// Through every pane, for pictures whose names end with \p ending.
std::vector<PictureStep> pictureSteps(const QString &ending);

} // namespace countersign::desktop
