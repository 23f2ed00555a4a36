// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/command_line.h"

#include "core/base/visible_text.h"
#include "core/engine/request_json.h"

#include <algorithm>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

std::vector<Command> allCommands()
{
    std::vector<Command> all;
    for (const auto &group : {requestCommands(), gateCommands(), lookingCommands(), decidingCommands(),
                              peopleCommands(), workspaceCommands(), connectionCommands(), toolCommands(),
                              policyCommands(), schemaCommands(), mcpCommands(), hookCommands()}) {
        all.insert(all.end(), group.begin(), group.end());
    }
    return all;
}

const std::vector<Option> &commonOptions()
{
    static const std::vector<Option> options{
        {u"workspace"_s, u"URL"_s, u"The workspace, sqlite:PATH (else COUNTERSIGN_WORKSPACE, else the default)"_s},
        {u"json"_s, {}, u"One JSON object per result on stdout, and nothing else"_s},
    };
    return options;
}

QString padded(const QString &text, int width)
{
    return text.size() < width ? text.leftJustified(width) : text + u"\n"_s + QString(width, u' ');
}

QString optionLines(const std::vector<Option> &options)
{
    QString lines;
    for (const Option &option : options) {
        const QString flag =
            u"  --"_s + option.name + (option.value.isEmpty() ? QString() : u' ' + option.value) + u' ';
        lines += padded(flag, 30) + option.help + (option.repeatable ? u" (may be repeated)\n"_s : u"\n"_s);
    }
    return lines;
}

QString usageLine(const Command &command)
{
    QString line = u"countersignctl [--workspace URL] [--json] "_s + command.name;
    if (!command.syntax.arguments.isEmpty()) {
        line += u' ' + command.syntax.arguments;
    }
    if (!command.syntax.options.empty()) {
        line += u" [OPTIONS]"_s;
    }
    if (!command.syntax.insteadOfCommand.isEmpty()) {
        return line + u" (-- COMMAND ARG… | --"_s + command.syntax.insteadOfCommand + u" URL)"_s;
    }
    return command.syntax.takesCommand ? line + u" -- COMMAND ARG…"_s : line;
}

QString helpOf(const Command &command)
{
    QString help = usageLine(command) + u"\n\n"_s + command.summary + u"\n"_s;
    if (!command.more.isEmpty()) {
        help += u'\n' + command.more + u'\n';
    }
    help += u"\nOptions\n"_s + optionLines(command.syntax.options) + optionLines(commonOptions());
    return help + padded(u"  --help"_s, 30) + u"This text"_s;
}

QString helpOfAll(const std::vector<Command> &commands)
{
    QString help =
        u"countersignctl [--workspace URL] [--json] COMMAND …\n\nCountersign on the command line: agents and "
        u"scripts ask, reviewers decide.\n\nCommands\n"_s;
    for (const Command &command : commands) {
        help += padded(u"  "_s + command.name + u' ', 22) + command.summary + u'\n';
    }
    help += u"\nOptions\n"_s + optionLines(commonOptions()) + padded(u"  --help"_s, 30) +
            u"This text, or with a command its own\n"_s + padded(u"  --version"_s, 30) + u"The version\n"_s;
    return help +
           u"\nExit codes: 0 approved, answered or done; 1 failed; 2 usage; 10 rejected or declined; 11 "
           u"expired; 12 withdrawn or\n"
           u"superseded; 13 unreachable, unknown or not recorded; 14 cancelled; 15 changes requested; 16 "
           u"content changed; 17 not\n"
           u"allowed; 128 + N when signal N interrupted a wait. A gate passes the exit code of its command through."_s;
}

/// The words up to the first that is no global option, and what they said.
struct Front {
    bool json = false;
    bool help = false;
    bool version = false;
    QString workspace;
    size_t next = 0;
};

