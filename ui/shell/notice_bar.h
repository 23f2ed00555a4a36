// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/style/pill.h"

#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

class QLabel;

namespace countersign::ui {

class FlatButton;

/// One sentence in the window with at most one act: a standing trouble as a banner, or a notice that goes by itself.
/// Never takes the focus. \p ours in all methods: our words, or outside text that has been made visible.
class NoticeBar : public QWidget
{
    Q_OBJECT
public:
    enum class Shape {
        Banner, ///< A strip over the whole width, until it is cleared.
        Toast,  ///< A small card that floats and goes after some seconds.
    };
    NoticeBar(Shape shape, Tone tone, QWidget *parent = nullptr);

    /// Shows \p ours and announces it. \p act: the words of the button; empty: none.
    void say(const QString &ours, const QString &act = {});
    void clear();
    QString text() const;
    void setTone(Tone tone);

Q_SIGNALS:
    void actWanted();
    void cleared();

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void applyGrid();

    Shape m_shape;
    Tone m_tone;
    QLabel *m_text = nullptr;
    FlatButton *m_act = nullptr;
    FlatButton *m_close = nullptr;
    QTimer m_goes;
};

} // namespace countersign::ui
