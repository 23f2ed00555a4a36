// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/id.h"

namespace countersign {

using WorkspaceId = Id<struct WorkspaceTag>;
using PrincipalId = Id<struct PrincipalTag>;
using ConnectionId = Id<struct ConnectionTag>;
using RequestId = Id<struct RequestTag>;
using DecisionId = Id<struct DecisionTag>;
using StatementId = Id<struct StatementTag>;
using ContentId = Id<struct ContentTag>;
using EventId = Id<struct EventTag>;
using ReviewerId = Id<struct ReviewerTag>;
using SeatId = Id<struct SeatTag>;
using OutcomeId = Id<struct OutcomeTag>;
using TimerId = Id<struct TimerTag>;

} // namespace countersign
