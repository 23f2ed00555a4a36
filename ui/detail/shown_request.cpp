// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/shown_request.h"

#include "core/base/json_reader.h"
#include "core/schema/form_model.h"
#include "core/schema/inferred_schema.h"
#include "core/store/store.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QUuid>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

QString trShown(const char *text)
{
    return QCoreApplication::translate("countersign::ui::ShownRequest", text);
}

void append(PayloadRows &to, PayloadRows from)
{
    to.hiddenCharacters += from.hiddenCharacters;
    to.mixedScripts += from.mixedScripts;
    to.rows.insert(to.rows.end(), std::make_move_iterator(from.rows.begin()), std::make_move_iterator(from.rows.end()));
}

/// The arguments, or for a question what it asks: message, address and schema are then what is decided on.
PayloadRows argumentRowsOf(const ShownRequest &shown)
{
    const RoundContent &content = shown.round().content;
    PayloadRows rows;
    if (!content.unreviewable.isEmpty() || (!content.arguments.isEmpty() && !shown.arguments)) {
        return textRows(content.arguments);
    }
    if (shown.arguments) {
        append(rows, rowsOf(*shown.arguments));
        const std::vector<Round> &rounds = shown.detail.rounds;
        if (rounds.size() > 1) {
            if (const Result<JsonValue> old = readJson(rounds[rounds.size() - 2].content.arguments)) {
                markChanges(rows, *old, *shown.arguments);
            }
        }
    }
    if (shown.isQuestion()) {
        if (!content.message.isEmpty()) {
            addRows(rows, trShown("question"), JsonValue::fromString(content.message));
        }
        if (!content.url.isEmpty()) {
            addRows(rows, trShown("address"), JsonValue::fromString(content.url));
        }
        if (!content.schema.isEmpty()) {
            const Result<JsonValue> schema = readJson(content.schema, JsonLimits::schema());
            addRows(rows, trShown("answer's schema"),
                    schema ? *schema : JsonValue::fromString(QString::fromUtf8(content.schema)));
        }
    }
    return rows;
}

PayloadRows rawRowsOf(const ShownRequest &shown)
{
    const Round &round = shown.round();
    PayloadRows rows = textRows(round.content.arguments);
    if (!round.content.schema.isEmpty()) {
        addOwnRow(rows, {}, trShown("— schema as received —"), true);
        append(rows, textRows(round.content.schema));
    }
    if (!round.content.annotations.isEmpty()) {
        addOwnRow(rows, {}, trShown("— what else the agent said, as received —"), true);
        append(rows, textRows(round.content.annotations));
    }
    return rows;
}

/// Puts stand-ins in place of secrets: the same one for the same secret, so that a change is still seen as one.
class SecretStandIns
{
public:
    void takeFrom(JsonValue &value, const std::set<std::string> &places)
    {
        for (const std::string &place : places) {
            JsonValue *secret = value.at(place);
            if (secret && !secret->isNull()) {
                const auto number = m_numbers.try_emplace(writeJson(*secret), m_numbers.size()).first->second;
                *secret = JsonValue::fromString(m_name + QString::number(number));
            }
        }
    }

    /// Ours, in place of the stand-ins.
    void nameIn(PayloadRows &rows) const
    {
        for (size_t i = 0; i < rows.rows.size(); ++i) {
            PayloadRow &row = rows.rows[i];
            if (row.kind != PayloadRow::Kind::Text || !row.text.startsWith(m_name)) {
                continue;
            }
            const PayloadRow *before = i > 0 ? &rows.rows[i - 1] : nullptr;
            const bool isChange = row.mark == PayloadRow::Mark::Added && before &&
                                  before->mark == PayloadRow::Mark::Removed && before->key == row.key;
            row.text = isChange ? trShown("⟨secret, changed⟩") : trShown("⟨secret⟩");
            row.badges.clear();
            row.note.clear();
        }
    }

private:
    const QString m_name = QUuid::createUuid().toString(QUuid::Id128) + u'-'; ///< Nobody outside can know it.
    std::map<QByteArray, size_t> m_numbers;
};

