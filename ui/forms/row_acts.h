// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_model.h"

#include <QtCore/QString>

#include <functional>
#include <vector>

namespace countersign::ui {

/// What a person can do to a field besides entering its value, with the key that does the same.
struct RowAct {
    enum class Kind { Reset, Revert, LeaveOut, SetEmpty, SetNull, MoveUp, MoveDown, Duplicate, Remove, Rename };
    Kind kind;
    QString label; ///< Ours.
    QString key;   ///< Empty: only in the menu.
};

/// An empty object or list, for a container that is not there; absent for other kinds.
std::optional<JsonValue> emptyContainer(const FormField &field);
/// What can be done now, in the order of the menu.
std::vector<RowAct> actsOf(const FormModel &model, FieldId field);
/// Does it. Gives the field that should have the focus afterwards; noField: nothing was changed. Rename is not done
/// here: the row asks for the name.
FieldId act(FormModel &model, FieldId field, RowAct::Kind kind);
/// The item of a list that \p field is or lies in; noField: it is in none.
FieldId itemAround(const FormModel &model, FieldId field);
/// The item, or the member with a free name, that \p field is or lies in: what "remove" removes.
FieldId removableAround(const FormModel &model, FieldId field);

} // namespace countersign::ui
