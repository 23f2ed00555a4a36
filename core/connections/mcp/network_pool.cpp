// SPDX-License-Identifier: Apache-2.0
#include "core/connections/mcp/http_exchange.h"
#include "core/connections/web_socket_transport.h"

#include <QtNetwork/QNetworkProxy>
#include <QtNetwork/QSslConfiguration>

namespace countersign::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr int connectionsOfManager = 6; // QHttpNetworkConnection's default; it can be set from Qt 6.5 on only.

/// Bytes that can be read once. Qt cannot rewind it, so it cannot send them again.
class OnceDevice final : public QIODevice
{
public:
    explicit OnceDevice(QByteArray bytes)
        : m_bytes(std::move(bytes))
    {
        open(QIODevice::ReadOnly | QIODevice::Unbuffered);
    }
    bool isSequential() const override { return true; }
    qint64 bytesAvailable() const override { return m_bytes.size() - m_at + QIODevice::bytesAvailable(); }
    bool atEnd() const override { return m_at == m_bytes.size(); }

protected:
    qint64 readData(char *to, qint64 most) override
    {
        const qint64 count = std::min<qint64>(most, m_bytes.size() - m_at);
        if (count == 0) {
            return -1;
        }
        std::copy_n(m_bytes.constData() + m_at, count, to);
        m_at += count;
        return count;
    }
    qint64 writeData(const char *, qint64) override { return -1; }

private:
    QByteArray m_bytes;
    qint64 m_at = 0;
};

} // namespace

NetworkPool::NetworkPool(const QUrl &endpoint, int maxManagers)
    : m_endpoint(endpoint)
    , m_maxManagers(static_cast<size_t>(maxManagers))
{}

NetworkPool::~NetworkPool() = default;

std::shared_ptr<NetworkPool::Manager> NetworkPool::leastLoaded()
{
    const auto lighter = [](const auto &a, const auto &b) { return a->load < b->load; };
    const auto found = std::min_element(m_managers.begin(), m_managers.end(), lighter);
    if (found != m_managers.end() && ((*found)->load < connectionsOfManager || m_managers.size() >= m_maxManagers)) {
        return *found;
    }
    auto manager = std::make_shared<Manager>();
    manager->network = std::make_unique<QNetworkAccessManager>();
    manager->network->setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy);
    manager->network->setProxy(isLoopback(m_endpoint.host()) ? QNetworkProxy(QNetworkProxy::NoProxy)
                                                             : QNetworkProxy(QNetworkProxy::DefaultProxy));
    m_managers.push_back(manager);
    return manager;
}

QNetworkReply *NetworkPool::send(const QByteArray &verb, QNetworkRequest request, const QByteArray &body)
{
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    request.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    request.setRawHeader("Accept-Encoding", "identity"); // Nothing is unpacked, so nothing can grow while unpacking.
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setProtocol(QSsl::TlsV1_2OrLater);
    tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
    request.setSslConfiguration(tls);
    const std::shared_ptr<Manager> manager = leastLoaded();
    ++manager->load;
    QNetworkReply *reply = nullptr;
    if (verb == "POST") {
        request.setHeader(QNetworkRequest::ContentLengthHeader, body.size());
        request.setAttribute(QNetworkRequest::DoNotBufferUploadDataAttribute, true);
        auto device = std::make_unique<OnceDevice>(body);
        reply = manager->network->post(request, device.get());
        device.release()->setParent(reply);
    } else {
        reply = manager->network->sendCustomRequest(request, verb);
    }
    QObject::connect(reply, &QObject::destroyed, reply, [place = std::weak_ptr<Manager>(manager)] {
        if (const std::shared_ptr<Manager> freed = place.lock()) {
            --freed->load;
        }
    });
    return reply;
}

} // namespace countersign::mcp
