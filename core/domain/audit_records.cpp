// SPDX-License-Identifier: Apache-2.0
#include "core/domain/audit_records.h"

#include <QtCore/QtEndian>

#include <array>

namespace countersign {

Digest leafHashOf(QByteArrayView eventBody)
{
    static constexpr char leafPrefix = '\0';
    return sha256({QByteArrayView(&leafPrefix, 1), eventBody});
}

Digest sealHashOf(qint64 sequence, const Digest &previous, const Digest &leaf)
{
    static constexpr char domain[] = "countersign/seal"; // Its closing zero separates it from what follows.
    std::array<char, sizeof(qint64)> sequenceBytes{};
    qToBigEndian(sequence, sequenceBytes.data());
    return sha256({QByteArrayView(domain, sizeof(domain)), QByteArrayView(sequenceBytes.data(), sequenceBytes.size()),
                   QByteArrayView(previous.bytes.data(), previous.bytes.size()),
                   QByteArrayView(leaf.bytes.data(), leaf.bytes.size())});
}

} // namespace countersign
