// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/domain/decision.h"

#include <QtCore/QByteArray>

namespace countersign {

/// What was reported (exit code, error, output, note) as the canonical body of a content row of kind `outcome`. The
/// entry `outcome.reported` holds its commitment, so that the row of the outcome can be proved.
QByteArray encodeOutcomeContent(const Outcome &outcome);

} // namespace countersign
