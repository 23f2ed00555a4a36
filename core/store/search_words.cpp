// SPDX-License-Identifier: Apache-2.0
#include "core/store/search_words.h"

#include <algorithm>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr int maxWords = 32;
constexpr int maxWordLength = 256;

/// Runs of letters and digits in lower case without diacritics, as the tokenizer of the index makes them.
QStringList tokensOf(const QString &text)
{
    QStringList tokens;
    QString token;
    for (const char32_t character : text.normalized(QString::NormalizationForm_D).toUcs4()) {
        if (QChar::isLetterOrNumber(character)) {
            token += QString::fromUcs4(&character, 1).toLower();
        } else if (QChar::category(character) != QChar::Mark_NonSpacing && !token.isEmpty()) {
            tokens.append(token);
            token.clear();
        }
    }
    if (!token.isEmpty()) {
        tokens.append(token);
    }
    return tokens;
}

bool startsAt(const QStringList &tokens, qsizetype start, const QStringList &phrase)
{
    for (qsizetype i = 0; i < phrase.size(); ++i) {
        const bool isLast = i + 1 == phrase.size();
        const QString &token = tokens.at(start + i);
        if (isLast ? !token.startsWith(phrase.at(i)) : token != phrase.at(i)) {
            return false;
        }
    }
    return true;
}

bool hasPhrase(const QStringList &tokens, const QStringList &phrase)
{
    for (qsizetype start = 0; start + phrase.size() <= tokens.size(); ++start) {
        if (startsAt(tokens, start, phrase)) {
            return true;
        }
    }
    return false;
}

} // namespace

QStringList searchableWords(const QStringList &words)
{
    QStringList searchable;
    for (const QString &word : words) {
        const QString text = word.left(maxWordLength);
        if (searchable.size() < maxWords && !tokensOf(text).isEmpty()) {
            searchable.append(text);
        }
    }
    return searchable;
}

QString fullTextExpression(const QStringList &searchable)
{
    QStringList phrases;
    for (QString word : searchable) {
        word.replace(QChar(u'\0'), u' ').replace(u'"', u"\"\""_s);
        phrases.append(u'"' + word + u"\"*"_s);
    }
    return phrases.join(u" AND "_s);
}

bool matchesFullText(const QString &text, const QStringList &searchable)
{
    const QStringList tokens = tokensOf(text);
    return std::all_of(searchable.begin(), searchable.end(),
                       [&tokens](const QString &word) { return hasPhrase(tokens, tokensOf(word)); });
}

} // namespace countersign
