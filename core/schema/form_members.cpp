// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_state.h"

#include <algorithm>

namespace countersign {

using namespace schema;

namespace {

constexpr size_t fewMembers = 16;

/// Positions of an object's members by their name.
class MemberIndex
{
public:
    explicit MemberIndex(const JsonValue *object)
        : m_members(object ? object->members() : none())
    {
        if (m_members.size() > fewMembers) {
            m_positions.reserve(m_members.size());
            for (size_t i = 0; i < m_members.size(); ++i) {
                m_positions.emplace(m_members[i].key, i);
            }
        }
    }
    /// The count when there is none.
    size_t find(std::string_view name, size_t expected) const
    {
        if (expected < m_members.size() && m_members[expected].key == name) {
            return expected;
        }
        if (!m_positions.empty()) {
            const auto found = m_positions.find(name);
            return found == m_positions.end() ? m_members.size() : found->second;
        }
        const auto found = std::find_if(m_members.begin(), m_members.end(),
                                        [name](const JsonValue::Member &member) { return member.key == name; });
        return static_cast<size_t>(found - m_members.begin());
    }
    const JsonValue::Object &members() const { return m_members; }

private:
    static const JsonValue::Object &none()
    {
        static const JsonValue::Object empty;
        return empty;
    }
    const JsonValue::Object &m_members;
    std::unordered_map<std::string_view, size_t> m_positions;
};

} // namespace

FormNode *FormModel::Private::childOf(const FormNode &at, std::string_view key) const
{
    const auto found = at.childOf.find(key);
    return found == at.childOf.end() ? nullptr : node(found->second);
}

/// May a condition take \p at away, keeping what is in it for when it comes back? Where conditions ask for a member
/// just as long as it is missing, it stays and is sent: that is the one state in which nothing is left to change.
bool FormModel::Private::mayHide(const FormNode &at) const
{
    constexpr int mostReturns = 3;
    if (!hiding || at.field.notSent || at.field.extra || !at.allowed || at.field.presence == Presence::Absent ||
        edited.count(at.field.id) > 0) {
        return false;
    }
    const auto before = returned.find(at.field.id);
    return before == returned.end() || before->second < mostReturns;
}

void FormModel::Private::hide(FormNode &at)
{
    at.field.notSent = true;
    hidden.insert(at.field.id);
    touch(at.field.id);
}

/// The field of a member that the schema names.
FormNode *FormModel::Private::declaredChild(FormNode &at, const MemberShape &member, const JsonValue *now,
                                            size_t position, Depth depth, Pick pick)
{
    FormNode *child = childOf(at, member.name);
    if (member.forbidden && (!now || (child && child->field.notSent))) {
        return now ? child : nullptr;
    }
    const bool isNew = !child;
    if (isNew) {
        child = &make(&at, member.name, member.base);
    } else if (member.forbidden && mayHide(*child)) {
        hide(*child); // A condition took it away.
        child->position = position;
        if (depth == Depth::Deep) {
            project(*child, now, depth, pick);
        }
        return child;
    }
    if (child->field.notSent) {
        child->field.notSent = false;
        hidden.erase(child->field.id);
        ++returned[child->field.id];
        touch(child->field.id);
    }
    child->position = position;
    child->slot = false;
    child->allowed = !member.forbidden;
    const bool differs = isNew || child->base != member.base || child->field.extra;
    if (differs || child->field.required != member.required || child->field.neededBecause != member.neededBecause) {
        child->field.extra = false;
        child->field.required = member.required;
        child->field.neededBecause = member.neededBecause;
        touch(child->field.id);
    }
    if (differs || depth == Depth::Deep) {
        child->base = member.base;
        project(*child, now, depth, pick);
    }
    return child;
}

/// The field of a member that came with the value, or that a person added.
FormNode *FormModel::Private::extraChild(FormNode &at, const JsonValue::Member &member, size_t position, Depth depth,
                                         Pick pick)
{
    FormNode *child = childOf(at, member.key);
    if (child && mayHide(*child)) {
        hide(*child);
    }
    if (child && child->field.notSent) {
        child->position = position;
        if (depth == Depth::Deep) {
            project(*child, &member.value, depth, pick);
        }
        return child;
    }
    bool forbidden = false;
    FormParts base = shapes.memberBase(*at.look, member.key, forbidden);
    const bool isNew = !child;
    if (isNew) {
        child = &make(&at, member.key, base);
    }
    const bool differs = isNew || child->base != base || !child->field.extra;
    child->position = position;
    child->slot = true;
    child->allowed = !forbidden;
    child->field.extra = true;
    child->field.required = false;
    child->field.neededBecause.clear();
    if (differs || depth == Depth::Deep) {
        child->base = std::move(base);
        project(*child, &member.value, depth, pick);
    }
    return child;
}

void FormModel::Private::syncObject(FormNode &at, const JsonValue *now, Depth depth, Pick pick)
{
    const MemberIndex index(now && now->isObject() ? now : nullptr);
    const JsonValue::Object &members = index.members();
    const FormLook &look = *at.look;
    std::vector<FieldId> children;
    children.reserve(look.members.size());
    std::vector<FormNode *> extras;
    at.childOf.reserve(std::max(look.members.size(), members.size()));
    const auto keep = [&](FormNode *child) {
        if (child) {
            child->order = children.size();
            children.push_back(child->field.id);
            at.childOf.emplace(child->field.key, child->field.id);
        }
    };
    size_t declared = 0;
    for (size_t i = 0; i < look.members.size() && !tooLarge; ++i) {
        const size_t position = index.find(look.members[i].name, i);
        const bool there = position < members.size();
        declared += there ? 1 : 0;
        keep(declaredChild(at, look.members[i], there ? &members[position].value : nullptr, position, depth, pick));
    }
    for (size_t i = 0; i < members.size() && declared < members.size() && !tooLarge; ++i) {
        if (look.memberOf.count(members[i].key) == 0) {
            keep(extraChild(at, members[i], i, depth, pick));
        }
    }
    if (children == at.field.children) {
        return;
    }
    const std::set<FieldId> stays(children.begin(), children.end());
    const std::vector<FieldId> before = std::exchange(at.field.children, std::move(children));
    for (const FieldId id : before) {
        const FormNode *old = stays.count(id) == 0 ? node(id) : nullptr;
        if (old) {
            const auto known = at.childOf.find(old->field.key);
            if (known != at.childOf.end() && known->second == id) {
                at.childOf.erase(known);
            }
            drop(id);
        }
    }
    rowsKnown = false;
}

void FormModel::Private::syncArray(FormNode &at, const JsonValue *now, Depth depth, Pick pick)
{
    static const JsonValue::Array none;
    const JsonValue::Array &items = now && now->isArray() ? now->items() : none;
    const FormLook &look = *at.look;
    const size_t count = std::max(items.size(), look.prefix.size());
    for (size_t i = count; i < at.field.children.size(); ++i) {
        drop(at.field.children[i]);
    }
    if (at.field.children.size() != count) {
        at.field.children.resize(count, noField);
        rowsKnown = false;
    }
    for (size_t i = 0; i < count && !tooLarge; ++i) {
        const FormParts &base = i < look.prefix.size() ? look.prefix[i] : look.rest;
        const JsonValue *item = i < items.size() ? &items[i] : nullptr;
        FormNode *child = node(at.field.children[i]);
        const bool isNew = !child;
        if (isNew) {
            child = &make(&at, std::to_string(i), base);
            at.field.children[i] = child->field.id;
        } else if (child->position != i || child->field.key != std::to_string(i)) {
            const bool named = child->field.title == QString::fromStdString(child->field.key);
            child->field.key = std::to_string(i);
            child->field.title = named ? QString::fromStdString(child->field.key) : child->field.title;
            touch(child->field.id);
        }
        setPointer(*child, at.field.pointer + '/' + child->field.key);
        child->position = i;
        child->order = i;
        child->slot = true;
        child->field.required = look.field.kind == FieldKind::Tuple && look.field.bounds.minItems &&
                                static_cast<qint64>(i) < *look.field.bounds.minItems;
        if (isNew || depth == Depth::Deep || child->base != base) {
            child->base = base;
            project(*child, item, depth, pick);
        }
    }
}

const JsonValue *FormModel::Private::valueOf(const FormNode &at) const
{
    const FormNode *parent = parentOf(at);
    if (!parent) {
        return value ? &*value : nullptr;
    }
    const JsonValue *around = valueOf(*parent);
    if (!around) {
        return nullptr;
    }
    if (around->isArray()) {
        return at.position < around->items().size() ? &around->items()[at.position] : nullptr;
    }
    const JsonValue::Object &members = around->members();
    for (const size_t guess : {at.position, at.position + 1, at.position - 1}) {
        if (guess < members.size() && members[guess].key == at.field.key) {
            return &members[guess].value;
        }
    }
    return around->find(at.field.key);
}

JsonValue *FormModel::Private::valueOf(const FormNode &at)
{
    return const_cast<JsonValue *>(std::as_const(*this).valueOf(at));
}

bool FormModel::Private::isSent(const FormNode &at) const
{
    for (const FormNode *around = hidden.empty() ? nullptr : &at; around; around = parentOf(*around)) {
        if (around->field.notSent) {
            return false;
        }
    }
    return true;
}

const JsonValue *FormModel::Private::sentValue(const FormNode &at, const JsonValue *now,
                                               std::optional<JsonValue> &kept) const
{
    if (hidden.empty() || !now || !now->isObject()) {
        return now;
    }
    const std::string prefix = at.field.pointer + '/';
    for (const FieldId id : hidden) {
        const FormNode *gone = node(id);
        const std::string &pointer = gone->field.pointer;
        if (!pointer.starts_with(prefix)) {
            continue;
        }
        if (!kept) {
            kept = *now;
        }
        const size_t slash = pointer.rfind('/');
        JsonValue *around =
            kept->at(std::string_view(pointer).substr(at.field.pointer.size(), slash - at.field.pointer.size()));
        if (around && around->isObject()) {
            std::erase_if(around->members(),
                          [gone](const JsonValue::Member &member) { return member.key == gone->field.key; });
        }
    }
    return kept ? &*kept : now;
}

JsonValue FormModel::Private::sentCopy() const
{
    std::optional<JsonValue> kept;
    const FormNode *top = node(root);
    const JsonValue *sent = value && top ? sentValue(*top, &*value, kept) : nullptr;
    return sent ? *sent : JsonValue();
}

} // namespace countersign
