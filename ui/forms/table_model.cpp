// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/table_model.h"

#include "core/base/json_text.h"
#include "core/base/visible_text.h"
#include "ui/forms/choice_model.h"
#include "ui/forms/table_cells.h"
#include "ui/style/theme.h"

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int longestShown = 200;
constexpr int longestName = 80;

/// How many members both lists have in common at their beginning.
size_t commonStart(const std::vector<FieldId> &a, const std::vector<FieldId> &b)
{
    return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

} // namespace

void TableModel::setForm(FormModel *form)
{
    if (form == m_form) {
        return;
    }
    beginResetModel();
    m_form = form;
    m_table = noField;
    m_ids.clear();
    m_keys.clear();
    m_names.clear();
    endResetModel();
}

const FormField *TableModel::tableField() const
{
    return m_form ? m_form->field(m_table) : nullptr;
}

void TableModel::show(FieldId table)
{
    if (table != m_table) {
        beginResetModel();
        m_table = table;
        m_ids.clear();
        m_keys.clear();
        m_names.clear();
        if (const FormField *field = tableField()) {
            m_keys = field->columnKeys;
            for (const QString &title : field->columns) {
                m_names += shortened(displayText(title).text, longestName);
            }
            m_ids = field->children;
        }
        endResetModel();
    }
    sync();
}

void TableModel::sync()
{
    const FormField *field = tableField();
    const JsonValue *value = m_form ? m_form->valueOf(m_table) : nullptr;
    if (field && value && value->items().size() != field->children.size()) {
        m_form->loadChildren(m_table);
        field = tableField();
    }
    const std::vector<FieldId> now = field ? field->children : std::vector<FieldId>();
    if (now != m_ids) {
        const size_t start = commonStart(m_ids, now);
        size_t end = 0;
        while (end < std::min(m_ids.size(), now.size()) - start &&
               m_ids[m_ids.size() - 1 - end] == now[now.size() - 1 - end]) {
            ++end;
        }
        if (const size_t gone = m_ids.size() - start - end; gone > 0) {
            beginRemoveRows({}, static_cast<int>(start), static_cast<int>(start + gone - 1));
            m_ids.erase(m_ids.begin() + static_cast<std::ptrdiff_t>(start),
                        m_ids.begin() + static_cast<std::ptrdiff_t>(start + gone));
            endRemoveRows();
        }
        if (const size_t come = now.size() - start - end; come > 0) {
            beginInsertRows({}, static_cast<int>(start), static_cast<int>(start + come - 1));
            m_ids = now;
            endInsertRows();
        }
    }
    if (!m_ids.empty() && !m_keys.empty()) {
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
    }
}

FieldId TableModel::rowId(int row) const
{
    return row >= 0 && static_cast<size_t>(row) < m_ids.size() ? m_ids[static_cast<size_t>(row)] : noField;
}

int TableModel::rowOf(FieldId id) const
{
    const auto found = std::find(m_ids.begin(), m_ids.end(), id);
    return found == m_ids.end() ? -1 : static_cast<int>(found - m_ids.begin());
}

const FormField *TableModel::cell(const QModelIndex &index) const
{
    const FormField *row = m_form && index.isValid() ? m_form->field(rowId(index.row())) : nullptr;
    if (!row) {
        return nullptr;
    }
    if (row->children.empty() && row->presence == Presence::Value) {
        // With those around it, since the form is checked anew after new fields: once for a page, not for every row.
        constexpr int around = 30;
        const int last = std::min(index.row() + around, rowCount() - 1);
        for (int i = std::max(index.row() - around, 0); i <= last; ++i) {
            m_form->loadChildren(rowId(i));
        }
        row = m_form->field(rowId(index.row()));
    }
    const std::string &key = m_keys[static_cast<size_t>(index.column())];
    for (const FieldId id : row->children) {
        const FormField *field = m_form->field(id);
        if (field && field->key == key) {
            return field;
        }
    }
    return nullptr;
}

