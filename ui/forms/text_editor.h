// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/field_editor.h"

class QCompleter;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QStringListModel;

namespace countersign::ui {

class WrapLabel;

/// What both text editors mean by an emptied field: it is "not there" again when nothing was there before or when the
/// schema takes no empty text; a text that somebody wrote and emptied is an empty text.
class TextMeaning
{
public:
    void begin(const FormField &field);
    bool emptyIsAbsent() const { return m_emptyIsAbsent; }
    bool isNewField() const { return m_isNew; } ///< begin() was called with another field than before.

private:
    FieldId m_field = noField;
    bool m_isNew = true;
    bool m_emptyIsAbsent = false;
};

/// One line of text. The examples of the schema are offered while typing.
class TextEditor : public FieldEditor
{
    Q_OBJECT
public:
    explicit TextEditor(QWidget *parent);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    QWidget *focusTarget() override;

private:
    void offerExamples(const FormField &field);
    void take(const QString &typed);

    QLineEdit *m_edit;
    QCompleter *m_completer = nullptr;
    QStringListModel *m_examples = nullptr;
    TextMeaning m_meaning;
    bool m_isAbsent = true;
};

/// Text of several lines; grows with its text up to a limit and scrolls from there. Enter makes a new line.
class LongTextEditor : public FieldEditor
{
    Q_OBJECT
public:
    explicit LongTextEditor(QWidget *parent);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    QWidget *focusTarget() override;

protected:
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void take();
    void fitHeight();

    QPlainTextEdit *m_edit;
    TextMeaning m_meaning;
    bool m_isAbsent = true;
    bool m_presenting = false;
};

/// What cannot be changed: a constant, or a field that takes nothing but null. Its text can be reached and read out.
class FixedEditor : public FieldEditor
{
    Q_OBJECT
public:
    explicit FixedEditor(QWidget *parent);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    void setWrong(bool wrong) override;
    QWidget *focusTarget() override;

private:
    QLineEdit *m_text;
};

} // namespace countersign::ui
