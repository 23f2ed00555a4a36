// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/style/theme.h"

#include <QtWidgets/QLineEdit>

namespace countersign::ui {

/// A line of input as wide as its values usually are; it gets narrower where there is no room, and never wider.
class EditorLine : public QLineEdit
{
    Q_OBJECT
public:
    /// \p width in steps of grid().
    EditorLine(int width, QWidget *parent)
        : QLineEdit(parent)
        , m_width(width)
    {
        setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    }

    QSize sizeHint() const override { return {grid(m_width), QLineEdit::sizeHint().height()}; }
    QSize minimumSizeHint() const override
    {
        return {grid(std::min(m_width, 20)), QLineEdit::minimumSizeHint().height()};
    }

private:
    int m_width;
};

} // namespace countersign::ui
