// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_model.h"

#include <QtWidgets/QWidget>

#include <vector>

namespace countersign::ui {

class NameEntry;

/// One row of a form on screen: shows one FormRow of the model and carries the person's edits back into it. FormView
/// makes a few, places them itself and reuses them for other rows. GUI thread.
class RowWidget : public QWidget
{
    Q_OBJECT
public:
    explicit RowWidget(QWidget *parent);

    FieldId field() const { return m_row.field; }
    RowPart part() const { return m_row.part; }
    /// Can it be used for that row as it is?
    virtual bool fits(const FormModel &model, const FormRow &row) const = 0;
    /// Shows \p row of \p model, which must outlive that (release() ends it). \p problemsShown: the person has been
    /// here or wanted to send, so that problems stand below the editor.
    void present(FormModel &model, const FormRow &row, bool problemsShown);
    /// It is put away, or its form goes.
    void release();

    virtual QWidget *focusTarget() = 0; ///< Null: nothing here takes the focus.
    virtual std::vector<QWidget *> tabStops() = 0;
    virtual void finish() {}                  ///< The focus leaves: what is kept back goes into the model.
    bool startRename();                       ///< Of a member whose name is free. False: it is none.
    virtual QString shownProblem() const = 0; ///< What stands on screen as the problem; empty: none.
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

    static int sidePadding();
    static int rightPadding(); ///< The scroll bar, always there, is the rest of the margin.
    static int indentOf(int depth);

Q_SIGNALS:
    void edited();        ///< The model has been changed through this row.
    void heightChanged(); ///< It wants another height by itself.
    void menuWanted(const QPoint &globalPlace);
    void focusWanted(countersign::FieldId field); ///< After an act that made or moved a field.

protected:
    virtual void showRow(const FormField &field) = 0;
    /// Places the parts for \p width when \p apply, and gives the height that takes.
    virtual int layOut(int width, bool apply) = 0;
    FormModel &model() const { return *m_model; }
    bool hasModel() const { return m_model != nullptr; }
    int depth() const { return m_row.depth; }
    bool problemsShown() const { return m_problemsShown; }
    NameEntry *renaming() const; ///< Stands where the title was; null: no name is being typed.

    bool event(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    void takeName();

    FormModel *m_model = nullptr;
    FormRow m_row;
    bool m_problemsShown = false;
    NameEntry *m_rename = nullptr;
};

/// Are labels above editors at that width?
bool isStacked(int width);

} // namespace countersign::ui
