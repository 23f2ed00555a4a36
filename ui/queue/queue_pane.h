// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/store_types.h"

#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

class QLabel;
class QLineEdit;
class QStackedWidget;

namespace countersign::ui {

class EmptyQueue;
class ReviewSession;
class QueueModel;
class QueueView;

/// The middle pane: search field, grouped list over a bounded window of rows, "7 new" bar. Selection never changes by
/// itself; a decided row stays as a ghost until the selection leaves it.
class QueuePane : public QWidget
{
    Q_OBJECT
public:
    explicit QueuePane(ReviewSession &session, QWidget *parent = nullptr);

    void showView(QueueQuery::View view);
    QueueQuery::View view() const;
    std::optional<RequestId> selected() const;
    void select(const RequestId &id);    ///< By a person's act (a notification's Open, the staging strip).
    void moveSelection(int rows);        ///< J and K.
    void moveToUndecided(int direction); ///< N and Shift+N.
    void focusFilter();                  ///< The `/` key.
    void clearFilter();

Q_SIGNALS:
    /// A person selected another row; empty id: nothing is selected.
    void selectionChanged(const countersign::RequestId &id);
    void detailWanted(); ///< O or Enter.

protected:
    void paintEvent(QPaintEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    QWidget *makeHeader();
    void applyGrid();
    void follow();
    void askNow();
    EmptyQueue *emptyPage();
    void showRowsOrEmptiness();
    void keepSelectionIfListed();

    ReviewSession &m_session;
    QueueModel *m_model = nullptr;
    QueueView *m_view = nullptr;
    QWidget *m_header = nullptr;
    QLineEdit *m_filter = nullptr;
    QLabel *m_problem = nullptr;
    QStackedWidget *m_stack = nullptr;
    EmptyQueue *m_empty = nullptr; ///< Made when the list is empty for the first time.
    QueueQuery::View m_shownView = QueueQuery::View::Inbox;
    QTimer m_typingPause;
    QTimer m_changePause; ///< Gathers bursts of changes.
    bool m_changedMeanwhile = false;
    QTimer m_timePasses; ///< Due pills, and what becomes due by time alone.
    int m_steps = 0;     ///< Of that timer, since the list was last asked for by time alone.
};

} // namespace countersign::ui
