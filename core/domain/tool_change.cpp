// SPDX-License-Identifier: Apache-2.0
#include "core/domain/tool_change.h"

#include "core/base/json_reader.h"

namespace countersign {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr std::string_view member = "toolDefinition";

} // namespace

void markToolChanged(JsonValue &annotations)
{
    annotations.set(member, JsonValue::fromString(u"changed since a call of this tool was last approved"_s));
}

bool isToolChanged(const RoundContent &content)
{
    if (content.annotations.isEmpty()) {
        return false;
    }
    const Result<JsonValue> annotations = readJson(content.annotations, JsonLimits::decisionPayload());
    return annotations && annotations->find(member);
}

} // namespace countersign
