// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/field_editor.h"

namespace countersign::ui {

inline constexpr size_t mostRadioButtons = 4;
inline constexpr size_t mostComboItems = 12;

/// The editor of a Choice: radio buttons for up to 4 options, a combo box for up to 12, above that a list with a
/// filter. Options are compared as JSON. A value that is not among them is shown as such, and stays until another is
/// picked.
FieldEditor *makeChoiceEditor(const FormField &field, QWidget *parent);

} // namespace countersign::ui
