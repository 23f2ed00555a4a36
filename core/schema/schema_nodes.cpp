// SPDX-License-Identifier: Apache-2.0
#include "core/schema/schema_nodes.h"

#include <algorithm>

namespace countersign::schema {

int MemberRules::find(std::string_view name, size_t expected) const
{
    if (expected < properties.size() && properties[expected].name == name) {
        return static_cast<int>(expected);
    }
    const auto before = [this](quint32 index, std::string_view wanted) {
        const std::string_view other = properties[index].name;
        return other.size() != wanted.size() ? other.size() < wanted.size() : other < wanted;
    };
    const auto found = std::lower_bound(byName.begin(), byName.end(), name, before);
    return found != byName.end() && properties[*found].name == name ? static_cast<int>(*found) : -1;
}

std::string Program::stepTo(const Node &node) const
{
    std::string step;
    if (node.keyword != Keyword::None) {
        step.append("/").append(keywordName(node.keyword));
    }
    if (node.isItem) {
        step.append("/").append(std::to_string(node.index));
    } else if (node.name.data()) {
        step.append("/").append(pointerToken(node.name));
    }
    return step;
}

std::string Program::pointerTo(NodeIndex index) const
{
    std::vector<NodeIndex> way;
    const quint32 resource = nodes[index].resource;
    NodeIndex at = index;
    while (at != resources[resource].root && nodes[at].parent != noNode) {
        way.push_back(at);
        at = nodes[at].parent;
    }
    const auto detached = detachedPlaces.find(at);
    std::string pointer = detached == detachedPlaces.end() ? std::string() : detached->second;
    for (auto step = way.rbegin(); step != way.rend(); ++step) {
        pointer += stepTo(nodes[*step]);
    }
    return pointer;
}

std::string Program::locationOf(NodeIndex node) const
{
    return resources[nodes[node].resource].uri + '#' + pointerTo(node);
}

} // namespace countersign::schema
