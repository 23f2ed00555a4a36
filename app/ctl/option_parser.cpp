// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/option_parser.h"

#include "core/base/visible_text.h"

#include <QtCore/QStringDecoder>

#include <algorithm>
#include <numeric>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

Error usage(const QString &sentence)
{
    return {ErrorCode::InvalidInput, sentence, {}};
}

int editDistance(const QString &left, const QString &right)
{
    std::vector<int> row(static_cast<size_t>(right.size()) + 1);
    std::iota(row.begin(), row.end(), 0);
    for (qsizetype i = 0; i < left.size(); ++i) {
        int diagonal = row[0];
        row[0] = static_cast<int>(i) + 1;
        for (size_t j = 1; j < row.size(); ++j) {
            const int above = row[j];
            const bool same = left[i] == right[static_cast<qsizetype>(j) - 1];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (same ? 0 : 1)});
            diagonal = above;
        }
    }
    return row.back();
}

const Option *findOption(const Syntax &syntax, const QString &name)
{
    const auto option = std::find_if(syntax.options.begin(), syntax.options.end(),
                                     [&](const Option &candidate) { return candidate.name == name; });
    return option == syntax.options.end() ? nullptr : &*option;
}

Error unknownFlag(const Syntax &syntax, const QString &word)
{
    if (syntax.laterFlags.contains(word)) {
        return usage(word + u" is not part of this version of countersignctl: nothing was done. Leave it out."_s);
    }
    QStringList known{u"--help"_s};
    for (const Option &option : syntax.options) {
        known.append(u"--"_s + option.name);
    }
    const QString nearest = nearestWord(word, known);
    const QString shown = displayText(word).text;
    if (nearest.isEmpty()) {
        return usage(u"There is no flag "_s + shown + u" here; --help lists those there are."_s);
    }
    return usage(u"There is no flag "_s + shown + u" here; did you mean "_s + nearest + u"?"_s);
}

/// Walks over the words in front of `--`.
class WordReader
{
public:
    explicit WordReader(const std::vector<QByteArray> &words)
        : m_words(words)
    {}

    bool atEnd() const { return m_next >= m_words.size(); }
    const QByteArray &take() { return m_words[m_next++]; }
    const QByteArray &peek() const { return m_words[m_next]; }
    std::vector<QByteArray> rest() const
    {
        return {m_words.begin() + static_cast<std::ptrdiff_t>(m_next), m_words.end()};
    }

private:
    const std::vector<QByteArray> &m_words;
    size_t m_next = 0;
};

Result<QString> textOf(const QByteArray &word)
{
    std::optional<QString> text = fromUtf8Strictly(word);
    if (!text) {
        return usage(u"An argument is not valid UTF-8 and was refused: "_s + displayBytes(word).text);
    }
    return *text;
}

/// The value behind `--name`, either after `=` or as the next word.
Result<QString> valueOf(const Option &option, const std::optional<QString> &inlineValue, WordReader &reader)
{
    if (inlineValue) {
        return *inlineValue;
    }
    const bool missing = reader.atEnd() || (reader.peek().startsWith("--"));
    if (missing) {
        return usage(u"--"_s + option.name + u" needs a value: --"_s + option.name + u' ' + option.value + u'.');
    }
    return textOf(reader.take());
}

Result<> checkCounts(const Syntax &syntax, const ParsedOptions &parsed, bool hasCommand)
{
    const QStringList &arguments = parsed.arguments();
    if (arguments.size() < syntax.minimumArguments) {
        return usage(u"Something is missing: "_s + syntax.arguments + u" is needed; --help shows how."_s);
    }
    if (arguments.size() > syntax.maximumArguments) {
        const QString &extra = arguments.at(syntax.maximumArguments);
        return usage(u"There is one word too many: “"_s + displayText(extra).text + u"”; --help shows how."_s);
    }
    const QString &other = syntax.insteadOfCommand;
    if (!other.isEmpty() && parsed.has(other) == hasCommand) {
        return usage(u"Give either --"_s + other + u" or a command behind “--”."_s);
    }
    if (syntax.takesCommand && other.isEmpty() && !hasCommand) {
        return usage(u"No command was given: write it behind “--”, as in “gate --title T -- ./script.sh”."_s);
    }
    return {};
}

} // namespace

QString ParsedOptions::value(const QString &name) const
{
    const QStringList all = m_values.value(name);
    return all.isEmpty() ? QString() : all.last();
}

std::optional<QString> ParsedOptions::optional(const QString &name) const
{
    return has(name) ? std::optional(value(name)) : std::nullopt;
}

std::optional<QString> fromUtf8Strictly(const QByteArray &bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8);
    QString text = decoder(bytes);
    if (decoder.hasError() || text.toUtf8() != bytes) {
        return std::nullopt;
    }
    return text;
}

QString nearestWord(const QString &word, const QStringList &known)
{
    QString nearest;
    int least = std::max(2, static_cast<int>(word.size()) / 3) + 1;
    for (const QString &candidate : known) {
        const int distance = word.size() < 60 ? editDistance(word, candidate) : least;
        if (distance < least) {
            least = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

Result<ParsedOptions> parseOptions(const std::vector<QByteArray> &words, const Syntax &syntax)
{
    ParsedOptions parsed;
    WordReader reader(words);
    bool hasCommand = false;
    while (!reader.atEnd()) {
        const QByteArray word = reader.take();
        if (word == "--" && (syntax.takesCommand || syntax.mayTakeCommand)) {
            parsed.m_command = reader.rest();
            hasCommand = !parsed.m_command.empty();
            break;
        }
        Result<QString> text = textOf(word);
        if (!text) {
            return text.error();
        }
        if (!text->startsWith(u'-') || *text == u"-"_s) {
            parsed.m_arguments.append(*text);
            continue;
        }
        const qsizetype equals = text->indexOf(u'=');
        const QString flag = equals < 0 ? *text : text->left(equals);
        const auto inlineValue = equals < 0 ? std::nullopt : std::optional(text->mid(equals + 1));
        if (flag == u"--help"_s || flag == u"-h"_s) {
            parsed.m_help = true;
            continue;
        }
        const Option *option = flag.startsWith(u"--"_s) ? findOption(syntax, flag.mid(2)) : nullptr;
        if (!option) {
            return unknownFlag(syntax, flag);
        }
        if (parsed.m_values.contains(option->name) && !option->repeatable) {
            return usage(u"--"_s + option->name + u" was given twice; once is enough."_s);
        }
        if (option->value.isEmpty()) {
            if (inlineValue) {
                return usage(u"--"_s + option->name + u" takes no value."_s);
            }
            parsed.m_values.insert(option->name, {});
            continue;
        }
        Result<QString> value = valueOf(*option, inlineValue, reader);
        if (!value) {
            return value.error();
        }
        parsed.m_values[option->name].append(*value);
    }
    if (parsed.m_help) {
        return parsed;
    }
    if (Result<> counted = checkCounts(syntax, parsed, hasCommand); !counted) {
        return counted.error();
    }
    return parsed;
}

} // namespace countersign::ctl
