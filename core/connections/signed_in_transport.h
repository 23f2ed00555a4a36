// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/cloudflare/transcript_source.h"
#include "core/connections/credentials.h"

namespace countersign {

/// A transport that signs in: fetches the secrets before it connects, and when the server refuses a token that can be
/// made anew, makes one and tries once more. Endpoints are given to it without secrets.
class SignedInTransport final : public Transport
{
    Q_OBJECT
public:
    SignedInTransport(std::unique_ptr<Transport> inner, std::shared_ptr<Credentials> credentials,
                      QObject *parent = nullptr);
    void open(const Endpoint &endpoint) override;
    Result<> sendText(const QByteArray &utf8) override;
    void close() override;
    void hold(bool isHeld) override { m_inner->hold(isHeld); }
    std::optional<std::chrono::milliseconds> arrivedAt() const override { return m_inner->arrivedAt(); }

private:
    void connectNow();
    void end(const Ending &ending);

    std::unique_ptr<Transport> m_inner;
    std::shared_ptr<Credentials> m_credentials; ///< Shared with the SignedInTranscripts of the connection.
    Endpoint m_endpoint;
    int m_attempt = 0;
    int m_tokenNumber = 0;
    bool m_isSecondTry = false;
};

/// The same for transcripts.
class SignedInTranscripts final : public TranscriptSource
{
    Q_OBJECT
public:
    SignedInTranscripts(std::unique_ptr<TranscriptSource> inner, std::shared_ptr<Credentials> credentials,
                        QObject *parent = nullptr);
    void fetch(const Endpoint &endpoint) override;
    void cancel() override;

private:
    void fetchNow();

    std::unique_ptr<TranscriptSource> m_inner;
    std::shared_ptr<Credentials> m_credentials;
    Endpoint m_endpoint;
    int m_attempt = 0;
    int m_tokenNumber = 0;
    bool m_isSecondTry = false;
};

} // namespace countersign
