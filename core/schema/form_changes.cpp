// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_state.h"

#include <algorithm>

namespace countersign {

using namespace schema;

namespace {

constexpr size_t mostChanges = 10'000;

JsonValue mask()
{
    return JsonValue::fromUtf8("••••••••");
}

/// Walks through two values at once and notes what differs.
class Difference
{
public:
    Difference(std::vector<FieldChange> &changes, const std::set<std::string> &secrets)
        : m_changes(changes)
        , m_secrets(secrets)
    {}
    void compare(const std::string &pointer, const JsonValue *before, const JsonValue *after)
    {
        if (m_changes.size() >= mostChanges || (!before && !after) ||
            (before && after && isWrittenAlike(*before, *after))) {
            return;
        }
        if (m_secrets.count(pointer) == 0 && before && after) {
            if (before->isObject() && after->isObject()) {
                compareObjects(pointer, *before, *after);
                return;
            }
            if (before->isArray() && after->isArray()) {
                compareArrays(pointer, *before, *after);
                return;
            }
        }
        FieldChange change;
        change.kind = !before ? FieldChangeKind::Added : !after ? FieldChangeKind::Removed : FieldChangeKind::Changed;
        change.pointer = pointer;
        change.before = before ? std::optional(shown(pointer, *before)) : std::nullopt;
        change.after = after ? std::optional(shown(pointer, *after)) : std::nullopt;
        m_changes.push_back(std::move(change));
    }

private:
    void compareObjects(const std::string &pointer, const JsonValue &before, const JsonValue &after)
    {
        std::unordered_map<std::string_view, const JsonValue *> others;
        for (const JsonValue::Member &member : after.members()) {
            others.emplace(member.key, &member.value);
        }
        std::set<std::string_view> known;
        const size_t count = m_changes.size();
        for (const JsonValue::Member &member : before.members()) {
            const auto other = others.find(member.key);
            known.insert(member.key);
            compare(pointer + '/' + pointerToken(member.key), &member.value,
                    other == others.end() ? nullptr : other->second);
        }
        for (const JsonValue::Member &member : after.members()) {
            if (known.count(member.key) == 0) {
                compare(pointer + '/' + pointerToken(member.key), nullptr, &member.value);
            }
        }
        if (count == m_changes.size() && m_changes.size() < mostChanges) {
            m_changes.push_back({FieldChangeKind::Changed, pointer, shown(pointer, before), shown(pointer, after)});
        }
    }
    void compareArrays(const std::string &pointer, const JsonValue &before, const JsonValue &after)
    {
        const size_t most = std::max(before.items().size(), after.items().size());
        for (size_t i = 0; i < most && m_changes.size() < mostChanges; ++i) {
            compare(pointer + '/' + std::to_string(i), i < before.items().size() ? &before.items()[i] : nullptr,
                    i < after.items().size() ? &after.items()[i] : nullptr);
        }
    }
    /// \p value with every secret in it masked.
    JsonValue shown(const std::string &pointer, const JsonValue &value) const
    {
        if (m_secrets.count(pointer) > 0) {
            return mask();
        }
        JsonValue copy = value;
        const std::string prefix = pointer + '/';
        for (auto secret = m_secrets.lower_bound(prefix); secret != m_secrets.end() && secret->starts_with(prefix);
             ++secret) {
            if (JsonValue *at = copy.at(std::string_view(*secret).substr(pointer.size()))) {
                *at = mask();
            }
        }
        return copy;
    }

