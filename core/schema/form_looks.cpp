// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_shape.h"

#include <algorithm>
#include <limits>

namespace countersign::schema {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t mostMembers = 20'000;
constexpr size_t mostColumns = 12;

bool isPlain(FieldKind kind)
{
    switch (kind) {
    case FieldKind::Group:
    case FieldKind::Map:
    case FieldKind::List:
    case FieldKind::Tuple:
    case FieldKind::Table:
        return false;
    default:
        return true;
    }
}

/// Does the schema allow every value?
bool allowsAll(const JsonValue &source)
{
    return source.isBool() ? source.toBool() : source.members().empty();
}

} // namespace

std::unique_ptr<FormLook> FormShapes::makeLook(FormShape &shape, const FormVariant &variant)
{
    auto look = std::make_unique<FormLook>();
    look->parts = variant.parts;
    look->kinds = variant.raw ? everyKind : variant.kinds;
    look->secret = !shape.refusal.isEmpty() && m_hasSecrets;
    readWords(*look, shape);
    readBounds(*look);
    look->field.nullable = shape.nullable;
    if (variant.raw) {
        look->field.kind = FieldKind::RawJson;
        look->field.rawReason = shape.refusal.isEmpty() ? u"The schema allows any JSON here."_s : shape.refusal;
        return look;
    }
    look->field.kind = kindOf(*look);
    if (look->field.kind == FieldKind::Group) {
        readMembers(*look, shape);
        if (look->members.size() > mostMembers) {
            look->members.clear();
            look->field.kind = FieldKind::RawJson;
            look->field.rawReason = u"The object has more members than a form can show."_s;
        } else if (look->extras == Extras::Shaped || (look->members.empty() && look->extras == Extras::Any)) {
            look->field.kind = FieldKind::Map;
        }
    } else if (look->field.kind == FieldKind::List) {
        readItems(*look);
    }
    look->scalar = isPlain(look->field.kind);
    look->field.expandable = !look->scalar;
    return look;
}

FieldKind FormShapes::kindOf(FormLook &look)
{
    for (const FormPart &part : look.parts) {
        const Instruction *constant = findInstruction(m_program, part.node, Keyword::Const);
        const JsonValue *value = constant ? m_program.constants[constant->first] : nullptr;
        if (value && !value->isBool()) {
            look.field.defaultValue = *value;
            look.field.options = FieldOptions({{*value, {}, {}}});
            return value->isNull() ? FieldKind::Null : FieldKind::Constant;
        }
    }
    const bool isBool = look.kinds == BooleanBit;
    if (!isBool && look.kinds != 0 && listsValues(look.parts)) {
        look.field.options = FieldOptions(optionsOf(look.parts));
        return FieldKind::Choice;
    }
    if (look.kinds == 0) {
        look.field.rawReason = u"The schema allows no value here."_s;
        return FieldKind::RawJson;
    }
    if (look.kinds & ObjectBit) {
        return FieldKind::Group;
    }
    if (look.kinds & ArrayBit) {
        return FieldKind::List;
    }
    if (look.kinds & StringBit) {
        return textKind(look);
    }
    if (look.kinds & NumberBit) {
        return FieldKind::Number;
    }
    if (look.kinds & IntegerBit) {
        return FieldKind::Integer;
    }
    return isBool ? FieldKind::Switch : FieldKind::Null;
}

FieldKind FormShapes::textKind(const FormLook &look) const
{
    constexpr qint64 longLine = 200;
    const FieldBounds &bounds = look.field.bounds;
    const QString &format = bounds.format;
    if (look.secret) {
        return FieldKind::Secret;
    }
    if (bounds.contentEncoding.compare(u"base64"_s, Qt::CaseInsensitive) == 0) {
        return FieldKind::File;
    }
    static const std::pair<QString, FieldKind> kinds[] = {
        {u"date"_s, FieldKind::Date},          {u"time"_s, FieldKind::Time},
        {u"date-time"_s, FieldKind::DateTime}, {u"duration"_s, FieldKind::Duration},
        {u"color"_s, FieldKind::Colour},       {u"colour"_s, FieldKind::Colour},
        {u"hex-color"_s, FieldKind::Colour},   {u"textarea"_s, FieldKind::LongText},
        {u"multiline"_s, FieldKind::LongText}, {u"markdown"_s, FieldKind::LongText},
        {u"html"_s, FieldKind::LongText},      {u"binary"_s, FieldKind::Text}};
    for (const auto &[name, kind] : kinds) {
        if (format == name) {
            return kind;
        }
    }
    const bool isLong = !bounds.contentMediaType.isEmpty() || (bounds.maxLength && *bounds.maxLength > longLine);
    return isLong && format.isEmpty() ? FieldKind::LongText : FieldKind::Text;
}

