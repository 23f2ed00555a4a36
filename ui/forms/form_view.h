// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_model.h"
#include "ui/forms/row_heights.h"

#include <QtCore/QHash>
#include <QtCore/QPointer>
#include <QtCore/QSet>
#include <QtWidgets/QAbstractScrollArea>

#include <vector>

namespace countersign::ui {

class RowWidget;

/// The rows of a form. Only rows near the viewport own widgets, however many fields there are; the row with the focus
/// keeps its widget, and Tab goes on through rows that have none yet. GUI thread.
class FormView : public QAbstractScrollArea
{
    Q_OBJECT
public:
    explicit FormView(QWidget *parent = nullptr);
    ~FormView() override;

    /// Shows \p model, which must outlive this or be taken away (null) before it goes.
    void setModel(FormModel *model);
    FormModel *model() const { return m_model; }
    /// Call after changing the model from outside. Takes its changes.
    void applyChanges();

    /// The field that has the focus, or had it last; noField: none yet.
    FieldId currentField() const { return m_current; }
    /// Scrolls there and gives it the focus; a cell of a table leads to its table. False: it has no row.
    bool focusField(FieldId field);
    /// Opens what hides the place, and goes there.
    bool focusPointer(std::string_view pointer);
    bool focusFirst();
    void finishEditing(); ///< What is kept back while typing goes into the model.

    void setShowsAllProblems(bool all);
    bool showsProblemsOf(FieldId field) const { return m_showsAll || m_touched.contains(field); }

    /// Shows only rows with \p words in title, key, value or problem, and the headers above them. Empty: all rows.
    void setFilter(const QString &words);
    int matchCount() const { return m_matchCount; }

    /// Keys for the row with the focus: Alt+Up/Down, Shift+Del, Ctrl+D, F2, Alt+Enter. False: not for rows.
    bool handleKey(const QKeyEvent *event);

    int contentHeight() const; ///< Of all rows, and the margin below them.
    int rowCount() const { return static_cast<int>(m_rows.size()); }
    /// The widget that shows the field now; null: it is not near the viewport. It is another one's after scrolling.
    RowWidget *rowWidget(FieldId field, RowPart part = RowPart::Field) const;
    int widgetCount() const; ///< Row widgets that exist, in use or put away.

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void edited(); ///< By the person, through a row.
    void contentHeightChanged();
    void currentFieldChanged();

protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void scrollContentsBy(int dx, int dy) override;
    bool focusNextPrevChild(bool next) override;
    void focusInEvent(QFocusEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void rebuildRows();
    std::vector<FormRow> filteredRows(const std::vector<FormRow> &all);
    bool matches(const FormRow &row) const;
    int guessHeight(const FormRow &row) const;

    void arrange();
    bool measureRows(int from, int to);
    void putRows(int value);
    RowWidget *realise(int row);
    RowWidget *bring(int row);
    RowWidget *makeRow(const FormRow &row);
    void presentRow(RowWidget *widget, int row);
    void chain(RowWidget *widget);
    void putAway(RowWidget *widget);
    void dropRows();

    RowWidget *rowAround(const QWidget *widget) const;
    int indexOf(const RowWidget *widget) const;
    int indexOf(FieldId field) const;
    void scrollTo(int row);
    bool focusRow(int row, bool last, Qt::FocusReason reason);
    bool focusRowFrom(int row, int step, Qt::FocusReason reason);
    bool leave(bool next);
    void followFocus(QWidget *now);
    void takeEdit(RowWidget *row);
    void showMenu(RowWidget *row, const QPoint &place);

    FormModel *m_model = nullptr;
    std::vector<FormRow> m_rows;
    QHash<quint64, int> m_indices; ///< Of the rows.
    RowHeights m_heights;
    QHash<quint64, int> m_measured; ///< Heights at this width.
    QHash<quint64, RowWidget *> m_live;
    std::vector<RowWidget *> m_spare;
    QSet<FieldId> m_touched;
    QSet<FieldId> m_stale; ///< Rows to present anew.
    bool m_allStale = false;
    bool m_showsAll = false;
    QString m_filter;
    int m_matchCount = 0;
    FieldId m_current = noField;
    QPointer<RowWidget> m_focused;
    int m_lostFocus = -1; ///< Where the row with the focus was that has gone.
    int m_anchorRow = 0;  ///< Stays where it is on screen while heights above it become known.
    int m_anchorOffset = 0;
    int m_width = 0;
    bool m_arranging = false;
    QWidget *m_tail; ///< Where Shift+Tab enters from behind.
};

} // namespace countersign::ui
