// SPDX-License-Identifier: Apache-2.0
#include "core/schema/pattern.h"

#include "core/base/exact_text.h"

#include <QtCore/QElapsedTimer>

namespace countersign::schema {

using namespace Qt::StringLiterals;

namespace {

// A search that goes back and forth costs at most about a tenth of a second before PCRE2 gives up.
QString limits()
{
    return u"(*LIMIT_MATCH=500000)(*LIMIT_HEAP=48000)"_s;
}

constexpr qsizetype longestSearched = 20'000; // UTF-16 units. Beyond, starting anew at each of them costs too
                                              // much.
constexpr qsizetype longestText = 1024 * 1024;
constexpr qint64 stepsPerMatch = 10;
constexpr qsizetype shortText = 8;
constexpr qint64 nanosecondsPerStep = 50;

} // namespace

Result<Pattern> Pattern::compile(std::string_view source)
{
    const Result<TranslatedPattern> translated = translatePattern(source, PatternReading::Lenient);
    if (!translated) {
        return translated.error();
    }
    Pattern pattern;
    pattern.m_source = source;
    pattern.m_expression = QRegularExpression(limits() + translated->text);
    pattern.m_searchesFar = !translated->anchored && !translated->bounded;
    return pattern;
}

Match Pattern::matches(std::string_view utf8, qint64 &steps) const
{
    steps += stepsPerMatch;
    if (!m_expression.isValid()) {
        return Match::Undecided;
    }
    const QString text = exactText(utf8);
    if (text.size() > (m_searchesFar ? longestSearched : longestText)) {
        return Match::Undecided;
    }
    QElapsedTimer timer;
    if (text.size() > shortText) {
        timer.start();
    }
    QRegularExpressionMatch match = m_expression.match(text);
    if (timer.isValid()) {
        steps += timer.nsecsElapsed() / nanosecondsPerStep;
    } else if (!match.isValid()) {
        steps += 100'000;
    }
    if (!match.isValid()) {
        return Match::Undecided;
    }
    return match.hasMatch() ? Match::Yes : Match::No;
}

} // namespace countersign::schema
