// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/visible_text.h"
#include "ui/style/theme.h"

#include <QtGui/QTextLayout>
#include <QtWidgets/QWidget>

#include <vector>

namespace countersign::ui {

/// One paragraph of plain text in pieces that look different: a title with its star and its key, a hint with a warning.
/// Wraps anywhere; nothing is cut off; the tokens of displayText() stand out. Its accessible name is the whole text.
class PieceLabel : public QWidget
{
    Q_OBJECT
    Q_PROPERTY(QString text READ text)
public:
    enum class Look {
        Plain,
        Strong,
        Dim,
        Key, ///< Dim and monospaced.
        Bad,
        Warn,
        Struck, ///< Dim, with a line through it.
        Tag,    ///< A word in a rounded frame.
    };
    struct Piece {
        VisibleText text;
        Look look = Look::Plain;
    };
    explicit PieceLabel(TextSize size, QWidget *parent = nullptr);

    void setPieces(std::vector<Piece> pieces);
    QString text() const { return m_text; }
    bool isEmpty() const { return m_text.isEmpty(); }
    int lineHeight() const; ///< Of its first line.

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    int widthWithin(int width) const; ///< Of its widest line when it may be that wide.
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

    /// A piece of our own words.
    static Piece ours(const QString &text, Look look = Look::Dim);

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void layOut(int width) const;
    QList<QTextLayout::FormatRange> formats() const;
    void paintTags(QPainter &painter) const;

    const TextSize m_size;
    std::vector<Piece> m_pieces;
    QString m_text;
    mutable QTextLayout m_layout;
    mutable int m_width = -1; ///< That m_layout was made for.
    mutable int m_height = 0;
    mutable int m_widest = 0;
};

} // namespace countersign::ui
