// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtWidgets/QAbstractButton>

namespace countersign::ui {

/// A small button that is only a drawing: the fold mark of a group, the "more" of a row. \p words name it.
class IconButton : public QAbstractButton
{
    Q_OBJECT
public:
    enum class Drawing { More, Folded, Unfolded };
    IconButton(Drawing drawing, const QString &words, QWidget *parent);

    void setDrawing(Drawing drawing);
    /// It is drawn only under the pointer, or while setRevealed(true); it can be clicked always.
    void setShy(bool shy);
    void setRevealed(bool revealed);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Drawing m_drawing;
    bool m_shy = false;
    bool m_revealed = false;
};

} // namespace countersign::ui
