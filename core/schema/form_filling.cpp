// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_state.h"

#include <algorithm>

namespace countersign {

using namespace schema;

namespace {

/// Do both say the same about a member, though each branch says it for itself?
bool meanTheSame(const Program &program, const FormParts &left, const FormParts &right)
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&program](const FormPart &one, const FormPart &other) {
                          const NodeIndex first = referenceEnd(program, one.node);
                          const NodeIndex second = referenceEnd(program, other.node);
                          return first == second || *program.nodes[first].source == *program.nodes[second].source;
                      });
}

} // namespace

/// The children of an object that the form made may have to be filled in.
void FormModel::Private::noteMade(FieldId id)
{
    made.insert(id);
    if (const FormNode *at = filling ? node(id) : nullptr) {
        appeared.insert(appeared.end(), at->field.children.begin(), at->field.children.end());
    }
}

/// What the form fills in by itself: constants, in Answer mode defaults, and the groups that must be there.
std::optional<JsonValue> FormModel::Private::fillFor(const FormNode &at) const
{
    const FormField &field = at.field;
    const bool isMade = made.count(field.parent) > 0;
    const bool answers = mode == FormMode::Answer;
    if ((!answers && !isMade) || at.look == nullptr) {
        return {};
    }
    const std::optional<JsonValue> &given = field.defaultValue;
    const bool fits = given && (hasKind(*given, at.look->kinds) || (given->isNull() && field.nullable));
    if (fits && (answers || field.kind == FieldKind::Constant)) {
        return given;
    }
    if (field.kind == FieldKind::Null && field.required) {
        return JsonValue();
    }
    if (!field.required || at.chosen < 0 || isRecursive(at) || field.nullable) {
        return {};
    }
    switch (field.kind) {
    case FieldKind::Group:
    case FieldKind::Map:
        return JsonValue::object();
    case FieldKind::List:
    case FieldKind::Table:
    case FieldKind::Tuple:
        return JsonValue::array();
    default:
        return {};
    }
}

void FormModel::Private::fillAppeared()
{
    const std::vector<FieldId> fresh = std::exchange(appeared, {});
    for (const FieldId id : fresh) {
        FormNode *at = node(id);
        const FormNode *parent = at ? parentOf(*at) : nullptr;
        if (!parent || at->field.presence != Presence::Absent || at->slot || !at->allowed || at->field.extra ||
            parent->field.presence != Presence::Value || !isSent(*at)) {
            continue;
        }
        std::optional<JsonValue> fill = fillFor(*at);
        if (!fill) {
            continue;
        }
        const bool isObject = fill->isObject();
        const bool byPerson = edited.count(id) > 0;
        assign(*at, std::move(fill));
        if (!byPerson) {
            edited.erase(id);
        }
        if (isObject) {
            noteMade(id);
        }
    }
}

/// What a new item or free member begins with. null: it waits for an answer.
JsonValue FormModel::Private::initialItem(FormNode &at) const
{
    const std::optional<JsonValue> &given = at.field.defaultValue;
    if (given && hasKind(*given, at.look->kinds)) {
        return *given;
    }
    if (at.chosen < 0) {
        return {};
    }
    switch (at.look->field.kind) {
    case FieldKind::Group:
    case FieldKind::Map:
        return JsonValue::object();
    case FieldKind::List:
    case FieldKind::Table:
    case FieldKind::Tuple:
    case FieldKind::MultiChoice:
        return JsonValue::array();
    case FieldKind::Switch:
        return JsonValue::fromBool(false);
    default:
        return {};
    }
}

/// What a form begins with when nothing was given.
std::optional<JsonValue> FormModel::Private::rootStart(FormNode &at)
{
    const FormField &field = at.field;
    if (mode == FormMode::Answer && field.defaultValue && hasKind(*field.defaultValue, at.look->kinds)) {
        return field.defaultValue;
    }
    bool allObjects = true;
    for (const FormVariant &variant : at.shape->variants) {
        allObjects = allObjects && !variant.raw && variant.kinds == ObjectBit;
    }
    if (allObjects) {
        return JsonValue::object();
    }
    if (at.chosen >= 0 && (field.kind == FieldKind::List || field.kind == FieldKind::Table ||
                           field.kind == FieldKind::Tuple || field.kind == FieldKind::MultiChoice)) {
        return JsonValue::array();
    }
    if (field.kind == FieldKind::Constant) {
        return field.defaultValue;
    }
    return {};
}

