// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/id_source.h"

#include <random>

namespace countersign {

/// The same identifiers and bytes in every run: 26 characters of `[0-9a-z]` that sort in order of creation. Sources of
/// different seeds do not meet.
class SequentialIds final : public IdSource
{
public:
    explicit SequentialIds(quint32 seed = 1)
        : m_random(seed)
    {}

    QString nextId() override
    {
        QString id = QString::number(++m_count, 36).rightJustified(10, QLatin1Char('0'));
        while (id.size() < 26) {
            id += QString::number(m_random() % 36, 36);
        }
        return id;
    }

    QByteArray randomBytes(int count) override
    {
        QByteArray bytes(count, Qt::Uninitialized);
        for (char &byte : bytes) {
            byte = static_cast<char>(m_random() & 0xFF);
        }
        return bytes;
    }

private:
    quint64 m_count = 0;
    std::mt19937 m_random; // Its sequence is fixed by the standard, unlike that of the distributions.
};

} // namespace countersign
