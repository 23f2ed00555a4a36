// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/field_editor.h"
#include "ui/forms/number_text.h"

class QLineEdit;

namespace countersign::ui {

class EditorNote;
class EditorExamples;

/// Number and Integer. Shows the digits of the JSON text, as everywhere else in the window (MODEL.md section 1), and
/// takes those or the locale's notation; what is typed otherwise than it will be sent is said beside the field ("sent
/// as 1234.5"), and so is a JSON text that the locale reads differently. Up and Down step, Page Up and Page Down by
/// ten. Typed values outside the bounds are kept: the row says the problem.
class NumberEditor : public FieldEditor
{
    Q_OBJECT
public:
    explicit NumberEditor(QWidget *parent);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    QWidget *focusTarget() override;
    void finish() override; ///< Writes the number as it is sent.

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void take(const QString &typed);
    void step(int steps);
    void showNote(const QString &typed);

    FieldId m_field = noField;
    FieldBounds m_bounds;
    QLineEdit *m_line = nullptr;
    EditorNote *m_note = nullptr;
    EditorExamples *m_examples = nullptr;
    std::string m_number; ///< What the text means; empty: absent or unfinished.
    QString m_unfinished; ///< Typed, and no number.
    QString m_shown;      ///< JSON text that we wrote into the line: it means itself, however a locale reads it.
};

} // namespace countersign::ui
