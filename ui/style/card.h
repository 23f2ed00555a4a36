// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/style/theme.h"

#include <QtWidgets/QFrame>

class QHBoxLayout;
class QLabel;
class QVBoxLayout;

namespace countersign::ui {

/// A panel with a one-pixel line and rounded corners. The header row (title left, anything right) is there when the
/// title is not empty.
class Card : public QFrame
{
    Q_OBJECT
public:
    enum class Edge {
        Solid,  ///< Our own chrome.
        Dashed, ///< Holds the agent's own words, and nothing of ours looks like it.
    };
    /// \p title is ours or visible text.
    explicit Card(const QString &title = {}, Edge edge = Edge::Solid, QWidget *parent = nullptr);

    void setTitle(const QString &title);
    /// Beside the title, left; and at the right end. The card takes them over.
    void addBesideTitle(QWidget *widget);
    void addToHeader(QWidget *widget);
    QVBoxLayout *body() { return m_body; } ///< Where the contents go; has the card's margins.

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void applyGrid();

    Edge m_edge;
    QWidget *m_header = nullptr;
    QHBoxLayout *m_headerRow = nullptr;
    QLabel *m_title = nullptr;
    QVBoxLayout *m_body = nullptr;
};

} // namespace countersign::ui
