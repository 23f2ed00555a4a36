// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_state.h"

#include <algorithm>

namespace countersign {

using namespace Qt::StringLiterals;
using namespace schema;

namespace {

constexpr size_t mostFields = 200'000;
constexpr size_t mostOpened = 10'000;   ///< So many are made without being asked for.
constexpr size_t mostOpenParts = 1'000; ///< A part with more begins collapsed.
constexpr size_t mostOpenRows = 200;    ///< A table with more makes its cells when they are shown.
constexpr int mostOpenDepth = 16;
constexpr size_t mostChanges = 1'000;

bool speaksOfSecrets(const QString &text)
{
    static const QString words[] = {
        u"password"_s,    u"passwd"_s,     u"passphrase"_s,  u"passcode"_s,    u"secret"_s,         u"token"_s,
        u"api key"_s,     u"api-key"_s,    u"api_key"_s,     u"apikey"_s,      u"private key"_s,    u"private_key"_s,
        u"privatekey"_s,  u"credential"_s, u"credit card"_s, u"credit_card"_s, u"creditcard"_s,     u"card number"_s,
        u"card_number"_s, u"cardnumber"_s, u"cvv"_s,         u"cvc"_s,         u"social security"_s};
    const QString lower = text.toLower();
    return !lower.isEmpty() && std::any_of(std::begin(words), std::end(words),
                                           [&lower](const QString &word) { return lower.contains(word); });
}

bool isText(FieldKind kind)
{
    switch (kind) {
    case FieldKind::Text:
    case FieldKind::LongText:
    case FieldKind::Secret:
    case FieldKind::File:
    case FieldKind::RawJson:
        return true;
    default:
        return false;
    }
}

QString kindName(const JsonValue &value)
{
    switch (value.kind()) {
    case JsonValue::Kind::Null:
        return u"null"_s;
    case JsonValue::Kind::Boolean:
        return u"true or false"_s;
    case JsonValue::Kind::Number:
        return u"a number"_s;
    case JsonValue::Kind::String:
        return u"text"_s;
    case JsonValue::Kind::Array:
        return u"a list"_s;
    case JsonValue::Kind::Object:
        return u"an object"_s;
    }
    return {};
}

/// Can all items be picked from the options, each once?
bool isPicked(const JsonValue &items, const FormLook &look)
{
    std::unordered_set<quint64> seen;
    return std::all_of(items.items().begin(), items.items().end(), [&](const JsonValue &item) {
        const quint64 hash = valueHash(item);
        return look.optionHashes.count(hash) > 0 && seen.insert(hash).second;
    });
}

} // namespace

bool isContainer(FieldKind kind)
{
    switch (kind) {
    case FieldKind::Group:
    case FieldKind::Map:
    case FieldKind::List:
    case FieldKind::Tuple:
    case FieldKind::Table:
        return true;
    default:
        return false;
    }
}

FormNode *FormModel::Private::node(FieldId id) const
{
    return id < nodes.size() ? nodes[id].get() : nullptr;
}

void FormModel::Private::touch(FieldId id)
{
    if (everythingChanged) {
        return;
    }
    changed.insert(id);
    if (changed.size() > mostChanges) {
        everythingChanged = true;
        changed.clear();
    }
}

FormNode &FormModel::Private::make(const FormNode *parent, std::string key, FormParts base)
{
    auto made_ = std::make_unique<FormNode>();
    FormNode &at = *made_;
    at.field.id = static_cast<FieldId>(nodes.size());
    at.field.parent = parent ? parent->field.id : noField;
    if (parent) {
        at.field.pointer.reserve(parent->field.pointer.size() + key.size() + 1);
        at.field.pointer.append(parent->field.pointer).append("/").append(pointerToken(key));
        at.secret = parent->secret;
    }
    at.field.key = std::move(key);
    at.base = std::move(base);
    nodes.push_back(std::move(made_));
    ++live;
    tooLarge = tooLarge || live > mostFields;
    rowsKnown = false;
    if (filling) {
        appeared.push_back(at.field.id);
    }
    return at;
}

void FormModel::Private::dropChildren(FormNode &at)
{
    for (const FieldId child : std::exchange(at.field.children, {})) {
        drop(child);
    }
    at.childOf.clear();
    at.loaded = false;
}

void FormModel::Private::drop(FieldId id)
{
    FormNode *gone = node(id);
    if (!gone) {
        return;
    }
    dropChildren(*gone);
    choosers.erase(id);
    hidden.erase(id);
    unfinished.erase(id);
    changed.erase(id);
    nodes[id].reset();
    --live;
    rowsKnown = false;
}

/// Brings a field, and what is under it, in line with the value. Deep: the value under it may be another one.
void FormModel::Private::project(FormNode &at, const JsonValue *now, Depth depth, Pick pick)
{
    const bool isNew = !at.shape;
    const FieldKind kind = at.field.kind;
    const bool dressed = choose(at, now, pick);
    if (dressed) {
        dress(at);
    }
    showValue(at, now);
    if (isNew || kind != at.field.kind) {
        rowsKnown = false;
        if (isContainer(at.field.kind)) {
            beginFold(at, now);
        }
    }
    touch(at.field.id);
    const bool hasParts = isContainer(at.field.kind) && at.chosen >= 0;
    at.field.expandable = hasParts;
    if (!hasParts) {
        if (!at.field.children.empty()) {
            dropChildren(at);
        }
        return;
    }
    const bool kindChanged = !isNew && kind != at.field.kind;
    if (kindChanged) {
        dropChildren(at);
    }
    const bool isRow = parentOf(at) && parentOf(at)->field.kind == FieldKind::Table;
    const bool showsCells = isRow && parentOf(at)->field.children.size() <= mostOpenRows && live < mostOpened;
    if (at.field.expanded || at.loaded || showsCells) {
        syncChildren(at, now, dressed || kindChanged ? Depth::Deep : depth, pick);
    }
}

void FormModel::Private::syncChildren(FormNode &at, const JsonValue *now, Depth depth, Pick pick)
{
    at.loaded = true;
    const bool isArray =
        at.field.kind == FieldKind::List || at.field.kind == FieldKind::Table || at.field.kind == FieldKind::Tuple;
    if (isArray) {
        syncArray(at, now, depth, pick);
    } else {
        syncObject(at, now, depth, pick);
    }
}

/// Finds the shape and the variant. True: it looks different now.
bool FormModel::Private::choose(FormNode &at, const JsonValue *now, Pick pick)
{
    std::optional<JsonValue> copy;
    const std::shared_ptr<FormShape> shape = shapes.shapeOf(at.base, sentValue(at, now, copy));
    const bool sameShape = shape == at.shape;
    const auto count = static_cast<int>(shape->variants.size());
    const bool isAnswer = now && !now->isNull();
    const auto fits = [&](int variant) {
        return !isAnswer || shape->variants[static_cast<size_t>(variant)].raw ||
               hasKind(*now, shape->variants[static_cast<size_t>(variant)].kinds);
    };
    int chosen = -1;
    if (count == 1) {
        chosen = 0;
    } else if (at.forced && *at.forced < count) {
        chosen = *at.forced;
    } else {
        const bool stays = at.shape && at.chosen >= 0 && at.chosen < count &&
                           (sameShape || at.shape->variants[static_cast<size_t>(at.chosen)].title ==
                                             shape->variants[static_cast<size_t>(at.chosen)].title);
        if (stays && fits(at.chosen) && (pick == Pick::Keep || !isAnswer)) {
            chosen = at.chosen;
        } else if (isAnswer) {
            chosen = shapes.bestVariant(*shape, *now);
        }
    }
    at.forced.reset();
    if (count > 1) {
        choosers.insert(at.field.id);
    } else {
        choosers.erase(at.field.id);
    }
    const FormLook &look = shapes.lookOf(*shape, static_cast<size_t>(std::max(chosen, 0)));
    const bool same = sameShape && chosen == at.chosen && at.look == &look;
    if (!sameShape) {
        at.kept.clear();
    }
    at.shape = shape;
    at.chosen = chosen;
    at.look = &look;
    return !same;
}

/// Puts on what the schema says.
void FormModel::Private::dress(FormNode &at)
{
    FormField &field = at.field;
    FormField fresh = at.look->field;
    fresh.id = field.id;
    fresh.parent = field.parent;
    fresh.children = std::move(field.children);
    fresh.pointer = std::move(field.pointer);
    fresh.key = std::move(field.key);
    fresh.required = field.required;
    fresh.neededBecause = field.neededBecause;
    fresh.extra = field.extra;
    fresh.expanded = field.expanded;
    fresh.notSent = field.notSent;
    fresh.presence = field.presence;
    field = std::move(fresh);
    if (field.title.isEmpty()) {
        field.title = QString::fromStdString(field.key);
    }
    if (at.shape->variants.size() > 1) {
        for (size_t i = 0; i < at.shape->variants.size(); ++i) {
            field.variants.push_back(at.shape->variants[i].title);
        }
        field.variant = at.chosen;
    }
    field.asksForSecret = field.kind == FieldKind::Secret ||
                          (isText(field.kind) && (speaksOfSecrets(QString::fromStdString(field.key)) ||
                                                  speaksOfSecrets(field.title) || speaksOfSecrets(field.help)));
}

/// What depends on the value: presence, and a kind that can show it.
void FormModel::Private::showValue(FormNode &at, const JsonValue *now)
{
    FormField &field = at.field;
    field.kind = at.look->field.kind;
    field.rawReason = at.look->field.rawReason;
    at.secret = at.look->secret || at.shape->secret || (parentOf(at) && parentOf(at)->secret);
    if (at.secret && field.kind == FieldKind::Text) {
        field.kind = FieldKind::Secret;
    }
    const bool isNull = now && now->isNull();
    if (!now) {
        field.presence = Presence::Absent;
    } else if (isNull) {
        const bool isPlaceholder = at.slot && !field.nullable && !hasKind(*now, at.look->kinds);
        field.presence = isPlaceholder ? Presence::Absent : Presence::Null;
    } else {
        field.presence = Presence::Value;
    }
    field.isDefault = field.presence != Presence::Absent && field.defaultValue && *field.defaultValue == *now &&
                      field.kind != FieldKind::Constant &&
                      (mode == FormMode::Answer || !original || !original->at(field.pointer));
    const bool isRaw = field.kind == FieldKind::RawJson;
    const bool unknown = at.chosen < 0;
    const bool misfits = now && !isNull && (unknown || !hasKind(*now, at.look->kinds));
    at.guessed = (isRaw || misfits) && !at.secret && shapes.hasSecrets();
    if (isRaw || misfits) {
        // What is in it has no fields of its own: nobody knows which parts are secret.
        at.secret = at.secret || shapes.hasSecrets();
    }
    if (!now || isNull || isRaw) {
        return;
    }
    if (misfits) {
        field.kind = FieldKind::RawJson;
        field.rawReason = unknown ? u"The value is none of the kinds that are offered."_s
                                  : u"The value is %1, which the schema does not allow here."_s.arg(kindName(*now));
    } else if (field.kind == FieldKind::MultiChoice && !isPicked(*now, *at.look)) {
        field.kind = FieldKind::List;
    } else if (field.kind == FieldKind::Text && now->utf8().find('\n') != std::string_view::npos) {
        field.kind = FieldKind::LongText;
    }
}

void FormModel::Private::beginFold(FormNode &at, const JsonValue *now) const
{
    const size_t parts = now ? (now->isObject() ? now->members().size() : now->items().size()) : 0;
    const bool isRoot = at.field.parent == noField;
    const FormNode *parent = parentOf(at);
    const bool isRow = parent && parent->field.kind == FieldKind::Table;
    const size_t known = std::max(parts, at.look->members.size());
    at.field.expanded = isRoot || (!isRow && known <= mostOpenParts && live + known <= mostOpened &&
                                   depthOf(at) <= mostOpenDepth && (parts > 0 || !isRecursive(at)));
}

int FormModel::Private::depthOf(const FormNode &at) const
{
    int depth = 0;
    for (const FormNode *around = parentOf(at); around; around = parentOf(*around)) {
        ++depth;
    }
    return depth;
}

bool FormModel::Private::isRecursive(const FormNode &at) const
{
    for (const FormNode *around = parentOf(at); around; around = parentOf(*around)) {
        for (const FormPart &part : at.look->parts) {
            const FormParts &others = around->look->parts;
            if (std::any_of(others.begin(), others.end(),
                            [&part](const FormPart &other) { return other.node == part.node; })) {
                return true;
            }
        }
    }
    return false;
}

void FormModel::Private::load(FormNode &at)
{
    if (!at.loaded && at.field.expandable && live < mostFields) {
        syncChildren(at, valueOf(at), Depth::Deep, Pick::Best);
        rowsKnown = false;
        isChecked = false;
    }
}

/// Makes the fields on the way to \p pointer, as far as there are any.
void FormModel::Private::loadAlong(std::string_view pointer)
{
    for (FormNode *at = nearest(pointer); at && at->field.pointer.size() < pointer.size() && !at->loaded;
         at = nearest(pointer)) {
        load(*at);
        if (!at->loaded) {
            return;
        }
    }
}

void FormModel::Private::setPointer(FormNode &at, const std::string &pointer)
{
    if (at.field.pointer == pointer) {
        return;
    }
    at.field.pointer = pointer;
    touch(at.field.id);
    for (const FieldId id : at.field.children) {
        if (FormNode *child = node(id)) {
            setPointer(*child, pointer + '/' + pointerToken(child->field.key));
        }
    }
}

} // namespace countersign
