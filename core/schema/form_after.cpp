// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_state.h"

#include <algorithm>

namespace countersign {

using namespace schema;

/// Brings the fields in line with what an operation did to the value.
void FormModel::Private::afterOp(const FormOp &op, FieldId child)
{
    isChecked = false;
    if (op.kind == FormOp::Kind::Root) {
        FormNode &top = *node(root);
        project(top, value ? &*value : nullptr, Depth::Deep, picking);
        unfinished.erase(root);
        touched.push_back(root);
        return;
    }
    FormNode *container = nearest(op.container);
    if (!container) {
        return;
    }
    touched.push_back(container->field.id);
    touch(container->field.id);
    if (container->field.pointer != op.container || !container->loaded) {
        showValue(*container, valueOf(*container));
        return;
    }
    const JsonValue *now = valueOf(*container);
    if (now && now->isArray()) {
        afterArrayOp(*container, op);
    } else if (now && now->isObject()) {
        afterObjectOp(*container, op, child);
    }
}

void FormModel::Private::afterArrayOp(FormNode &container, const FormOp &op)
{
    const JsonValue *now = valueOf(container);
    std::vector<FieldId> &children = container.field.children;
    const auto at = static_cast<std::ptrdiff_t>(op.index);
    const auto to = static_cast<std::ptrdiff_t>(op.to);
    const bool isFree = container.look->prefix.empty();
    if (isFree && op.kind == FormOp::Kind::Insert && op.index <= children.size()) {
        children.insert(children.begin() + at, noField);
        rowsKnown = false;
    } else if (isFree && op.kind == FormOp::Kind::Remove && op.index < children.size()) {
        drop(children[op.index]);
        children.erase(children.begin() + at);
        rowsKnown = false;
    } else if (isFree && op.kind == FormOp::Kind::Move && std::max(op.index, op.to) < children.size()) {
        if (at < to) {
            std::rotate(children.begin() + at, children.begin() + at + 1, children.begin() + to + 1);
        } else {
            std::rotate(children.begin() + to, children.begin() + at, children.begin() + at + 1);
        }
        rowsKnown = false;
    }
    syncArray(container, now, isFree || op.kind == FormOp::Kind::Put ? Depth::Shallow : Depth::Deep, picking);
    FormNode *child = op.index < children.size() ? node(children[op.index]) : nullptr;
    if (child && op.kind == FormOp::Kind::Put) {
        unfinished.erase(child->field.id);
        project(*child, valueOf(*child), Depth::Deep, picking);
    }
}

void FormModel::Private::afterObjectOp(FormNode &container, const FormOp &op, FieldId hint)
{
    const JsonValue *now = valueOf(container);
    FormNode *child = node(hint);
    if (!child || child->field.parent != container.field.id || child->field.key != op.key) {
        child = childOf(container, op.key);
    }
    if (op.kind == FormOp::Kind::Rename) {
        if (child) {
            container.childOf.erase(child->field.key);
            child->field.title = child->field.title == QString::fromStdString(child->field.key)
                                     ? QString::fromStdString(op.newKey)
                                     : child->field.title;
            child->field.key = op.newKey;
            container.childOf.emplace(child->field.key, child->field.id);
            setPointer(*child, container.field.pointer + '/' + pointerToken(op.newKey));
            rowsKnown = false;
        }
        syncObject(container, now, Depth::Shallow, picking);
        return;
    }
    const bool isDeclared = container.look->memberOf.count(op.key) > 0;
    const bool isGone = op.kind == FormOp::Kind::Remove;
    if (!child || (isGone && (!isDeclared || !child->allowed || child->field.notSent))) {
        syncObject(container, now, Depth::Shallow, picking);
        return;
    }
    if (!isGone) {
        child->position = op.index;
    }
    unfinished.erase(child->field.id);
    project(*child, isGone ? nullptr : &now->members()[op.index].value, Depth::Deep, picking);
}

} // namespace countersign
