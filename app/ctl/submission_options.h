// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ctl/option_parser.h"
#include "core/engine/engine_types.h"
#include "core/engine/workspace_location.h"

namespace countersign::ctl {

/// The options that describe a request, for `request` and `revise`.
std::vector<Option> requestOptions();
/// Those of them that a gate has too.
std::vector<Option> askingOptions();

/// The peer's name when `--agent` is not given.
QString defaultAgentName();
/// Name of the user whom this process runs as.
QString osUserName();

/// Reads the request options into \p base; what is not given stays as it is there. Evidence files are copied into the
/// workspace's folder. InvalidInput, NotFound, TooLarge: a sentence that names the option.
Result<Submission> readSubmission(const ParsedOptions &options, const WorkspaceLocation &location, Submission base);

/// A submission of this process without content.
Submission emptySubmission();

} // namespace countersign::ctl
