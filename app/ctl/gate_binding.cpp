// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/gate_binding.h"

#include "app/ctl/environment_summary.h"
#include "app/ctl/option_parser.h"
#include "core/base/json_reader.h"
#include "core/base/visible_text.h"

#include <QtCore/QStringList>

#include <algorithm>

#include <sys/stat.h>
#include <unistd.h>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype maxShownScript = 512 * 1024;
constexpr qsizetype headBytes = 4096;

QString shown(const QByteArray &bytes)
{
    return displayBytes(bytes).text;
}

Result<> requireUtf8(const QByteArray &bytes, const QString &what)
{
    if (fromUtf8Strictly(bytes)) {
        return {};
    }
    return Error{ErrorCode::InvalidInput,
                 what + u" is not valid UTF-8 and could not be shown as it is, so nothing was asked: "_s + shown(bytes),
                 {}};
}

Result<QByteArray> currentDirectory()
{
    QByteArray path(4096, '\0');
    if (!::getcwd(path.data(), static_cast<size_t>(path.size()))) {
        return Error{ErrorCode::NotFound, u"The current directory does not exist any more: nothing was asked."_s, {}};
    }
    path.truncate(path.indexOf('\0'));
    return path;
}

QByteArray absolute(const QByteArray &directory, QByteArray path)
{
    while (path.startsWith("./")) {
        path.remove(0, 2);
    }
    return path.startsWith('/') ? path : directory + (directory == "/" ? "" : "/") + path;
}

bool isExecutableFile(const QByteArray &path)
{
    struct stat status = {};
    return ::stat(path.constData(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.constData(), X_OK) == 0;
}

/// As execvp() finds it; empty when there is none.
QByteArray resolve(const QByteArray &name, const QByteArray &directory, const QByteArray &searchPath)
{
    if (name.contains('/')) {
        const QByteArray path = absolute(directory, name);
        return isExecutableFile(path) ? path : QByteArray();
    }
    for (const QByteArray &folder : searchPath.split(':')) {
        const QByteArray path = absolute(directory, folder.isEmpty() ? name : folder + '/' + name);
        if (!name.isEmpty() && isExecutableFile(path)) {
            return path;
        }
    }
    return {};
}

QByteArray searchPathOf(const std::vector<QByteArray> &environment)
{
    const QByteArray path = environmentValue(environment, "PATH");
    return path.isEmpty() ? QByteArray("/usr/local/bin:/usr/bin:/bin") : path;
}

Result<> bindFile(std::optional<BoundFile> &target, const QByteArray &path)
{
    Result<BoundFile> file = BoundFile::open(path);
    if (!file) {
        return file.error();
    }
    target = *std::move(file);
    return {};
}

JsonValue text(const QByteArray &utf8)
{
    return JsonValue::fromUtf8(utf8.toStdString());
}

JsonValue fileJson(const BoundFile &file)
{
    return JsonValue::object({{"path", JsonValue::fromString(displayBytes(file.path()).text)},
                              {"sha256", JsonValue::fromString(file.sha256().hex())}});
}

/// The whole text, when it is one that can stand in the payload.
std::optional<QString> shownTextOf(const BoundFile &file)
{
    if (file.size() > maxShownScript) {
        return std::nullopt;
    }
    const QByteArray bytes = file.head(maxShownScript);
    // Control characters grow sixfold in JSON; such a file is no text to read.
    const auto controls = std::count_if(bytes.begin(), bytes.end(), [](char byte) {
        return static_cast<unsigned char>(byte) < 0x20 && byte != '\n' && byte != '\t' && byte != '\r';
    });
    return controls > 1000 ? std::nullopt : fromUtf8Strictly(bytes);
}

} // namespace

Result<> GateBinding::findExecutable(const std::vector<QByteArray> &environment)
{
    const QByteArray path = resolve(m_command.front(), m_directory, searchPathOf(environment));
    if (path.isEmpty()) {
        return Error{ErrorCode::NotFound,
                     u"There is no command “"_s + shown(m_command.front()) +
                         u"” that could be run: nothing was asked."_s,
                     {}};
    }
    return bindFile(m_executable, path);
}

Result<> GateBinding::findInterpreter(const std::vector<QByteArray> &environment)
{
    const QByteArray head = m_executable->head(headBytes);
    m_shebang = readShebang(head);
    if (!m_shebang &&
        !head.startsWith("\x7f"
                         "ELF") &&
        !head.contains('\0')) {
        m_shebang = Shebang{"/bin/sh", {}}; // A text without a first line: every shell runs it so.
    }
    if (!m_shebang) {
        return {};
    }
    if (Result<> bound = bindFile(m_interpreter, absolute(m_directory, m_shebang->interpreter)); !bound) {
        return bound;
    }
    if (m_shebang->interpreter.endsWith("/env")) {
        const QByteArray program = resolve(programOfEnv(m_shebang->argument), m_directory, searchPathOf(environment));
        return program.isEmpty() ? Result<>() : bindFile(m_program, program);
    }
    return {};
}

