// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_state.h"

#include <algorithm>

namespace countersign {

using namespace Qt::StringLiterals;
using namespace schema;

namespace {

QString quoted(const QString &text)
{
    constexpr qsizetype longest = 80;
    return text.size() > longest ? text.left(longest - 1) + u'…' : text;
}

bool isList(const FormNode *at)
{
    return at && at->chosen >= 0 &&
           (at->field.kind == FieldKind::List || at->field.kind == FieldKind::Table ||
            at->field.kind == FieldKind::Tuple);
}

bool isObject(const FormNode *at)
{
    return at && at->chosen >= 0 && (at->field.kind == FieldKind::Group || at->field.kind == FieldKind::Map);
}

} // namespace

FieldId FormModel::addItem(FieldId list, int at)
{
    FormNode *around = d->node(list);
    if (!isList(around) || (at >= 0 && !around->look->prefix.empty())) {
        if (!isList(around)) {
            return noField;
        }
        at = -1;
    }
    const JsonValue *now = d->valueOf(*around);
    const size_t count = now ? now->items().size() : 0;
    const std::optional<qint64> &most = around->field.bounds.maxItems;
    const bool isPrefix = count < around->look->prefix.size();
    if ((most && static_cast<qint64>(count) >= *most) || (around->look->restForbidden && !isPrefix)) {
        return noField;
    }
    const size_t index = at < 0 || static_cast<size_t>(at) > count ? count : static_cast<size_t>(at);
    d->load(*around);
    // What a new item begins with depends on how it looks: a field that is there for a moment tells.
    FormNode &probe =
        d->make(around, std::to_string(index), isPrefix ? around->look->prefix[index] : around->look->rest);
    probe.slot = true;
    probe.loaded = false;
    const JsonValue first = d->initialOf(probe);
    d->drop(probe.field.id);
    return d->insertItem(list, index, first);
}

FieldId FormModel::Private::insertItem(FieldId list, size_t index, const JsonValue &first)
{
    beginStep();
    FormNode *around = node(list);
    if (!valueOf(*around) || !valueOf(*around)->isArray()) {
        around->forced = around->chosen;
        assign(*around, JsonValue::array());
        around = node(list);
        if (!around) {
            endStep(); // With an array here another branch is meant, whose fields are others.
            return noField;
        }
    }
    FormOp op;
    op.kind = FormOp::Kind::Insert;
    op.container = around->field.pointer;
    op.index = index;
    op.after = first;
    perform(std::move(op));
    around = node(list);
    const FieldId added = around && index < around->field.children.size() ? around->field.children[index] : noField;
    if (added != noField && first.isObject()) {
        noteMade(added);
    }
    endStep();
    return node(added) ? added : noField;
}

JsonValue FormModel::Private::initialOf(FormNode &probe)
{
    const bool fills = std::exchange(filling, false);
    choose(probe, nullptr, Pick::Best);
    dress(probe);
    filling = fills;
    return initialItem(probe);
}

FieldId FormModel::duplicateItem(FieldId item)
{
    const FormNode *at = d->node(item);
    const FormNode *around = at ? d->parentOf(*at) : nullptr;
    const JsonValue *now = at ? d->valueOf(*at) : nullptr;
    if (!isList(around) || !now || at->position < around->look->prefix.size()) {
        return noField;
    }
    const JsonValue copy = *now;
    const size_t count = d->valueOf(*around)->items().size();
    const std::optional<qint64> &most = around->field.bounds.maxItems;
    if (most && static_cast<qint64>(count) >= *most) {
        return noField;
    }
    const FieldId list = around->field.id;
    const size_t index = at->position + 1;
    d->beginStep();
    d->filling = false; // It is a copy, as it is.
    FormOp op;
    op.kind = FormOp::Kind::Insert;
    op.container = around->field.pointer;
    op.index = index;
    op.after = copy;
    d->perform(std::move(op));
    d->endStep();
    const FormNode *after = d->node(list);
    return after && index < after->field.children.size() ? after->field.children[index] : noField;
}

void FormModel::removeItems(std::span<const FieldId> items)
{
    std::vector<std::pair<std::string, size_t>> places;
    for (const FieldId id : items) {
        const FormNode *at = d->node(id);
        const FormNode *around = at ? d->parentOf(*at) : nullptr;
        const JsonValue *list = isList(around) ? d->valueOf(*around) : nullptr;
        if (list && at->position < list->items().size()) {
            places.emplace_back(around->field.pointer, at->position);
        }
    }
    // From the end, and the deepest first, so that no place moves before its turn.
    std::sort(places.begin(), places.end(), [](const auto &a, const auto &b) {
        return a.first.size() != b.first.size() ? a.first.size() > b.first.size() : b < a;
    });
    places.erase(std::unique(places.begin(), places.end()), places.end());
    if (places.empty()) {
        return;
    }
    d->beginStep();
    for (const auto &[container, index] : places) {
        const JsonValue *list = container.empty() ? &*d->value : d->value->at(container);
        if (!list || index >= list->items().size()) {
            continue;
        }
        FormOp op;
        op.kind = FormOp::Kind::Remove;
        op.container = container;
        op.index = index;
        op.before = list->items()[index];
        d->perform(std::move(op));
    }
    d->endStep();
}

void FormModel::moveItem(FieldId item, int to)
{
    const FormNode *at = d->node(item);
    const FormNode *around = at ? d->parentOf(*at) : nullptr;
    const JsonValue *list = isList(around) ? d->valueOf(*around) : nullptr;
    const auto target = static_cast<size_t>(std::max(to, 0));
    if (!list || to < 0 || target >= list->items().size() || at->position >= list->items().size() ||
        target == at->position || at->position < around->look->prefix.size() || target < around->look->prefix.size()) {
        return;
    }
    d->beginStep();
    FormOp op;
    op.kind = FormOp::Kind::Move;
    op.container = around->field.pointer;
    op.index = at->position;
    op.to = target;
    d->perform(std::move(op));
    d->endStep();
}

/// Why a member named \p key cannot be; empty: it can.
QString FormModel::Private::refusalOf(const FormNode &group, const QString &key, FormParts &base)
{
    const std::string name = key.toStdString();
    const JsonValue *now = valueOf(group);
    const FormNode *present = childOf(group, name);
    if ((now && now->find(name)) || (present && present->field.presence != Presence::Absent)) {
        return u"There is a member named “%1” already. Choose another name."_s.arg(quoted(key));
    }
    const QString problem = shapes.nameProblem(*group.look, name);
    if (!problem.isEmpty()) {
        return u"The name “%1” cannot be used: it %2. Choose another name."_s.arg(quoted(key), problem);
    }
    bool forbidden = false;
    base = shapes.memberBase(*group.look, name, forbidden);
    if (forbidden) {
        return u"No member may be named “%1” here. Choose a name that the schema allows."_s.arg(quoted(key));
    }
    return {};
}

Result<FieldId> FormModel::addMember(FieldId group, const QString &key)
{
    FormNode *around = d->node(group);
    if (!isObject(around)) {
        return Error{ErrorCode::InvalidInput, u"A member can be added to an object only."_s, {}};
    }
    d->load(*around);
    FormParts base;
    if (const QString refusal = d->refusalOf(*around, key, base); !refusal.isEmpty()) {
        return Error{ErrorCode::InvalidInput, refusal, {}};
    }
    const JsonValue *now = d->valueOf(*around);
    const std::optional<qint64> &most = around->field.bounds.maxItems;
    if (most && now && static_cast<qint64>(now->members().size()) >= *most) {
        return Error{ErrorCode::InvalidInput,
                     u"There may be at most %1 members. Remove one before adding another."_s.arg(*most),
                     {}};
    }
    const std::string name(JsonValue::fromString(key).utf8());
    if (around->look->memberOf.count(name) > 0) {
        if (const FormNode *known = d->childOf(*around, name)) {
            return known->field.id; // It has its field already, and waits there for its value.
        }
    }
    FormNode &probe = d->make(around, name, base);
    probe.slot = true;
    const JsonValue first = d->initialOf(probe);
    d->drop(probe.field.id);
    d->beginStep();
    around = d->node(group);
    if (!d->valueOf(*around) || !d->valueOf(*around)->isObject()) {
        around->forced = around->chosen;
        d->assign(*around, JsonValue::object());
        d->noteMade(group);
        around = d->node(group);
    }
    FormOp op;
    op.kind = FormOp::Kind::Insert;
    op.container = around->field.pointer;
    op.index = d->valueOf(*around)->members().size();
    op.key = name;
    op.after = first;
    d->perform(std::move(op));
    around = d->node(group);
    const FormNode *added = around ? d->childOf(*around, name) : nullptr;
    const FieldId id = added ? added->field.id : noField;
    if (added && first.isObject()) {
        d->noteMade(id);
    }
    d->endStep();
    if (!d->node(id)) {
        return Error{ErrorCode::TooLarge, u"The member “%1” was not added: the form is full."_s.arg(quoted(key)), {}};
    }
    return id;
}

Result<> FormModel::renameMember(FieldId member, const QString &key)
{
    FormNode *at = d->node(member);
    FormNode *around = at ? d->parentOf(*at) : nullptr;
    const JsonValue *now = at ? d->valueOf(*at) : nullptr;
    if (!isObject(around) || !now || !at->field.extra) {
        return Error{ErrorCode::InvalidInput, u"This field has a fixed name."_s, {}};
    }
    const std::string name(JsonValue::fromString(key).utf8());
    if (name == at->field.key) {
        return {};
    }
    FormParts base;
    if (const QString refusal = d->refusalOf(*around, key, base); !refusal.isEmpty()) {
        return Error{ErrorCode::InvalidInput, refusal, {}};
    }
    if (around->look->memberOf.count(name) > 0) {
        return Error{
            ErrorCode::InvalidInput, u"“%1” is a field of its own here. Fill that in instead."_s.arg(quoted(key)), {}};
    }
    const JsonValue::Object &members = d->valueOf(*around)->members();
    FormOp op;
    op.kind = FormOp::Kind::Rename;
    op.container = around->field.pointer;
    op.key = at->field.key;
    op.newKey = name;
    op.index = static_cast<size_t>(
        std::find_if(members.begin(), members.end(), [now](const auto &one) { return &one.value == now; }) -
        members.begin());
    d->beginStep();
    d->perform(std::move(op), member);
    d->endStep();
    return {};
}

void FormModel::removeMember(FieldId member)
{
    FormNode *at = d->node(member);
    const FormNode *around = at ? d->parentOf(*at) : nullptr;
    if (!isObject(around) || !d->valueOf(*at)) {
        return;
    }
    d->beginStep();
    d->picking = Private::Pick::Keep;
    d->assign(*at, std::nullopt);
    d->endStep();
}

} // namespace countersign
