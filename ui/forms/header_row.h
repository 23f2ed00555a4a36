// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/row_widget.h"

namespace countersign::ui {

class IconButton;
class PieceLabel;
class TextLink;
class VariantSwitch;

/// The heading of a group, map, list or table: fold mark, title, how much is in it, the variant switch, and the problem
/// of the whole.
class HeaderRow : public RowWidget
{
    Q_OBJECT
public:
    explicit HeaderRow(QWidget *parent);

    bool fits(const FormModel &model, const FormRow &row) const override;
    QWidget *focusTarget() override;
    std::vector<QWidget *> tabStops() override;
    QString shownProblem() const override;

protected:
    void showRow(const FormField &field) override;
    int layOut(int width, bool apply) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;

private:
    void fold();
    void showLinks(const FormField &field);
    QString contentWords(const FormField &field) const;

    IconButton *m_fold;
    PieceLabel *m_title;
    PieceLabel *m_notes;
    PieceLabel *m_problem;
    VariantSwitch *m_variants = nullptr;
    TextLink *m_presence; ///< Sends it empty, or gives up null.
    IconButton *m_menu;
};

} // namespace countersign::ui
