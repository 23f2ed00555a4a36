// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/colour_editor.h"

#include "core/base/visible_text.h"
#include "ui/forms/colour_swatch.h"
#include "ui/forms/editor_examples.h"
#include "ui/forms/editor_line.h"
#include "ui/forms/editor_note.h"
#include "ui/style/labels.h"

#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QColorDialog>
#include <QtWidgets/QLineEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;

ColourEditor::ColourEditor(QWidget *parent)
    : FieldEditor(parent)
    , m_line(new EditorLine(44, this))
    , m_swatch(new ColourSwatch(this))
    , m_note(new EditorNote(this))
    , m_examples(new EditorExamples(m_line))
{
    setObjectName(u"colourEditor"_s);
    m_line->setObjectName(u"colour"_s);
    m_swatch->setObjectName(u"pickColour"_s);
    setPlainToolTip(m_swatch, tr("Pick a colour"));
    m_note->setObjectName(u"colourNote"_s);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(grid(2));
    row->addWidget(m_swatch);
    row->addWidget(m_line);
    row->addWidget(m_note, 1);
    setFocusProxy(m_line);
    connect(m_line, &QLineEdit::textEdited, this, &ColourEditor::take);
    connect(m_examples, &EditorExamples::chosen, this, &ColourEditor::take);
    connect(m_swatch, &ColourSwatch::clicked, this, &ColourEditor::pick);
}

bool ColourEditor::fits(const FormField &field) const
{
    return field.kind == FieldKind::Colour;
}

void ColourEditor::present(const FormField &field, const JsonValue *value, const QString &)
{
    const QString text = value ? value->toString() : QString();
    if (field.id != m_field || originalText(m_line->text()) != text) {
        m_line->setText(displayText(text).text);
        m_line->setCursorPosition(0);
    }
    m_field = field.id;
    m_line->setReadOnly(field.readOnly);
    m_swatch->setEnabled(!field.readOnly);
    m_examples->offer(field);
    showColour();
}

QWidget *ColourEditor::focusTarget()
{
    return m_line;
}

std::vector<QWidget *> ColourEditor::tabStops()
{
    return {m_line, m_swatch};
}

void ColourEditor::setWords(const QString &name, const QString &description)
{
    m_line->setAccessibleName(name);
    m_line->setAccessibleDescription(description);
    m_swatch->setAccessibleName(tr("Pick a colour for %1").arg(name));
}

void ColourEditor::take(const QString &typed)
{
    showColour();
    if (typed.isEmpty()) {
        Q_EMIT absentWanted();
    } else {
        Q_EMIT valueEdited(JsonValue::fromString(originalText(typed)));
    }
}

void ColourEditor::pick()
{
    const QColor before = colourOf(m_line->text());
    auto *dialog = new QColorDialog(before.isValid() ? before : QColor(Qt::white), this);
    dialog->setObjectName(u"colourDialog"_s);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setOption(QColorDialog::DontUseNativeDialog);
    dialog->setOption(QColorDialog::ShowAlphaChannel, before.isValid() && before.alpha() < 255);
    dialog->setWindowTitle(tr("Pick a colour"));
    connect(dialog, &QColorDialog::colorSelected, this, [this, field = m_field, before](const QColor &picked) {
        if (field != m_field || picked == before) {
            return; // Scrolled on to another field while the dialog was open; or nothing is new.
        }
        QString text = picked.name(QColor::HexRgb);
        if (picked.alpha() < 255) {
            text += QString::number(picked.alpha(), 16).rightJustified(2, u'0');
        }
        m_line->setText(text);
        take(text);
    });
    dialog->open();
}

void ColourEditor::showColour()
{
    const QString text = m_line->text();
    const QColor colour = colourOf(text);
    m_swatch->setColour(colour);
    m_note->setText(text.isEmpty() || colour.isValid() ? QString()
                                                       : tr("no colour known here; it is sent as it is written"));
}

} // namespace countersign::ui