/// What differs, with the secrets of the schemas masked.
PayloadRows differenceUnder(const std::vector<std::shared_ptr<const CompiledSchema>> &schemas, JsonValue before,
                            JsonValue after)
{
    std::set<std::string> places;
    for (const std::shared_ptr<const CompiledSchema> &schema : schemas) {
        if (schema) {
            places.merge(FormModel::secretPointers(schema, before));
            places.merge(FormModel::secretPointers(schema, after));
        }
    }
    SecretStandIns secrets;
    secrets.takeFrom(before, places);
    secrets.takeFrom(after, places);
    PayloadRows rows = differenceRows(before, after);
    secrets.nameIn(rows);
    return rows;
}

/// Null: there is none that can be used.
std::shared_ptr<const CompiledSchema> schemaOf(const RoundContent &content)
{
    const Result<JsonValue> source = readJson(content.schema, JsonLimits::schema());
    return source ? CompiledSchema::compile(*source).valueOr(nullptr) : nullptr;
}

void addDifference(ShownRequest &shown)
{
    const Vote *vote = shown.decidingVote();
    if (vote && vote->verdict == Verdict::ApproveEdited && shown.arguments) {
        if (const Result<JsonValue> edited = readJson(vote->content.arguments)) {
            shown.differenceTitle = trShown("What the agent asked for, and what was approved");
            shown.differenceRows = differenceUnder({shown.form}, *shown.arguments, *edited);
            return;
        }
    }
    const std::vector<Round> &rounds = shown.detail.rounds;
    if (rounds.size() < 2) {
        return;
    }
    const Round &before = rounds[rounds.size() - 2];
    const Result<JsonValue> old = readJson(before.content.arguments);
    if (old && shown.arguments) {
        shown.differenceTitle =
            trShown("Round %1 and round %2").arg(QString::number(before.number), QString::number(shown.round().number));
        shown.differenceRows = differenceUnder({schemaOf(before.content), shown.form}, *old, *shown.arguments);
    } else {
        const auto asText = [](const QByteArray &bytes) { return JsonValue::fromString(QString::fromUtf8(bytes)); };
        shown.differenceTitle = trShown("The last two rounds, as text");
        shown.differenceRows =
            differenceRows(asText(before.content.arguments), asText(shown.round().content.arguments));
    }
}

/// Compiled here, on the reader thread: a schema may be a megabyte.
void addForm(ShownRequest &shown)
{
    const RoundContent &content = shown.round().content;
    const bool answers = shown.asksForForm() || shown.servesTool();
    if (answers ? content.schema.isEmpty() : !shown.arguments) {
        return;
    }
    QString why;
    if (!content.schema.isEmpty()) {
        const Result<JsonValue> source = readJson(content.schema, JsonLimits::schema());
        const auto compiled = source ? CompiledSchema::compile(*source) : source.error();
        if (compiled) {
            shown.form = *compiled;
            return;
        }
        why = displayText(compiled.error().message).text;
        if (shown.servesTool()) {
            shown.formNotice = trShown("The schema of what this tool gives cannot be used. ") + why;
            return;
        }
    }
    const JsonValue own = answers ? JsonValue::fromBool(true) : inferredSchema(*shown.arguments);
    shown.form = CompiledSchema::compile(own).value();
    shown.formNotice = !why.isEmpty() ? trShown("The asker's schema cannot be used. ") + why
                       : answers      ? QString()
                                      : trShown("no schema came with it: fields as in the arguments");
}

/// Of calls that are over the agent is told already; those that wait, or whose answers are on their way, count.
void addStep(StoreReader &store, ShownRequest &shown)
{
    constexpr int mostLive = 2000;
    const Request &own = shown.request();
    if (own.parent.batch.isEmpty() || own.connection.isEmpty()) {
        return;
    }
    Result<std::vector<Request>> live = store.liveRequests(own.connection, mostLive);
    if (!live) {
        return;
    }
    std::erase_if(*live, [&](const Request &one) {
        return one.parent.batch != own.parent.batch || one.principal != own.principal;
    });
    std::ranges::sort(*live, [](const Request &left, const Request &right) {
        return std::tuple(left.createdAt, left.id) < std::tuple(right.createdAt, right.id);
    });
    for (const Request &one : *live) {
        const QString standing = one.isOpen() ? trShown("waits for you") : trShown("is decided");
        shown.stepCalls.push_back({one.id, displayText(one.toolName).text + u", "_s + standing});
    }
    if (std::ranges::find(shown.stepCalls, own.id, &StepCall::id) == shown.stepCalls.end()) {
        shown.stepCalls.clear(); // This one is over.
    }
}

} // namespace

