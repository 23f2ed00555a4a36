// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/row_widget.h"

class QLabel;
class QLineEdit;
class QTimer;

namespace countersign::ui {

class FieldEditor;
class IconButton;
class PieceLabel;
class TextLink;
class VariantSwitch;

/// The row of one field: its title left (or above), its editor, the problem, and the dim line with help, bounds,
/// default and changes. JSON null is shown by the row itself, with a way back to a value.
class FieldRow : public RowWidget
{
    Q_OBJECT
public:
    explicit FieldRow(QWidget *parent);

    bool fits(const FormModel &model, const FormRow &row) const override;
    QWidget *focusTarget() override;
    std::vector<QWidget *> tabStops() override;
    void finish() override;
    QString shownProblem() const override;
    FieldEditor *editor() const { return m_editor; }

protected:
    void showRow(const FormField &field) override;
    int layOut(int width, bool apply) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    FieldKind neededKind(const FormField &field) const;
    void makeEditor(FieldKind kind, const FormField &field);
    void showVariants(const FormField &field);
    void showNull(const FormField &field);
    void showNotes(const FormField &field);
    void showWords(const FormField &field);
    void leaveNull();
    TextLink *link(TextLink *&slot, const QString &label, const QString &name, void (FieldRow::*act)());
    void reset();
    void revert();
    void setNull();

    PieceLabel *m_title;
    PieceLabel *m_problem = nullptr;
    PieceLabel *m_warning = nullptr;
    PieceLabel *m_notes;
    FieldEditor *m_editor = nullptr;
    FieldKind m_kind = FieldKind::Text;
    bool m_isNull = false;
    QWidget *m_null = nullptr;
    VariantSwitch *m_variants = nullptr;
    TextLink *m_reset = nullptr;
    TextLink *m_revert = nullptr;
    TextLink *m_toNull = nullptr;
    TextLink *m_fromNull = nullptr;
    IconButton *m_menu;
};

} // namespace countersign::ui
