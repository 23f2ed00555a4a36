// SPDX-License-Identifier: Apache-2.0
#include "core/engine/schema_fit.h"

#include "core/base/json_reader.h"
#include "core/base/log.h"
#include "core/base/visible_text.h"
#include "core/schema/schema.h"

#include <algorithm>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

bool isQuestion(const Round &round)
{
    return round.content.pattern == Pattern::Elicitation;
}

Error misfit(const SchemaVerdict &verdict, const QString &what)
{
    const auto first =
        std::ranges::find_if(verdict.problems, [](const Problem &problem) { return !problem.undecided; });
    if (first == verdict.problems.end()) {
        return {ErrorCode::InvalidInput, u"The %1 does not fit the schema."_s.arg(what), {}};
    }
    const QString place = displayText(QString::fromStdString(first->instance)).text;
    const QString rule = displayText(first->message).text;
    return {ErrorCode::InvalidInput,
            u"The %1 does not fit the schema: "_s.arg(what) + (place.isEmpty() ? u"it"_s : place) + u' ' + rule + u'.',
            QString::fromStdString(first->location)};
}

} // namespace

Result<> fitsSchema(const Round &round, Verdict verdict, const VoteContent &content)
{
    const bool answers = verdict == Verdict::Answer && isQuestion(round);
    const bool edits = verdict == Verdict::ApproveEdited && !isQuestion(round);
    if (round.content.schema.isEmpty() || (!answers && !edits)) {
        return {};
    }
    const Result<JsonValue> source = readJson(round.content.schema, JsonLimits::schema());
    const Result<JsonValue> value = readJson(answers ? content.answer : content.arguments);
    if (!source || !value) {
        return value ? Result<>() : Result<>(value.error());
    }
    const auto schema = CompiledSchema::compile(*source);
    if (!schema) {
        qCInfo(logEngine) << "a reviewer's value could not be checked:" << schema.error().message;
        return {};
    }
    const SchemaVerdict checked = (*schema)->validate(*value, {.maxProblems = 8});
    if (checked.kind == SchemaVerdictKind::Invalid) {
        return misfit(checked, answers ? u"answer"_s : u"edited value"_s);
    }
    return {};
}

} // namespace countersign
