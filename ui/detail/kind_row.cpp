// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/kind_row.h"

#include "ui/detail/flow_layout.h"
#include "ui/forms/segment_switch.h"
#include "ui/style/theme.h"

#include <QtGui/QPainter>

namespace countersign::ui {

using namespace Qt::StringLiterals;

KindRow::KindRow(QWidget *parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Answer with"));
    auto *flow = new FlowLayout(0, 0, this);
    flow->setContentsMargins(1, 1, 1, 1);
    const std::array<QString, answerKindCount> labels{tr("Clipboard"), tr("File"),        tr("Screenshot"),
                                                      tr("Location"),  tr("Free answer"), tr("Form")};
    const std::array<QString, answerKindCount> names{u"kindClipboard"_s, u"kindFile"_s, u"kindScreenshot"_s,
                                                     u"kindLocation"_s,  u"kindFree"_s, u"kindForm"_s};
    for (size_t i = 0; i < labels.size(); ++i) {
        auto *button = new SegmentButton(this);
        button->setLabel(labels[i]);
        button->setAccessibleName(tr("Answer with: %1").arg(labels[i]));
        button->setObjectName(names[i]);
        flow->addWidget(button);
        m_buttons[i] = button;
        connect(button, &QAbstractButton::toggled, this, [this, i](bool on) {
            setStops();
            if (on && !m_quiet) {
                Q_EMIT chosen(static_cast<AnswerKind>(i));
            }
        });
    }
}

void KindRow::offerForm(bool offered)
{
    button(AnswerKind::Form)->setVisible(offered);
}

void KindRow::setCurrent(AnswerKind kind)
{
    m_quiet = true;
    button(kind)->setChecked(true);
    m_quiet = false;
    setStops();
}

void KindRow::setStops()
{
    for (SegmentButton *one : m_buttons) {
        one->setFocusPolicy(one->isChecked() ? Qt::StrongFocus : Qt::ClickFocus);
    }
}

void KindRow::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(colours().line);
    painter.setBrush(colours().panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
}

} // namespace countersign::ui
