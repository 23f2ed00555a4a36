// SPDX-License-Identifier: Apache-2.0
#include "core/domain/content_values.h"

#include "core/domain/body_fields.h"

namespace countersign {

JsonValue evidenceValue(const std::vector<EvidenceItem> &evidence)
{
    JsonValue list = JsonValue::array();
    for (const EvidenceItem &item : evidence) {
        BodyWriter writer;
        writer.text("name", item.name)
            .text("mediaType", item.mediaType)
            .integer("size", item.size)
            .digest("sha256", item.sha256);
        list.append(writer.take());
    }
    return list;
}

JsonValue verdictsValue(const std::vector<Verdict> &verdicts)
{
    JsonValue list = JsonValue::array();
    for (const Verdict verdict : verdicts) {
        list.append(JsonValue::fromString(toText(verdict)));
    }
    return list;
}

JsonValue tierValue(const std::optional<Tier> &tier)
{
    return tier ? JsonValue::fromString(toText(*tier)) : JsonValue();
}

} // namespace countersign
