// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtWidgets/QWidget>

namespace countersign::test {

/// The input of the field at \p pointer below \p root, as a person would find it: in its row, if that is on screen.
template<typename Input>
Input *formField(const QWidget *root, const QString &pointer)
{
    for (const QWidget *row : root->findChildren<QWidget *>(QStringLiteral("row") + pointer)) {
        if (row->isVisible()) { // One that was put away keeps its name.
            return row->findChild<Input *>();
        }
    }
    return nullptr;
}

} // namespace countersign::test
