// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/shell_command.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QRegularExpression>

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

struct Danger {
    const char *pattern;
    const char *note;
};

/// Said beside a command. Never a reason to let one pass: what is not in this table is only not remarked on.
constexpr Danger dangers[] = {
    {R"(\bgit\b.*\bpush\b.*(\s--force\b|\s-[a-zA-Z]*f\b|\s\+\S))", "force push is not reversible"},
    {R"(\brm\b.*\s(-[a-zA-Z]*[rR]|--recursive\b))", "rm -r deletes without a way back"},
    {R"((^|\s)sudo\b)", "runs with the rights of the administrator"},
    {R"(\bgit\b.*\breset\b.*--hard\b)", "git reset --hard drops uncommitted work"},
    {R"(\bgit\b.*\bclean\b.*\s-[a-zA-Z]*f)", "git clean -f deletes untracked files"},
    {R"(\bdd\b.*\bof=)", "dd overwrites its target"},
    {R"(\bmkfs(\.\w+)?\b)", "mkfs erases a file system"},
    {R"(\bchmod\b.*\s(-[a-zA-Z]*R|777\b))", "changes who may read or write many files"},
    {R"(\bchown\b.*\s-[a-zA-Z]*R)", "changes the owner of many files"},
    {R"((?i)\b(drop|truncate)\s+(table|database|schema)\b)", "deletes from a database without a way back"},
    {R"(\b(curl|wget)\b.*\s(-X\s*(POST|PUT|DELETE)|-d\b|--data|-F\b|--upload-file|-T\b|--post))",
     "sends data to another machine"},
    {R"(\b(npm|cargo|twine)\s+(publish|upload)\b)", "publishes where others can see it"},
    {R"(\bterraform\s+(apply|destroy)\b)", "changes running infrastructure"},
    {R"(\bkubectl\s+delete\b)", "deletes from a running cluster"},
    {R"((^|\s)(eval|source|\.)\s)", "runs text that is not shown here"},
    {R"(>\s*/dev/(sd|nvme|vd)\w+)", "overwrites a disk"},
};

constexpr qsizetype longestChecked = 4000;
constexpr size_t mostCommands = 500; ///< What follows stays together.

QStringList notesOn(const QString &command, const QString &readFrom)
{
    QStringList notes;
    if (command.size() > longestChecked) {
        return {
            QCoreApplication::translate("countersign::ui::CommandLine", "too long to be searched for known dangers")};
    }
    static const std::vector<QRegularExpression> patterns = [] {
        std::vector<QRegularExpression> made;
        for (const Danger &danger : dangers) {
            made.emplace_back(QString::fromLatin1(danger.pattern));
        }
        return made;
    }();
    for (size_t i = 0; i < patterns.size(); ++i) {
        if (patterns[i].match(command).hasMatch()) {
            const Danger &danger = dangers[i];
            notes.append(QCoreApplication::translate("countersign::ui::CommandLine", danger.note));
        }
    }
    static const QRegularExpression shell(uR"(^\s*(sudo\s+)?(\S*/)?(ba|z|da|k)?sh\b)"_s);
    if (readFrom == u"|"_s && shell.match(command).hasMatch()) {
        notes.append(
            QCoreApplication::translate("countersign::ui::CommandLine", "runs whatever the command before prints"));
    }
    return notes;
}

QString operatorAt(QStringView script, qsizetype at)
{
    const QChar c = script[at];
    const QChar next = at + 1 < script.size() ? script[at + 1] : QChar();
    if (c == u'&' && next == u'&') {
        return u"&&"_s;
    }
    if (c == u'|' && next == u'|') {
        return u"||"_s;
    }
    if (c == u'|' || c == u';' || c == u'\n') {
        return QString(c);
    }
    // `2>&1`, `&>file` and `<&3` are redirections.
    const QChar before = at > 0 ? script[at - 1] : QChar();
    if (c == u'&' && before != u'>' && before != u'<' && next != u'>') {
        return QString(c);
    }
    return {};
}

