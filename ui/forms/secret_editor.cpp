// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/secret_editor.h"

#include "core/base/visible_text.h"
#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtCore/QEvent>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QLineEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int longestSecret = 1 << 20;

} // namespace

SecretEditor::SecretEditor(QWidget *parent)
    : FieldEditor(parent)
    , m_line(new QLineEdit(this))
    , m_reveal(new FlatButton(tr("Hold to show"), {}, FlatButton::Look::Plain, this))
{
    setObjectName(u"secretEditor"_s);
    m_line->setObjectName(u"secret"_s);
    m_line->setMaxLength(longestSecret);
    m_line->setEchoMode(QLineEdit::Password);
    m_line->setInputMethodHints(Qt::ImhHiddenText | Qt::ImhSensitiveData | Qt::ImhNoPredictiveText |
                                Qt::ImhNoAutoUppercase);
    m_line->setDragEnabled(false);
    m_line->installEventFilter(this);
    m_reveal->setObjectName(u"revealSecret"_s);
    m_reveal->installEventFilter(this);
    setPlainToolTip(m_reveal, tr("Shows what is typed for as long as the button or the space bar is held down"));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(grid(2));
    row->addWidget(m_line, 1);
    row->addWidget(m_reveal);
    setFocusProxy(m_line);
    connect(m_line, &QLineEdit::textEdited, this, [this](const QString &typed) {
        if (typed.isEmpty()) {
            Q_EMIT absentWanted();
        } else {
            Q_EMIT valueEdited(JsonValue::fromString(originalText(typed)));
        }
    });
    connect(m_reveal, &FlatButton::pressed, this, [this] { reveal(true); });
    connect(m_reveal, &FlatButton::released, this, [this] { reveal(false); });
}

bool SecretEditor::fits(const FormField &field) const
{
    return field.kind == FieldKind::Secret;
}

void SecretEditor::present(const FormField &field, const JsonValue *value, const QString &)
{
    if (field.id != m_field) {
        reveal(false);
    }
    const QString text = value ? value->toString() : QString();
    if (field.id != m_field || originalText(m_line->text()) != text) {
        m_line->setText(displayText(text).text); // Forgets the steps back of the field before, too.
        m_line->setCursorPosition(0);
    }
    m_field = field.id;
    m_line->setReadOnly(field.readOnly);
    m_line->setPlaceholderText(field.required ? QString() : tr("not set"));
}

QWidget *SecretEditor::focusTarget()
{
    return m_line;
}

std::vector<QWidget *> SecretEditor::tabStops()
{
    return {m_line, m_reveal};
}

void SecretEditor::setWords(const QString &name, const QString &description)
{
    m_line->setAccessibleName(name);
    m_line->setAccessibleDescription(description);
    m_reveal->setAccessibleName(tr("Hold to show %1").arg(name));
}

void SecretEditor::reveal(bool shown)
{
    m_line->setEchoMode(shown ? QLineEdit::Normal : QLineEdit::Password);
}

bool SecretEditor::eventFilter(QObject *watched, QEvent *event)
{
    // Whatever ends the holding without a release: another window, a lock, a dialog.
    if (watched == m_reveal && (event->type() == QEvent::FocusOut || event->type() == QEvent::WindowDeactivate ||
                                event->type() == QEvent::Leave || event->type() == QEvent::EnabledChange)) {
        reveal(false);
    }
    if (watched == m_line && event->type() == QEvent::WindowDeactivate) {
        reveal(false);
    }
    return FieldEditor::eventFilter(watched, event);
}

void SecretEditor::hideEvent(QHideEvent *event)
{
    FieldEditor::hideEvent(event);
    reveal(false);
}

} // namespace countersign::ui