FormParts FormShapes::memberBase(const FormLook &look, std::string_view key, bool &forbidden)
{
    FormParts base;
    bool named = false;
    forbidden = false;
    const auto add = [&](const FormPart &from, NodeIndex node) {
        forbidden = forbidden || isFalse(node);
        named = true;
        if (allowsAll(*m_program.nodes[node].source)) {
            return; // It says nothing, and so all such members can be alike.
        }
        base.push_back({node, m_scopes.entered(from.scope, m_program.nodes[node].resource), false});
    };
    for (const FormPart &part : look.parts) {
        const Instruction *instruction = findInstruction(m_program, part.node, Keyword::Properties);
        if (!instruction) {
            continue;
        }
        const MemberRules &rules = m_program.members[instruction->first];
        const int at = rules.find(key, base.size());
        bool found = at >= 0;
        if (found) {
            add(part, rules.properties[static_cast<size_t>(at)].node);
        }
        for (const MemberRules::Matching &matching : rules.patterns) {
            qint64 steps = 0;
            if (m_budget > 0 && m_program.patterns[matching.pattern].matches(key, steps) == Match::Yes) {
                add(part, matching.node);
                found = true;
            }
            m_budget = std::max<qint64>(0, m_budget - steps - 1);
        }
        if (!found && rules.additional != noNode) {
            add(part, rules.additional);
        }
    }
    for (const FormPart &part : look.parts) {
        const Instruction *rest =
            named ? nullptr : findInstruction(m_program, part.node, Keyword::UnevaluatedProperties);
        if (rest) {
            add(part, rest->first);
        }
    }
    return base;
}

void FormShapes::readMembers(FormLook &look, const FormShape &shape)
{
    std::unordered_set<std::string_view> seen;
    std::unordered_set<std::string_view> required;
    const auto addMember = [&](std::string_view name) {
        if (look.members.size() <= mostMembers && seen.insert(name).second) {
            MemberShape member;
            member.name = name;
            member.base = memberBase(look, name, member.forbidden);
            look.members.push_back(std::move(member));
        }
    };
    for (const FormPart &part : look.parts) {
        if (const Instruction *names = findInstruction(m_program, part.node, Keyword::Required)) {
            required.insert(m_program.names[names->first].names.begin(), m_program.names[names->first].names.end());
        }
        const Instruction *instruction = findInstruction(m_program, part.node, Keyword::Properties);
        if (!instruction) {
            continue;
        }
        for (const MemberRules::Property &property : m_program.members[instruction->first].properties) {
            addMember(property.name);
        }
    }
    for (const FormPart &part : look.parts) {
        const Instruction *names = findInstruction(m_program, part.node, Keyword::Required);
        const Instruction *rules = findInstruction(m_program, part.node, Keyword::Properties);
        const Instruction *rest = findInstruction(m_program, part.node, Keyword::UnevaluatedProperties);
        for (const std::string_view name :
             names ? m_program.names[names->first].names : std::vector<std::string_view>()) {
            addMember(name); // It has no schema of its own, but must be there.
        }
        const MemberRules *members = rules ? &m_program.members[rules->first] : nullptr;
        const NodeIndex additional = members ? members->additional : noNode;
        if (members && !members->patterns.empty()) {
            look.extras = Extras::Shaped;
        }
        for (const NodeIndex node : {additional, rest ? rest->first : noNode}) {
            if (node == noNode || look.extras == Extras::Shaped) {
                continue;
            }
            if (isFalse(node)) {
                look.extras = Extras::Forbidden;
            } else if (!allowsAll(*m_program.nodes[node].source) && look.extras != Extras::Forbidden) {
                look.extras = Extras::Shaped;
            }
        }
    }
    for (const NameList *list : shape.needed) {
        for (const std::string_view name : list->names) {
            addMember(name);
        }
    }
    sortMembers(look);
    for (size_t i = 0; i < look.members.size(); ++i) {
        look.memberOf.emplace(look.members[i].name, i);
        look.members[i].required = required.count(look.members[i].name) > 0;
    }
    for (const NameList *list : shape.needed) {
        for (const std::string_view name : list->names) {
            const auto at = look.memberOf.find(name);
            if (at != look.memberOf.end() && !look.members[at->second].required) {
                MemberShape &member = look.members[at->second];
                member.required = true;
                member.neededBecause =
                    QString::fromUtf8(list->trigger.data(), static_cast<qsizetype>(list->trigger.size()));
            }
        }
    }
}

