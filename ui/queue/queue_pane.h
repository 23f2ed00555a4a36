// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/store_types.h"

#include <QtWidgets/QWidget>

namespace countersign::ui {

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

private:
    ReviewSession &m_session;
    QueueModel *m_model = nullptr;
    QueueView *m_view = nullptr;
};

} // namespace countersign::ui
