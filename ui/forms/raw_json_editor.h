// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/field_editor.h"

class QPlainTextEdit;

namespace countersign::ui {

class WrapLabel;

/// RawJson, the last resort: JSON text, marked as such with the reason. While the text is half typed the last good
/// value stays; where reading stopped is marked and said.
class RawJsonEditor : public FieldEditor
{
    Q_OBJECT
public:
    explicit RawJsonEditor(QWidget *parent);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    QWidget *focusTarget() override;

private:
    void take();
    void markPlace(qsizetype byteOffset);
    void fitHeight();

    FieldId m_field = noField;
    WrapLabel *m_reason = nullptr;
    QPlainTextEdit *m_text = nullptr;
    QByteArray m_value; ///< Compact text of the value shown; null: absent or unfinished.
    QString m_unfinished;
    bool m_presenting = false;
};

} // namespace countersign::ui
