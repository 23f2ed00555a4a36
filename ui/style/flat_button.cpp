// SPDX-License-Identifier: Apache-2.0
#include "ui/style/flat_button.h"

#include "ui/style/key_hint.h"
#include "ui/style/labels.h"

#include <QtCore/QEvent>
#include <QtGui/QFontMetrics>
#include <QtGui/QPainter>

namespace countersign::ui {
namespace {

QColor mixed(const QColor &ground, const QColor &over, float share)
{
    const auto channel = [share](int a, int b) {
        return static_cast<int>(static_cast<float>(a) + static_cast<float>(b - a) * share);
    };
    return {channel(ground.red(), over.red()), channel(ground.green(), over.green()),
            channel(ground.blue(), over.blue())};
}

QFont buttonFont(FlatButton::Look look)
{
    return uiFont(TextSize::Body, look == FlatButton::Look::Primary ? QFont::DemiBold : QFont::Medium);
}

} // namespace

struct FlatButton::Ink {
    QColor text;
    QColor ground;
    QColor line;
    QColor key;
    QColor keyLine;
};

FlatButton::FlatButton(const QString &label, const QString &key, Look look, QWidget *parent)
    : QPushButton(parent)
    , m_key(key)
    , m_look(look)
{
    setAutoDefault(false);
    setDefault(false);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
    setLabel(label);
}

void FlatButton::setLabel(const QString &label)
{
    m_label = label;
    QString unmarked = label;
    QPushButton::setText(unmarked.replace(u'&', QStringLiteral("&&"))); // An ampersand is no mnemonic here.
    setAccessibleName(label);
    updateGeometry();
    update();
}

void FlatButton::setKeyHint(const QString &key)
{
    m_key = key;
    updateGeometry();
    update();
}

void FlatButton::setLook(Look look)
{
    m_look = look;
    updateGeometry();
    update();
}

void FlatButton::reserveFor(const QString &label, const QString &key)
{
    m_reserved.emplace_back(label, key);
    updateGeometry();
}

void FlatButton::setIconName(const QString &name)
{
    m_iconName = name;
    updateGeometry();
    update();
}

void FlatButton::setDisabledReason(const QString &reason)
{
    m_reason = reason;
    setEnabled(reason.isEmpty());
    setPlainToolTip(this, reason);
    setAccessibleDescription(reason);
}

int FlatButton::widthOf(const QString &label, const QString &key, const QFont &font) const
{
    const QFontMetrics metrics(font);
    int width = 2 * grid(3) - 2 + (label.isEmpty() ? 0 : metrics.horizontalAdvance(label));
    if (!key.isEmpty()) {
        width += grid(2) + keyHintSize(key).width();
    }
    if (!m_iconName.isEmpty()) {
        width += grid(4) + (label.isEmpty() ? 0 : grid(1) + 2);
    }
    return width;
}

QSize FlatButton::sizeHint() const
{
    const QFont widest = buttonFont(Look::Primary); // A button that is picked grows bold, not wide.
    int width = widthOf(m_label, m_key, widest);
    for (const auto &[label, key] : m_reserved) {
        width = std::max(width, widthOf(label, key, widest));
    }
    return {width, std::max(grid(7), QFontMetrics(buttonFont(m_look)).height() + 2 * grid(2) - 3)};
}

FlatButton::Ink FlatButton::ink() const
{
    const Colours &c = colours();
    if (!isEnabled()) {
        return {c.dim, c.surface, c.line, c.dim, c.line};
    }
    const float share = isDown() ? 0.12F : (underMouse() ? 0.05F : 0.0F);
    switch (m_look) {
    case Look::Primary:
        return {c.onAccent, mixed(c.accent, c.text, share), c.accent, c.onAccent, c.onAccent};
    case Look::Danger:
        return {c.bad, mixed(c.panel, c.bad, share), c.bad, c.dim, c.line};
    case Look::Plain:
        break;
    }
    return {c.text, mixed(c.panel, c.text, share), c.line, c.dim, c.line};
}

void FlatButton::paintEvent(QPaintEvent *)
{
    const Ink ink = this->ink();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(ink.line);
    painter.setBrush(ink.ground);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5.5, 5.5);
    if (hasFocus()) {
        // On the accent itself a ring of the accent would not be seen.
        painter.setPen(QPen(m_look == Look::Primary ? ink.text : colours().accent, 1.5));
        painter.setBrush(Qt::NoBrush);
        const qreal inset = m_look == Look::Primary ? 2.75 : 0.75;
        painter.drawRoundedRect(QRectF(rect()).adjusted(inset, inset, -inset, -inset), 4.5, 4.5);
    }

    QRect inside = rect().adjusted(grid(3) - 1, 0, -grid(3) + 1, 0);
    const int needed = widthOf(m_label, m_key, buttonFont(m_look));
    const bool iconOnly = m_label.isEmpty() && m_key.isEmpty();
    if (needed < width() || iconOnly) { // Wider than needed: the contents stand in the middle.
        const int spare = (width() - needed) / 2;
        inside.adjust(spare, 0, -spare, 0);
    }
    if (!m_key.isEmpty()) {
        const QSize size = keyHintSize(m_key);
        const QRect cap(QPoint(inside.right() + 1 - size.width(), (height() - size.height()) / 2), size);
        paintKeyHint(&painter, cap, m_key, ink.key, ink.keyLine);
        inside.setRight(cap.left() - grid(2) - 1);
    }
    if (!m_iconName.isEmpty()) {
        const QRect place(inside.left(), (height() - grid(4)) / 2, grid(4), grid(4));
        paintIcon(&painter, place, m_iconName, ink.text);
        inside.setLeft(place.right() + 1 + grid(1) + 2);
    }
    const QFont font = buttonFont(m_look);
    painter.setFont(font);
    painter.setPen(ink.text);
    painter.drawText(inside, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine | Qt::TextForceLeftToRight,
                     QFontMetrics(font).elidedText(m_label, Qt::ElideRight, inside.width() + 2));
}

void FlatButton::changeEvent(QEvent *event)
{
    QPushButton::changeEvent(event);
    if (event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange) {
        updateGeometry();
    }
}

} // namespace countersign::ui
