// SPDX-License-Identifier: Apache-2.0
#include "core/store/store_types.h"

#include <optional>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype maxQueryLength = 4096;

/// One word of the query: text outside quotes ends at a blank, text inside does not.
struct Token {
    QString text;
    qsizetype unquotedColon = -1; ///< Where `key:value` is divided; -1 when the word is no such pair.
};

std::vector<Token> tokensOf(const QString &text)
{
    std::vector<Token> tokens;
    Token token;
    bool inQuotes = false;
    bool started = false;
    for (const QChar character : text) {
        if (character == u'"') {
            inQuotes = !inQuotes;
            started = true;
        } else if (character.isSpace() && !inQuotes) {
            if (started) {
                tokens.push_back(token);
            }
            token = {};
            started = false;
        } else {
            if (character == u':' && !inQuotes && token.unquotedColon < 0) {
                token.unquotedColon = token.text.size();
            }
            token.text.append(character);
            started = true;
        }
    }
    if (started) {
        tokens.push_back(token); // A quote that was never closed ends with the text.
    }
    return tokens;
}

/// Takes a filter that is meant; false leaves the word to the full text.
bool applyFilter(QueueQuery &query, const QString &key, const QString &value)
{
    if (value.isEmpty()) {
        return false;
    }
    if (key == "status"_L1) {
        query.status = value.toLower();
    } else if (key == "tool"_L1) {
        query.tool = value;
    } else if (key == "agent"_L1) {
        query.agent = value;
    } else if (key == "connection"_L1) {
        query.connection = value;
    } else if (key == "tier"_L1) {
        const std::optional<Tier> tier = tierFromText(value.toLower());
        query.tier = tier ? tier : query.tier;
        return tier.has_value();
    } else if (key == "pattern"_L1) {
        const std::optional<Pattern> pattern = patternFromText(value.toLower());
        query.pattern = pattern ? pattern : query.pattern;
        return pattern.has_value();
    } else {
        return false;
    }
    return true;
}

} // namespace

QueueQuery parseQuery(const QString &text, QueueQuery base)
{
    for (const Token &token : tokensOf(text.left(maxQueryLength))) {
        const bool isPair = token.unquotedColon > 0;
        const QString key = isPair ? token.text.left(token.unquotedColon).toLower() : QString();
        const QString value = isPair ? token.text.mid(token.unquotedColon + 1) : QString();
        if ((!isPair || !applyFilter(base, key, value)) && !token.text.isEmpty()) {
            base.words.append(token.text);
        }
    }
    return base;
}

} // namespace countersign
