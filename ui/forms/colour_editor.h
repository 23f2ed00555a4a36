// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/field_editor.h"

class QLineEdit;

namespace countersign::ui {

class ColourSwatch;
class EditorExamples;
class EditorNote;

/// Colour: its text, with the colour beside it, which opens a picker. Any text is taken, since a schema's `format:
/// color` allows any; one that names no colour known here is said to be so.
class ColourEditor : public FieldEditor
{
    Q_OBJECT
public:
    explicit ColourEditor(QWidget *parent);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    void setWords(const QString &name, const QString &description) override;
    QWidget *focusTarget() override;
    std::vector<QWidget *> tabStops() override;

private:
    void take(const QString &typed);
    void pick();
    void showColour();

    FieldId m_field = noField;
    QLineEdit *m_line = nullptr;
    ColourSwatch *m_swatch = nullptr;
    EditorNote *m_note = nullptr;
    EditorExamples *m_examples = nullptr;
};

} // namespace countersign::ui
