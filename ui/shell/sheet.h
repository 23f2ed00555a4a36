// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QPointer>
#include <QtWidgets/QWidget>

namespace countersign::ui {

/// A card over the dimmed window: cheat sheet, command palette. Lies inside its window, so nothing is modal; Escape or
/// a click beside the card closes it and gives the focus back. Tab stays inside.
class Sheet : public QWidget
{
    Q_OBJECT
public:
    enum class Place { Centre, Top };
    Sheet(Place place, QWidget *window);

    void open(); ///< Covers the window and takes the focus.
    void close();
    bool isOpen() const { return !isHidden(); }

Q_SIGNALS:
    void closed();

protected:
    /// Where the contents go. \p width at 100 %, in pixels.
    QWidget *card() const { return m_card; }
    void setCardSize(int width, int height);
    /// The card is no higher than its contents; with more than the height it was given, they scroll or are squeezed.
    void setFitsContents(bool fits) { m_fits = fits; }
    virtual QWidget *firstField() { return m_card; } ///< Gets the focus.

    bool eventFilter(QObject *watched, QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool focusNextPrevChild(bool next) override;

private:
    void placeCard();
    int contentsHeight(int width) const;

    Place m_place;
    QWidget *m_card = nullptr;
    QSize m_size; ///< Of the card at 100 %.
    bool m_fits = false;
    QPointer<QWidget> m_focusBefore;
};

} // namespace countersign::ui
