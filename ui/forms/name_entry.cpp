// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/name_entry.h"

#include "core/base/visible_text.h"
#include "ui/forms/field_editor.h"
#include "ui/forms/piece_label.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QLineEdit>

namespace countersign::ui {

NameEntry::NameEntry(QWidget *parent)
    : QWidget(parent)
    , m_field(new QLineEdit(this))
    , m_refusal(new PieceLabel(TextSize::Small, this))
{
    m_field->setObjectName(QStringLiteral("memberName"));
    m_field->setMaxLength(100'000);
    m_field->installEventFilter(this);
    m_refusal->hide();
    connect(m_field, &QLineEdit::textEdited, this, [this] { refuse({}); });
}

void NameEntry::begin(const QString &name)
{
    refuse({});
    m_field->setText(displayText(name).text);
    m_field->selectAll();
}

void NameEntry::setPlaceholder(const QString &ours)
{
    m_field->setPlaceholderText(ours);
}

QString NameEntry::name() const
{
    return originalText(m_field->text());
}

void NameEntry::clear()
{
    m_field->clear();
    refuse({});
}

void NameEntry::refuse(const QString &sentence)
{
    if (sentence.isEmpty() && m_refusal->isEmpty()) {
        return;
    }
    m_refusal->setPieces({{displayText(sentence, TextShape::Lines), PieceLabel::Look::Bad}});
    m_refusal->setVisible(!sentence.isEmpty());
    m_field->setAccessibleDescription(m_refusal->text());
    markWrong(m_field, !sentence.isEmpty());
    resizeEvent(nullptr);
    Q_EMIT heightChanged();
}

QString NameEntry::refusal() const
{
    return m_refusal->text();
}

QSize NameEntry::sizeHint() const
{
    return {grid(50), heightForWidth(grid(50))};
}

int NameEntry::heightForWidth(int width) const
{
    const int words = m_refusal->isEmpty() ? 0 : m_refusal->heightForWidth(width) + grid(1);
    return m_field->sizeHint().height() + words;
}

void NameEntry::resizeEvent(QResizeEvent *event)
{
    if (event) {
        QWidget::resizeEvent(event);
    }
    const int line = m_field->sizeHint().height();
    m_field->setGeometry(0, 0, std::min(width(), grid(70)), line);
    m_refusal->setGeometry(0, line + grid(1), width(), m_refusal->heightForWidth(width()));
}

bool NameEntry::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
        if (enter && !key->modifiers().testFlag(Qt::ControlModifier)) {
            Q_EMIT taken();
            return true;
        }
        if (key->key() == Qt::Key_Escape) {
            Q_EMIT dropped();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace countersign::ui
