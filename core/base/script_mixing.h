// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QString>

#include <vector>

namespace countersign {

/// What the judgement of a word needs to know of the text around it.
struct WordSurroundings {
    /// The text has letters of which only Turkish and its neighbours make use, so that `ı` is a letter of its own.
    bool turkish = false;
};

/// Does this character belong to the word that it stands in? Letters, marks, digits, `_`, and symbols that pass for
/// letters. East Asian scripts, which are told apart well and written without spaces, end a word.
bool isWordCharacter(char32_t c);

/// Is one of these characters likely to be taken for another script's (THREATS.md T3)? \p word has word characters
/// only.
bool mixesScripts(const std::vector<char32_t> &word, const WordSurroundings &surroundings);

/// `U+0440 U+0430 Cyrillic, U+FF11 look-alike`: the characters of such a word that are not plain ASCII.
QString spelledOut(const std::vector<char32_t> &word);

/// `U+202E`, at least four digits.
QString codePointName(char32_t c);

} // namespace countersign
