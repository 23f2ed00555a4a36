// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_field.h"

#include <QtCore/QAbstractListModel>

#include <vector>

namespace countersign::ui {

/// What an option is called on screen: its title, and its value too where two titles are alike.
QStringList optionNames(const std::vector<FieldOption> &options);
/// Its value as JSON, made visible and cut to a line.
QString optionValueText(const JsonValue &value);
/// Which option is \p value, compared as JSON; -1: none.
int optionOf(const std::vector<FieldOption> &options, const JsonValue &value);

/// Options as rows, of which a filter leaves some: those in which every word of the filter occurs, in the title, the
/// description or the value. No object for each option: 10,000 are filtered in less than a frame.
class ChoiceModel : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role { DescriptionRole = Qt::UserRole, OptionRole };
    using QAbstractListModel::QAbstractListModel;

    void setOptions(const std::vector<FieldOption> &options);
    void setFilter(const QString &words);
    /// Gives every row a check box; one flag for each option.
    void setChecks(std::vector<bool> checks);
    bool isChecked(int option) const;
    int optionAt(int row) const { return m_matches[static_cast<size_t>(row)]; }
    int rowOfOption(int option) const; ///< -1: filtered out.
    int optionCount() const { return static_cast<int>(m_entries.size()); }

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;

Q_SIGNALS:
    void checkWanted(int option, bool on); ///< By the person; the check itself is set by setChecks().

private:
    struct Entry {
        QString name;
        QString description;
        QString searched; ///< All of it, case folded.
    };
    void match();

    std::vector<Entry> m_entries;
    std::vector<int> m_matches;
    std::vector<bool> m_checks; ///< Empty: no check boxes.
    QStringList m_words;
};

} // namespace countersign::ui
