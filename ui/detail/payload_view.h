// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/detail/payload_layout.h"

#include <QtCore/QTimer>
#include <QtWidgets/QAbstractScrollArea>

namespace countersign::ui {

/// Shows a payload whole, as plain painted lines, and keeps account of which of them were really on screen (the seen
/// map, drawn as a thin ruler at its right edge). Lays out in slices; paints only what is visible. GUI thread.
class PayloadView : public QAbstractScrollArea
{
    Q_OBJECT
public:
    enum class Height {
        OwnScrolling, ///< Fills its place and scrolls.
        AsContent,    ///< As tall as its content, inside a page that scrolls; very long content scrolls by itself.
    };
    PayloadView(const Clock &clock, PayloadShape shape, Height height, QWidget *parent = nullptr);
    ~PayloadView() override;

    /// Another payload: nothing of it was seen.
    void setRows(PayloadRows rows);
    const PayloadRows &rows() const { return m_rows; }
    bool isLaidOut() const { return m_layout.isFinished() && m_width > 0; }
    const SeenMap &seenMap() const { return m_seen; }
    /// The window is active and exposed.
    void setWatching(bool watching);
    /// Call when an ancestor has scrolled.
    void updateVisible();
    /// Brings the next unseen line to the top. False: everything was seen.
    bool showNextUnseen();
    /// One page down or up by itself; false when it is at its end or does not scroll itself.
    bool page(int direction);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void laidOut();
    void seenChanged();
    /// The page should bring this stretch of the view (its own coordinates) to the top.
    void wantsVisible(int y, int height);

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void changeEvent(QEvent *event) override;
    void scrollContentsBy(int dx, int dy) override;
    void wheelEvent(QWheelEvent *event) override;

private:
    void restartLayout();
    void goOnLayout();
    void applyHeight();
    void settle();
    void paintLine(QPainter &painter, const PayloadLayout::Line &line, int top) const;
    void paintBadges(QPainter &painter, const PayloadRow &row, int first, int count, int x, int y) const;
    void paintText(QPainter &painter, const PayloadRow &row, const PayloadLayout::Line &line, int y) const;
    void paintRuler(QPainter &painter, int offset) const;
    int offset() const;

    const PayloadShape m_shape;
    const Height m_height;
    PayloadRows m_rows;
    PayloadLayout m_layout;
    SeenMap m_seen;
    size_t m_handedOver = 0; ///< Lines that the seen map knows.
    int m_width = 0;
    QTimer m_layoutTimer;
    QTimer m_seenTimer;
};

} // namespace countersign::ui