std::vector<std::string> FormModel::Private::secretsIn(const FormNode &at) const
{
    std::vector<std::string> found;
    std::vector<const FormNode *> open{&at};
    while (!open.empty()) {
        const FormNode *one = open.back();
        open.pop_back();
        if (one->secret && (one->field.presence != Presence::Absent)) {
            found.push_back(one->field.pointer.substr(at.field.pointer.size()));
            continue;
        }
        for (const FieldId id : one->field.children) {
            if (const FormNode *child = node(id)) {
                open.push_back(child);
            }
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// The value that another variant begins with: what was entered there before, together with the members that both
/// variants know as the same.
std::optional<JsonValue> FormModel::Private::valueOfVariant(FormNode &at, int variant, const JsonValue *now)
{
    FormShape &shape = *at.shape;
    const FormLook &to = shapes.lookOf(shape, static_cast<size_t>(variant));
    const auto kept = at.kept.find(variant);
    const JsonValue *before = kept != at.kept.end() ? kept->second.value.get() : nullptr;
    const FormNode *parent = parentOf(at);
    const bool standsAlone = !parent || at.slot;
    if (shape.variants[static_cast<size_t>(variant)].raw) {
        return now ? std::optional(*now) : before ? std::optional(*before) : std::nullopt;
    }
    if (to.field.kind != FieldKind::Group && to.field.kind != FieldKind::Map) {
        if (before) {
            return *before;
        }
        const bool isList = to.kinds == ArrayBit;
        return isList                  ? std::optional(JsonValue::array())
               : standsAlone && parent ? std::optional(JsonValue())
                                       : std::nullopt;
    }
    const FormLook *from = at.chosen >= 0 ? &shapes.lookOf(shape, static_cast<size_t>(at.chosen)) : nullptr;
    JsonValue next = before ? *before : JsonValue::object();
    if (!now || !now->isObject()) {
        return next;
    }
    for (const JsonValue::Member &member : now->members()) {
        const auto there = to.memberOf.find(member.key);
        const auto here = from ? from->memberOf.find(member.key) : to.memberOf.end();
        const bool isExtra = !from || here == from->memberOf.end();
        const bool isShared =
            !isExtra && there != to.memberOf.end() &&
            meanTheSame(schema->program(), from->members[here->second].base, to.members[there->second].base);
        const bool staysExtra = isExtra && (there == to.memberOf.end() ? to.extras != Extras::Forbidden : !from);
        if (isShared || (staysExtra && !next.find(member.key))) {
            next.set(member.key, member.value);
        }
    }
    return next;
}

void FormModel::Private::switchVariant(FormNode &at, int variant)
{
    const FieldId id = at.field.id;
    const JsonValue *now = valueOf(at);
    if (at.chosen >= 0) {
        FormBranch branch;
        branch.value = now ? std::make_shared<const JsonValue>(*now) : nullptr;
        branch.secrets = now ? secretsIn(at) : std::vector<std::string>();
        at.kept[at.chosen] = std::move(branch);
    }
    std::optional<JsonValue> next;
    if (variant >= 0) {
        next = valueOfVariant(at, variant, now);
    } else if (at.slot) {
        next = JsonValue();
    }
    const auto kept = at.kept; // Projecting may see another shape for a moment.
    at.forced = variant;
    hiding = false; // The branch that is left keeps what was in it.
    if (next || now) {
        assign(at, std::move(next));
    } else {
        project(at, nullptr, Depth::Deep, Pick::Keep);
    }
    hiding = true;
    FormNode *switched = node(id);
    if (!switched) {
        return;
    }
    switched->kept = kept;
    touched.push_back(switched->field.parent == noField ? id : switched->field.parent);
    const JsonValue *after = valueOf(*switched);
    if (after && after->isObject()) {
        noteMade(id);
    }
}

} // namespace countersign