const JsonValue *TableModel::valueAt(const QModelIndex &index) const
{
    const JsonValue *list = m_form ? m_form->valueOf(m_table) : nullptr;
    if (!list || !index.isValid() || static_cast<size_t>(index.row()) >= list->items().size()) {
        return nullptr;
    }
    return list->items()[static_cast<size_t>(index.row())].find(m_keys[static_cast<size_t>(index.column())]);
}

bool TableModel::isReadOnly(const QModelIndex &index) const
{
    const FormField *table = tableField();
    const FormField *field = cell(index);
    return !table || table->readOnly || !field || field->readOnly || field->kind == FieldKind::Constant;
}

QString TableModel::problemOf(const FormField &field) const
{
    const std::vector<const FieldProblem *> problems = m_form->problemsOf(field.id);
    for (const FieldProblem *problem : problems) {
        if (problem->keyword == "unfinished") {
            return problem->message; // What is typed comes before what is wrong with the value of before.
        }
    }
    return problems.empty() ? QString() : problems.front()->message;
}

QString TableModel::shown(const FormField *field, const JsonValue *value) const
{
    if (!value) {
        return {};
    }
    if (field && field->kind == FieldKind::Secret && value->isString()) {
        return QString(8, QChar(0x2022)); // Not its length either.
    }
    if (field && field->kind == FieldKind::Choice) {
        const int option = optionOf(field->options, *value);
        if (option >= 0) {
            const QString title = displayText(field->options[static_cast<size_t>(option)].title).text;
            return shortened(title.isEmpty() ? optionValueText(*value) : title, longestShown);
        }
    }
    return shortened(displayText(cellText(field, value)).text, longestShown);
}

int TableModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_ids.size());
}

int TableModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_names.size());
}

QVariant TableModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || !m_form || index.row() >= rowCount()) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        const JsonValue *value = valueAt(index);
        const bool right = value && value->isNumber();
        return static_cast<int>((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    }
    const bool known = role == Qt::DisplayRole || role == Qt::EditRole || role == Qt::AccessibleTextRole ||
                       role == Qt::ForegroundRole || role == Qt::BackgroundRole || role == ProblemRole ||
                       role == KindRole;
    if (!known) {
        return {};
    }
    const FormField *field = cell(index);
    const JsonValue *value = valueAt(index);
    const QString typed = field ? m_form->unfinished(field->id) : QString();
    const QString text = typed.isEmpty() ? shown(field, value) : shortened(displayText(typed).text, longestShown);
    switch (role) {
    case Qt::DisplayRole:
        return text;
    case Qt::EditRole:
        return typed.isEmpty() ? cellText(field, value) : typed;
    case KindRole:
        return static_cast<int>(field ? field->kind : FieldKind::Text);
    case ProblemRole:
        return field ? problemOf(*field) : QString();
    case Qt::AccessibleTextRole: {
        const QString problem = field ? problemOf(*field) : QString();
        const QString said = value || !typed.isEmpty() ? (text.isEmpty() ? tr("empty text") : text) : tr("not set");
        return u"%1: %2%3"_s.arg(columnName(index.column()), said,
                                 problem.isEmpty() ? QString() : u". "_s + displayText(problem).text);
    }
    case Qt::ForegroundRole:
        if (field && (!typed.isEmpty() || !problemOf(*field).isEmpty())) {
            return colours().bad;
        }
        return value && value->isNull() ? QVariant(colours().dim) : QVariant();
    case Qt::BackgroundRole:
        return field && (!typed.isEmpty() || !problemOf(*field).isEmpty()) ? QVariant(colours().badBack) : QVariant();
    default:
        return {};
    }
}

QVariant TableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role == Qt::TextAlignmentRole) {
        return static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    return orientation == Qt::Horizontal ? QVariant(m_names.value(section)) : QVariant(section + 1);
}

Qt::ItemFlags TableModel::flags(const QModelIndex &index) const
{
    if (!index.isValid()) {
        return Qt::NoItemFlags;
    }
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
    if (!isReadOnly(index)) {
        flags |= Qt::ItemIsEditable;
    }
    return flags;
}

