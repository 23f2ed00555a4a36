// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QDebug>
#include <QtCore/QString>

#include <random>

namespace countersign::test {

/// Where the chance of a test begins, printed. The same in every usual run, so that a change is judged by the cases
/// that the one before it passed; another one in every long run (COUNTERSIGN_SOAK), which looks for new cases.
/// COUNTERSIGN_SEED repeats one.
inline quint32 seedOfThisRun(quint32 usual = 20'261'123)
{
    bool isGiven = false;
    quint32 seed = qEnvironmentVariable("COUNTERSIGN_SEED").toUInt(&isGiven);
    if (!isGiven) {
        seed = qEnvironmentVariableIsSet("COUNTERSIGN_SOAK") ? std::random_device{}() : usual;
    }
    qInfo("seed %u: set COUNTERSIGN_SEED to repeat it", seed);
    return seed;
}

} // namespace countersign::test
