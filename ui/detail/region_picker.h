// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtGui/QImage>
#include <QtWidgets/QWidget>

namespace countersign::ui {

/// A picture in which a person marks a part: by dragging with the mouse, or with the keys (arrows move it, with Shift
/// they change its size, with Ctrl both go by single pixels). Shows the picture scaled to its width; counts in the
/// picture's own pixels. GUI thread.
class RegionPicker : public QWidget
{
    Q_OBJECT
public:
    explicit RegionPicker(QWidget *parent);

    void setPicture(const QImage &picture); ///< Nothing is marked at first.
    const QImage &picture() const { return m_picture; }
    QRect region() const { return m_region; } ///< Empty: nothing is marked.
    void setRegion(const QRect &region);      ///< Cut to the picture. Emits nothing.

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;

Q_SIGNALS:
    void regionPicked(); ///< By the person; while dragging, at the end.

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    QRectF pictureRect() const; ///< Where it is drawn.
    QPoint inPicture(const QPointF &position) const;
    QRectF onScreen(const QRect &region) const;
    void say();

    QImage m_picture;
    QRect m_region;
    QPoint m_anchor;
    bool m_dragging = false;
};

} // namespace countersign::ui
