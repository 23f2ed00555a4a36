// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/visible_text.h"
#include "ui/style/theme.h"

#include <QtWidgets/QLabel>

namespace countersign::ui {

/// The only ways to make a label (THREATS.md T1): PlainText, no mnemonic, no links. \p ours is our own tr() text, or
/// text that displayText() has made visible.
QLabel *makeLabel(const QString &ours, TextSize size = TextSize::Body, QWidget *parent = nullptr);
QLabel *makeDimLabel(const QString &ours, TextSize size = TextSize::Small, QWidget *parent = nullptr);
/// Outside text in a label, through displayText().
QLabel *makeOutsideLabel(const QString &outside, TextSize size = TextSize::Body, QWidget *parent = nullptr);

/// A tooltip that can never be rich text. \p ours as above.
void setPlainToolTip(QWidget *widget, const QString &ours);

} // namespace countersign::ui
