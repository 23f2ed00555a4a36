// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_field.h"

#include <QtCore/QStringList>

namespace countersign::ui {

/// What the three editors of a Choice have in common: the options, and as one more entry a value that is none of them.
/// That entry stays when an option is picked, so that the person can go back to what was there.
class ChoiceState
{
public:
    /// True: the entries are others than before.
    bool take(const FormField &field, const JsonValue *value);

    const QStringList &names() const { return m_names; } ///< One for each entry.
    const std::vector<FieldOption> &entries() const { return m_entries; }
    int chosen() const { return m_chosen; } ///< Entry; -1: absent.
    void setChosen(int entry) { m_chosen = entry; }
    const JsonValue &valueAt(int entry) const { return m_entries[static_cast<size_t>(entry)].value; }
    /// What is said about the chosen one: its description, and its value where the title does not show it.
    QString note() const;

private:
    FieldId m_field = noField;
    FieldOptions m_options; ///< The field's; holding them keeps their address from being used again.
    std::vector<FieldOption> m_entries;
    QStringList m_names;
    int m_chosen = -1;
};

} // namespace countersign::ui
