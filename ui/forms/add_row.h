// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/row_widget.h"

namespace countersign::ui {

class NameEntry;
class PieceLabel;
class TextLink;

/// Below the items of a list, or the members of a map: adds another one.
class AddRow : public RowWidget
{
    Q_OBJECT
public:
    explicit AddRow(QWidget *parent);

    bool fits(const FormModel &model, const FormRow &row) const override;
    QWidget *focusTarget() override;
    std::vector<QWidget *> tabStops() override;
    QString shownProblem() const override;

protected:
    void showRow(const FormField &field) override;
    int layOut(int width, bool apply) override;

private:
    void add();

    TextLink *m_add;
    PieceLabel *m_limit;
    NameEntry *m_name = nullptr;
    FieldId m_shown = noField;
};

} // namespace countersign::ui
