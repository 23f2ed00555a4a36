// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/style/theme.h"

#include <QtWidgets/QWidget>

namespace countersign::ui {

enum class Tone { Plain, Ok, Warn, Bad, Accent };

QColor toneColour(Tone tone); ///< For text and stripes; 4.5:1 on the panel and on toneGround() of the same tone.
QColor toneGround(Tone tone);

/// The rounded tag as a drawing, for delegates. \p visible is ours or has been through displayText().
QSize pillSize(const QString &visible);
void paintPill(QPainter *painter, const QRect &rect, const QString &visible, Tone tone);

/// A rounded tag: a word or two, never the only carrier of a meaning by its colour.
class Pill : public QWidget
{
    Q_OBJECT
public:
    explicit Pill(const QString &visible, Tone tone = Tone::Plain, QWidget *parent = nullptr);

    QString text() const { return m_text; }
    void setText(const QString &visible);
    Tone tone() const { return m_tone; }
    void setTone(Tone tone);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    QString m_text;
    Tone m_tone;
};

} // namespace countersign::ui
