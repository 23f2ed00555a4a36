// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"
#include "core/base/visible_text.h"

#include <QtCore/QString>

#include <vector>

namespace countersign::ui {

/// One row of a payload as it is shown: outside text already made visible, nothing left out. A value; made on any
/// thread, which for a megabyte should not be the GUI's.
struct PayloadRow {
    enum class Kind {
        Text,      ///< A string, or one line of it.
        Number,    ///< Its exact source text.
        Word,      ///< true, false, null.
        Container, ///< Ours: "list · 3 items"; what is in it follows.
        Collapsed, ///< Ours: "⋯ 200 blank lines".
    };
    enum class Mark { None, Added, Removed, Changed };
    enum class Tone { Plain, Warn, Bad };
    struct Badge {
        QString text; ///< Ours.
        Tone tone = Tone::Plain;
    };

    QString key; ///< Visible text; empty for the further lines of a string.
    int depth = 0;
    Kind kind = Kind::Text;
    Mark mark = Mark::None;
    QString text; ///< Visible text without line breaks.
    std::vector<VisibleText::Token> tokens;
    std::vector<Badge> badges;
    QString note; ///< Ours: the characters of a mixed script, spelled out below the value.
    bool mono = false;
    bool startsValue = true; ///< A separator stands above it.
};

struct PayloadRows {
    std::vector<PayloadRow> rows;
    int hiddenCharacters = 0; ///< Tokens in all values and keys.
    int mixedScripts = 0;     ///< Values and keys with a mixed script.

    bool isEmpty() const { return rows.empty(); }
};

/// Rows of \p value; an object's members are the top level.
PayloadRows rowsOf(const JsonValue &value);
/// One value under \p key (visible text), added to \p rows.
void addRows(PayloadRows &rows, const QString &key, const JsonValue &value, int depth = 0,
             PayloadRow::Mark mark = PayloadRow::Mark::None);
/// Our own text under our own key.
void addOwnRow(PayloadRows &rows, const QString &key, const QString &ours, bool mono = false);
/// Outside text with line numbers, one row a line; runs of blank and of equal lines collapse into a visible row.
PayloadRows textRows(QByteArrayView utf8);
/// Marks in \p rows, which rowsOf() made of \p now, what was not the same \p before, and names what was left out.
void markChanges(PayloadRows &rows, const JsonValue &before, const JsonValue &now);
/// What differs between two values, member by member: removed, added, and what stayed is counted.
PayloadRows differenceRows(const JsonValue &before, const JsonValue &after);

} // namespace countersign::ui
