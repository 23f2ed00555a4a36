// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/visible_text.h"
#include "ui/style/theme.h"

#include <QtGui/QTextLayout>
#include <QtWidgets/QWidget>

namespace countersign::ui {

/// Painted plain text that wraps anywhere, so that no long word is ever cut off, with the tokens of displayText() in
/// their own colour. For texts of some thousand characters; longer ones go into a PayloadView.
class WrapLabel : public QWidget
{
    Q_OBJECT
    Q_PROPERTY(QString text READ text)
public:
    enum class Ink { Text, Dim };
    /// \p ours is our own text or has been made visible.
    explicit WrapLabel(const QString &ours, TextSize size = TextSize::Body, QWidget *parent = nullptr);
    /// Outside text, made visible here.
    static WrapLabel *outside(const QString &outsideText, TextSize size = TextSize::Body, QWidget *parent = nullptr);

    QString text() const { return m_text.text; }
    void setText(const QString &ours);
    void setVisibleText(const VisibleText &text);
    void setMono(bool mono);
    void setWeight(QFont::Weight weight);
    void setInk(Ink ink);
    void setSize(TextSize size);
    /// A name that is too long for a line breaks after its `_`, `-`, `.`, `/` or `:`, and elsewhere only if it has
    /// none.
    void setBreaksAtJoints(bool breaks);
    int oneLineWidth() const; ///< What the text would take without a break, in pixels.

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    QFont textFont() const;
    qreal layOut(QTextLayout &layout, int width) const;

    VisibleText m_text;
    TextSize m_size;
    bool m_mono = false;
    bool m_breaksAtJoints = false;
    QFont::Weight m_weight = QFont::Normal;
    Ink m_ink = Ink::Text;
};

} // namespace countersign::ui
