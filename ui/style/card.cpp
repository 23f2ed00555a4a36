// SPDX-License-Identifier: Apache-2.0
#include "ui/style/card.h"

#include "ui/style/labels.h"

#include <QtCore/QEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QBoxLayout>

namespace countersign::ui {

Card::Card(const QString &title, Edge edge, QWidget *parent)
    : QFrame(parent)
    , m_edge(edge)
{
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(1, 1, 1, 1);
    rows->setSpacing(0);
    m_header = new QWidget(this);
    m_headerRow = new QHBoxLayout(m_header);
    m_title = makeLabel({}, TextSize::Small, m_header);
    m_title->setFont(uiFont(TextSize::Small, QFont::DemiBold));
    m_headerRow->addWidget(m_title);
    m_headerRow->addStretch(1);
    rows->addWidget(m_header);
    m_body = new QVBoxLayout;
    rows->addLayout(m_body, 1);
    setTitle(title);
    applyGrid();
}

void Card::setTitle(const QString &title)
{
    m_title->setText(title);
    m_header->setVisible(!title.isEmpty());
    setAccessibleName(title);
}

void Card::addBesideTitle(QWidget *widget)
{
    int stretch = 0; // The stretch parts what stands left from what stands right.
    while (!m_headerRow->itemAt(stretch)->spacerItem()) {
        ++stretch;
    }
    m_headerRow->insertWidget(stretch, widget);
}

void Card::addToHeader(QWidget *widget)
{
    m_headerRow->addWidget(widget);
}

void Card::applyGrid()
{
    const int side = grid(3) + 2;
    m_headerRow->setContentsMargins(side, grid(2), side, grid(2));
    m_headerRow->setSpacing(grid(2));
    m_body->setContentsMargins(side, grid(2), side, grid(3));
    m_body->setSpacing(grid(1));
}

void Card::paintEvent(QPaintEvent *)
{
    const Colours &c = colours();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPen pen(c.line);
    if (m_edge == Edge::Dashed) {
        pen.setColor(QColor((c.line.red() + c.dim.red()) / 2, (c.line.green() + c.dim.green()) / 2,
                            (c.line.blue() + c.dim.blue()) / 2));
        pen.setDashPattern({4, 3});
    }
    painter.setPen(pen);
    painter.setBrush(m_edge == Edge::Dashed ? c.surface : c.panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    if (!m_header->isHidden()) {
        painter.fillRect(QRect(1, m_header->geometry().bottom(), width() - 2, 1), c.line);
    }
}

void Card::changeEvent(QEvent *event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_body) {
        applyGrid();
    }
}

} // namespace countersign::ui
