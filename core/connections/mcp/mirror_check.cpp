// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/mirror_check.h"

#include "core/connections/mcp/http_front.h"

namespace countersign::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t maxTools = 10'000;

} // namespace

void MirrorCheck::learn(QByteArrayView result, bool first)
{
    if (first) {
        m_tools.clear();
    }
    if (result.indexOf("x-mcp-header") < 0) {
        return; // Nearly every server: the page need not be read.
    }
    Result<ToolPage> page = readToolPage(result, true);
    if (!page) {
        return;
    }
    for (ServerTool &tool : page->tools) {
        if (!tool.mirrored.empty() && m_tools.size() < maxTools) {
            const QString name = tool.tool.name;
            m_tools.insert_or_assign(name, std::move(tool));
        }
    }
}

Result<> MirrorCheck::check(const HttpRequest &request, const Message &call) const
{
    const Result<JsonSlices> members = JsonSlices::ofObject(call.params);
    const auto tool = members ? m_tools.find(members->text(u"name")) : m_tools.end();
    if (tool == m_tools.end()) {
        return {};
    }
    for (const HeaderPair &wanted : mirroredHeaders(tool->second, members->value(u"arguments"))) {
        const std::optional<QByteArray> header = request.header(wanted.first);
        const std::optional<QString> text = header ? decodedHeader(*header) : std::nullopt;
        if (!text || text != decodedHeader(wanted.second)) {
            return Error{ErrorCode::Malformed,
                         u"The header "_s + QString::fromLatin1(wanted.first) +
                             u" and the arguments of the call disagree."_s,
                         {}};
        }
    }
    return {};
}

} // namespace countersign::mcp
