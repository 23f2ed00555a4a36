// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtWidgets/QLineEdit>

namespace countersign::ui {

/// A field for a value that a person must type: it takes no paste, no drop and no middle click.
class TypedOnlyEdit : public QLineEdit
{
    Q_OBJECT
public:
    explicit TypedOnlyEdit(QWidget *parent = nullptr);

Q_SIGNALS:
    void pasteRefused();

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
};

} // namespace countersign::ui
