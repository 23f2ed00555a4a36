// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QString>
#include <QtCore/QStringView>

#include <vector>

namespace countersign {

/// Outside text made visible: what a person sees is all there is (THREATS.md T2, T3). The only way of outside text to
/// the screen, to a terminal and to a log line.
struct VisibleText {
    /// A stretch of \c text that stands for a character that would not be seen or would mislead, such as `⟨U+202E⟩`.
    struct Token {
        qsizetype start = 0;
        qsizetype length = 0;
    };
    QString text;
    std::vector<Token> tokens; ///< In order, not overlapping.
    bool mixedScript = false;  ///< A word mixes scripts that are told apart badly (Latin with Cyrillic, Greek, …).

    int replacedCount() const { return static_cast<int>(tokens.size()); }
};

enum class TextShape {
    SingleLine, ///< Tab, CR and LF become tokens too.
    Lines,      ///< Tab and LF stay; CR becomes a token.
};

/// Injective: two different texts never look the same; `⟨` itself is shown as `⟨U+27E8⟩`. Nothing is left out.
VisibleText displayText(QStringView outside, TextShape shape = TextShape::SingleLine);
/// The same for bytes that claim to be UTF-8; an invalid byte shows as `⟨0xFF⟩`.
VisibleText displayBytes(QByteArrayView outside, TextShape shape = TextShape::SingleLine);

/// The inverse of displayText(): for tests and for "copy exactly".
QString originalText(QStringView shown);
/// The inverse of displayBytes().
QByteArray originalBytes(QStringView shown);

/// The characters of words that mix scripts, spelled out ("раypal: U+0440 U+0430 Cyrillic …"); empty when none does.
QString mixedScriptExplanation(QStringView outside);

/// At most \p length characters of text that is already visible, with `…` where something is left out. For titles and
/// lists only, where the whole is one step away.
QString shortened(const QString &visible, int length);

} // namespace countersign
