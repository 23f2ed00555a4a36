// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/transport.h"

#include <memory>

class QNetworkAccessManager;
class QNetworkReply;

namespace countersign {

/// Where the stored transcript of a chat comes from: `GET …/get-messages`. One question at a time.
class TranscriptSource : public QObject
{
    Q_OBJECT
public:
    enum class Failure {
        NoChat,  ///< The agent has none.
        Refused, ///< Not without other credentials.
        TryAgain,
    };
    using QObject::QObject;

    /// fetched() or failed() follows; what was asked before is dropped.
    virtual void fetch(const Endpoint &endpoint) = 0;
    virtual void cancel() = 0;

Q_SIGNALS:
    void fetched(const QByteArray &json);
    void failed(countersign::TranscriptSource::Failure failure, const QString &words);
};

/// Over HTTP with the credentials of the connection: no redirects, a time limit, a size limit.
class HttpTranscriptSource final : public TranscriptSource
{
    Q_OBJECT
public:
    static constexpr qint64 mostBytes = 32 * 1024 * 1024;
    static constexpr int patienceMs = 15'000;

    explicit HttpTranscriptSource(QObject *parent = nullptr);
    ~HttpTranscriptSource() override;

    void fetch(const Endpoint &endpoint) override;
    void cancel() override;

private:
    void finish(QNetworkReply *reply);

    std::unique_ptr<QNetworkAccessManager> m_network;
    QNetworkReply *m_reply = nullptr;
};

/// `wss://host/path?query` as `https://host/path/get-messages?query`.
QUrl transcriptAddress(const QUrl &socket);

} // namespace countersign