    std::vector<FieldChange> &m_changes;
    const std::set<std::string> &m_secrets;
};

} // namespace

bool isWrittenAlike(const JsonValue &left, const JsonValue &right)
{
    if (left.kind() != right.kind()) {
        return false;
    }
    switch (left.kind()) {
    case JsonValue::Kind::Number:
        return left.numberText() == right.numberText();
    case JsonValue::Kind::Array:
        return std::equal(left.items().begin(), left.items().end(), right.items().begin(), right.items().end(),
                          isWrittenAlike);
    case JsonValue::Kind::Object:
        return std::equal(left.members().begin(), left.members().end(), right.members().begin(), right.members().end(),
                          [](const JsonValue::Member &a, const JsonValue::Member &b) {
                              return a.key == b.key && isWrittenAlike(a.value, b.value);
                          });
    default:
        return left == right;
    }
}

/// Makes the fields of everything that has a value, so that all that is secret is known.
void FormModel::Private::loadSecrets()
{
    if (!shapes.hasSecrets()) {
        return;
    }
    std::vector<FieldId> open{root};
    while (!open.empty()) {
        FormNode *at = node(open.back());
        open.pop_back();
        if (at && at->field.presence == Presence::Value) {
            load(*at);
            open.insert(open.end(), at->field.children.begin(), at->field.children.end());
        }
    }
}

bool FormModel::isChanged() const
{
    std::optional<JsonValue> copy;
    const FormNode &top = *d->node(d->root);
    const JsonValue *sent = d->value ? d->sentValue(top, &*d->value, copy) : nullptr;
    const std::optional<JsonValue> &before = d->original ? d->original : d->initial;
    return before && sent ? !isWrittenAlike(*before, *sent) : before.has_value() != (sent != nullptr);
}

bool FormModel::isChanged(FieldId id) const
{
    const FormNode *at = d->node(id);
    if (!at) {
        return false;
    }
    const JsonValue *now = d->isSent(*at) ? d->valueOf(*at) : nullptr;
    const std::optional<JsonValue> &start = d->original ? d->original : d->initial;
    const JsonValue *before = start ? start->at(at->field.pointer) : nullptr;
    std::optional<JsonValue> copy;
    now = d->sentValue(*at, now, copy);
    return before && now ? !isWrittenAlike(*before, *now) : before != now;
}

std::set<std::string> FormModel::secretPointers() const
{
    std::set<std::string> found;
    if (!d->value || !d->shapes.hasSecrets()) {
        return found;
    }
    d->shapes.renewBudget();
    d->loadSecrets();
    std::vector<const FormNode *> open{d->node(d->root)};
    while (!open.empty()) {
        const FormNode &at = *open.back();
        open.pop_back();
        if (at.field.presence == Presence::Absent) {
            continue;
        }
        const JsonValue *now = d->valueOf(at);
        const bool hasParts =
            now && ((now->isObject() && !now->members().empty()) || (now->isArray() && !now->items().empty()));
        const bool isUnknown = at.field.expandable && !at.loaded && hasParts; // More fields than a form may have.
        if (isUnknown || (at.guessed ? hasParts : at.secret)) {
            found.insert(at.field.pointer);
            continue;
        }
        for (const FieldId id : at.field.children) {
            if (const FormNode *child = d->node(id)) {
                open.push_back(child);
            }
        }
    }
    return found;
}

std::set<std::string> FormModel::secretPointers(const std::shared_ptr<const CompiledSchema> &schema,
                                                const JsonValue &value)
{
    if (!FormShapes(schema->program()).hasSecrets()) {
        return {};
    }
    const auto form = create(schema, {.mode = FormMode::Edit, .original = value});
    return form ? (*form)->secretPointers() : std::set<std::string>{{}};
}

std::vector<FieldChange> FormModel::changes() const
{
    d->shapes.renewBudget();
    d->loadSecrets();
    std::vector<FieldChange> found;
    const FormNode &top = *d->node(d->root);
    std::set<std::string> secrets;
    for (const std::string &pointer : d->secretsIn(top)) {
        secrets.insert(pointer);
    }
    secrets.insert(d->originalSecrets.begin(), d->originalSecrets.end());
    std::optional<JsonValue> copy;
    const JsonValue *sent = d->value ? d->sentValue(top, &*d->value, copy) : nullptr;
    Difference(found, secrets).compare({}, d->original ? &*d->original : nullptr, sent);
    return found;
}

} // namespace countersign
