// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/choice_editors.h"

#include "core/base/visible_text.h"
#include "ui/forms/choice_combo_editor.h"
#include "ui/forms/choice_radio_editor.h"
#include "ui/forms/choice_search_editor.h"

namespace countersign::ui {

FieldEditor *makeChoiceEditor(const FormField &field, QWidget *parent)
{
    if (field.options.size() <= mostRadioButtons) {
        return new ChoiceRadioEditor(parent);
    }
    if (field.options.size() <= mostComboItems) {
        return new ChoiceComboEditor(parent);
    }
    return new ChoiceSearchEditor(parent);
}

} // namespace countersign::ui
