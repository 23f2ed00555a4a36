// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/field_editor.h"

class QLineEdit;

namespace countersign::ui {

class FlatButton;

/// Secret: masked; shown only while the button beside it is held down, and never once the window or the focus goes.
/// Nothing is completed, remembered or taken back here.
class SecretEditor : public FieldEditor
{
    Q_OBJECT
public:
    explicit SecretEditor(QWidget *parent);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    void setWords(const QString &name, const QString &description) override;
    QWidget *focusTarget() override;
    std::vector<QWidget *> tabStops() override;

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void reveal(bool shown);

    FieldId m_field = noField;
    QLineEdit *m_line = nullptr;
    FlatButton *m_reveal = nullptr;
};

} // namespace countersign::ui