Result<> GateBinding::findScript()
{
    if (isKnownInterpreter(m_command.front())) {
        const std::optional<size_t> index = scriptArgument(m_command);
        if (!index) {
            return {};
        }
        m_scriptIndex = *index;
        // Where it is not, a shell would look along PATH and run what nobody has seen.
        return bindFile(m_script, absolute(m_directory, m_command[*index]));
    }
    return m_shebang ? bindFile(m_script, m_executable->path()) : Result<>();
}

JsonValue GateBinding::scriptJson() const
{
    JsonValue json = fileJson(*m_script);
    json.set("size", JsonValue::fromInteger(m_script->size()));
    if (const std::optional<QString> content = shownTextOf(*m_script)) {
        json.set("text", JsonValue::fromString(*content));
    } else {
        json.set("inEvidence", JsonValue::fromBool(true));
    }
    return json;
}

JsonValue GateBinding::interpreterJson() const
{
    JsonValue json = fileJson(*m_interpreter);
    if (!m_shebang->argument.isEmpty()) {
        json.set("argument", JsonValue::fromString(displayBytes(m_shebang->argument).text));
    }
    if (m_program) {
        json.set("program", fileJson(*m_program));
    }
    return json;
}

QString GateBinding::notCovered() const
{
    const QString files = m_script ? u"Files that the script reads or sources, and what it starts"_s
                                   : u"Files that the command reads or loads, and what it starts"_s;
    const QByteArray wrapper = wrapperName(m_command.front());
    const QString inner = wrapper.isEmpty()
                              ? QString()
                              : u"“"_s + QString::fromUtf8(wrapper) +
                                    u"” starts another command: neither that one nor its script is bound. "_s;
    return inner + files + u"; COLUMNS and LINES, the size of the terminal."_s;
}

Result<> GateBinding::describe(const std::vector<QByteArray> &environment)
{
    JsonValue command = JsonValue::array();
    for (const QByteArray &word : m_command) {
        command.append(text(word));
    }
    JsonValue json = JsonValue::object(
        {{"command", std::move(command)}, {"directory", text(m_directory)}, {"executable", fileJson(*m_executable)}});
    if (m_interpreter) {
        json.set("interpreter", interpreterJson());
    }
    if (m_script) {
        json.set("script", scriptJson());
    }
    json.set("environment", summarizeEnvironment(environment));
    json.set("sealed", JsonValue::fromBool(m_sealing == Sealing::Yes));
    json.set("notCovered", JsonValue::fromString(notCovered()));
    m_argumentsJson = writeJson(json);
    return {};
}

Result<GateBinding> GateBinding::capture(const std::vector<QByteArray> &command,
                                         const std::vector<QByteArray> &environment, Sealing sealing)
{
    GateBinding binding;
    binding.m_command = command;
    binding.m_sealing = sealing;
    for (const QByteArray &word : command) {
        if (Result<> valid = requireUtf8(word, u"An argument of the command"_s); !valid) {
            return valid.error();
        }
    }
    Result<QByteArray> directory = currentDirectory();
    if (!directory) {
        return directory.error();
    }
    if (Result<> valid = requireUtf8(*directory, u"The name of the current directory"_s); !valid) {
        return valid.error();
    }
    binding.m_directory = *directory;
    if (Result<> found = binding.findExecutable(environment); !found) {
        return found.error();
    }
    if (Result<> found = binding.findInterpreter(environment); !found) {
        return found.error();
    }
    if (Result<> found = binding.findScript(); !found) {
        return found.error();
    }
    if (Result<> described = binding.describe(environment); !described) {
        return described.error();
    }
    return binding;
}

const BoundFile *GateBinding::scriptForEvidence() const
{
    return m_script && !shownTextOf(*m_script) ? &*m_script : nullptr;
}

bool GateBinding::isUnchanged() const
{
    for (const std::optional<BoundFile> *file : {&m_executable, &m_interpreter, &m_program, &m_script}) {
        if (*file && !(*file)->hasSameContent()) {
            return false;
        }
    }
    return true;
}

QString GateBinding::differences(const QByteArray &askedJson, const QByteArray &nowJson)
{
    const Result<JsonValue> asked = readJson(askedJson);
    const Result<JsonValue> now = readJson(nowJson);
    if (!asked || !now) {
        return u"the command"_s;
    }
    static const std::vector<std::pair<std::string, QString>> parts{{"command", u"the arguments"_s},
                                                                    {"directory", u"the directory"_s},
                                                                    {"script", u"the script"_s},
                                                                    {"executable", u"the executable"_s},
                                                                    {"interpreter", u"the interpreter"_s},
                                                                    {"environment", u"the environment"_s},
                                                                    {"sealed", u"--sealed"_s}};
    QStringList changed;
    for (const auto &[name, words] : parts) {
        const JsonValue *before = asked->find(name);
        const JsonValue *after = now->find(name);
        if ((before == nullptr) != (after == nullptr) || (before && !(*before == *after))) {
            changed.append(words);
        }
    }
    return changed.isEmpty() ? u"the command"_s : changed.join(u", "_s);
}

} // namespace countersign::ctl
