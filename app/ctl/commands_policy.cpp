// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/command.h"
#include "app/ctl/input.h"
#include "app/ctl/visible_once.h"
#include "core/base/visible_text.h"
#include "core/engine/policy.h"

#include <QtCore/QFile>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 mostBytes = 1024 * 1024;

QString shown(const QString &outside)
{
    return displayText(outside).text;
}

JsonValue text(const QString &value)
{
    return JsonValue::fromString(value);
}

Result<QByteArray> fileOf(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        return Error{ErrorCode::NotFound,
                     u"The policy “"_s + path + u"” could not be opened: "_s + file.errorString() + u'.',
                     {}};
    }
    QByteArray bytes = file.read(mostBytes + 1);
    if (bytes.size() > mostBytes) {
        return Error{ErrorCode::TooLarge, u"The policy “"_s + path + u"” is larger than 1 MiB."_s, {}};
    }
    return bytes;
}

/// “ask in the high tier”, “deny”, “ask where its predicate holds, else allow”.
QString actionText(const PolicyRule &rule)
{
    const QString tier = rule.tier ? u" in the "_s + toText(*rule.tier) + u" tier"_s : QString();
    return rule.action ? toText(*rule.action) + tier : u"ask"_s + tier + u" where needsApproval holds, else allow"_s;
}

JsonValue ruleJson(const PolicyRule &rule)
{
    return JsonValue::object({{"name", text(rule.name)},
                              {"do", rule.action ? text(toText(*rule.action)) : JsonValue()},
                              {"when", rule.when},
                              {"needsApproval", rule.needsApproval.value_or(JsonValue())},
                              {"tier", rule.tier ? text(toText(*rule.tier)) : JsonValue()},
                              {"message", rule.message.isEmpty() ? JsonValue() : text(rule.message)}});
}

JsonValue policyJson(const Policy &policy)
{
    JsonValue rules = JsonValue::array();
    for (const PolicyRule &rule : policy.rules) {
        rules.append(ruleJson(rule));
    }
    JsonValue tools = JsonValue::array();
    for (const ToolPolicy &tool : policy.tools) {
        tools.append(text(tool.tool));
    }
    return JsonValue::object({{"name", text(policy.name)}, {"rules", std::move(rules)}, {"tools", std::move(tools)}});
}

JsonValue recordJson(const PolicyRecord &record)
{
    JsonValue json = policyJson(record.policy);
    json.set("version", record.version.isEmpty() ? JsonValue() : text(record.version));
    json.set("appliedBy", record.appliedBy.isEmpty() ? JsonValue() : text(record.appliedBy));
    json.set("appliedAt", text(toRfc3339(record.appliedAt)));
    json.set("active", JsonValue::fromBool(record.active));
    json.set("problem", record.problem.isEmpty() ? JsonValue() : text(record.problem));
    return json;
}

void printRules(Console &console, const Policy &policy)
{
    int number = 0;
    for (const PolicyRule &rule : policy.rules) {
        console.line(u"    "_s + QString::number(++number) + u". "_s + shown(rule.name) + u": "_s + actionText(rule));
    }
    for (const ToolPolicy &tool : policy.tools) {
        console.line(u"    tool "_s + shown(tool.tool) +
                     (tool.tier ? u" · "_s + toText(*tool.tier) + u" tier"_s : QString()) +
                     (tool.summary.isEmpty() ? QString() : u" · “"_s + shown(tool.summary) + u'”'));
    }
}

int runCheck(Invocation &call)
{
    const QString path = call.options.arguments().value(0);
    const Result<QByteArray> file = fileOf(path);
    const auto policy =
        file ? CompiledPolicy::readToApply(*file) : Result<std::shared_ptr<const CompiledPolicy>>(file.error());
    if (!policy) {
        return call.console.fail(policy.error(), ExitCode::Failed);
    }
    call.console.json(policyJson((*policy)->policy()));
    call.console.line(u"The policy “"_s + shown((*policy)->policy().name) + u"” can be applied:"_s);
    printRules(call.console, (*policy)->policy());
    return ExitCode::Done;
}

int runApply(Invocation &call)
{
    if (!call.options.has(u"by"_s)) {
        return call.console.fail({ErrorCode::NotAllowed,
                                  u"Only an administrator can do this: give the administrator's key with --by."_s,
                                  {}});
    }
    const Result<QByteArray> file = fileOf(call.options.arguments().value(0));
    const auto policy =
        file ? CompiledPolicy::readToApply(*file) : Result<std::shared_ptr<const CompiledPolicy>>(file.error());
    if (!policy) {
        return call.console.fail(policy.error(), ExitCode::Failed);
    }
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    const Result<SigningKey> by =
        openKey(call.options.value(u"by"_s), call.options.optional(u"by-passphrase-file"_s), u"--by-passphrase-file"_s);
    if (!by) {
        return call.console.fail(by.error());
    }
    const Result<PolicyRecord> applied = (*session)->engine().applyPolicy(*file, *by);
    if (!applied) {
        return call.console.fail(applied.error());
    }
    call.console.json(recordJson(*applied));
    call.console.note(u"The policy “"_s + shown(applied->policy.name) +
                      u"” holds for what is filed from now on; what waits already stays as it is."_s);
    call.console.line(applied->version);
    return ExitCode::Done;
}

int runList(Invocation &call)
{
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s, Session::Need::Read);
    if (!session) {
        return call.console.fail(session.error());
    }
    const Result<std::vector<PolicyRecord>> records = (*session)->engine().policies();
    if (!records) {
        return call.console.fail(records.error());
    }
    bool sound = true;
    for (const PolicyRecord &record : *records) {
        call.console.json(recordJson(record));
        if (!record.version.isEmpty()) {
            call.console.line(shown(record.version).leftJustified(12) +
                              (record.active ? u"in force  "_s : u"          "_s) + toRfc3339(record.appliedAt) +
                              u"  "_s + shown(record.appliedBy).leftJustified(16) + u' ' + shown(record.policy.name));
        }
        if (record.active) {
            printRules(call.console, record.policy);
        }
        if (!record.problem.isEmpty()) {
            call.console.note(u"countersignctl: "_s + visibleOnce(record.problem));
            sound = false;
        }
    }
    if (records->empty()) {
        call.console.note(u"There is no policy: every request is asked, in the tier that its asker names."_s);
    }
    return sound ? ExitCode::Done : ExitCode::NotAllowed;
}

} // namespace

std::vector<Command> policyCommands()
{
    return {
        {u"policy check"_s,
         u"Checks a policy file and says what its rules do."_s,
         u"Ends with 0 if the policy can be applied, and with 1, the place and a sentence if it cannot."_s,
         {u"FILE"_s, 1, 1, false, {}},
         runCheck},
        {u"policy apply"_s,
         u"Puts a policy into force, signed by an administrator."_s,
         u"It holds for what is filed from now on. Its version is printed; each policy stays in the workspace."_s,
         {u"FILE"_s,
          1,
          1,
          false,
          {{u"by"_s, u"ADMIN-KEY-FILE"_s, u"The key of an administrator"_s},
           {u"by-passphrase-file"_s, u"FILE"_s, u"Its passphrase; else asked on the terminal"_s}}},
         runApply},
        {u"policy list"_s,
         u"Lists the policies of the workspace, and the rules of the one in force."_s,
         u"Ends with 17 when one of them does not carry the signature it needs."_s,
         {{}, 0, 0, false, {}},
         runList},
    };
}

} // namespace countersign::ctl
