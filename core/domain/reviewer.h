// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/base/signature.h"
#include "core/domain/ids.h"

#include <QtCore/QStringList>

#include <optional>

namespace countersign {

/// A person who may decide, as enrolled by signed statements.
struct Reviewer {
    ReviewerId id;
    QString name;
    QStringList groups;
    PublicKey key;
    bool administrator = false;
    Timestamp enrolledAt;
    std::optional<Timestamp> disabledAt;

    bool isActive() const { return !disabledAt; }
    friend bool operator==(const Reviewer &, const Reviewer &) = default;
};

/// A process that has the workspace open (MODEL.md section 6).
struct Seat {
    SeatId id;
    QString kind; ///< `window`, `serve`, `gate`, `command line`.
    std::optional<ReviewerId> reviewer;
    qint64 processId = 0;
    Timestamp startedAt;
    Timestamp heartbeatAt;

    friend bool operator==(const Seat &, const Seat &) = default;
};

} // namespace countersign
