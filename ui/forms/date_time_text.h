// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_field.h"

#include <QtCore/QDateTime>
#include <QtCore/QString>

#include <optional>

namespace countersign::ui {

/// Why \p typed is no Date, Time, DateTime or Duration, in a sentence that says what is missing; empty: it is one.
QString dateTimeProblem(FieldKind kind, const QString &typed);

/// \p text with the part at \p caret stepped; everything else stays as it is written, fraction and offset too. Days,
/// hours and minutes carry over. Absent: \p text is not whole, or there is nothing to step there.
struct SteppedText {
    QString text;
    int from = 0; ///< The part that was stepped.
    int length = 0;
};
std::optional<SteppedText> steppedDateTime(FieldKind kind, const QString &text, int caret, int steps);

/// What \p text says, in words of ours and of \p locale: the weekday, the time here. Empty: nothing to add.
QString dateTimeWords(FieldKind kind, const QString &text, const QLocale &locale);

/// The moment that a whole DateTime names; absent: it is none that this computer can place (a leap second, the year 0).
std::optional<QDateTime> momentOf(const QString &text);
/// `Z` or `+02:00` at the end of a time; empty: there is none.
QString offsetOf(const QString &text);
QString withOffset(const QString &text, const QString &offset);
/// The offset of this computer at \p when.
QString offsetHere(const QDateTime &when);

} // namespace countersign::ui
