// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_state.h"

#include "core/schema/schema_validator.h"

#include <algorithm>

namespace countersign {

using namespace Qt::StringLiterals;
using namespace schema;

namespace {

constexpr size_t mostProblems = 1'000;
constexpr size_t mostDescribed = 1'200; ///< Before those of other branches are left out.

std::optional<std::string> unescapedToken(std::string_view token)
{
    std::string key;
    for (size_t i = 0; i < token.size(); ++i) {
        if (token[i] == '~' && i + 1 < token.size()) {
            ++i;
            key += token[i] == '0' ? '~' : '/';
        } else {
            key += token[i];
        }
    }
    return key;
}

bool isUnion(const Problem &problem)
{
    return problem.keyword == "oneOf" || problem.keyword == "anyOf";
}

std::string_view parameter(const Problem &problem, std::string_view key)
{
    const JsonValue *value = problem.parameters.find(key);
    return value ? value->utf8() : std::string_view();
}

} // namespace

/// The field at \p pointer, or the nearest one around it that is there.
FormNode *FormModel::Private::nearest(std::string_view pointer) const
{
    FormNode *at = node(root);
    while (at && !pointer.empty()) {
        pointer.remove_prefix(1);
        const std::string_view token = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(token.size());
        FormNode *child = nullptr;
        if (at->field.kind == FieldKind::Group || at->field.kind == FieldKind::Map) {
            child =
                token.find('~') == std::string_view::npos ? childOf(*at, token) : childOf(*at, *unescapedToken(token));
        } else if (!token.empty() && token.size() < 10 &&
                   token.find_first_not_of("0123456789") == std::string_view::npos) {
            const size_t index = std::stoul(std::string(token));
            child = index < at->field.children.size() ? node(at->field.children[index]) : nullptr;
        }
        if (!child) {
            return at;
        }
        at = child;
    }
    return at;
}

/// Which branch of the union that \p problem is about the form shows there. -1: none. -2: the form does not offer it.
int FormModel::Private::chosenBranch(const FormNode &at, const Problem &unionProblem) const
{
    constexpr int notOffered = -2;
    if (at.field.pointer != unionProblem.instance || !at.shape) {
        return notOffered;
    }
    const Program &program = schema->program();
    const auto matches = [&](const FormChoice &choice) {
        return keywordName(choice.keyword) == unionProblem.keyword &&
               unionProblem.location == program.locationOf(choice.node) + '/' + unionProblem.keyword;
    };
    if (at.chosen >= 0) {
        for (const FormChoice &choice : at.shape->variants[static_cast<size_t>(at.chosen)].choices) {
            if (matches(choice)) {
                return static_cast<int>(choice.branch);
            }
        }
        return notOffered;
    }
    return -1;
}

FieldProblem FormModel::Private::placed(const Problem &problem) const
{
    FieldProblem result;
    result.keyword = problem.keyword;
    result.schema = problem.schema;
    result.message = problem.message;
    result.pointer = problem.instance;
    const FormNode *at = nearest(problem.instance);
    result.field = at ? at->field.id : noField;
    std::string_view member = parameter(problem, "missing");
    member = member.data() ? member : parameter(problem, "property");
    const bool about = problem.parameters.find("missing") || problem.parameters.find("property");
    if (about && at && at->field.pointer == problem.instance) {
        if (const FormNode *child = childOf(*at, member)) {
            result.field = child->field.id;
            result.pointer = child->field.pointer;
        } else if (problem.parameters.find("missing")) {
            result.pointer = problem.instance + '/' + pointerToken(member);
        }
    }
    return result;
}

/// Leaves out what branches say that were not chosen, and puts the rest where it can be mended.
void FormModel::Private::mapProblems(const SchemaVerdict &found)
{
    enum class Fate : quint8 { Shown, Silent, Explains };
    const size_t count = found.problems.size();
    std::vector<Fate> fates(count, Fate::Shown);
    std::vector<int> branches(count, -1);
    std::vector<bool> hasChild(count, false); ///< Of the branch that is shown.
    for (size_t i = 0; i < count; ++i) {
        const Problem &problem = found.problems[i];
        if (problem.parent >= 0) {
            const auto parent = static_cast<size_t>(problem.parent);
            const bool open =
                fates[parent] != Fate::Silent && branches[parent] == problem.branch && isUnion(found.problems[parent]);
            fates[i] = open ? Fate::Shown : Fate::Silent;
            if (open) {
                hasChild[parent] = true;
            }
        }
        if (fates[i] == Fate::Shown && isUnion(problem)) {
            const FormNode *at = nearest(problem.instance);
            branches[i] = at ? chosenBranch(*at, problem) : -1;
        }
    }
    std::set<std::pair<FieldId, QString>> seen;
    for (size_t i = 0; i < count && problems.size() < mostProblems; ++i) {
        if (fates[i] != Fate::Shown || hasChild[i]) {
            continue;
        }
        const Problem &problem = found.problems[i];
        if (problem.undecided && couldNotCheck.isEmpty()) {
            couldNotCheck = problem.message;
        }
        FieldProblem shown = placed(problem);
        if (isUnion(problem) && branches[i] == -2 && !problem.parameters.find("matching")) {
            shown.message = explained(found, i);
        } else if (problem.keyword == "propertyNames" && i + 1 < count &&
                   found.problems[i + 1].parent == static_cast<int>(i)) {
            shown.message += u": it "_s + found.problems[i + 1].message;
        }
        if (seen.emplace(shown.field, shown.message).second) {
            problems.push_back(std::move(shown));
        }
    }
}

/// A union that only adds conditions: one sentence with what each of its few branches asks for.
QString FormModel::Private::explained(const SchemaVerdict &found, size_t index) const
{
    constexpr int fewBranches = 4;
    const Problem &problem = found.problems[index];
    const FormNode *at = nearest(problem.instance);
    const bool listsValues = at && (at->field.kind == FieldKind::Choice || at->field.kind == FieldKind::MultiChoice);
    const JsonValue *branches = problem.parameters.find("branches");
    const qint64 count = branches ? branches->toInteger().value_or(0) : 0;
    if (listsValues) {
        return u"must be one of the %1 choices"_s.arg(at->field.options.size());
    }
    if (count == 0 || count > fewBranches) {
        return problem.message;
    }
    QStringList asks;
    int last = -1;
    for (size_t i = index + 1; i < found.problems.size(); ++i) {
        const Problem &part = found.problems[i];
        if (part.parent == static_cast<int>(index) && part.branch != last) {
            last = part.branch;
            asks.append(part.message);
        }
    }
    return asks.size() == count ? asks.join(u"; or "_s) : problem.message;
}

void FormModel::Private::sortProblems()
{
    makeRows();
    const auto rank = [this](const FieldProblem &problem) {
        for (const FormNode *at = node(problem.field); at; at = parentOf(*at)) {
            const FieldId id = at->field.id;
            if (id < rowOf.size() && rowOf[id] >= 0) {
                return rowOf[id];
            }
        }
        return -1;
    };
    std::vector<std::pair<int, size_t>> order;
    for (size_t i = 0; i < problems.size(); ++i) {
        order.emplace_back(rank(problems[i]), i);
    }
    std::sort(order.begin(), order.end());
    std::vector<FieldProblem> sorted;
    sorted.reserve(problems.size());
    for (const auto &[row, index] : order) {
        sorted.push_back(std::move(problems[index]));
    }
    problems = std::move(sorted);
}

void FormModel::Private::noteProblemChanges(const std::vector<FieldProblem> &before)
{
    const auto gathered = [](const std::vector<FieldProblem> &list) {
        std::map<FieldId, QString> texts;
        for (const FieldProblem &problem : list) {
            texts[problem.field] += problem.message + u'\n';
        }
        return texts;
    };
    const std::map<FieldId, QString> old = gathered(before);
    const std::map<FieldId, QString> fresh = gathered(problems);
    for (const auto &[id, text] : old) {
        const auto same = fresh.find(id);
        if (node(id) && (same == fresh.end() || same->second != text)) {
            touch(id);
        }
    }
    for (const auto &[id, text] : fresh) {
        if (node(id) && old.count(id) == 0) {
            touch(id);
        }
    }
}

/// Checks what would be sent, unless that is known already.
void FormModel::Private::check()
{
    if (std::exchange(isChecked, true)) {
        return;
    }
    const std::vector<FieldProblem> before = std::exchange(problems, {});
    couldNotCheck.clear();
    if (!value) {
        verdict = SchemaVerdictKind::Invalid;
        problems.push_back({root, {}, "required", {}, u"an answer is needed"_s});
    } else {
        std::optional<JsonValue> copy;
        const JsonValue *sent = sentValue(*node(root), &*value, copy);
        const SchemaVerdict found = schema->validate(*sent, {.maxProblems = mostDescribed});
        verdict = found.kind;
        mapProblems(found);
        if (verdict == SchemaVerdictKind::CouldNotCheck && couldNotCheck.isEmpty()) {
            couldNotCheck = hindranceText(Hindrance::TooMuchWork);
        }
    }
    for (const auto &[id, text] : unfinished) {
        if (const FormNode *at = node(id)) {
            problems.push_back({id, at->field.pointer, "unfinished", {}, text.why});
        }
    }
    sortProblems();
    noteProblemChanges(before);
}

SchemaVerdictKind FormModel::verdict() const
{
    d->check();
    return d->verdict;
}

bool FormModel::canSend() const
{
    d->check();
    return d->verdict == SchemaVerdictKind::Valid && d->unfinished.empty();
}

const std::vector<FieldProblem> &FormModel::problems() const
{
    d->check();
    return d->problems;
}

std::vector<const FieldProblem *> FormModel::problemsOf(FieldId id) const
{
    d->check();
    std::vector<const FieldProblem *> found;
    for (const FieldProblem &problem : d->problems) {
        if (problem.field == id) {
            found.push_back(&problem);
        }
    }
    return found;
}

QString FormModel::couldNotCheck() const
{
    d->check();
    return d->couldNotCheck;
}

} // namespace countersign
