// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_state.h"

#include <algorithm>

namespace countersign {

using namespace Qt::StringLiterals;
using namespace schema;

namespace {

/// The one part in which two objects or lists that are otherwise written alike differ; -1: there is no such one.
int onlyDifference(const JsonValue &before, const JsonValue &after)
{
    int found = -1;
    const bool isObject = before.isObject() && after.isObject();
    const size_t count = isObject ? before.members().size() : before.items().size();
    if ((!isObject && !(before.isArray() && after.isArray())) ||
        count != (isObject ? after.members().size() : after.items().size())) {
        return -1;
    }
    for (size_t i = 0; i < count; ++i) {
        if (isObject && before.members()[i].key != after.members()[i].key) {
            return -1;
        }
        const bool same = isObject ? isWrittenAlike(before.members()[i].value, after.members()[i].value)
                                   : isWrittenAlike(before.items()[i], after.items()[i]);
        if (!same && found >= 0) {
            return -1;
        }
        found = same ? found : static_cast<int>(i);
    }
    return found;
}

} // namespace

bool suitsKind(const JsonValue &value, const FormNode &node)
{
    switch (node.field.kind) {
    case FieldKind::Number:
    case FieldKind::Integer:
        return value.isNumber();
    case FieldKind::Switch:
        return value.isBool();
    case FieldKind::MultiChoice:
    case FieldKind::List:
    case FieldKind::Tuple:
    case FieldKind::Table:
        return value.isArray();
    case FieldKind::Group:
    case FieldKind::Map:
        return value.isObject();
    case FieldKind::Null:
        return value.isNull();
    case FieldKind::Constant:
        return node.field.defaultValue && *node.field.defaultValue == value;
    case FieldKind::Choice:
    case FieldKind::RawJson:
        return true;
    default:
        return value.isString();
    }
}

void FormModel::setValue(FieldId id, JsonValue to)
{
    FormNode *at = d->node(id);
    if (!at) {
        return;
    }
    const bool unchosen = !at->field.variants.empty() && at->chosen < 0;
    if (to.isNull() && at->field.nullable && at->field.kind != FieldKind::RawJson) {
        setNull(id);
        return;
    }
    if (!unchosen && !suitsKind(to, *at)) {
        return;
    }
    if (d->unfinished.erase(id) > 0) {
        d->isChecked = false;
        d->touch(id);
    }
    const JsonValue *now = d->valueOf(*at);
    if (now && isWrittenAlike(*now, to)) {
        return;
    }
    const bool isRaw = at->field.kind == FieldKind::RawJson;
    const bool stays = !isContainer(at->field.kind) && !isRaw;
    d->beginStep(id);
    d->picking = stays ? Private::Pick::Keep : Private::Pick::Best;
    if (isRaw && at->chosen >= 0 && at->shape->variants[static_cast<size_t>(at->chosen)].raw) {
        at->forced = at->chosen; // JSON was chosen: it stays JSON whatever is written.
    }
    if (stays) {
        d->assign(*at, std::move(to));
    } else {
        d->replaceWhole(*at, std::move(to));
    }
    d->endStep();
}

void FormModel::setAbsent(FieldId id)
{
    FormNode *at = d->node(id);
    if (!at) {
        return;
    }
    if (d->unfinished.erase(id) > 0) {
        d->isChecked = false;
        d->touch(id);
    }
    if (at->field.presence == Presence::Absent) {
        return;
    }
    d->beginStep();
    d->picking = Private::Pick::Keep;
    // A free member stays where it is and waits for another value.
    const bool waits = at->slot && at->field.extra && at->allowed;
    d->assign(*at, waits ? std::optional(JsonValue()) : std::nullopt);
    d->endStep();
}

void FormModel::setNull(FieldId id)
{
    FormNode *at = d->node(id);
    if (!at || (!at->field.nullable && at->field.kind != FieldKind::Null && at->field.kind != FieldKind::RawJson)) {
        return;
    }
    if (d->unfinished.erase(id) > 0) {
        d->isChecked = false;
        d->touch(id);
    }
    if (at->field.presence == Presence::Null) {
        return;
    }
    d->beginStep();
    d->picking = Private::Pick::Keep;
    d->assign(*at, JsonValue());
    d->endStep();
}

void FormModel::resetToDefault(FieldId id)
{
    FormNode *at = d->node(id);
    if (!at || !at->field.defaultValue) {
        return;
    }
    if (d->unfinished.erase(id) > 0) {
        d->isChecked = false;
        d->touch(id);
    }
    const JsonValue *now = d->valueOf(*at);
    if (now && isWrittenAlike(*now, *at->field.defaultValue)) {
        return;
    }
    d->beginStep();
    d->replaceWhole(*at, at->field.defaultValue);
    d->endStep();
}

void FormModel::resetToOriginal(FieldId id)
{
    FormNode *at = d->node(id);
    if (!at || !d->original) {
        return;
    }
    if (d->unfinished.erase(id) > 0) {
        d->isChecked = false;
        d->touch(id);
    }
    const JsonValue *before = d->original->at(at->field.pointer);
    const JsonValue *now = d->valueOf(*at);
    if ((!before && !now) || (before && now && isWrittenAlike(*before, *now))) {
        return;
    }
    d->beginStep();
    d->replaceWhole(*at, before ? std::optional(*before) : std::nullopt);
    d->endStep();
}

void FormModel::setUnfinished(FieldId id, const QString &typed, const QString &why)
{
    constexpr qsizetype longest = 100'000;
    if (!d->node(id)) {
        return;
    }
    d->unfinished[id] = {typed.left(longest), why};
    d->isChecked = false;
    d->touch(id);
}

QString FormModel::unfinished(FieldId id) const
{
    const auto found = d->unfinished.find(id);
    return found == d->unfinished.end() ? QString() : found->second.typed;
}

void FormModel::chooseVariant(FieldId id, int variant)
{
    FormNode *at = d->node(id);
    if (!at || at->field.variants.empty() || variant < -1 || variant == at->chosen ||
        variant >= static_cast<int>(at->field.variants.size())) {
        return;
    }
    d->beginStep();
    d->switchVariant(*at, variant);
    d->endStep();
}

void FormModel::replaceValue(JsonValue to)
{
    if (d->value && isWrittenAlike(*d->value, to) && d->unfinished.empty() && d->hidden.empty()) {
        return;
    }
    d->beginStep();
    d->unfinished.clear();
    d->filling = false; // It is taken as it is.
    // Somebody who types in the whole value changes one place at a time: only that need be kept for undo. Above a
    // choice of variants the value says which one is meant.
    FormNode *at = d->node(d->root);
    const JsonValue *before = d->value && d->hidden.empty() ? &*d->value : nullptr;
    JsonValue *after = &to;
    for (int step = before ? onlyDifference(*before, *after) : -1; step >= 0; step = onlyDifference(*before, *after)) {
        const auto index = static_cast<size_t>(step);
        const std::string key = before->isObject() ? before->members()[index].key : std::to_string(index);
        FormNode *child = d->nearest(at->field.pointer + '/' + pointerToken(key));
        if (!child || child->field.parent != at->field.id || at->field.variants.size() > 1) {
            break;
        }
        const bool isObject = before->isObject();
        before = isObject ? &before->members()[index].value : &before->items()[index];
        after = isObject ? &after->members()[index].value : &after->items()[index];
        at = child;
    }
    d->replaceWhole(*at, std::move(*after));
    d->hiding = false; // Also what a condition around it now forbids was written by a person: it is told, not left out.
    d->endStep();
}

/// Another value for a part with all that is in it: nothing there is kept back any more.
void FormModel::Private::replaceWhole(FormNode &at, std::optional<JsonValue> to)
{
    const std::string prefix = at.field.pointer + '/';
    const std::set<FieldId> before = hidden;
    for (const FieldId id : before) {
        FormNode *inside = node(id);
        if (inside && inside->field.pointer.starts_with(prefix)) {
            hidden.erase(id);
            inside->field.notSent = false;
            inside->field.extra = false; // So that it is looked at again.
            inside->allowed = false;
            inside->base.clear();
        }
    }
    hiding = false;
    assign(at, std::move(to));
    hiding = true;
}

void FormModel::undo()
{
    if (d->undoSteps.empty()) {
        return;
    }
    FormStep last = std::move(d->undoSteps.back());
    d->undoSteps.pop_back();
    d->goThrough(last, true);
    d->redoSteps.push_back(std::move(last));
    if (!d->undoSteps.empty()) {
        d->undoSteps.back().typedIn = noField;
    }
}

void FormModel::redo()
{
    if (d->redoSteps.empty()) {
        return;
    }
    FormStep next = std::move(d->redoSteps.back());
    d->redoSteps.pop_back();
    d->goThrough(next, false);
    d->undoSteps.push_back(std::move(next));
}

bool FormModel::canUndo() const
{
    return !d->undoSteps.empty();
}

bool FormModel::canRedo() const
{
    return !d->redoSteps.empty();
}

} // namespace countersign
