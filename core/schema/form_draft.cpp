// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_state.h"

#include <QtCore/QCryptographicHash>

#include <algorithm>

namespace countersign {

using namespace schema;

namespace {

constexpr qint64 version = 1;

JsonValue pointers(const std::set<std::string> &list)
{
    JsonValue array = JsonValue::array();
    for (const std::string &pointer : list) {
        array.append(JsonValue::fromUtf8(pointer));
    }
    return array;
}

JsonValue objectOf(std::map<std::string, JsonValue> members)
{
    JsonValue::Object list;
    for (auto &[key, value] : members) {
        list.push_back({key, std::move(value)});
    }
    return JsonValue::object(std::move(list));
}

bool isListOfTexts(const JsonValue *value)
{
    return value && value->isArray() &&
           std::all_of(value->items().begin(), value->items().end(), [](const JsonValue &v) { return v.isString(); });
}

FormParts partsOf(const Program &program, const JsonValue &numbers)
{
    FormParts parts;
    for (const JsonValue &number : numbers.items()) {
        const qint64 node = number.toInteger().value_or(-1);
        if (node >= 0 && static_cast<size_t>(node) < program.nodes.size() &&
            program.nodes[static_cast<size_t>(node)].compiled) {
            parts.push_back({static_cast<NodeIndex>(node), 0, false});
        }
    }
    return parts;
}

/// Takes the value at \p pointer away; an item leaves null behind, so that the others stay where they are.
void takeAway(JsonValue &value, std::string_view pointer)
{
    const size_t slash = pointer.rfind('/');
    JsonValue *around = slash == std::string_view::npos ? nullptr : value.at(pointer.substr(0, slash));
    JsonValue *at = value.at(pointer);
    if (around && at && around->isObject()) {
        std::erase_if(around->members(), [at](const JsonValue::Member &member) { return &member.value == at; });
    } else if (at) {
        *at = JsonValue();
    }
}

} // namespace

/// What a draft was made for: the schema and the original.
std::string FormModel::Private::identity() const
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(writeJson(schema->source()));
    hash.addData(mode == FormMode::Answer ? QByteArrayView("\nanswer\n") : QByteArrayView("\nedit\n"));
    if (original) {
        hash.addData(writeJson(*original));
    }
    return hash.result().toHex().toStdString();
}

JsonValue FormModel::draft() const
{
    d->shapes.renewBudget();
    d->loadSecrets();
    const FormNode &top = *d->node(d->root);
    JsonValue draft = JsonValue::object();
    draft.set("form", JsonValue::fromInteger(version));
    draft.set("for", JsonValue::fromUtf8(d->identity()));
    std::set<std::string> kept; // Secrets that are as they were: the original has them.
    std::set<std::string> lost;
    std::optional<JsonValue> value = d->value;
    for (const std::string &pointer : d->secretsIn(top)) {
        const JsonValue *before = d->original ? d->original->at(pointer) : nullptr;
        JsonValue *now = value ? value->at(pointer) : nullptr;
        if (!now) {
            continue;
        }
        (before && isWrittenAlike(*before, *now) ? kept : lost).insert(pointer);
        if (pointer.empty()) {
            value.reset();
        } else {
            *now = JsonValue();
        }
    }
    if (value) {
        draft.set("value", std::move(*value));
    }
    draft.set("kept", pointers(kept));
    draft.set("lost", pointers(lost));
    std::map<std::string, JsonValue> hidden;
    for (const FieldId id : d->hidden) {
        // The same schema always compiles to the same numbers; and for another one the draft is not taken.
        JsonValue parts = JsonValue::array();
        for (const FormPart &part : d->node(id)->base) {
            parts.append(JsonValue::fromInteger(part.node));
        }
        hidden[d->node(id)->field.pointer] = std::move(parts);
    }
    draft.set("hidden", objectOf(std::move(hidden)));
    std::map<std::string, JsonValue> unfinished; // In an order that does not depend on how the form was made.
    for (const auto &[id, text] : d->unfinished) {
        const FormNode *at = d->node(id);
        if (at && !at->secret) {
            unfinished[at->field.pointer] =
                JsonValue::array({JsonValue::fromString(text.typed), JsonValue::fromString(text.why)});
        }
    }
    draft.set("unfinished", objectOf(std::move(unfinished)));
    std::map<std::string, JsonValue> branches;
    for (const FieldId id : d->choosers) {
        const FormNode &at = *d->node(id);
        JsonValue branch = JsonValue::object();
        branch.set("chosen", JsonValue::fromInteger(at.chosen));
        for (const auto &[variant, was] : at.kept) {
            if (was.value && !at.secret) {
                JsonValue copy = *was.value;
                for (const std::string &pointer : was.secrets) {
                    takeAway(copy, pointer);
                }
                branch.set(std::to_string(variant), std::move(copy));
            }
        }
        branches[at.field.pointer] = std::move(branch);
    }
    draft.set("branches", objectOf(std::move(branches)));
    return draft;
}

