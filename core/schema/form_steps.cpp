// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_state.h"

#include <algorithm>

namespace countersign {

using namespace schema;

namespace {

constexpr size_t mostSteps = 1'000;
constexpr size_t mostWeight = 500'000; ///< Values that all steps of undo keep together.
constexpr int mostRounds = 16;         ///< Of conditions that follow from each other.

bool isSamePlace(const FormOp &first, const FormOp &second)
{
    return second.kind == FormOp::Kind::Put &&
           (first.kind == FormOp::Kind::Put || first.kind == FormOp::Kind::Insert) &&
           first.container == second.container && first.index == second.index && first.key == second.key;
}

/// Takes \p op into \p ops; typing on in one place needs one operation only.
void addOp(std::vector<FormOp> &ops, FormOp op)
{
    if (!ops.empty() && isSamePlace(ops.back(), op)) {
        ops.back().after = std::move(op.after);
    } else {
        ops.push_back(std::move(op));
    }
}

size_t weightOf(const JsonValue &value)
{
    size_t weight = 1;
    for (const JsonValue &item : value.items()) {
        weight += weightOf(item);
    }
    for (const JsonValue::Member &member : value.members()) {
        weight += weightOf(member.value);
    }
    return weight;
}

size_t weightOf(const FormStep &step)
{
    size_t weight = 1;
    for (const FormOp &op : step.ops) {
        weight += (op.before ? weightOf(*op.before) : 0) + (op.after ? weightOf(*op.after) : 0);
    }
    return weight;
}

bool sameChoices(const FormMarks &left, const FormMarks &right)
{
    const auto same = [](const FormMarks::Variant &a, const FormMarks::Variant &b) {
        return a.pointer == b.pointer && a.chosen == b.chosen;
    };
    return std::equal(left.variants.begin(), left.variants.end(), right.variants.begin(), right.variants.end(), same);
}

} // namespace

void FormModel::Private::beginStep(FieldId typedIn)
{
    shapes.renewBudget();
    step = {};
    step.before = marks();
    step.typedIn = typedIn;
    recording = true;
    filling = true;
    hiding = true;
    picking = Pick::Best;
    appeared.clear();
    made.clear();
    edited.clear();
    returned.clear();
    touched.clear();
}

void FormModel::Private::endStep()
{
    settle();
    recording = false;
    filling = false;
    hiding = false;
    appeared.clear();
    made.clear();
    edited.clear();
    returned.clear();
    isChecked = false;
    step.after = marks();
    if (step.ops.empty() && sameChoices(step.before, step.after)) {
        return;
    }
    if (joinsLast(step)) {
        FormStep &last = undoSteps.back();
        for (FormOp &op : step.ops) {
            addOp(last.ops, std::move(op));
        }
        last.after = std::move(step.after);
    } else {
        undoSteps.push_back(std::move(step));
        size_t weight = 0;
        size_t kept = 0;
        for (auto one = undoSteps.rbegin(); one != undoSteps.rend() && kept < mostSteps; ++one, ++kept) {
            one->weight = one->weight > 0 ? one->weight : weightOf(*one);
            weight += one->weight;
            if (weight > mostWeight && kept > 0) {
                break; // What is older is forgotten.
            }
        }
        undoSteps.erase(undoSteps.begin(), undoSteps.end() - static_cast<std::ptrdiff_t>(kept));
    }
    redoSteps.clear();
    step = {};
}

bool FormModel::Private::joinsLast(FormStep &next)
{
    return next.typedIn != noField && redoSteps.empty() && !undoSteps.empty() &&
           undoSteps.back().typedIn == next.typedIn;
}

void FormModel::Private::settle()
{
    for (int round = 0; round < mostRounds; ++round) {
        settleConditions();
        if (appeared.empty() && touched.empty()) {
            break;
        }
        fillAppeared();
    }
}

/// Looks again at what is around the changes: other conditions may hold now.
void FormModel::Private::settleConditions()
{
    for (int round = 0; round < mostRounds && !touched.empty(); ++round) {
        const std::vector<FieldId> changedPlaces = std::exchange(touched, {});
        std::set<FieldId> seen;
        for (const FieldId id : changedPlaces) {
            for (FormNode *at = node(id); at && seen.insert(at->field.id).second; at = parentOf(*at)) {
                const bool depends = at->shape && at->shape->conditional;
                const bool mayBePicked = at->look && at->look->field.kind == FieldKind::MultiChoice;
                if (!depends && !mayBePicked) {
                    continue;
                }
                const JsonValue *now = valueOf(*at);
                std::optional<JsonValue> copy;
                if (depends && shapes.shapeOf(at->base, sentValue(*at, now, copy)) != at->shape) {
                    project(*at, now, Depth::Shallow, Pick::Keep);
                    touched.push_back(at->field.id); // What was taken away is no longer seen by conditions around.
                } else if (mayBePicked) {
                    project(*at, now, Depth::Shallow, Pick::Keep);
                }
            }
        }
    }
    touched.clear();
}

/// Where a member goes that is not there yet: after the nearest one before it in the form.
size_t FormModel::Private::placeFor(const FormNode &at) const
{
    const FormNode *parent = parentOf(at);
    const JsonValue *around = valueOf(*parent);
    for (size_t i = at.order; i > 0; --i) {
        const FormNode *before = node(parent->field.children[i - 1]);
        if (!before || (before->field.presence == Presence::Absent && !before->slot)) {
            continue;
        }
        const JsonValue *there = valueOf(*before);
        for (size_t p = before->position; there && p < around->members().size(); ++p) {
            if (&around->members()[p].value == there) {
                return p + 1;
            }
        }
        for (size_t p = 0; there && p < around->members().size(); ++p) {
            if (&around->members()[p].value == there) {
                return p + 1;
            }
        }
    }
    return 0;
}

/// Makes the object or array that \p id stands in, where it is missing. False: there can be none.
bool FormModel::Private::makeParent(FieldId id)
{
    FormNode *parent = node(id) ? parentOf(*node(id)) : nullptr;
    if (!parent) {
        return node(id) != nullptr;
    }
    const JsonValue *around = valueOf(*parent);
    if (around && (around->isObject() || around->isArray())) {
        return true;
    }
    const bool isObject = parent->field.kind == FieldKind::Group || parent->field.kind == FieldKind::Map;
    parent->forced = parent->chosen;
    const FieldId parentId = parent->field.id;
    assign(*parent, isObject ? JsonValue::object() : JsonValue::array());
    noteMade(parentId);
    return node(id) != nullptr;
}

/// Gives a field another value, or none. What cannot be taken out of its place becomes null.
void FormModel::Private::assign(FormNode &target, std::optional<JsonValue> to)
{
    const FieldId id = target.field.id;
    if (recording && to) {
        edited.insert(id);
    }
    if (id == root) {
        FormOp op;
        op.kind = FormOp::Kind::Root;
        op.before = value;
        op.after = std::move(to);
        perform(std::move(op), id);
        return;
    }
    if (to && !makeParent(id)) {
        return;
    }
    FormNode &at = *node(id);
    const FormNode &parent = *parentOf(at);
    const JsonValue *around = valueOf(parent);
    if (!around) {
        return;
    }
    FormOp op;
    op.container = parent.field.pointer;
    if (around->isArray()) {
        op.index = at.position;
        const size_t count = around->items().size();
        if (at.position >= count) {
            if (!to) {
                return;
            }
            op.kind = FormOp::Kind::Insert;
            for (op.index = count; op.index < at.position; ++op.index) {
                FormOp pad = op;
                pad.after = JsonValue();
                perform(std::move(pad));
            }
        } else {
            op.before = around->items()[at.position];
            const bool last = at.position + 1 == count && parent.field.kind == FieldKind::Tuple;
            op.kind = !to && last ? FormOp::Kind::Remove : FormOp::Kind::Put;
            to = !to && !last ? JsonValue() : std::move(to);
        }
        op.after = std::move(to);
        perform(std::move(op), id);
        return;
    }
    const bool isMissing =
        at.field.presence == Presence::Absent && !at.slot; // Else looking costs time in large objects.
    const JsonValue *now = isMissing ? nullptr : valueOf(at);
    op.key = at.field.key;
    op.kind = !now ? FormOp::Kind::Insert : !to ? FormOp::Kind::Remove : FormOp::Kind::Put;
    if (!now && !to) {
        return;
    }
    if (now) {
        const auto isIt = [now](const JsonValue::Member &member) { return &member.value == now; };
        const JsonValue::Object &members = around->members();
        op.index = at.position < members.size() && isIt(members[at.position])
                       ? at.position
                       : static_cast<size_t>(std::find_if(members.begin(), members.end(), isIt) - members.begin());
        op.before = *now;
    } else {
        op.index = placeFor(at);
    }
    op.after = std::move(to);
    perform(std::move(op), id);
}

void FormModel::Private::perform(FormOp op, FieldId child)
{
    run(op);
    if (recording) {
        addOp(step.ops, op);
    }
    afterOp(op, child);
}

void FormModel::Private::run(const FormOp &op)
{
    if (op.kind == FormOp::Kind::Root) {
        value = op.after;
        return;
    }
    JsonValue *around = op.container.empty() ? &*value : value->at(op.container);
    const auto at = static_cast<std::ptrdiff_t>(op.index);
    if (around->isObject()) {
        JsonValue::Object &members = around->members();
        switch (op.kind) {
        case FormOp::Kind::Put:
            members[op.index].value = *op.after;
            break;
        case FormOp::Kind::Insert:
            members.insert(members.begin() + at, JsonValue::Member{op.key, *op.after});
            break;
        case FormOp::Kind::Remove:
            members.erase(members.begin() + at);
            break;
        default:
            members[op.index].key = op.newKey;
            break;
        }
        return;
    }
    JsonValue::Array &items = around->items();
    const auto to = static_cast<std::ptrdiff_t>(op.to);
    switch (op.kind) {
    case FormOp::Kind::Put:
        items[op.index] = *op.after;
        break;
    case FormOp::Kind::Insert:
        items.insert(items.begin() + at, *op.after);
        break;
    case FormOp::Kind::Remove:
        items.erase(items.begin() + at);
        break;
    default:
        if (at < to) {
            std::rotate(items.begin() + at, items.begin() + at + 1, items.begin() + to + 1);
        } else {
            std::rotate(items.begin() + to, items.begin() + at, items.begin() + at + 1);
        }
        break;
    }
}

FormOp FormModel::Private::inverse(const FormOp &op)
{
    FormOp back = op;
    std::swap(back.before, back.after);
    switch (op.kind) {
    case FormOp::Kind::Insert:
        back.kind = FormOp::Kind::Remove;
        break;
    case FormOp::Kind::Remove:
        back.kind = FormOp::Kind::Insert;
        break;
    case FormOp::Kind::Rename:
        std::swap(back.key, back.newKey);
        break;
    case FormOp::Kind::Move:
        std::swap(back.index, back.to);
        break;
    default:
        break;
    }
    return back;
}

void FormModel::Private::goThrough(FormStep &through, bool back)
{
    shapes.renewBudget();
    picking = Pick::Best;
    touched.clear();
    if (back) {
        for (auto op = through.ops.rbegin(); op != through.ops.rend(); ++op) {
            perform(inverse(*op));
        }
    } else {
        for (const FormOp &op : through.ops) {
            perform(op);
        }
    }
    settleConditions();
    restore(back ? through.before : through.after);
    settleConditions();
    through.typedIn = noField;
    isChecked = false;
}

} // namespace countersign
