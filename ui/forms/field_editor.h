// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_field.h"

#include <QtWidgets/QWidget>

#include <vector>

namespace countersign::ui {

/// The widget in which a person enters one field's value. It knows one field at a time and no model: it is told what to
/// show, and says what the person did; the row around it draws title, help, bounds, marks and the problem. It is reused
/// for other fields of its kind while the form scrolls, so that nothing of the last field may stay behind.
///
/// All words of a FormField are outside text: on screen only through displayText(), plain, without mnemonics; values
/// are shown through displayText() too and read back with originalText(), so that nothing changes unless the person
/// changes it. Wheel turns over an editor without focus must scroll the form (WheelGuard). Enter has no meaning but in
/// a text of several lines; Tab always leaves. GUI thread.
class FieldEditor : public QWidget
{
    Q_OBJECT
public:
    explicit FieldEditor(QWidget *parent);

    /// Can this widget, as it was made, show \p field? It is asked before it is reused.
    virtual bool fits(const FormField &field) const = 0;
    /// Shows \p field with \p value (null: absent; never JSON null, which the row shows itself, unless null is one of
    /// the options) and, if not empty, \p unfinished instead: what was typed before and is no value yet. The value has
    /// the JSON type of the kind (suits()), but may be invalid otherwise: show it as it is. Emits nothing. Called after
    /// every edit too: what already shows that value keeps caret, selection and what was typed (`1,50` is not rewritten
    /// to `1.50` under the hand).
    virtual void present(const FormField &field, const JsonValue *value, const QString &unfinished) = 0;
    /// Marks the input as wrong, or no longer. The sentence itself stands in the row.
    virtual void setWrong(bool wrong);
    /// Name ("Parcel weight (kg), required") and description (help and problem) for screen readers, on every part that
    /// takes focus. The default does so on focusTarget() and, for several parts, on tabStops().
    virtual void setWords(const QString &name, const QString &description);
    /// What takes the focus when the field is jumped to.
    virtual QWidget *focusTarget() = 0;
    /// The parts that Tab stops at, in order. The default is focusTarget() alone. Radio buttons of one group are one
    /// stop: the checked one, or the first.
    virtual std::vector<QWidget *> tabStops();
    /// The person leaves the field: what is kept back while typing goes out now. The default does nothing.
    virtual void finish();

Q_SIGNALS:
    // Each by the person only, never by present().
    void valueEdited(const JsonValue &value);
    /// What was typed is no value: \p why is one sentence of ours (it may quote, made visible).
    void unfinishedEdited(const QString &typed, const QString &why);
    void absentWanted(); ///< Emptied, where empty means "not there".
    void nullWanted();
    /// The height that it wants has changed by itself (a list was opened, lines were added).
    void heightChanged();
};

/// The kind of editor that shows \p field with \p value: its own, or RawJson when the value is of another JSON type.
FieldKind shownAs(const FormField &field, const JsonValue *value);
/// Makes the editor for that. Container kinds without an editor of their own (Group, Map, List, Tuple) give null.
FieldEditor *makeFieldEditor(FieldKind kind, const FormField &field, QWidget *parent);

/// Draws the line of an input in the bad colour (a line edit, a combo box, a text of several lines).
void markWrong(QWidget *input, bool wrong);
/// The person's text as it came, made visible; and what such a text means.
QString shownText(const QString &value, bool severalLines = false);

/// Lets the wheel scroll the form instead of changing a value that has no focus. Install it on combo and spin boxes.
class WheelGuard : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;
    bool eventFilter(QObject *watched, QEvent *event) override;
};

} // namespace countersign::ui
