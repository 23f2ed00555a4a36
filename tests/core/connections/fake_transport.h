// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/transport.h"

#include <QtCore/QStringList>

namespace countersign::test {

/// A transport whose other end is the test.
class FakeTransport final : public Transport
{
public:
    void open(const Endpoint &endpoint) override
    {
        ++opens;
        lastEndpoint = endpoint;
        isOpen = false;
    }
    Result<> sendText(const QByteArray &utf8) override
    {
        if (!isOpen) {
            return Error{ErrorCode::Unreachable, QStringLiteral("not open"), {}};
        }
        sent.append(QString::fromUtf8(utf8));
        return {};
    }
    void close() override
    {
        isOpen = false;
        isHeld = false;
    }
    void hold(bool held) override { isHeld = held; }

    void accept()
    {
        isOpen = true;
        Q_EMIT opened();
    }
    void push(const QByteArray &utf8) { Q_EMIT textReceived(utf8); }
    void end(Ending::Next next = Ending::Next::TryAgain, const QString &words = QStringLiteral("gone"))
    {
        isOpen = false;
        Q_EMIT ended({next, words, 0, 1006});
    }

    int opens = 0;
    bool isOpen = false;
    bool isHeld = false;
    Endpoint lastEndpoint;
    QStringList sent;
};

} // namespace countersign::test
