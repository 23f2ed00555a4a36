// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/field_editor.h"

class QLineEdit;
class QMenu;
class QToolButton;

namespace countersign::ui {

class EditorNote;
class EditorExamples;

/// Date, Time, DateTime and Duration: ISO text, kept as typed, with its fraction digits and its offset. Up and Down
/// step the part under the caret; Alt+Down opens the calendar, Ctrl+Shift+O the offsets. What the text means stands
/// beside it in words.
class IsoEditor : public FieldEditor
{
    Q_OBJECT
public:
    /// \p kind is one of the four.
    IsoEditor(FieldKind kind, QWidget *parent);

    bool fits(const FormField &field) const override;
    void present(const FormField &field, const JsonValue *value, const QString &unfinished) override;
    QWidget *focusTarget() override;
    std::vector<QWidget *> tabStops() override;

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void take(const QString &typed);
    void replaceText(const QString &text, int caret);
    void openCalendar();
    void openOffsets();
    void pickDate(const QDate &date);
    void showNote();

    FieldKind m_kind;
    FieldId m_field = noField;
    QLineEdit *m_line = nullptr;
    QToolButton *m_calendar = nullptr; ///< Null: not for this kind.
    QToolButton *m_offsets = nullptr;
    QMenu *m_offsetMenu = nullptr;
    EditorNote *m_note = nullptr;
    EditorExamples *m_examples = nullptr;
    QString m_value;      ///< What is in the value now; null: absent or unfinished.
    QString m_unfinished; ///< Typed, and no such text.
};

class DateEditor : public IsoEditor
{
    Q_OBJECT
public:
    explicit DateEditor(QWidget *parent)
        : IsoEditor(FieldKind::Date, parent)
    {}
};

class TimeEditor : public IsoEditor
{
    Q_OBJECT
public:
    explicit TimeEditor(QWidget *parent)
        : IsoEditor(FieldKind::Time, parent)
    {}
};

class DateTimeEditor : public IsoEditor
{
    Q_OBJECT
public:
    explicit DateTimeEditor(QWidget *parent)
        : IsoEditor(FieldKind::DateTime, parent)
    {}
};

class DurationEditor : public IsoEditor
{
    Q_OBJECT
public:
    explicit DurationEditor(QWidget *parent)
        : IsoEditor(FieldKind::Duration, parent)
    {}
};

} // namespace countersign::ui
