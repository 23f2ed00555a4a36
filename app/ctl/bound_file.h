// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/digest.h"
#include "core/base/result.h"

#include <QtCore/QByteArray>

#include <memory>

#include <sys/stat.h>

namespace countersign::ctl {

/// A regular file that was opened once and hashed through that descriptor, which stays open: whatever is started from
/// it later is what was hashed.
class BoundFile
{
public:
    /// \p path absolute. NotFound, Storage: it cannot be read.
    static Result<BoundFile> open(const QByteArray &path);
    BoundFile(BoundFile &&other) noexcept;
    BoundFile &operator=(BoundFile &&other) noexcept;
    ~BoundFile();

    const QByteArray &path() const { return m_path; }
    const Digest &sha256() const { return m_sha256; }
    qint64 size() const { return m_status.st_size; }
    int descriptor() const { return m_descriptor; }
    /// The first \p maxBytes.
    QByteArray head(qsizetype maxBytes) const;
    /// Does the path still lead to the very file that was hashed, untouched since?
    bool isUntouched() const;
    /// Hashes what the path leads to now. False when it is another content or gone.
    bool hasSameContent() const;

private:
    BoundFile() = default;
    QByteArray m_path;
    Digest m_sha256;
    int m_descriptor = -1;
    struct stat m_status = {};
};

} // namespace countersign::ctl
