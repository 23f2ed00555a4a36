// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/choice_model.h"

#include "core/base/visible_text.h"

#include <QtCore/QHash>

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int longestName = 300;
constexpr int longestValue = 120;

} // namespace

QString optionValueText(const JsonValue &value)
{
    return shortened(displayText(QString::fromUtf8(writeJson(value))).text, longestValue);
}

QStringList optionNames(const std::vector<FieldOption> &options)
{
    QStringList names;
    names.reserve(static_cast<qsizetype>(options.size()));
    QHash<QString, int> seen;
    for (const FieldOption &option : options) {
        const QString title = shortened(displayText(option.title).text, longestName);
        names += title.trimmed().isEmpty() ? optionValueText(option.value) : title;
        ++seen[names.last()];
    }
    for (qsizetype i = 0; i < names.size(); ++i) {
        if (seen.value(names[i]) > 1) {
            names[i] += u" · "_s + optionValueText(options[static_cast<size_t>(i)].value);
        }
    }
    return names;
}

int optionOf(const std::vector<FieldOption> &options, const JsonValue &value)
{
    const auto found = std::find_if(options.begin(), options.end(),
                                    [&value](const FieldOption &option) { return option.value == value; });
    return found == options.end() ? -1 : static_cast<int>(found - options.begin());
}

void ChoiceModel::setOptions(const std::vector<FieldOption> &options)
{
    beginResetModel();
    m_entries.clear();
    m_entries.reserve(options.size());
    const QStringList names = optionNames(options);
    for (size_t i = 0; i < options.size(); ++i) {
        Entry entry{names[static_cast<qsizetype>(i)], displayText(options[i].description).text, {}};
        entry.searched = entry.name.toCaseFolded();
        if (!entry.description.isEmpty()) {
            entry.searched += u'\n' + entry.description.toCaseFolded();
        }
        if (const QString value = optionValueText(options[i].value); !entry.name.contains(value)) {
            entry.searched += u'\n' + value.toCaseFolded();
        }
        m_entries.push_back(std::move(entry));
    }
    m_checks.clear();
    match();
    endResetModel();
}

void ChoiceModel::setFilter(const QString &words)
{
    const QStringList wanted = words.toCaseFolded().split(u' ', Qt::SkipEmptyParts);
    if (wanted == m_words) {
        return;
    }
    beginResetModel();
    m_words = wanted;
    match();
    endResetModel();
}

void ChoiceModel::match()
{
    m_matches.clear();
    for (size_t i = 0; i < m_entries.size(); ++i) {
        const bool matches = std::all_of(m_words.begin(), m_words.end(),
                                         [&](const QString &word) { return m_entries[i].searched.contains(word); });
        if (matches) {
            m_matches.push_back(static_cast<int>(i));
        }
    }
}

void ChoiceModel::setChecks(std::vector<bool> checks)
{
    if (checks == m_checks) {
        return;
    }
    m_checks = std::move(checks);
    if (rowCount() > 0) {
        Q_EMIT dataChanged(index(0), index(rowCount() - 1), {Qt::CheckStateRole});
    }
}

bool ChoiceModel::isChecked(int option) const
{
    return option >= 0 && static_cast<size_t>(option) < m_checks.size() && m_checks[static_cast<size_t>(option)];
}

int ChoiceModel::rowOfOption(int option) const
{
    const auto found = std::lower_bound(m_matches.begin(), m_matches.end(), option);
    return found != m_matches.end() && *found == option ? static_cast<int>(found - m_matches.begin()) : -1;
}

int ChoiceModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_matches.size());
}

QVariant ChoiceModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount()) {
        return {};
    }
    const int option = optionAt(index.row());
    const Entry &entry = m_entries[static_cast<size_t>(option)];
    switch (role) {
    case Qt::DisplayRole:
        return entry.name;
    case Qt::AccessibleTextRole:
        return entry.description.isEmpty() ? entry.name : entry.name + u", "_s + entry.description;
    case Qt::CheckStateRole:
        return m_checks.empty() ? QVariant()
                                : QVariant(static_cast<int>(isChecked(option) ? Qt::Checked : Qt::Unchecked));
    case DescriptionRole:
        return entry.description;
    case OptionRole:
        return option;
    default:
        return {};
    }
}

bool ChoiceModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    if (!index.isValid() || role != Qt::CheckStateRole || m_checks.empty()) {
        return false;
    }
    Q_EMIT checkWanted(optionAt(index.row()), value.toInt() == Qt::Checked);
    return true;
}

Qt::ItemFlags ChoiceModel::flags(const QModelIndex &index) const
{
    if (!index.isValid()) {
        return Qt::NoItemFlags;
    }
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
    if (!m_checks.empty()) {
        flags |= Qt::ItemIsUserCheckable;
    }
    return flags;
}

} // namespace countersign::ui