bool isShell(const QString &program)
{
    static const QStringList shells{u"sh"_s, u"bash"_s, u"dash"_s, u"zsh"_s, u"ksh"_s};
    return shells.contains(program.mid(program.lastIndexOf(u'/') + 1));
}

/// The script of `sh -c SCRIPT`, however its options are bundled.
std::optional<QString> scriptOf(const QStringList &words)
{
    if (words.size() < 3 || !isShell(words.front())) {
        return std::nullopt;
    }
    for (qsizetype i = 1; i + 1 < words.size() && words[i].startsWith(u'-'); ++i) {
        if (!words[i].startsWith(u"--"_s) && words[i].contains(u'c')) {
            return words[i + 1];
        }
    }
    return std::nullopt;
}

bool isShellTool(const QString &toolName)
{
    static const QRegularExpression shellish(uR"((shell|bash|terminal|exec|command|\bcmd\b|(^|_)run(_|$)))"_s,
                                             QRegularExpression::CaseInsensitiveOption);
    return shellish.match(toolName).hasMatch();
}

} // namespace

QString quotedForShell(const QString &word)
{
    const auto isSafe = [](QChar c) {
        return c.unicode() < 0x80 && (c.isLetterOrNumber() || QStringView(u"_@%+=:,./-").contains(c));
    };
    if (!word.isEmpty() && std::ranges::all_of(word, isSafe)) {
        return word;
    }
    return u'\'' + QString(word).replace(u'\'', u"'\\''"_s) + u'\'';
}

std::vector<CommandLine> splitShell(const QString &script)
{
    std::vector<CommandLine> commands;
    QString readFrom;
    const auto add = [&](const QString &text, const QString &follows) {
        const QString trimmed = text.trimmed();
        if (!trimmed.isEmpty()) {
            commands.push_back({trimmed, follows == u"\n"_s ? QString() : follows, notesOn(trimmed, readFrom)});
        } else if (!commands.empty() && commands.back().follows.isEmpty() && follows != u"\n"_s) {
            commands.back().follows = follows;
        }
        readFrom = follows;
    };
    if (script.contains(u"<<"_s)) {
        add(script, {}); // A here-document is text for a command, not commands.
        return commands;
    }
    QChar quote;
    int depth = 0;
    qsizetype start = 0;
    for (qsizetype i = 0; i < script.size(); ++i) {
        const QChar c = script[i];
        if (c == u'\\' && quote != u'\'') {
            ++i;
        } else if (!quote.isNull()) {
            quote = c == quote ? QChar() : quote;
        } else if (c == u'\'' || c == u'"' || c == u'`') {
            quote = c;
        } else if (c == u'(' || c == u'{') {
            ++depth;
        } else if (c == u')' || c == u'}') {
            depth = std::max(depth - 1, 0);
        } else if (depth == 0 && commands.size() < mostCommands) {
            const QString joint = operatorAt(script, i);
            if (!joint.isEmpty()) {
                add(script.mid(start, i - start), joint);
                i += joint.size() - 1;
                start = i + 1;
            }
        }
    }
    add(script.mid(start), {});
    return commands;
}

std::vector<CommandLine> commandsOf(const RoundContent &content, const JsonValue &arguments)
{
    const JsonValue *command = nullptr;
    for (const char *key : {"command", "cmd", "commandLine", "command_line", "script"}) {
        command = command ? command : arguments.find(key);
    }
    if (!command) {
        return {};
    }
    if (command->isString()) {
        const bool isCommand = content.pattern == Pattern::Gate || isShellTool(content.toolName);
        return isCommand ? splitShell(command->toString()) : std::vector<CommandLine>{};
    }
    QStringList words;
    for (const JsonValue &word : command->items()) {
        if (!word.isString()) {
            return {};
        }
        words.append(word.toString());
    }
    if (words.isEmpty()) {
        return {};
    }
    if (const std::optional<QString> script = scriptOf(words)) {
        return splitShell(*script);
    }
    QStringList quoted;
    for (const QString &word : words) {
        quoted.append(quotedForShell(word));
    }
    const QString line = quoted.join(u' ');
    return {{line, {}, notesOn(line, {})}};
}

} // namespace countersign::ui