bool TableModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    if (role != Qt::EditRole || !index.isValid()) {
        return false;
    }
    const QString why = setCellText(index, value.toString());
    if (!why.isEmpty()) {
        Q_EMIT refused(why);
        return false;
    }
    sync();
    Q_EMIT edited();
    return true;
}

QString TableModel::setCellText(const QModelIndex &index, const QString &typed)
{
    const FormField *field = cell(index);
    if (!field || isReadOnly(index)) {
        return tr("This cell must not be changed.");
    }
    CellInput input = readCell(*field, typed, QLocale());
    const FieldId id = field->id;
    if (!input.why.isEmpty()) {
        m_form->setUnfinished(id, typed, input.why);
    } else if (input.value) {
        m_form->setValue(id, std::move(*input.value));
    } else {
        m_form->setAbsent(id);
    }
    return {};
}

void TableModel::setCellValue(const QModelIndex &index, const JsonValue &value)
{
    const FormField *field = cell(index);
    if (!field || isReadOnly(index)) {
        Q_EMIT refused(tr("This cell must not be changed."));
        return;
    }
    m_form->setValue(field->id, value);
    sync();
    Q_EMIT edited();
}

QString TableModel::clearCells(const QModelIndexList &cells)
{
    if (cells.size() == 1) {
        const FormField *field = cell(cells.first());
        if (!field || isReadOnly(cells.first())) {
            return tr("This cell must not be changed.");
        }
        m_form->setAbsent(field->id);
        return {};
    }
    const JsonValue *list = m_form ? m_form->valueOf(m_table) : nullptr;
    if (!list || cells.isEmpty()) {
        return {};
    }
    JsonValue changed = *list; // All of them as one step back.
    for (const QModelIndex &index : cells) {
        JsonValue &row = changed.items()[static_cast<size_t>(index.row())];
        if (!row.isObject() || isReadOnly(index)) {
            continue;
        }
        const std::string &key = m_keys[static_cast<size_t>(index.column())];
        std::erase_if(row.members(), [&key](const JsonValue::Member &member) { return member.key == key; });
    }
    m_form->setValue(m_table, std::move(changed));
    return {};
}

bool TableModel::canGrow(qsizetype by, QString &why) const
{
    const FormField *table = tableField();
    if (!table || table->readOnly) {
        why = tr("This table must not be changed.");
        return false;
    }
    const qint64 most = std::min<qint64>(table->bounds.maxItems.value_or(mostTableRows), mostTableRows);
    if (rowCount() + by > most) {
        why = tr("No row was added: there may be at most %1.").arg(QLocale().toString(most));
        return false;
    }
    return true;
}

QString TableModel::addRow(int at, int &added)
{
    QString why;
    if (!canGrow(1, why)) {
        return why;
    }
    const FieldId id = m_form->addItem(m_table, at);
    sync();
    added = rowOf(id);
    return id == noField ? tr("No row was added: the form does not allow another one.") : QString();
}

QString TableModel::duplicateRows(const std::vector<int> &rows, int &added)
{
    QString why;
    if (rows.empty()) {
        return tr("No row is selected.");
    }
    if (!canGrow(static_cast<qsizetype>(rows.size()), why)) {
        return why;
    }
    if (rows.size() == 1) {
        const FieldId id = m_form->duplicateItem(rowId(rows.front()));
        sync();
        added = rowOf(id);
        return id == noField ? tr("No row was added: the form does not allow another one.") : QString();
    }
    const JsonValue *list = m_form->valueOf(m_table);
    JsonValue changed = *list; // All of them as one step back.
    JsonValue::Array copies;
    for (const int row : rows) {
        copies.push_back(changed.items()[static_cast<size_t>(row)]);
    }
    added = rows.back() + 1;
    changed.items().insert(changed.items().begin() + added, copies.begin(), copies.end());
    m_form->setValue(m_table, std::move(changed));
    sync();
    return {};
}

QString TableModel::removeRows(const std::vector<int> &rows)
{
    const FormField *table = tableField();
    if (!table || table->readOnly) {
        return tr("This table must not be changed.");
    }
    std::vector<FieldId> ids;
    for (const int row : rows) {
        ids.push_back(rowId(row));
    }
    if (ids.empty()) {
        return tr("No row is selected.");
    }
    m_form->removeItems(ids);
    sync();
    return {};
}

