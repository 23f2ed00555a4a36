// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtWidgets/QStyledItemDelegate>

namespace countersign::ui {

/// Draws one request as in a quiet list: tier stripe, title and due pill, then tool, agent and pattern, then the
/// agent's own title, quoted. Elides; the whole stands in the detail.
class QueueDelegate : public QStyledItemDelegate
{
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

    static int rowHeight(bool withQuote);
    static int headingHeight();
    static void paintHeading(QPainter *painter, const QRect &rect, const QString &text);
};

} // namespace countersign::ui
