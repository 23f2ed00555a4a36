// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/engine_types.h"

#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

#include <vector>

class QLabel;
class QVBoxLayout;

namespace countersign::ui {

class ReviewSession;

/// Decisions that have not gone to the agent yet: staged ones with countdown and Undo, held ones with Release and Undo.
/// Hidden while there are none. GUI thread.
class StagingStrip : public QWidget
{
    Q_OBJECT
public:
    explicit StagingStrip(ReviewSession &session, QWidget *parent = nullptr);

    /// Z: takes the newest decision back. False: there is none.
    bool undoLast();
    int count() const { return static_cast<int>(m_items.size()); }

Q_SIGNALS:
    void requestWanted(const countersign::RequestId &id); ///< The reviewer wants to see it again.

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    struct Item {
        Request request;
        std::optional<Decision> decision;
        QString summary; ///< Visible.
    };
    void load();
    void apply(std::vector<Item> items);
    void rebuild();
    void followWidth();
    void updateTimes();
    QString timeWords(const Item &item) const;

    ReviewSession &m_session;
    std::vector<Item> m_items; ///< Newest first.
    std::vector<QLabel *> m_times;
    QVBoxLayout *m_rows = nullptr;
    QTimer m_ticker;
    int m_generation = 0;
    bool m_builtLocked = false;
    bool m_isNarrow = false;
};

} // namespace countersign::ui
