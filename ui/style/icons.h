// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtGui/QColor>
#include <QtGui/QIcon>
#include <QtGui/QPixmap>

class QPainter;

namespace countersign::ui {

/// Which token an icon takes its colour from.
enum class IconColour { Text, Dim, Accent, OnAccent, Ok, Warn, Bad };

/// The line icon `:/icons/NAME.svg` in \p colour, \p size device-independent pixels square. Pixmaps are cached; an
/// unknown name gives an empty one. GUI thread.
QPixmap iconPixmap(const QString &name, const QColor &colour, int size, qreal devicePixelRatio = 1.0);
/// Draws it centred in \p rect, as large as fits, sharp at the painter's device pixel ratio.
void paintIcon(QPainter *painter, const QRect &rect, const QString &name, const QColor &colour);
/// For buttons and actions; takes its colour when it is drawn, so that it follows the theme.
QIcon themedIcon(const QString &name, IconColour colour = IconColour::Text);

} // namespace countersign::ui
