// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/digest.h"
#include "core/base/result.h"

#include <QtCore/QString>

#include <memory>

class QFile;

namespace countersign {

/// Evidence files by content hash, in a 0700 folder beside the workspace (`NAME.blobs/ab/abcdef…`, mode 0600).
/// Any thread: it holds no state but the folder.
class BlobStore
{
public:
    static constexpr qint64 maxBytes = 256LL * 1024 * 1024;
    explicit BlobStore(QString folder);
    static QString folderFor(const QString &workspacePath);

    struct Stored {
        Digest sha256;
        qint64 size = 0;
    };
    /// Reads \p path once, hashing while it copies; synced and renamed into place. Errors: NotFound, TooLarge, Storage,
    /// DiskFull.
    Result<Stored> addFile(const QString &path) const;
    Result<Stored> addBytes(const QByteArray &bytes) const;
    /// Opens for reading after checking the whole content against the hash. Errors: NotFound, Damaged (swapped).
    Result<std::unique_ptr<QFile>> open(const Digest &sha256) const;
    QString pathOf(const Digest &sha256) const;

private:
    QString m_folder;
};

} // namespace countersign
