// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_field.h"

#include <QtCore/QLocale>
#include <QtCore/QStringList>

#include <optional>
#include <vector>

namespace countersign::ui {

/// What was typed or pasted into a cell.
struct CellInput {
    std::optional<JsonValue> value{}; ///< Absent: emptied, or unfinished.
    QString why{};                    ///< Not empty: no value of the cell's kind, and why.
};

/// Reads \p typed (as it came, not made visible) as a value for \p cell.
CellInput readCell(const FormField &cell, const QString &typed, const QLocale &locale);
/// The text of a value for editing and for the clipboard: exact, not made visible. A null pointer is absent: empty.
QString cellText(const FormField *cell, const JsonValue *value);

/// Tab-separated text as spreadsheets put it on the clipboard: cells in quotes may hold tabs, line breaks and doubled
/// quotes. At most \p mostRows rows are read.
std::vector<QStringList> readTabSeparated(const QString &text, qsizetype mostRows);
QString writeTabSeparated(const std::vector<QStringList> &rows);

} // namespace countersign::ui
