// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/choice_search_editor.h"

#include "ui/detail/wrap_label.h"
#include "ui/forms/choice_editors.h"
#include "ui/forms/choice_popup.h"
#include "ui/style/theme.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QWheelEvent>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QComboBox>

#include <functional>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

/// Looks and is announced as a combo box; what opens is up to its owner.
class OpeningCombo final : public QComboBox
{
public:
    OpeningCombo(std::function<void(const QString &)> open, QWidget *parent)
        : QComboBox(parent)
        , m_open(std::move(open))
    {
        setFocusPolicy(Qt::StrongFocus);
        setProperty("takesText", true); // Its letters are no commands of the window.
        setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        setMinimumContentsLength(8);
        setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    }

    void showPopup() override { m_open({}); }

protected:
    void keyPressEvent(QKeyEvent *event) override
    {
        const int key = event->key();
        const bool held = (event->modifiers() & ~(Qt::KeypadModifier | Qt::ShiftModifier)) != Qt::NoModifier;
        if (key == Qt::Key_Up || key == Qt::Key_Down || key == Qt::Key_F4 || key == Qt::Key_Space) {
            m_open({});
        } else if (const QString text = event->text(); !held && !text.isEmpty() && text.at(0).isPrint()) {
            m_open(text);
        } else {
            event->ignore();
        }
    }

    void wheelEvent(QWheelEvent *event) override { event->ignore(); }

private:
    std::function<void(const QString &)> m_open;
};

} // namespace

ChoiceSearchEditor::ChoiceSearchEditor(QWidget *parent)
    : FieldEditor(parent)
    , m_line(new OpeningCombo([this](const QString &typed) { open(typed); }, this))
    , m_note(new WrapLabel({}, TextSize::Small, this))
{
    setObjectName(u"choiceSearchEditor"_s);
    m_line->setObjectName(u"choice"_s);
    m_note->setObjectName(u"choiceNote"_s);
    m_note->setInk(WrapLabel::Ink::Dim);
    m_note->hide();
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(grid(1));
    rows->addWidget(m_line);
    rows->addWidget(m_note);
    setFocusProxy(m_line);
}

bool ChoiceSearchEditor::fits(const FormField &field) const
{
    return field.kind == FieldKind::Choice && field.options.size() > mostComboItems;
}

void ChoiceSearchEditor::present(const FormField &field, const JsonValue *value, const QString &)
{
    if (m_state.take(field, value)) {
        m_popupIsOld = true;
        if (m_popup) {
            m_popup->close(); // It would pick from another field's options.
        }
    }
    const auto count = static_cast<qsizetype>(field.options.size());
    m_line->setPlaceholderText(tr("Choose one of %1").arg(QLocale().toString(count)));
    m_line->setEnabled(!field.readOnly);
    showChosen();
}

void ChoiceSearchEditor::open(const QString &typed)
{
    if (!m_popup) {
        m_popup = new ChoicePopup(this);
        connect(m_popup, &ChoicePopup::picked, this, &ChoiceSearchEditor::pick);
        connect(m_popup, &ChoicePopup::closed, m_line, [this] { m_line->setFocus(Qt::PopupFocusReason); });
    }
    if (m_popupIsOld) {
        std::vector<FieldOption> named = m_state.entries();
        if (!named.empty() && named.back().title.isEmpty()) {
            named.back().title = m_state.names().last(); // The value that is none of the options.
        }
        m_popup->setOptions(named);
        m_popupIsOld = false;
    }
    m_popup->openBelow(m_line, m_state.chosen(), typed);
}

void ChoiceSearchEditor::pick(int entry)
{
    if (entry == m_state.chosen()) {
        return;
    }
    m_state.setChosen(entry);
    showChosen();
    const JsonValue value = m_state.valueAt(entry);
    Q_EMIT valueEdited(value);
}

void ChoiceSearchEditor::showChosen()
{
    const QString name = m_state.chosen() < 0 ? QString() : m_state.names()[m_state.chosen()];
    if (name != m_line->currentText() || (m_state.chosen() < 0) != (m_line->count() == 0)) {
        m_line->clear();
        if (m_state.chosen() >= 0) {
            m_line->addItem(name);
        }
        m_line->setCurrentIndex(m_line->count() - 1);
    }
    const QString note = m_state.note();
    if (note != m_note->text()) {
        m_note->setText(note);
        m_note->setVisible(!note.isEmpty());
        updateGeometry();
        Q_EMIT heightChanged();
    }
}

QWidget *ChoiceSearchEditor::focusTarget()
{
    return m_line;
}

} // namespace countersign::ui
