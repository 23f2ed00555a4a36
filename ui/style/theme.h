// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtGui/QColor>
#include <QtGui/QFont>
#include <QtGui/QPalette>

class QApplication;

namespace countersign::ui {

/// The one table of named colours (UX.md section 7). Every colour on screen comes from here.
struct Colours {
    QColor surface; ///< Behind cards: the detail's ground.
    QColor panel;   ///< Cards, lists, bars.
    QColor sidebar;
    QColor line;
    QColor text;
    QColor dim; ///< Secondary text; still 4.5:1 on panel and surface.
    QColor accent;
    QColor onAccent;
    QColor accentBack;
    QColor ok, okBack;
    QColor warn, warnBack;
    QColor bad, badBack;
    QColor selection; ///< Selected row.
    QColor field;     ///< Ground of inputs.
    bool dark = false;
};

enum class ColourScheme { FollowSystem, Light, Dark };

/// Type scale at 100 %: 20/15/13/12/11 px; follows the application font's size.
enum class TextSize { Heading, Title, Body, Small, Tiny };

/// Sets style, palette and fonts of the application, and keeps following the system when asked to. GUI thread.
void applyTheme(QApplication &application, ColourScheme scheme);
const Colours &colours(); ///< Of the theme in force.
QFont uiFont(TextSize size, QFont::Weight weight = QFont::Normal);
QFont monoFont(TextSize size = TextSize::Body);
/// 4-px grid, scaled with the font: grid(3) is 12 px at 100 %.
int grid(int steps);

} // namespace countersign::ui
