// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/choice_state.h"

#include "core/base/visible_text.h"
#include "ui/forms/choice_model.h"

#include <QtCore/QCoreApplication>

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

QString trChoice(const char *text)
{
    return QCoreApplication::translate("countersign::ui::ChoiceEditor", text);
}

bool alike(const std::vector<FieldOption> &left, const std::vector<FieldOption> &right)
{
    return &left == &right ||
           std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](const FieldOption &a, const FieldOption &b) {
                          return a.title == b.title && a.description == b.description && a.value == b.value;
                      });
}

} // namespace

bool ChoiceState::take(const FormField &field, const JsonValue *value)
{
    const bool keeps = m_field == field.id && alike(m_options.list(), field.options.list());
    m_field = field.id;
    m_options = field.options;
    const int option = value ? optionOf(m_options.list(), *value) : -1;
    const bool other = value && option < 0;
    const bool hadOther = keeps && m_entries.size() > m_options.size();
    const bool sameOther = other && hadOther && m_entries.back().value == *value;
    m_chosen = other ? static_cast<int>(m_options.size()) : option;
    if (keeps && (!other || sameOther)) {
        return false;
    }
    m_entries = m_options.list();
    m_names = optionNames(m_entries);
    if (other) {
        m_entries.push_back({*value, {}, {}});
        m_names += trChoice("%1 · not one of the options").arg(optionValueText(*value));
    }
    return true;
}

QString ChoiceState::note() const
{
    if (m_chosen < 0 || static_cast<size_t>(m_chosen) >= m_options.size()) {
        return {};
    }
    const FieldOption &option = m_options[static_cast<size_t>(m_chosen)];
    QString note = displayText(option.description).text;
    const bool titleSaysIt = option.title.toUtf8() == writeJson(option.value) ||
                             (option.value.isString() && option.title == option.value.toString());
    if (!titleSaysIt) {
        note += (note.isEmpty() ? QString() : u" · "_s) + trChoice("sent as %1").arg(optionValueText(option.value));
    }
    return note;
}

} // namespace countersign::ui