bool ShownRequest::asksForForm() const
{
    return isQuestion() && round().content.pattern == Pattern::Elicitation && !round().content.schema.isEmpty();
}

bool ShownRequest::servesTool() const
{
    return isQuestion() && round().content.pattern == Pattern::ClientTool;
}

bool ShownRequest::isQuestion() const
{
    const std::vector<Verdict> &allowed = round().content.allowed;
    return std::ranges::find(allowed, Verdict::Answer) != allowed.end();
}

QString ShownRequest::obstacle() const
{
    if (!detail.problem.isEmpty()) {
        return detail.problem;
    }
    if (round().contentErased) {
        return trShown("The content of this request was erased; nothing can be approved on it.");
    }
    if (!round().content.unreviewable.isEmpty()) {
        return trShown("This request cannot be reviewed: ") + displayText(round().content.unreviewable).text;
    }
    if (!round().content.arguments.isEmpty() && !arguments) {
        return trShown("This request cannot be reviewed: its arguments are not valid JSON.");
    }
    return {};
}

const Vote *ShownRequest::decidingVote() const
{
    if (!detail.decision) {
        return nullptr;
    }
    const auto vote = std::ranges::find(detail.votes, detail.decision->decidingVote, &Vote::statement);
    return vote == detail.votes.end() ? nullptr : &*vote;
}

Result<SharedRequest> loadShownRequest(StoreReader &store, const RequestId &id, const ReviewerId &reviewer)
{
    Result<RequestDetail> detail = loadDetail(store, id);
    if (!detail) {
        return detail.error();
    }
    auto shown = std::make_shared<ShownRequest>();
    shown->detail = *std::move(detail);
    if (shown->detail.rounds.empty()) {
        return Error{ErrorCode::Damaged, trShown("This request has no content; the workspace is damaged."), id.text()};
    }
    const RoundContent &content = shown->round().content;
    shown->agent =
        displayText(shown->detail.principal.name.isEmpty() ? shown->request().agentName : shown->detail.principal.name)
            .text;
    shown->tool = displayText(content.toolName).text;
    const ToolPolicy *policy = shown->detail.toolPolicy ? &*shown->detail.toolPolicy : nullptr;
    shown->heading = shown->round().contentErased ? shown->request().summary
                                                  : summarize(content, shown->detail.principal.name, policy);
    if (!content.arguments.isEmpty()) {
        if (Result<JsonValue> arguments = readJson(content.arguments)) {
            shown->arguments = *std::move(arguments);
        }
    }
    if (shown->arguments && content.unreviewable.isEmpty()) {
        shown->commands = commandsOf(content, *shown->arguments);
    }
    shown->critical = criticalValue(content, policy);
    if (shown->critical.value.isEmpty()) {
        shown->critical = {trShown("tool's name"), shown->tool.isEmpty() ? toText(content.pattern) : shown->tool};
    }
    addForm(*shown);
    shown->conversation = readConversation(content.annotations);
    addStep(store, *shown);
    shown->argumentRows = argumentRowsOf(*shown);
    shown->rawRows = rawRowsOf(*shown);
    addDifference(*shown);
    if (!reviewer.isEmpty()) {
        const Result<std::optional<Draft>> draft = store.draft(id, reviewer);
        if (draft && *draft && (*draft)->round == shown->round().number) {
            if (Result<JsonValue> edited = readJson((*draft)->body)) {
                shown->draft = *std::move(edited);
            }
        }
    }
    const Result<std::vector<Reviewer>> reviewers = store.reviewers();
    if (reviewers) {
        for (const Reviewer &other : *reviewers) {
            if (other.isActive() && other.id != reviewer) {
                shown->delegates.append(other.name);
            }
        }
    }
    return SharedRequest(shown);
}

} // namespace countersign::ui
