// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/crumb_row.h"

#include "ui/detail/time_words.h"
#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtGui/QPainter>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QMenu>

namespace countersign::ui {

using namespace Qt::StringLiterals;

CrumbRow::CrumbRow(QWidget *parent)
    : QWidget(parent)
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(grid(3), grid(2) - 1, grid(3), grid(2) - 1);
    row->setSpacing(grid(2));
    m_view = makeDimLabel(tr("Inbox") + u"  ›"_s, TextSize::Body, this);
    m_title = makeLabel({}, TextSize::Body, this);
    m_title->setObjectName(u"crumb"_s);
    m_title->setFont(uiFont(TextSize::Body, QFont::Medium));
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_claim = makeDimLabel({}, TextSize::Body, this);
    m_claim->setObjectName(u"claim"_s);
    m_claimButton = new FlatButton(tr("Claim"), u"C"_s, FlatButton::Look::Plain, this);
    m_claimButton->setObjectName(u"claimButton"_s);
    m_more = new FlatButton(u"···"_s, {}, FlatButton::Look::Plain, this);
    m_more->setObjectName(u"more"_s);
    m_more->setAccessibleName(tr("More"));
    auto *menu = new QMenu(m_more);
    connect(menu->addAction(tr("Copy the request's id")), &QAction::triggered, this, &CrumbRow::copyIdWanted);
    connect(menu->addAction(tr("Copy the payload hash")), &QAction::triggered, this, &CrumbRow::copyHashWanted);
    connect(menu->addAction(tr("Copy the arguments as JSON")), &QAction::triggered, this, &CrumbRow::copyJsonWanted);
    connect(m_more, &QPushButton::clicked, this,
            [this, menu] { menu->popup(m_more->mapToGlobal(QPoint(0, m_more->height()))); });
    connect(m_claimButton, &QPushButton::clicked, this, [this] {
        if (m_mine) {
            Q_EMIT releaseClaimWanted();
        } else {
            Q_EMIT claimWanted();
        }
    });
    row->addWidget(m_view);
    row->addWidget(m_title, 1);
    row->addWidget(m_claim);
    row->addWidget(m_claimButton);
    row->addWidget(m_more);
    QSizePolicy keeps = m_more->sizePolicy(); // Its place stays, so that the row is as high as the list's beside it.
    keeps.setRetainSizeWhenHidden(true);
    m_more->setSizePolicy(keeps);
    clear();
}

void CrumbRow::clear()
{
    m_heading.clear();
    m_title->clear();
    m_claim->clear();
    m_view->hide();
    m_claimButton->hide();
    m_more->hide();
}

void CrumbRow::show(const SharedRequest &shown, const std::optional<Reviewer> &reviewer, Timestamp now)
{
    const Request &request = shown->request();
    m_heading = shown->heading;
    const bool claimed = request.isOpen() && request.isClaimedAt(now);
    m_mine = claimed && reviewer && request.claimedBy == reviewer->id;
    const QString left = claimed ? countdown(*request.claimedUntil - now) : QString();
    m_claim->setText(!claimed ? QString()
                     : m_mine ? tr("claimed by you · %1 left").arg(left)
                              : tr("claimed by %1 · %2 left").arg(displayText(request.claimedByName).text, left));
    m_claimButton->setLabel(m_mine ? tr("Release claim") : tr("Claim"));
    m_claimButton->setVisible(request.isOpen());
    m_claimButton->setDisabledReason(
        !reviewer ? tr("Sign in to claim a request.")
        : claimed && !m_mine
            ? tr("%1 has claimed it for another %2.").arg(displayText(request.claimedByName).text, left)
            : QString());
    const bool deferred = request.deferredUntil && *request.deferredUntil > now;
    const Delivery delivery = request.state.delivery;
    const bool unreleased = delivery == Delivery::Staged || delivery == Delivery::Held;
    m_view->setText((request.isOpen() ? deferred ? tr("Deferred") : tr("Inbox")
                     : unreleased ? tr("Not yet released")
                                      : tr("History")) +
                    u"  ›"_s);
    m_view->show();
    m_more->show();
    elide();
}

void CrumbRow::elide()
{
    // The whole heading stands right below: here it only says where one is.
    m_title->setText(m_title->fontMetrics().elidedText(m_heading, Qt::ElideRight, std::max(m_title->width(), 1)));
    m_title->setAccessibleName(m_heading);
}

void CrumbRow::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    elide();
}

void CrumbRow::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), colours().panel);
    painter.fillRect(QRect(0, height() - 1, width(), 1), colours().line);
}

} // namespace countersign::ui
