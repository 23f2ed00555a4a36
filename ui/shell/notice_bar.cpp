// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/notice_bar.h"

#include "ui/style/flat_button.h"
#include "ui/style/icons.h"
#include "ui/style/labels.h"

#include <QtGui/QAccessible>
#include <QtGui/QPainter>
#include <QtWidgets/QBoxLayout>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign::ui {
namespace {

constexpr auto toastTime = 12s;
constexpr int longestSentence = 1500;

} // namespace

NoticeBar::NoticeBar(Shape shape, Tone tone, QWidget *parent)
    : QWidget(parent)
    , m_shape(shape)
    , m_tone(tone)
{
    m_text = makeLabel({}, TextSize::Body, this);
    m_text->setWordWrap(true);
    m_text->setObjectName(u"notice"_s);
    m_act = new FlatButton({}, {}, FlatButton::Look::Plain, this);
    m_act->setObjectName(u"noticeAct"_s);
    connect(m_act, &FlatButton::clicked, this, &NoticeBar::actWanted);
    m_close = new FlatButton(tr("Dismiss"), {}, FlatButton::Look::Plain, this);
    m_close->setObjectName(u"dismissNotice"_s);
    m_close->setVisible(shape == Shape::Toast);
    connect(m_close, &FlatButton::clicked, this, &NoticeBar::clear);
    auto *row = new QHBoxLayout(this);
    row->addWidget(m_text, 1);
    row->addWidget(m_act, 0, Qt::AlignVCenter);
    row->addWidget(m_close, 0, Qt::AlignVCenter);
    m_goes.setSingleShot(true);
    m_goes.setInterval(toastTime);
    connect(&m_goes, &QTimer::timeout, this, &NoticeBar::clear);
    applyGrid();
    hide();
}

void NoticeBar::applyGrid()
{
    const int left = grid(m_shape == Shape::Banner ? 4 : 3) + grid(5) + grid(2);
    layout()->setContentsMargins(left, grid(2), grid(3), grid(2));
    layout()->setSpacing(grid(2));
}

void NoticeBar::say(const QString &ours, const QString &act)
{
    m_text->setText(shortened(ours, longestSentence));
    m_act->setLabel(act);
    m_act->setVisible(!act.isEmpty());
    show();
    raise();
    if (m_shape == Shape::Toast) {
        m_goes.start();
    }
    setAccessibleName(ours);
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

void NoticeBar::clear()
{
    m_goes.stop();
    if (!isHidden()) {
        hide();
        m_text->clear();
        Q_EMIT cleared();
    }
}

QString NoticeBar::text() const
{
    return m_text->text();
}

void NoticeBar::setTone(Tone tone)
{
    m_tone = tone;
    update();
}

void NoticeBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const QColor ink = toneColour(m_tone);
    const int side = grid(5);
    if (m_shape == Shape::Banner) {
        painter.fillRect(rect(), toneGround(m_tone));
        painter.fillRect(QRect(0, height() - 1, width(), 1), colours().line);
    } else {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(ink, 1));
        painter.setBrush(toneGround(m_tone));
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    }
    const int left = grid(m_shape == Shape::Banner ? 4 : 3);
    paintIcon(&painter, QRect(left, (height() - side) / 2, side, side), u"warning"_s, ink);
}

void NoticeBar::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && layout()) {
        applyGrid();
    }
}

} // namespace countersign::ui
