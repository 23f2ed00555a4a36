// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/engine.h"

namespace countersign::sample {

/// One submission of every kind, made by \p osUser. Their evidence is written into \p blobFolder.
Result<std::vector<Submission>> sampleSubmissions(const QString &blobFolder, const QString &osUser);

/// Files them. WrongState: the workspace holds requests already. Returns how many.
Result<int> fileSampleRequests(Engine &engine, const QString &blobFolder, const QString &osUser, Timestamp now);

} // namespace countersign::sample