Result<Front> readFront(const std::vector<QByteArray> &words)
{
    Front front;
    while (front.next < words.size() && words[front.next].startsWith('-')) {
        const QByteArray &word = words[front.next++];
        const bool separateValue = word == "--workspace";
        if (word == "--json") {
            front.json = true;
        } else if (word == "--help" || word == "-h") {
            front.help = true;
        } else if (word == "--version") {
            front.version = true;
        } else if (word.startsWith("--workspace=") || (separateValue && front.next < words.size())) {
            const std::optional<QString> url = fromUtf8Strictly(separateValue ? words[front.next++] : word.mid(12));
            if (!url || url->isEmpty()) {
                return usageError(u"--workspace needs a value: sqlite:PATH."_s);
            }
            front.workspace = *url;
        } else if (separateValue) {
            return usageError(u"--workspace needs a value: sqlite:PATH."_s);
        } else {
            const QString shown = displayBytes(word).text;
            const QString nearest = nearestWord(shown, {u"--workspace"_s, u"--json"_s, u"--help"_s, u"--version"_s});
            return usageError(
                u"There is no flag "_s + shown + u" here"_s +
                (nearest.isEmpty() ? u"; --help lists those there are."_s : u"; did you mean "_s + nearest + u"?"_s));
        }
    }
    return front;
}

/// The command that the words at \p next name, and how many words its name has.
const Command *findCommand(const std::vector<Command> &commands, const std::vector<QByteArray> &words, size_t &next)
{
    for (const size_t count : {size_t{2}, size_t{1}}) {
        if (next + count > words.size()) {
            continue;
        }
        QByteArray name = words[next];
        for (size_t i = 1; i < count; ++i) {
            name += ' ' + words[next + i];
        }
        const auto found = std::find_if(commands.begin(), commands.end(),
                                        [&](const Command &command) { return command.name.toUtf8() == name; });
        if (found != commands.end()) {
            next += count;
            return &*found;
        }
    }
    return nullptr;
}

Error unknownCommand(const std::vector<Command> &commands, const std::vector<QByteArray> &words, size_t next)
{
    const QString word = displayBytes(words[next]).text;
    QStringList known;
    QStringList second;
    for (const Command &command : commands) {
        known.append(command.name.section(u' ', 0, 0));
        if (command.name.startsWith(word + u' ')) {
            second.append(command.name.section(u' ', 1));
        }
    }
    if (!second.isEmpty()) {
        return usageError(u"“"_s + word + u"” needs a second word: "_s + second.join(u", "_s) + u'.');
    }
    const QString nearest = nearestWord(word, known);
    return usageError(
        u"There is no command “"_s + word + u"”"_s +
        (nearest.isEmpty() ? u"; --help lists those there are."_s : u"; did you mean “"_s + nearest + u"”?"_s));
}

bool asksForJson(const std::vector<QByteArray> &words)
{
    const auto end = std::find(words.begin(), words.end(), QByteArray("--"));
    return std::find(words.begin(), end, QByteArray("--json")) != end;
}

int finished(Console &console, int exitCode)
{
    if (!console.flush() && exitCode == ExitCode::Done) {
        console.note(u"countersignctl: the result could not be written to standard output."_s);
        return ExitCode::Failed;
    }
    return exitCode;
}

} // namespace

int runCommandLine(const std::vector<QByteArray> &words, ProcessState &process)
{
    Console console(asksForJson(words));
    const std::vector<Command> commands = allCommands();
    Result<Front> front = readFront(words);
    if (!front) {
        return console.fail(front.error(), ExitCode::Usage);
    }
    Console plain(false);
    if (front->version) {
        plain.line(u"countersignctl "_s + QStringLiteral(COUNTERSIGN_VERSION));
        return finished(plain, ExitCode::Done);
    }
    size_t next = front->next;
    if (front->help && next >= words.size()) {
        plain.line(helpOfAll(commands));
        return finished(plain, ExitCode::Done);
    }
    if (next >= words.size()) {
        return console.fail(usageError(u"No command was given; --help lists them."_s), ExitCode::Usage);
    }
    const Command *command = findCommand(commands, words, next);
    if (!command) {
        return console.fail(unknownCommand(commands, words, next), ExitCode::Usage);
    }
    Syntax syntax = command->syntax;
    syntax.options.insert(syntax.options.end(), commonOptions().begin(), commonOptions().end());
    const std::vector<QByteArray> rest(words.begin() + static_cast<std::ptrdiff_t>(next), words.end());
    Result<ParsedOptions> options = parseOptions(rest, syntax);
    if (options && (front->help || options->wantsHelp())) {
        plain.line(helpOf(*command));
        return finished(plain, ExitCode::Done);
    }
    if (!options) {
        return console.fail(options.error(), ExitCode::Usage);
    }
    Console commandConsole(front->json || options->has(u"json"_s));
    const QString url = options->has(u"workspace"_s) ? options->value(u"workspace"_s) : front->workspace;
    Invocation call{*options, commandConsole, process, url};
    return finished(commandConsole, command->run(call));
}

} // namespace countersign::ctl
