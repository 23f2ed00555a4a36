// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace countersign::schema {

/// The JSON text of a metaschema that json-schema.org publishes, by its URI without fragment; empty when unknown. Built
/// in, so that a reference to one never needs a network.
std::string_view metaschemaText(std::string_view uri);

} // namespace countersign::schema
