// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_model.h"
#include "tests/interop/ajv/value_maker.h"

namespace countersign::test {

/// Somebody who clicks and types in a form without a plan.
class FormEditor
{
public:
    FormEditor(Dice &dice, FormModel &form, ValueMaker &values)
        : m_dice(dice)
        , m_form(form)
        , m_values(values)
    {}

    /// One edit of a field that is shown. What was done, for people.
    QString edit()
    {
        const auto rows = m_form.rows();
        const FieldId id = rows.empty() ? noField : rows[m_dice.roll(rows.size())].field;
        const FormField *field = m_form.field(id);
        if (field == nullptr || m_dice.percent(8)) {
            return anywhere();
        }
        const QString place = QString::fromStdString("“" + field->pointer + "”");
        switch (m_dice.roll(10)) {
        case 0:
            m_form.setAbsent(id);
            return QStringLiteral("absent ") + place;
        case 1:
            m_form.setNull(id);
            return QStringLiteral("null ") + place;
        case 2:
            m_form.resetToDefault(id);
            return QStringLiteral("default ") + place;
        case 3:
            if (!field->variants.empty()) {
                m_form.chooseVariant(id, m_dice.between(0, static_cast<int>(field->variants.size()) - 1));
                return QStringLiteral("variant ") + place;
            }
            [[fallthrough]];
        case 4:
        case 5:
            return parts(id, place);
        default:
            return value(*field, place);
        }
    }

private:
    QString anywhere()
    {
        switch (m_dice.roll(4)) {
        case 0:
            m_form.undo();
            return QStringLiteral("undo");
        case 1:
            m_form.redo();
            return QStringLiteral("redo");
        case 2:
            m_form.replaceValue(m_values.make());
            return QStringLiteral("another value");
        default:
            m_form.replaceValue(m_values.edited(m_form.value()));
            return QStringLiteral("edited as JSON");
        }
    }

    /// Members and items come, go and move.
    QString parts(FieldId id, const QString &place)
    {
        const FormField &field = *m_form.field(id);
        const FormField *parent = m_form.field(field.parent);
        switch (m_dice.roll(6)) {
        case 0:
            m_form.addItem(id);
            return QStringLiteral("item added to ") + place;
        case 1:
            static_cast<void>(m_form.addMember(id, QString::fromUtf8(m_dice.of(memberNames))));
            return QStringLiteral("member added to ") + place;
        case 2:
            m_form.duplicateItem(id);
            return QStringLiteral("twin of ") + place;
        case 3:
            if (parent != nullptr && !parent->children.empty()) {
                m_form.moveItem(id, m_dice.between(0, static_cast<int>(parent->children.size()) - 1));
            }
            return QStringLiteral("moved ") + place;
        case 4:
            static_cast<void>(m_form.renameMember(id, QString::fromUtf8(m_dice.of(memberNames))));
            return QStringLiteral("renamed ") + place;
        default:
            m_form.removeItems(std::array{id});
            m_form.removeMember(id);
            return QStringLiteral("removed ") + place;
        }
    }

    QString value(const FormField &field, const QString &place)
    {
        JsonValue next = m_values.anything();
        if (!field.options.empty() && m_dice.percent(70)) {
            next = m_dice.of(field.options.list()).value;
            if (field.kind == FieldKind::MultiChoice) {
                next = JsonValue::array({std::move(next)});
            }
        } else if (const JsonValue *now = m_form.valueOf(field.id); now != nullptr && m_dice.percent(60)) {
            next = m_values.edited(*now);
        }
        const QString written = QString::fromUtf8(writeJson(next));
        m_form.setValue(field.id, std::move(next));
        return QStringLiteral("%1 := %2").arg(place, written);
    }

    Dice &m_dice;
    FormModel &m_form;
    ValueMaker &m_values;
};

} // namespace countersign::test