/// Takes over what a draft holds. False: it is none, or one for something else; nothing has changed then.
bool FormModel::Private::loadDraft(const JsonValue &draft)
{
    const JsonValue *form = draft.find("form");
    const JsonValue *made_for = draft.find("for");
    const JsonValue *unfinishedTexts = draft.find("unfinished");
    const JsonValue *branches = draft.find("branches");
    const JsonValue *hiddenParts = draft.find("hidden");
    const bool good = form && form->toInteger() == version && made_for && made_for->utf8() == identity() &&
                      unfinishedTexts && unfinishedTexts->isObject() && branches && branches->isObject() &&
                      isListOfTexts(draft.find("kept")) && isListOfTexts(draft.find("lost")) && hiddenParts &&
                      hiddenParts->isObject();
    if (!good) {
        return false;
    }
    const JsonValue *stored = draft.find("value");
    std::optional<JsonValue> next = stored ? std::optional(*stored) : std::nullopt;
    for (const JsonValue &pointer : draft.find("kept")->items()) {
        const JsonValue *before = original ? original->at(pointer.utf8()) : nullptr;
        JsonValue *now = next ? next->at(pointer.utf8()) : nullptr;
        if (before && now) {
            *now = *before;
        } else if (before && pointer.utf8().empty()) {
            next = *before;
        }
    }
    const JsonValue::Array &lost = draft.find("lost")->items();
    for (auto pointer = lost.rbegin(); next && pointer != lost.rend(); ++pointer) {
        takeAway(*next, pointer->utf8());
    }
    value = std::move(next);
    project(*node(root), value ? &*value : nullptr, Depth::Deep, Pick::Best);
    FormMarks marks;
    for (const JsonValue::Member &member : branches->members()) {
        loadAlong(member.key);
        const JsonValue *chosen = member.value.find("chosen");
        FormMarks::Variant mark;
        mark.pointer = member.key;
        mark.chosen = static_cast<int>(chosen ? std::clamp<qint64>(chosen->toInteger().value_or(-1), -1, 100'000) : -1);
        for (const JsonValue::Member &was : member.value.members()) {
            const bool isNumber =
                !was.key.empty() && was.key.size() < 6 && was.key.find_first_not_of("0123456789") == std::string::npos;
            if (isNumber) {
                mark.kept[std::stoi(was.key)] = {std::make_shared<const JsonValue>(was.value), {}};
            }
        }
        marks.variants.push_back(std::move(mark));
    }
    for (const JsonValue::Member &member : hiddenParts->members()) {
        loadAlong(member.key);
        const FormNode *at = nearest(member.key);
        if (at && at->field.pointer == member.key && at->field.id != root) {
            marks.hidden.push_back({member.key, partsOf(schema->program(), member.value)});
        }
    }
    restore(marks);
    settleConditions();
    for (const JsonValue::Member &member : unfinishedTexts->members()) {
        loadAlong(member.key);
        FormNode *at = nearest(member.key);
        if (at && at->field.pointer == member.key && member.value.items().size() == 2) {
            unfinished[at->field.id] = {member.value.items()[0].toString(), member.value.items()[1].toString()};
        }
    }
    return true;
}

} // namespace countersign
