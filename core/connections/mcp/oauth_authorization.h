// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/http_server.h"
#include "core/connections/mcp/http_authorization.h"
#include "core/connections/mcp/oauth_metadata.h"
#include "core/connections/secret_store.h"

#include <QtNetwork/QNetworkAccessManager>

class QNetworkReply;

namespace countersign::mcp {

/// What a person is to agree to before their browser is opened.
struct SignInQuestion {
    QUrl server;    ///< The MCP server that wants it.
    QString issuer; ///< Who is signed in at: outside text.
    QString scope;  ///< What is asked for: outside text; empty: whatever the server gives.
    QUrl address;   ///< What the browser opens, exactly. https, or http to this machine.
};

/// Signs in at MCP servers with OAuth 2.1: discovers who is responsible, registers, has the browser opened once a
/// person agrees, takes the redirect on a port of this machine, keeps the tokens as secrets and renews them. One
/// sign-in at a time for each server. Tokens go to the server that they were made for and nowhere else. Lives on one
/// thread.
class OAuthAuthorization final : public QObject, public HttpAuthorization
{
    Q_OBJECT
public:
    /// Puts \p question to a person and opens the browser if they agree. \p settled: an error when they did not, or no
    /// browser could be opened; the sign-in ends then. It may be called at once or later, once.
    using OpenBrowser =
        std::function<void(const SignInQuestion &question, std::function<void(const Result<> &opened)> settled)>;

    struct Parts {
        SecretStore &secrets;
        const Clock &clock;
        IdSource &ids;
        OpenBrowser openBrowser; ///< Empty: nobody can sign in here; kept tokens are used and renewed.
    };
    struct Options {
        std::optional<oauth::Client> client;       ///< Given by a person for this server.
        QString howToSignIn;                       ///< A sentence for where nobody can sign in; empty: by a connection.
        QUrl metadataDocument;                     ///< A client id metadata document of ours; empty: there is none.
        std::chrono::milliseconds answer{30'000};  ///< For one answer of a server.
        std::chrono::milliseconds person{600'000}; ///< For a person to sign in.
        int signIns = 3; ///< Of one message, before the server is taken at its word that this will not do.
    };
    OAuthAuthorization(Parts parts, Options options, QObject *parent = nullptr);
    ~OAuthAuthorization() override;

    void headersFor(const QUrl &server, Headers ready) override;
    void refused(const QUrl &server, const Challenge &challenge, Settled settled) override;
    /// Forgets the tokens for \p server.
    void signOut(const QUrl &server, Settled done);
    /// Ends what is under way: a person thought better of it.
    void giveUp(const QString &why);

Q_SIGNALS:
    /// A person has just signed in at \p server, whatever it says to that.
    void signedIn(const QUrl &server);

private:
    /// What is kept for one server, and what is under way.
    struct Account {
        QUrl server;
        QString key; ///< In the secret store.
        bool isLoaded = false;
        bool isKept = true; ///< What is known here is what is kept.
        QString issuer;     ///< Who gave the tokens.
        oauth::Client client;
        oauth::Tokens tokens;
        QString resource;
        QUrl tokenEndpoint;
        bool isBusy = false;
        QString askedScope; ///< By the last sign-in.
        int futile = 0;     ///< How often the server wanted no more than that, and refused.
        std::vector<Settled> waiting;
    };
    struct Flow;

    Account &accountOf(const QUrl &server);
    void load(Account &account, std::function<void()> then);
    void read(Account &account, const QByteArray &kept) const;
    QByteArray written(const Account &account) const;
    void begin(Account &account, const oauth::Challenge &challenge);
    void discoverResource(std::shared_ptr<Flow> flow, size_t at);
    void discoverServer(std::shared_ptr<Flow> flow, size_t at);
    void haveServer(const std::shared_ptr<Flow> &flow);
    void refresh(const std::shared_ptr<Flow> &flow);
    void haveRefreshed(const std::shared_ptr<Flow> &flow, int status, const QByteArray &body);
    void loadClient(const std::shared_ptr<Flow> &flow);
    void chooseClient(const std::shared_ptr<Flow> &flow);
    void registerClient(const std::shared_ptr<Flow> &flow);
    void askPerson(const std::shared_ptr<Flow> &flow);
    void redirected(const std::shared_ptr<Flow> &flow, HttpServerExchange &exchange);
    void exchange(const std::shared_ptr<Flow> &flow, const QString &code);
    void keep(const std::shared_ptr<Flow> &flow, const oauth::Tokens &tokens);
    static bool isFutile(Account &account, const QString &wanted);
    void settle(Account &account, const Result<> &result);

    using Answer = std::function<void(int status, const QByteArray &body)>;
    void get(const std::shared_ptr<Flow> &flow, const QUrl &url, Answer answer);
    void post(const std::shared_ptr<Flow> &flow, const QUrl &url, const QByteArray &type, const QByteArray &body,
              const QByteArray &authorization, Answer answer);
    void follow(const std::shared_ptr<Flow> &flow, QNetworkReply *reply, Answer answer);

    Parts m_parts;
    Options m_options;
    QNetworkAccessManager m_network;
    std::map<QString, Account> m_accounts; ///< By canonical resource.
    std::map<QString, std::shared_ptr<Flow>> m_flows;
};

} // namespace countersign::mcp