/// `ui:order`, `x-order` or `propertyOrder`: a list of names at the object (`*` for the others), or a number at each.
void FormShapes::sortMembers(FormLook &look) const
{
    std::unordered_map<std::string_view, double> ranks;
    double others = 0;
    bool ordered = false;
    for (const FormPart &part : look.parts) {
        const JsonValue &source = *m_program.nodes[part.node].source;
        for (const char *key : {"ui:order", "x-order", "propertyOrder"}) {
            const JsonValue *list = source.find(key);
            if (!list || !list->isArray() || ordered) {
                continue;
            }
            ordered = true;
            others = static_cast<double>(list->items().size());
            for (size_t i = 0; i < list->items().size(); ++i) {
                const std::string_view name = list->items()[i].utf8();
                if (name == "*") {
                    others = static_cast<double>(i);
                } else {
                    ranks.emplace(name, static_cast<double>(i));
                }
            }
        }
    }
    if (!ordered) {
        others = std::numeric_limits<double>::max();
        for (const MemberShape &member : look.members) {
            for (const FormPart &part : member.base) {
                for (const char *key : {"x-order", "propertyOrder"}) {
                    const JsonValue *rank = m_program.nodes[part.node].source->find(key);
                    if (rank && rank->isNumber()) {
                        ranks.emplace(member.name, rank->toDouble());
                    }
                }
            }
        }
    }
    if (ranks.empty()) {
        return;
    }
    // The names that the ranks are kept by belong to the members that move: one rank for each, first.
    std::vector<std::pair<double, MemberShape>> ranked;
    for (MemberShape &member : look.members) {
        const auto rank = ranks.find(member.name);
        const double place = rank == ranks.end() ? others : rank->second;
        ranked.emplace_back(place, MemberShape());
    }
    for (size_t i = 0; i < ranked.size(); ++i) {
        ranked[i].second = std::move(look.members[i]);
    }
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    for (size_t i = 0; i < ranked.size(); ++i) {
        look.members[i] = std::move(ranked[i].second);
    }
}

void FormShapes::readItems(FormLook &look)
{
    size_t prefix = 0;
    bool named = false;
    for (const FormPart &part : look.parts) {
        if (const Instruction *items = findInstruction(m_program, part.node, Keyword::Items)) {
            prefix = std::max(prefix, m_program.items[items->first].prefix.size());
        }
    }
    prefix = std::min(prefix, mostMembers);
    look.prefix.resize(prefix);
    const auto add = [this](FormParts &to, const FormPart &from, NodeIndex node) {
        to.push_back({node, m_scopes.entered(from.scope, m_program.nodes[node].resource), false});
    };
    for (const FormPart &part : look.parts) {
        const Instruction *items = findInstruction(m_program, part.node, Keyword::Items);
        if (!items) {
            continue;
        }
        const ItemRules &rules = m_program.items[items->first];
        for (size_t i = 0; i < prefix; ++i) {
            const NodeIndex node = i < rules.prefix.size() ? rules.prefix[i] : rules.rest;
            if (node != noNode) {
                add(look.prefix[i], part, node);
            }
        }
        if (rules.rest != noNode) {
            named = true;
            look.restForbidden = look.restForbidden || isFalse(rules.rest);
            add(look.rest, part, rules.rest);
        }
    }
    for (const FormPart &part : look.parts) {
        const Instruction *rest = named ? nullptr : findInstruction(m_program, part.node, Keyword::UnevaluatedItems);
        if (rest) {
            look.restForbidden = look.restForbidden || isFalse(rest->first);
            add(look.rest, part, rest->first);
        }
    }
    if (prefix > 0) {
        look.field.kind = FieldKind::Tuple;
        return;
    }
    readTable(look);
}

/// A list is a table, or a choice of several values, when its items are simple enough.
void FormShapes::readTable(FormLook &look)
{
    if (look.rest.empty() || look.restForbidden) {
        return;
    }
    const std::shared_ptr<FormShape> item = shapeOf(look.rest, nullptr);
    if (item->variants.size() != 1 || item->conditional || item->nullable || !item->refusal.isEmpty()) {
        return;
    }
    const FormVariant &variant = item->variants.front();
    if (listsValues(variant.parts) && variant.kinds != 0 && variant.kinds != BooleanBit) {
        FieldOptions::List options = optionsOf(variant.parts);
        if (options.size() > 1) {
            for (const FieldOption &option : options) {
                look.optionHashes.insert(valueHash(option.value));
            }
            look.field.options = FieldOptions(std::move(options));
            look.field.kind = FieldKind::MultiChoice;
        }
        return;
    }
    if (variant.kinds != ObjectBit) {
        return;
    }
    FormLook row;
    row.parts = variant.parts;
    readMembers(row, *item);
    if (row.members.empty() || row.members.size() > mostColumns || row.extras == Extras::Shaped) {
        return;
    }
    std::vector<QString> titles;
    std::vector<std::string> keys;
    for (const MemberShape &member : row.members) {
        const std::shared_ptr<FormShape> cell = shapeOf(member.base, nullptr);
        const Kinds kinds = cell->variants.front().kinds;
        if (member.forbidden || cell->variants.size() != 1 || cell->conditional || kinds == 0 ||
            (kinds & (ObjectBit | ArrayBit)) != 0) {
            return;
        }
        const QString title = lookOf(*cell, 0).field.title;
        titles.push_back(title.isEmpty() ? QString::fromStdString(member.name) : title);
        keys.push_back(member.name);
    }
    look.field.kind = FieldKind::Table;
    look.field.columns = std::move(titles);
    look.field.columnKeys = std::move(keys);
}

} // namespace countersign::schema
