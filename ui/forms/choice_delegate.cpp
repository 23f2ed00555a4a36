// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/choice_delegate.h"

#include "ui/forms/choice_model.h"
#include "ui/style/theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QApplication>

namespace countersign::ui {

void ChoiceDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    const QStyle *style = cell.widget ? cell.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, cell.widget);
    const QString description = index.data(ChoiceModel::DescriptionRole).toString();
    if (description.isEmpty()) {
        return;
    }
    const QRect text = style->subElementRect(QStyle::SE_ItemViewItemText, &cell, cell.widget);
    const int used = cell.fontMetrics.horizontalAdvance(cell.text) + grid(4);
    const QRect rest = text.adjusted(used, 0, -grid(1), 0);
    if (rest.width() < grid(10)) {
        return; // It stands below the field once the option is picked.
    }
    const QFont font = uiFont(TextSize::Small);
    painter->save();
    painter->setFont(font);
    const bool selected = cell.state.testFlag(QStyle::State_Selected);
    painter->setPen(selected ? cell.palette.color(QPalette::HighlightedText) : colours().dim);
    painter->drawText(rest, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine | Qt::TextForceLeftToRight,
                      QFontMetrics(font).elidedText(description, Qt::ElideRight, rest.width()));
    painter->restore();
}

QSize ChoiceDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const QSize size = QStyledItemDelegate::sizeHint(option, index);
    return {size.width(), std::max(size.height(), grid(7))};
}

} // namespace countersign::ui
