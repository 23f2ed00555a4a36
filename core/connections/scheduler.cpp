// SPDX-License-Identifier: Apache-2.0
#include "core/connections/scheduler.h"

#include <QtCore/QTimer>

namespace countersign {

void EventLoopScheduler::after(std::chrono::milliseconds delay, QObject *context, std::function<void()> work)
{
    QTimer::singleShot(std::max(delay, std::chrono::milliseconds(0)), context, std::move(work));
}

} // namespace countersign
