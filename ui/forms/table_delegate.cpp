// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/table_delegate.h"

#include "core/base/visible_text.h"
#include "ui/forms/choice_model.h"
#include "ui/forms/table_model.h"
#include "ui/style/theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QApplication>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int longestCell = 1 << 20;
constexpr const char *before = "before"; ///< Property: what the editor began with.

/// What a cell can be, as values in the order of a list; empty: anything.
std::vector<JsonValue> choicesOf(const FormField &field)
{
    std::vector<JsonValue> choices;
    if (field.kind == FieldKind::Switch) {
        choices = {JsonValue::fromBool(true), JsonValue::fromBool(false)};
    } else if (field.kind == FieldKind::Choice) {
        for (const FieldOption &option : field.options) {
            choices.push_back(option.value);
        }
    }
    return choices;
}

const TableModel *tableOf(const QModelIndex &index)
{
    return qobject_cast<const TableModel *>(index.model());
}

} // namespace

void TableDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    const QStyle *style = cell.widget ? cell.widget->style() : QApplication::style();
    style->drawPrimitive(QStyle::PE_PanelItemViewItem, &cell, painter, cell.widget);
    cell.rect.adjust(grid(1), 0, -grid(1), 0); // Air between a number and the text beside it.
    style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, cell.widget);
}

QWidget *TableDelegate::createEditor(QWidget *parent, const QStyleOptionViewItem &, const QModelIndex &index) const
{
    const TableModel *table = tableOf(index);
    const FormField *field = table ? table->cell(index) : nullptr;
    if (!field) {
        return nullptr;
    }
    const QString name = table->columnName(index.column());
    if (field->kind == FieldKind::Switch || field->kind == FieldKind::Choice) {
        auto *combo = new QComboBox(parent);
        combo->setObjectName(u"cellChoice"_s);
        combo->setAccessibleName(name);
        combo->setMaxVisibleItems(12);
        if (field->kind == FieldKind::Switch) {
            combo->addItems({tr("true"), tr("false")});
        } else {
            combo->addItems(optionNames(field->options));
        }
        auto *self = const_cast<TableDelegate *>(this);
        connect(combo, &QComboBox::activated, self, [self, combo] {
            Q_EMIT self->commitData(combo);
            Q_EMIT self->closeEditor(combo);
        });
        return combo;
    }
    auto *line = new QLineEdit(parent);
    line->setObjectName(u"cellText"_s);
    line->setMaxLength(longestCell);
    line->setAccessibleName(name);
    if (field->kind == FieldKind::Secret) {
        line->setEchoMode(QLineEdit::Password);
    }
    return line;
}

void TableDelegate::setEditorData(QWidget *editor, const QModelIndex &index) const
{
    const TableModel *table = tableOf(index);
    const FormField *field = table ? table->cell(index) : nullptr;
    if (!field) {
        return;
    }
    if (auto *combo = qobject_cast<QComboBox *>(editor)) {
        const JsonValue *value = table->valueAt(index);
        const std::vector<JsonValue> choices = choicesOf(*field);
        const auto found = value ? std::find(choices.begin(), choices.end(), *value) : choices.end();
        combo->setCurrentIndex(found == choices.end() ? -1 : static_cast<int>(found - choices.begin()));
        combo->setProperty(before, combo->currentIndex());
        return;
    }
    if (auto *line = qobject_cast<QLineEdit *>(editor)) {
        if (line->property(before).isValid()) {
            return; // A change elsewhere does not write over what is being typed.
        }
        line->setText(countersign::displayText(index.data(Qt::EditRole).toString()).text);
        line->setProperty(before, line->text());
        line->selectAll();
    }
}

void TableDelegate::setModelData(QWidget *editor, QAbstractItemModel *model, const QModelIndex &index) const
{
    const TableModel *table = tableOf(index);
    const FormField *field = table ? table->cell(index) : nullptr;
    if (!field) {
        return;
    }
    if (const auto *combo = qobject_cast<QComboBox *>(editor)) {
        const std::vector<JsonValue> choices = choicesOf(*field);
        const int picked = combo->currentIndex();
        if (picked < 0 || picked == combo->property(before).toInt() || static_cast<size_t>(picked) >= choices.size()) {
            return;
        }
        // As a value: its text may be that of another option too.
        qobject_cast<TableModel *>(model)->setCellValue(index, choices[static_cast<size_t>(picked)]);
        return;
    }
    if (const auto *line = qobject_cast<QLineEdit *>(editor);
        line && line->text() != line->property(before).toString()) {
        model->setData(index, originalText(line->text()), Qt::EditRole);
    }
}

void TableDelegate::updateEditorGeometry(QWidget *editor, const QStyleOptionViewItem &option, const QModelIndex &) const
{
    editor->setGeometry(option.rect);
}

} // namespace countersign::ui
