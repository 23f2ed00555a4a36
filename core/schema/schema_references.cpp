// SPDX-License-Identifier: Apache-2.0
#include "core/schema/schema_references.h"

#include "core/base/json_reader.h"
#include "core/schema/metaschemas.h"
#include "core/schema/uri_reference.h"

namespace countersign::schema {

using namespace Qt::StringLiterals;

namespace {

constexpr int deepestSchema = 400;
const std::string recursiveAnchorName; // No `$dynamicAnchor` can be empty.

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

bool isOld(Dialect dialect)
{
    return dialect <= Dialect::Draft07;
}

std::string_view member(const JsonValue &schema, std::string_view key)
{
    const JsonValue *value = schema.find(key);
    return value ? value->utf8() : std::string_view();
}

} // namespace

SchemaReferences::SchemaReferences(Program &program, const CompileOptions &options)
    : m_program(program)
    , m_options(options)
{
    anchorName(recursiveAnchorName);
}

Result<NodeIndex> SchemaReferences::addRoot(const JsonValue &schema)
{
    return addDocument(schema, {}, m_options.dialect);
}

Result<NodeIndex> SchemaReferences::addDocument(const JsonValue &document, const std::string &uri,
                                                std::optional<Dialect> forced)
{
    const JsonValue &kept = *m_program.documents.emplace_back(std::make_unique<const JsonValue>(document));
    DialectFacts facts{forced.value_or(m_options.defaultDialect), 0xFF, false};
    if (!forced) {
        const Result<DialectFacts> declared = dialectOf(kept, facts);
        if (!declared) {
            return declared.error();
        }
        facts = *declared;
    }
    Resource resource;
    resource.uri = uri;
    resource.dialect = facts.dialect;
    resource.parts = facts.parts;
    resource.formatDeclared = facts.formatDeclared;
    const auto index = static_cast<quint32>(m_program.resources.size());
    m_program.resources.push_back(std::move(resource));
    m_resourceOf.emplace(uri, index);
    Place place;
    place.resource = index;
    return scan(kept, place, true);
}

Result<NodeIndex> SchemaReferences::scan(const JsonValue &value, Place place, bool isDocument)
{
    const auto index = static_cast<NodeIndex>(m_program.nodes.size());
    if (index >= static_cast<quint32>(m_options.maxSubschemas) || place.depth > deepestSchema) {
        return Error{ErrorCode::TooLarge, u"The schema has too many parts or is nested too deeply to be used."_s, {}};
    }
    Node node;
    node.source = &value;
    node.parent = place.parent;
    node.keyword = place.keyword;
    node.isItem = place.isItem;
    node.index = place.index;
    node.name = place.name;
    node.resource = place.resource;
    m_program.nodes.push_back(node);
    m_program.nodeOf.emplace(&value, index);
    if (isDocument) {
        m_program.resources[place.resource].root = index;
    }
    if (!value.isObject() && !value.isBool()) {
        return unusable(index, u"there must be a schema: an object, true or false"_s);
    }
    if (const Result<> identified = identify(index, isDocument); !identified) {
        return identified.error();
    }
    if (const Result<> members = scanMembers(index, place.depth); !members) {
        return members.error();
    }
    return index;
}

Result<> SchemaReferences::identify(NodeIndex node, bool isDocument)
{
    const JsonValue &source = *m_program.nodes[node].source;
    const Resource &outer = m_program.resources[m_program.nodes[node].resource];
    const Dialect dialect = outer.dialect;
    const std::string outerUri = outer.uri;
    std::string_view id = member(source, dialect == Dialect::Draft04 ? "id" : "$id");
    if (isOld(dialect) && source.find("$ref")) {
        return {}; // There a reference hides what stands beside it.
    }
    if (id.ends_with('#')) {
        id.remove_suffix(1);
    }
    SplitUri split = splitFragment(id);
    if (!split.document.empty()) {
        const std::string uri = resolvedUri(outerUri, split.document);
        if (isDocument) {
            const quint32 resource = m_program.nodes[node].resource;
            m_program.resources[resource].uri = uri;
            m_resourceOf.emplace(uri, resource);
        } else if (const Result<quint32> made = addResource(node, uri); !made) {
            return made.error();
        }
    }
    if (!split.fragment.empty() && isOld(dialect)) {
        m_program.resources[m_program.nodes[node].resource].anchors.emplace(split.fragment, node);
    }
    return addAnchors(node);
}

Result<quint32> SchemaReferences::addResource(NodeIndex node, const std::string &uri)
{
    const Resource &outer = m_program.resources[m_program.nodes[node].resource];
    const auto facts = dialectOf(*m_program.nodes[node].source, {outer.dialect, outer.parts, outer.formatDeclared});
    if (!facts) {
        return facts.error();
    }
    Resource resource;
    resource.uri = uri;
    resource.dialect = facts->dialect;
    resource.parts = facts->parts;
    resource.formatDeclared = facts->formatDeclared;
    resource.root = node;
    const auto index = static_cast<quint32>(m_program.resources.size());
    if (!m_resourceOf.emplace(uri, index).second) {
        return unusable(node, u"the identifier “%1” is used twice"_s.arg(text(uri)));
    }
    m_program.resources.push_back(std::move(resource));
    m_program.nodes[node].resource = index;
    return index;
}

Result<> SchemaReferences::addAnchors(NodeIndex node)
{
    const JsonValue &source = *m_program.nodes[node].source;
    Resource &resource = m_program.resources[m_program.nodes[node].resource];
    for (const char *keyword : {"$anchor", "$dynamicAnchor"}) {
        const std::string name(member(source, keyword));
        if (name.empty() || keywordFromName(keyword, resource.dialect) == Keyword::None) {
            continue;
        }
        const auto [known, isNew] = resource.anchors.emplace(name, node);
        if (!isNew && known->second != node) {
            return unusable(node, u"the anchor “%1” is used twice"_s.arg(text(name)));
        }
        if (keywordFromName(keyword, resource.dialect) == Keyword::DynamicAnchor) {
            resource.dynamicAnchors.emplace_back(anchorName(name), node);
        }
    }
    const JsonValue *recursive = source.find("$recursiveAnchor");
    if (recursive && recursive->toBool() && resource.root == node && resource.dialect == Dialect::Draft201909) {
        resource.dynamicAnchors.emplace_back(anchorName(recursiveAnchorName), node);
    }
    return {};
}

Result<> SchemaReferences::scanMembers(NodeIndex node, int depth)
{
    const JsonValue &source = *m_program.nodes[node].source;
    const Dialect dialect = m_program.resources[m_program.nodes[node].resource].dialect;
    for (const JsonValue::Member &one : source.members()) {
        const Keyword keyword = keywordFromName(one.key, dialect);
        if (keyword == Keyword::None || keywordInfo(keyword).shape == Shape::NoSchema) {
            continue;
        }
        if (const Result<> scanned = scanKeyword(node, keyword, one.value, depth + 1); !scanned) {
            return scanned;
        }
    }
    return {};
}

Result<> SchemaReferences::scanKeyword(NodeIndex node, Keyword keyword, const JsonValue &value, int depth)
{
    switch (keywordInfo(keyword).shape) {
    case Shape::NoSchema:
        return {};
    case Shape::SchemaList:
        return scanList(node, keyword, value, depth);
    case Shape::SchemaMap:
    case Shape::SchemaOrNamesMap:
        return scanMap(node, keyword, value, depth);
    case Shape::SchemaOrList:
        if (value.isArray()) {
            return scanList(node, keyword, value, depth);
        }
        break;
    case Shape::Schema:
        break;
    }
    Place place{node, keyword, false, 0, {}, m_program.nodes[node].resource, depth};
    const Result<NodeIndex> child = scan(value, place);
    return child ? Result<>() : Result<>(child.error());
}

Result<> SchemaReferences::scanList(NodeIndex node, Keyword keyword, const JsonValue &value, int depth)
{
    if (!value.isArray()) {
        return unusable(node, u"“%1” must be a list of schemas"_s.arg(text(keywordName(keyword))));
    }
    for (size_t i = 0; i < value.items().size(); ++i) {
        Place place{node, keyword, true, static_cast<quint32>(i), {}, m_program.nodes[node].resource, depth};
        if (const Result<NodeIndex> child = scan(value.items()[i], place); !child) {
            return child.error();
        }
    }
    return {};
}

Result<> SchemaReferences::scanMap(NodeIndex node, Keyword keyword, const JsonValue &value, int depth)
{
    if (!value.isObject()) {
        return unusable(node, u"“%1” must be an object of schemas"_s.arg(text(keywordName(keyword))));
    }
    const bool shelf = keyword == Keyword::Defs || keyword == Keyword::Definitions;
    for (const JsonValue::Member &one : value.members()) {
        const bool isSchema = one.value.isObject() || one.value.isBool();
        if (!isSchema && (shelf || (keyword == Keyword::Dependencies && one.value.isArray()))) {
            continue; // Names, or something on the shelf that nobody may ever refer
                      // to.
        }
        Place place{node, keyword, false, 0, one.key, m_program.nodes[node].resource, depth};
        if (const Result<NodeIndex> child = scan(one.value, place); !child) {
            return child.error();
        }
    }
    return {};
}

Result<NodeIndex> SchemaReferences::resolve(NodeIndex from, std::string_view reference)
{
    const std::string absolute = resolvedUri(m_program.resources[m_program.nodes[from].resource].uri, reference);
    const SplitUri split = splitFragment(absolute);
    const Result<quint32> resource = findDocument(from, split.document);
    if (!resource) {
        return resource.error();
    }
    const auto fragment = percentDecoded(split.fragment);
    if (!fragment) {
        return unusable(from, u"the reference “%1” has a broken % escape"_s.arg(text(reference)));
    }
    if (fragment->empty() || fragment->front() == '/') {
        return findPointer(from, *resource, *fragment);
    }
    const Resource &found = m_program.resources[*resource];
    const auto anchor = found.anchors.find(*fragment);
    if (anchor == found.anchors.end()) {
        return unusable(from, u"it refers to “%1”, but there is no such anchor"_s.arg(text(reference)));
    }
    return anchor->second;
}

Result<quint32> SchemaReferences::findDocument(NodeIndex from, const std::string &uri)
{
    if (const auto known = m_resourceOf.find(uri); known != m_resourceOf.end()) {
        return known->second;
    }
    std::optional<JsonValue> document;
    if (const std::string_view published = metaschemaText(uri); !published.empty()) {
        const Result<JsonValue> metaschema =
            readJson(QByteArrayView(published.data(), static_cast<qsizetype>(published.size())));
        document = metaschema ? std::optional(*metaschema) : std::nullopt;
    } else if (m_options.loader) {
        document = m_options.loader(uri);
    }
    if (!document) {
        return unusable(from, u"it refers to “%1”, which is not part of the schema; "
                              u"other documents are never fetched, "
                              u"so put what is meant under “$defs”"_s.arg(text(uri)));
    }
    const auto resource = static_cast<quint32>(m_program.resources.size());
    const Result<NodeIndex> root = addDocument(*document, uri);
    return root ? Result<quint32>(resource) : Result<quint32>(root.error());
}

Result<NodeIndex> SchemaReferences::findPointer(NodeIndex from, quint32 resource, const std::string &pointer)
{
    const NodeIndex root = m_program.resources[resource].root;
    const JsonValue &document = *m_program.nodes[root].source;
    const JsonValue *target = placeAt(document, pointer);
    if (!target) {
        return unusable(from, u"it refers to “#%1”, but nothing stands there"_s.arg(text(pointer)));
    }
    if (const auto known = m_program.nodeOf.find(target); known != m_program.nodeOf.end()) {
        return known->second;
    }
    // A place outside the known keywords: its base is that of the nearest subschema around it.
    Place place;
    place.resource = resource;
    for (size_t end = pointer.rfind('/'); end != std::string::npos && end > 0; end = pointer.rfind('/', end - 1)) {
        const auto around = m_program.nodeOf.find(placeAt(document, std::string_view(pointer).substr(0, end)));
        if (around != m_program.nodeOf.end()) {
            place.resource = m_program.nodes[around->second].resource;
            break;
        }
    }
    m_program.detachedPlaces.emplace(static_cast<NodeIndex>(m_program.nodes.size()), pointer);
    return scan(*target, place);
}

const JsonValue *SchemaReferences::placeAt(const JsonValue &document, std::string_view pointer)
{
    const JsonValue *place = &document;
    while (place && !pointer.empty()) {
        const std::string_view step = pointer.substr(0, pointer.find('/', 1));
        pointer.remove_prefix(step.size());
        std::string key(step.substr(1));
        const bool plain = key.find('~') == std::string::npos;
        place = place->isObject() && plain ? memberOf(*place, key) : place->at(step);
    }
    return place;
}

const JsonValue *SchemaReferences::memberOf(const JsonValue &object, const std::string &key)
{
    constexpr size_t fewMembers = 16;
    if (object.members().size() <= fewMembers) {
        return object.find(key);
    }
    const auto [index, isNew] = m_membersOf.try_emplace(&object);
    if (isNew) {
        for (const JsonValue::Member &member : object.members()) {
            index->second.emplace(member.key, &member.value);
        }
    }
    const auto found = index->second.find(key);
    return found == index->second.end() ? nullptr : found->second;
}

quint32 SchemaReferences::dynamicName(NodeIndex target, std::string_view reference) const
{
    const auto name = m_anchorNames.find(splitFragment(reference).fragment);
    if (name == m_anchorNames.end()) {
        return noNumber;
    }
    for (const auto &[anchor, node] : m_program.resources[m_program.nodes[target].resource].dynamicAnchors) {
        if (anchor == name->second && node == target) {
            return anchor;
        }
    }
    return noNumber;
}

quint32 SchemaReferences::recursiveName(NodeIndex target) const
{
    return dynamicName(target, recursiveAnchorName);
}

quint32 SchemaReferences::anchorName(const std::string &name)
{
    const auto [known, isNew] = m_anchorNames.emplace(name, static_cast<quint32>(m_program.anchorNames.size()));
    if (isNew) {
        m_program.anchorNames.push_back(name);
    }
    return known->second;
}

Error SchemaReferences::unusable(NodeIndex node, const QString &reason) const
{
    const QString place = text(m_program.locationOf(node));
    return {ErrorCode::InvalidInput, u"The schema cannot be used: at “%1”, %2."_s.arg(place, reason), place};
}

} // namespace countersign::schema
