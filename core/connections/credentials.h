// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/connections/secret_store.h"
#include "core/connections/sign_in.h"
#include "core/connections/token_address.h"

#include <QtCore/QPointer>

namespace countersign {

/// What one connection signs in with at its one server, read anew before every try (it may have been replaced). A token
/// that a command or an address gave is kept in memory until the server refuses it or its time is over. Lives on the
/// thread of the sockets.
class Credentials final : public QObject
{
    Q_OBJECT
public:
    struct Signed {
        std::vector<Secret> secrets; ///< The token among them.
        int tokenNumber = 0;         ///< Of a token that can be made anew; 0: there is none.
    };
    using Reply = std::function<void(const Result<Signed> &)>;

    /// \p store and \p clock outlive it; a null store, or no names of secrets in \p settings: nothing is needed.
    Credentials(SecretStore *store, const Clock &clock, const QString &id, const ConnectionSettings &settings,
                QObject *parent = nullptr);

    /// \p reply comes at once or later, unless \p context is gone by then. Of several that ask while a token is made
    /// all get that one.
    void fetch(QObject *context, Reply reply);
    /// The server refused token \p tokenNumber. True: the next fetch() makes another one.
    bool refuse(int tokenNumber);

Q_SIGNALS:
    /// Values that are never to be shown.
    void known(const std::vector<QByteArray> &values);

private:
    void load();
    void makeTokenFor(SignIn signIn);
    void takeToken(const Result<GivenToken> &given, SignIn signIn);
    void finishWith(const SignIn &signIn);
    void finish(const Result<Signed> &result);

    struct Waiting {
        QPointer<QObject> context;
        Reply reply;
    };
    SecretStore *m_store = nullptr;
    const Clock &m_clock;
    QString m_id;
    QUrl m_url;
    bool m_needsSome = false;
    bool m_isFetching = false;
    std::vector<Waiting> m_waiting;
    QByteArray m_token;                                     ///< Empty: to be made.
    std::optional<std::chrono::milliseconds> m_tokenEndsAt; ///< Monotonic; absent: when it is refused.
    TokenSource m_tokenOf;
    int m_tokenNumber = 0;
};

} // namespace countersign
