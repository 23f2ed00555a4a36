// SPDX-License-Identifier: Apache-2.0
#include "core/base/visible_text.h"
#include "ui/forms/choice_editors.h"
#include "ui/forms/colour_editor.h"
#include "ui/forms/date_time_editors.h"
#include "ui/forms/field_editor.h"
#include "ui/forms/file_editor.h"
#include "ui/forms/multi_choice_editor.h"
#include "ui/forms/number_editor.h"
#include "ui/forms/raw_json_editor.h"
#include "ui/forms/secret_editor.h"
#include "ui/forms/switch_editor.h"
#include "ui/forms/table_editor.h"
#include "ui/forms/text_editor.h"

#include <QtCore/QEvent>
#include <QtCore/QVariant>

namespace countersign::ui {

namespace {

constexpr size_t longLine = 400; ///< UTF-8 bytes; a longer text, or one with line breaks, gets several lines.

bool needsLines(const JsonValue &value)
{
    return value.utf8().size() > longLine || value.utf8().find('\n') != std::string_view::npos;
}

} // namespace

FieldEditor::FieldEditor(QWidget *parent)
    : QWidget(parent)
{}

void FieldEditor::setWrong(bool wrong)
{
    markWrong(focusTarget(), wrong);
}

void FieldEditor::setWords(const QString &name, const QString &description)
{
    for (QWidget *part : tabStops()) {
        // Qt tells the screen reader about both.
        if (part->accessibleName() != name) {
            part->setAccessibleName(name);
        }
        if (part->accessibleDescription() != description) {
            part->setAccessibleDescription(description);
        }
    }
}

std::vector<QWidget *> FieldEditor::tabStops()
{
    return {focusTarget()};
}

void FieldEditor::finish() {}

FieldKind shownAs(const FormField &field, const JsonValue *value)
{
    if (!value) {
        return field.kind;
    }
    switch (field.kind) {
    case FieldKind::Text:
        return !value->isString() ? FieldKind::RawJson : needsLines(*value) ? FieldKind::LongText : FieldKind::Text;
    case FieldKind::LongText:
    case FieldKind::Date:
    case FieldKind::Time:
    case FieldKind::DateTime:
    case FieldKind::Duration:
    case FieldKind::Secret:
    case FieldKind::Colour:
    case FieldKind::File:
        return value->isString() ? field.kind : FieldKind::RawJson;
    case FieldKind::Number:
    case FieldKind::Integer:
        return value->isNumber() ? field.kind : FieldKind::RawJson;
    case FieldKind::Switch:
        return value->isBool() ? field.kind : FieldKind::RawJson;
    case FieldKind::MultiChoice:
    case FieldKind::Table:
    case FieldKind::List:
    case FieldKind::Tuple:
        return value->isArray() ? field.kind : FieldKind::RawJson;
    case FieldKind::Group:
    case FieldKind::Map:
        return value->isObject() ? field.kind : FieldKind::RawJson;
    case FieldKind::Null:
        return value->isNull() ? field.kind : FieldKind::RawJson;
    case FieldKind::Choice:
    case FieldKind::Constant:
    case FieldKind::RawJson:
        return field.kind;
    }
    return FieldKind::RawJson;
}

FieldEditor *makeFieldEditor(FieldKind kind, const FormField &field, QWidget *parent)
{
    switch (kind) {
    case FieldKind::Text:
        return new TextEditor(parent);
    case FieldKind::LongText:
        return new LongTextEditor(parent);
    case FieldKind::Number:
    case FieldKind::Integer:
        return new NumberEditor(parent);
    case FieldKind::Switch:
        return new SwitchEditor(parent);
    case FieldKind::Choice:
        return makeChoiceEditor(field, parent);
    case FieldKind::MultiChoice:
        return new MultiChoiceEditor(parent);
    case FieldKind::Date:
        return new DateEditor(parent);
    case FieldKind::Time:
        return new TimeEditor(parent);
    case FieldKind::DateTime:
        return new DateTimeEditor(parent);
    case FieldKind::Duration:
        return new DurationEditor(parent);
    case FieldKind::Secret:
        return new SecretEditor(parent);
    case FieldKind::Colour:
        return new ColourEditor(parent);
    case FieldKind::File:
        return new FileEditor(parent);
    case FieldKind::Constant:
    case FieldKind::Null:
        return new FixedEditor(parent);
    case FieldKind::Table:
        return new TableEditor(parent);
    case FieldKind::RawJson:
        return new RawJsonEditor(parent);
    case FieldKind::Group:
    case FieldKind::Map:
    case FieldKind::List:
    case FieldKind::Tuple:
        return nullptr; // Header rows.
    }
    return nullptr;
}

void markWrong(QWidget *input, bool wrong)
{
    if (input && input->property("wrong").toBool() != wrong) {
        input->setProperty("wrong", wrong); // AppStyle draws the line of what is wrong in the bad colour.
        input->update();
    }
}

QString shownText(const QString &value, bool severalLines)
{
    return displayText(value, severalLines ? TextShape::Lines : TextShape::SingleLine).text;
}

bool WheelGuard::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::Wheel) {
        const auto *widget = qobject_cast<QWidget *>(watched);
        const bool focused =
            widget && (widget->hasFocus() || (widget->parentWidget() && widget->parentWidget()->hasFocus()));
        if (!focused) {
            event->ignore();
            return true;
        }
    }
    return QObject::eventFilter(watched, event);
}

} // namespace countersign::ui
