// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/tools.h"

#include "core/base/canonical_json.h"
#include "core/base/json_reader.h"
#include "core/base/log.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t maxTools = 10'000;
constexpr qsizetype maxNameBytes = 256;

/// The parts that make a tool what it is. Pictures and remarks for machines may change without asking anew.
constexpr const char *definingParts[] = {"name", "title", "description", "inputSchema", "outputSchema", "annotations"};

} // namespace

Result<Tool> readTool(QByteArrayView text)
{
    const Result<JsonValue> whole = readJson(text, JsonLimits::schema());
    if (!whole) {
        return whole.error();
    }
    const Result<JsonSlices> members = JsonSlices::ofObject(text);
    if (!members) {
        return members.error();
    }
    Tool tool;
    tool.name = members->text(u"name");
    if (tool.name.isEmpty() || tool.name.toUtf8().size() > maxNameBytes) {
        return Error{ErrorCode::Malformed, u"A tool has no name, or one of more than 256 bytes."_s, {}};
    }
    tool.definition = text.toByteArray();
    tool.inputSchema = members->value(u"inputSchema").toByteArray();
    tool.annotations = members->value(u"annotations").toByteArray();
    tool.title = members->text(u"title");
    tool.description = members->text(u"description");
    JsonValue defining = JsonValue::object();
    for (const char *part : definingParts) {
        if (const JsonValue *value = whole->find(part)) {
            defining.set(part, *value);
        }
    }
    tool.hash = domainHash("countersign/tool-definition", canonicalJson(defining));
    return tool;
}

ToolBook::ToolBook(Engine &engine, const Clock &clock, QString connection)
    : m_engine(engine)
    , m_clock(clock)
    , m_connection(std::move(connection))
{}

Result<> ToolBook::readPage(QByteArrayView result, bool first)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(result);
    if (!members) {
        return members.error();
    }
    const Result<std::vector<QByteArrayView>> items = jsonItems(members->value(u"tools"), maxTools);
    if (!items) {
        return items.error();
    }
    if (first) {
        m_tools.clear();
    }
    m_stale = false;
    std::vector<ToolDefinition> unseen;
    for (const QByteArrayView item : *items) {
        Result<Tool> tool = readTool(item);
        if (!tool || m_tools.size() >= maxTools) {
            // Its calls are asked all the same, only without what the server says of it.
            qCWarning(logMcp) << "a tool's definition cannot be read and is not kept";
            continue;
        }
        const Result<std::optional<ToolDefinition>> known = m_engine.store().toolDefinition(m_connection, tool->name);
        if (!known) {
            return known.error();
        }
        // What was approved stays, until a call under another definition is.
        if (!*known || (!(*known)->approvedAt && (*known)->hash != tool->hash)) {
            unseen.push_back({m_connection, tool->name, tool->hash, tool->definition, m_clock.now(), {}});
        }
        const QString name = tool->name;
        m_tools.insert_or_assign(name, *std::move(tool));
    }
    return unseen.empty() ? Result<>() : save(unseen);
}

Result<> ToolBook::save(const std::vector<ToolDefinition> &definitions)
{
    return m_engine.store().transact([&](StoreWriter &writer) -> Result<> {
        for (const ToolDefinition &definition : definitions) {
            if (Result<> saved = writer.saveToolDefinition(definition); !saved) {
                return saved;
            }
        }
        return {};
    });
}

const Tool *ToolBook::find(const QString &name) const
{
    const auto found = m_tools.find(name);
    return found == m_tools.end() ? nullptr : &found->second;
}

ToolBook::Standing ToolBook::standing(const QString &name) const
{
    const Tool *tool = find(name);
    const Result<std::optional<ToolDefinition>> known = m_engine.store().toolDefinition(m_connection, name);
    if (!known) {
        return Standing::Unknown;
    }
    if (!*known || !(*known)->approvedAt) {
        return tool ? Standing::New : Standing::Unknown;
    }
    // A tool that had a definition and has none now is another one, too.
    return tool && (*known)->hash == tool->hash ? Standing::AsBefore : Standing::Different;
}

Result<> ToolBook::noteApproved(const QString &name, const Digest &definition)
{
    const Tool *tool = find(name);
    if (!tool || tool->hash != definition) {
        return {}; // It changed again meanwhile: the next call is asked under what it is then.
    }
    const Result<std::optional<ToolDefinition>> known = m_engine.store().toolDefinition(m_connection, name);
    if (known && *known && (*known)->approvedAt && (*known)->hash == definition) {
        return {};
    }
    const Timestamp now = m_clock.now();
    return save({{m_connection, name, definition, tool->definition, now, now}});
}

Result<QByteArray> ToolBook::filtered(QByteArrayView result, const QStringList &names)
{
    const Result<JsonSlices> members = JsonSlices::ofObject(result);
    if (!members) {
        return members.error();
    }
    const QByteArrayView list = members->value(u"tools");
    const Result<std::vector<QByteArrayView>> items = jsonItems(list, maxTools);
    if (!items) {
        return items.error();
    }
    QByteArray kept;
    for (const QByteArrayView item : *items) {
        const Result<JsonSlices> tool = JsonSlices::ofObject(item);
        if (tool && names.contains(tool->text(u"name"))) {
            kept += (kept.isEmpty() ? "" : ",") + item.toByteArray();
        }
    }
    return withSliceReplaced(result, list, '[' + kept + ']');
}

} // namespace countersign::mcp
