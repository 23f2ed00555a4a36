// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QLocale>
#include <QtCore/QString>

#include <string>

namespace countersign::ui {

/// What a person typed into a field for numbers.
struct TypedNumber {
    enum class State {
        Empty,
        Number,     ///< \c number is its JSON text.
        Unfinished, ///< No number yet, more than one, or one that cannot be sent: \c why is the sentence.
    };
    State state = State::Empty;
    std::string number{};
    QString why{};
};

/// Reads \p typed as JSON writes numbers and as \p locale writes them: digits of any script, its decimal sign and its
/// group separators (spaces and apostrophes group everywhere). A text that both read, but as different values
/// (`1.234` in German), is refused with a sentence, never guessed. No digit is lost or added: `1,50` is `1.50`.
TypedNumber readTypedNumber(const QString &typed, const QLocale &locale);

/// \p number (JSON text) with the decimal sign of \p locale; empty if nobody could misread the JSON text there.
QString warningNotation(const std::string &number, const QLocale &locale);

} // namespace countersign::ui
