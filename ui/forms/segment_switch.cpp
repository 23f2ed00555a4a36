// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/segment_switch.h"

#include "ui/style/theme.h"

#include <QtCore/QEvent>
#include <QtGui/QPainter>
#include <QtGui/QPainterPath>

namespace countersign::ui {

SegmentButton::SegmentButton(QWidget *parent)
    : QAbstractButton(parent)
{
    setCheckable(true);
    setAutoExclusive(true);
    setAttribute(Qt::WA_Hover);
    setFocusPolicy(Qt::StrongFocus);
}

void SegmentButton::setLabel(const QString &visible)
{
    m_label = visible;
    QString unmarked = visible;
    setText(unmarked.replace(u'&', QStringLiteral("&&"))); // An ampersand is no mnemonic here.
    setShortcut({});
    setAccessibleName(visible);
    updateGeometry();
    update();
}

QSize SegmentButton::sizeHint() const
{
    const QFontMetrics metrics(uiFont(TextSize::Body, QFont::Medium));
    return {metrics.horizontalAdvance(m_label) + 2 * grid(3), std::max(grid(7), metrics.height() + grid(2))};
}

void SegmentButton::paintEvent(QPaintEvent *)
{
    const Colours &c = colours();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF inside = QRectF(rect()).adjusted(2.5, 2.5, -2.5, -2.5);
    if (isChecked()) {
        painter.setPen(isEnabled() ? c.accent : c.line);
        painter.setBrush(isEnabled() ? c.accentBack : c.surface);
        painter.drawRoundedRect(inside, 4, 4);
    } else if (underMouse() && isEnabled()) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(c.surface);
        painter.drawRoundedRect(inside, 4, 4);
    }
    if (hasFocus()) {
        painter.setPen(QPen(c.accent, 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(inside.adjusted(-0.5, -0.5, 0.5, 0.5), 4.5, 4.5);
    }
    painter.setFont(uiFont(TextSize::Body, isChecked() ? QFont::Medium : QFont::Normal));
    painter.setPen(isEnabled() && isChecked() ? c.accent : isEnabled() ? c.text : c.dim);
    const QRect words = rect().adjusted(grid(1), 0, -grid(1), 0);
    painter.drawText(words, Qt::AlignCenter | Qt::TextSingleLine | Qt::TextForceLeftToRight,
                     painter.fontMetrics().elidedText(m_label, Qt::ElideRight, words.width()));
}

SegmentSwitch::SegmentSwitch(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void SegmentSwitch::setLabels(const std::vector<QString> &visible)
{
    m_count = static_cast<int>(visible.size());
    while (m_buttons.size() < visible.size()) {
        const auto index = static_cast<int>(m_buttons.size());
        auto *button = new SegmentButton(this);
        connect(button, &QAbstractButton::toggled, this, [this, index](bool on) {
            setStops();
            if (on && !m_quiet) {
                Q_EMIT chosen(index);
            }
        });
        m_buttons.push_back(button);
    }
    for (size_t i = 0; i < m_buttons.size(); ++i) {
        m_buttons[i]->setVisible(i < visible.size());
        if (i < visible.size() && m_buttons[i]->label() != visible[i]) {
            m_buttons[i]->setLabel(visible[i]);
        }
    }
    place();
    setStops();
    updateGeometry();
}

int SegmentSwitch::current() const
{
    for (int i = 0; i < m_count; ++i) {
        if (button(i)->isChecked()) {
            return i;
        }
    }
    return -1;
}

void SegmentSwitch::setCurrent(int index)
{
    if (index == current()) {
        return;
    }
    m_quiet = true;
    for (SegmentButton *one : m_buttons) {
        one->setAutoExclusive(false); // Else the last one cannot be switched off.
        one->setChecked(false);
    }
    for (SegmentButton *one : m_buttons) {
        one->setAutoExclusive(true);
    }
    if (index >= 0 && index < m_count) {
        button(index)->setChecked(true);
    }
    m_quiet = false;
    setStops();
}

QWidget *SegmentSwitch::tabStop() const
{
    for (int i = 0; i < m_count; ++i) {
        if (button(i)->hasFocus()) {
            return button(i);
        }
    }
    return m_count > 0 ? button(std::max(current(), 0)) : nullptr;
}

void SegmentSwitch::setStops()
{
    const int on = std::max(current(), 0);
    for (int i = 0; i < m_count; ++i) {
        button(i)->setFocusPolicy(i == on ? Qt::StrongFocus : Qt::ClickFocus);
    }
}

void SegmentSwitch::setWords(const QString &name, const QString &description)
{
    for (int i = 0; i < m_count; ++i) {
        const QString words = name + QStringLiteral(": ") + button(i)->label();
        if (button(i)->accessibleName() != words) {
            button(i)->setAccessibleName(words);
        }
        if (button(i)->accessibleDescription() != description) {
            button(i)->setAccessibleDescription(description);
        }
    }
}

QSize SegmentSwitch::sizeHint() const
{
    QSize size(0, grid(7));
    for (int i = 0; i < m_count; ++i) {
        const QSize one = button(i)->sizeHint();
        size = {size.width() + one.width(), std::max(size.height(), one.height())};
    }
    return size;
}

void SegmentSwitch::place()
{
    const int wanted = sizeHint().width();
    int x = 0;
    for (int i = 0; i < m_count; ++i) {
        int share = button(i)->sizeHint().width();
        if (wanted > width() && width() > 0) {
            share = share * width() / wanted; // Too narrow for all: each is shortened alike.
        }
        button(i)->setGeometry(x, 0, share, height());
        x += share;
    }
}

void SegmentSwitch::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    place();
}

void SegmentSwitch::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange) {
        updateGeometry();
        place();
    }
}

void SegmentSwitch::paintEvent(QPaintEvent *)
{
    const Colours &c = colours();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool wrong = property("wrong").toBool();
    painter.setPen(wrong ? c.bad : c.line);
    painter.setBrush(c.field);
    const int end = std::min(width(), sizeHint().width());
    painter.drawRoundedRect(QRectF(0.5, 0.5, end - 1, height() - 1), 6, 6);
}

} // namespace countersign::ui