QString TableModel::moveBlock(int first, int last, bool up)
{
    const FormField *table = tableField();
    if (!table || table->readOnly) {
        return tr("This table must not be changed.");
    }
    if (first < 0 || last >= rowCount() || (up ? first == 0 : last + 1 == rowCount())) {
        return up ? tr("This is the first row already.") : tr("This is the last row already.");
    }
    // The neighbour goes to the other side of the block: one step back, however many rows there are.
    m_form->moveItem(rowId(up ? first - 1 : last + 1), up ? last : first);
    sync();
    return {};
}

QString TableModel::paste(const QModelIndex &at, const QString &text, int &pastedRows)
{
    constexpr qsizetype longestPaste = 1024 * 1024; // A value may not be larger anyway.
    const FormField *table = tableField();
    if (!table || table->readOnly) {
        return tr("This table must not be changed.");
    }
    if (text.size() > longestPaste) {
        return tr("Nothing was pasted: the text is longer than a form may be.");
    }
    std::vector<QStringList> rows = readTabSeparated(text, mostTableRows + 2);
    const int column = std::max(at.column(), 0);
    const int row = at.isValid() ? at.row() : rowCount();
    const auto isHeader = [this, column](const QStringList &cells) {
        for (qsizetype i = 0; i < cells.size(); ++i) {
            const auto place = static_cast<size_t>(column + i);
            if (place >= m_keys.size() ||
                (cells[i] != m_names[column + i] && cells[i].toStdString() != m_keys[place])) {
                return false;
            }
        }
        return true;
    };
    if (rows.size() > 1 && isHeader(rows.front())) {
        rows.erase(rows.begin());
    }
    if (rows.empty()) {
        return tr("Nothing was pasted: there is no text on the clipboard.");
    }
    for (const QStringList &cells : rows) {
        if (column + cells.size() > columnCount()) {
            return tr("Nothing was pasted: the text has %1 columns, and from here there are only %2.")
                .arg(QString::number(cells.size()), QString::number(columnCount() - column));
        }
    }
    const qsizetype more = row + static_cast<qsizetype>(rows.size()) - rowCount();
    QString why;
    if (more > 0 && !canGrow(more, why)) {
        return why;
    }
    if (rowCount() == 0) { // A first row tells what its cells are.
        m_form->addItem(m_table);
        sync();
    }
    std::vector<FormField> kinds;
    for (int i = 0; i < columnCount(); ++i) {
        const FormField *field = cell(index(0, i));
        kinds.push_back(field ? *field : FormField());
    }
    const JsonValue *list = m_form->valueOf(m_table);
    JsonValue changed = list ? *list : JsonValue::array();
    for (size_t i = 0; i < rows.size(); ++i) {
        const size_t place = static_cast<size_t>(row) + i;
        while (changed.items().size() <= place) {
            changed.append(JsonValue::object());
        }
        JsonValue &target = changed.items()[place];
        if (!target.isObject()) {
            continue;
        }
        for (qsizetype c = 0; c < rows[i].size(); ++c) {
            const auto where = static_cast<size_t>(column + c);
            FormField &field = kinds[where];
            if (field.readOnly || field.kind == FieldKind::Constant) {
                continue;
            }
            field.presence = Presence::Absent; // An empty cell is none.
            const QString typed = withoutLoneSurrogates(rows[i][c]);
            CellInput input = readCell(field, typed, QLocale());
            if (!input.why.isEmpty()) {
                target.set(m_keys[where], JsonValue::fromString(typed)); // Kept, and shown with its problem.
            } else if (input.value) {
                target.set(m_keys[where], std::move(*input.value));
            } else {
                std::erase_if(target.members(),
                              [&](const JsonValue::Member &member) { return member.key == m_keys[where]; });
            }
        }
    }
    pastedRows = static_cast<int>(rows.size());
    m_form->setValue(m_table, std::move(changed));
    sync();
    return {};
}

} // namespace countersign::ui
