// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/style/pill.h"

#include <QtWidgets/QAbstractButton>

namespace countersign::ui {

/// One line of the sidebar: a view with its count, or an agent with a dot. Painted, so that an agent's name is never a
/// button's text with a mnemonic. Reachable by Tab; Space and Enter go there.
class SidebarItem : public QAbstractButton
{
    Q_OBJECT
public:
    /// \p visible is ours or has been through displayText(); \p iconName is for the narrow sidebar.
    SidebarItem(const QString &visible, const QString &iconName, QWidget *parent = nullptr);

    void setWords(const QString &visible);
    void setCount(int count); ///< Zero shows nothing.
    int count() const { return m_count; }
    void setDot(Tone tone);        ///< Draws a mark before the words, whose shape says the same as its colour.
    void setMarkAtEnd(bool atEnd); ///< The mark stands where a count would; none for what is neither well nor ill.
    /// How what the line names stands: \p word for the accessible name, \p why for the tooltip. Visible text.
    void setStanding(const QString &word, const QString &why);
    void setCompact(bool compact); ///< Icon and count only; the words are the tooltip.
    void setTight(bool tight);     ///< Of the compact one: the count stands beside the icon, which takes less height.

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    void describe();
    bool hasMarkAtEnd() const { return m_markAtEnd && m_dot && *m_dot != Tone::Plain; }
    void paintCompact(QPainter &painter, const QRect &ground);

    QString m_words;
    QString m_iconName;
    std::optional<Tone> m_dot;
    QString m_standing;
    QString m_why;
    int m_count = 0;
    bool m_compact = false;
    bool m_tight = false;
    bool m_markAtEnd = false;
};

} // namespace countersign::ui
