// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtGui/QColor>
#include <QtWidgets/QAbstractButton>

namespace countersign::ui {

/// The colour that a text names, as a button; crossed out when it names none.
class ColourSwatch : public QAbstractButton
{
    Q_OBJECT
public:
    explicit ColourSwatch(QWidget *parent);

    QColor colour() const { return m_colour; }
    void setColour(const QColor &colour); ///< Invalid: none.
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QColor m_colour;
};

/// `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa` (CSS, so that the alpha stands last) or a colour name of SVG; invalid: none
/// of these.
QColor colourOf(const QString &text);

} // namespace countersign::ui
