// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/command.h"
#include "app/ctl/input.h"
#include "core/base/json_reader.h"
#include "core/schema/schema.h"

#include <QtCore/QFile>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

/// Enough to say what is wrong with one value; a list of wrong items would drown the rest.
constexpr size_t mostProblems = 1000;

JsonValue utf8(std::string text)
{
    return JsonValue::fromUtf8(std::move(text));
}

JsonValue problemJson(const Problem &problem)
{
    return JsonValue::object({{"instance", utf8(problem.instance)},
                              {"schema", utf8(problem.schema)},
                              {"keyword", utf8(problem.keyword)},
                              {"message", JsonValue::fromString(problem.message)}});
}

JsonValue verdictJson(const SchemaVerdict &verdict)
{
    JsonValue problems = JsonValue::array();
    for (const Problem &problem : verdict.problems) {
        problems.append(problemJson(problem));
    }
    const bool decided = verdict.kind != SchemaVerdictKind::CouldNotCheck;
    JsonValue result = JsonValue::object(
        {{"valid", decided ? JsonValue::fromBool(verdict.isValid()) : JsonValue()}, {"problems", std::move(problems)}});
    if (verdict.problemsLeftOut) {
        result.set("problemsLeftOut", JsonValue::fromBool(true));
    }
    return result;
}

/// A line that is no JSON could not be checked.
JsonValue unreadableJson(const Error &error)
{
    Problem problem;
    problem.message = error.message;
    return JsonValue::object({{"valid", JsonValue()}, {"problems", JsonValue::array({problemJson(problem)})}});
}

/// JSON with nothing in it that a terminal could act on or hide: everything but visible ASCII is escaped.
QByteArray asciiJson(const JsonValue &value)
{
    QByteArray ascii;
    for (const QChar c : QString::fromUtf8(writeJson(value))) { // Such characters stand in strings only.
        if (c.unicode() >= 0x20 && c.unicode() < 0x7F) {
            ascii += static_cast<char>(c.unicode());
        } else {
            ascii += "\\u" + QByteArray::number(c.unicode(), 16).rightJustified(4, '0');
        }
    }
    return ascii;
}

Result<std::shared_ptr<const CompiledSchema>> compileFrom(const ParsedOptions &options)
{
    CompileOptions how;
    if (const auto name = options.optional(u"dialect"_s)) {
        how.dialect = dialectFromName(*name);
    }
    const Result<QByteArray> bytes =
        bytesOf(u"--schema"_s, u'@' + options.value(u"schema"_s), JsonLimits::schema().maxBytes);
    if (!bytes) {
        return bytes.error();
    }
    const Result<JsonValue> schema = readJson(*bytes, JsonLimits::schema());
    if (!schema) {
        return Error{schema.error().code, u"--schema: "_s + schema.error().message, schema.error().detail};
    }
    return CompiledSchema::compile(*schema, how);
}

/// One line without its end; absent at the end of the input. A line that is too long is read to its end and refused.
std::optional<Result<QByteArray>> nextLine(QFile &input)
{
    constexpr qsizetype longest = JsonLimits::decisionPayload().maxBytes;
    QByteArray line = input.readLine(longest + 2);
    if (line.isEmpty()) {
        return std::nullopt;
    }
    if (line.endsWith('\n')) {
        line.chop(1);
    }
    if (line.size() <= longest) {
        return Result<QByteArray>(line);
    }
    for (QByteArray rest = line; !rest.isEmpty() && !rest.endsWith('\n');) {
        rest = input.readLine(longest);
    }
    return Result<QByteArray>(
        Error{ErrorCode::TooLarge, u"The value is larger than the %1 bytes allowed."_s.arg(longest), {}});
}

JsonValue checkLine(const CompiledSchema &schema, const Result<QByteArray> &line)
{
    const Result<JsonValue> value = line ? readJson(*line) : Result<JsonValue>(line.error());
    return value ? verdictJson(schema.validate(*value, {.maxProblems = mostProblems})) : unreadableJson(value.error());
}

int checkAll(Console &console, const CompiledSchema &schema, QFile &input)
{
    bool allValid = true;
    while (const auto line = nextLine(input)) {
        if (line->hasValue() && (*line)->trimmed().isEmpty()) {
            continue;
        }
        const JsonValue result = checkLine(schema, *line);
        allValid = allValid && result.find("valid")->toBool();
        console.json(result);
        console.exact(asciiJson(result));
    }
    if (input.error() != QFileDevice::NoError) {
        return console.fail(
            {ErrorCode::NotFound, u"The values could not be read to their end: "_s + input.errorString() + u'.', {}},
            ExitCode::Failed);
    }
    return allValid ? ExitCode::Done : ExitCode::Rejected;
}

int runCheck(Invocation &call)
{
    if (!call.options.has(u"schema"_s)) {
        return call.console.fail(usageError(u"--schema FILE is needed: the JSON Schema to check against."_s),
                                 ExitCode::Usage);
    }
    const QString dialect = call.options.value(u"dialect"_s);
    if (call.options.has(u"dialect"_s) && !dialectFromName(dialect)) {
        return call.console.fail(usageError(u"--dialect: “%1” is no dialect; there are 2020-12, 2019-09, draft-07, "
                                            u"draft-06 and draft-04."_s.arg(dialect)),
                                 ExitCode::Usage);
    }
    const auto schema = compileFrom(call.options);
    if (!schema) {
        return call.console.fail(schema.error(), ExitCode::Failed);
    }
    const QString path = call.options.arguments().value(0, u"-"_s);
    QFile input(path);
    const bool opened = path == u"-"_s ? input.open(stdin, QIODevice::ReadOnly) : input.open(QIODevice::ReadOnly);
    if (!opened) {
        return call.console.fail(
            {ErrorCode::NotFound, u"The values in “%1” could not be opened: %2."_s.arg(path, input.errorString()), {}},
            ExitCode::Failed);
    }
    return checkAll(call.console, **schema, input);
}

} // namespace

std::vector<Command> schemaCommands()
{
    return {
        {u"schema check"_s,
         u"Checks JSON values against a JSON Schema, one value per line."_s,
         u"Prints one JSON object per value: valid (true, false, or null when it could not be checked) and its\n"
         u"problems. Values come from the file or from standard input. Ends with 0 if all are valid, with 10 if any "
         u"is\n"
         u"not, and with 1 if the schema cannot be used. Other documents that the schema refers to are never fetched."_s,
         {u"[VALUES.jsonl|-]"_s,
          0,
          1,
          false,
          {{u"schema"_s, u"FILE"_s, u"The JSON Schema"_s},
           {u"dialect"_s, u"D"_s, u"2020-12, 2019-09, draft-07, draft-06 or draft-04, whatever $schema says"_s}}},
         runCheck},
    };
}

} // namespace countersign::ctl
