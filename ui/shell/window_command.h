// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QString>

#include <functional>

namespace countersign::ui {

/// Something a person can do in the window, for the palette. Never a decision: those need the request in view.
struct WindowCommand {
    QString words; ///< Ours.
    QString keys;  ///< As drawn: `G I`, `Ctrl+L`; may be empty.
    QString iconName;
    std::function<void()> run;
};

} // namespace countersign::ui
