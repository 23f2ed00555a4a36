// SPDX-License-Identifier: Apache-2.0
#include "core/connections/credentials.h"

#include "core/connections/ready_future.h"

namespace countersign {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr std::chrono::seconds leeway{30};

} // namespace

Credentials::Credentials(SecretStore *store, const Clock &clock, const QString &id, const ConnectionSettings &settings,
                         QObject *parent)
    : QObject(parent)
    , m_store(store)
    , m_clock(clock)
    , m_id(id)
    , m_url(settings.url)
    , m_needsSome(store && !(settings.secretHeaders.isEmpty() && settings.secretQueryItems.isEmpty()))
{}

void Credentials::fetch(QObject *context, Reply reply)
{
    if (!m_needsSome) {
        reply(Signed());
        return;
    }
    m_waiting.push_back({context, std::move(reply)});
    if (!std::exchange(m_isFetching, true)) {
        load();
    }
}

bool Credentials::refuse(int tokenNumber)
{
    if (tokenNumber == 0) {
        return false;
    }
    if (tokenNumber == m_tokenNumber) {
        m_token.clear();
    }
    return true;
}

void Credentials::load()
{
    whenReady(m_store->load(m_id), this, [this](const Result<QByteArray> &kept) {
        if (!kept) {
            finish(kept.error());
            return;
        }
        Result<SignIn> signIn = decodeSignIn(*kept, m_url);
        if (!signIn) {
            finish(signIn.error());
        } else if (signIn->token) {
            makeTokenFor(std::move(*signIn));
        } else {
            finish(Signed{std::move(signIn->secrets), 0});
        }
    });
}

void Credentials::makeTokenFor(SignIn signIn)
{
    const TokenSource source = *signIn.token;
    if (source != m_tokenOf) {
        m_token.clear(); // Another source was given since.
        m_tokenOf = source;
    }
    if (m_tokenEndsAt && m_clock.monotonic() >= *m_tokenEndsAt) {
        m_token.clear();
    }
    if (!m_token.isEmpty()) {
        finishWith(signIn);
        return;
    }
    if (source.address) {
        askForToken(*source.address, this,
                    [this, signIn](const Result<GivenToken> &given) { takeToken(given, signIn); });
        return;
    }
    runTokenCommand(source.command, this, [this, signIn](const Result<QByteArray> &token) {
        takeToken(token ? Result<GivenToken>(GivenToken{*token, {}}) : Result<GivenToken>(token.error()), signIn);
    });
}

void Credentials::takeToken(const Result<GivenToken> &given, SignIn signIn)
{
    if (!given) {
        finish(given.error());
        return;
    }
    m_token = given->token;
    m_tokenEndsAt.reset();
    if (given->lifetime) {
        // A little before its end, so that it still holds when it arrives. Used once at least: a server that gives
        // tokens of no time would be asked for ever.
        m_tokenEndsAt =
            m_clock.monotonic() + *given->lifetime - std::min<std::chrono::seconds>(leeway, *given->lifetime / 10);
    }
    ++m_tokenNumber;
    finishWith(signIn);
}

void Credentials::finishWith(const SignIn &signIn)
{
    Signed done{signIn.secrets, m_tokenNumber};
    done.secrets.push_back({signIn.token->place, signIn.token->name, signIn.token->prefix + m_token});
    finish(done);
}

void Credentials::finish(const Result<Signed> &result)
{
    m_isFetching = false;
    if (result) {
        std::vector<QByteArray> values;
        for (const Secret &secret : result->secrets) {
            values.push_back(secret.value);
        }
        if (!m_token.isEmpty()) {
            values.push_back(m_token); // Without what stands before it, too.
        }
        for (const Secret &header : m_tokenOf.address.value_or(TokenAddress()).headers) {
            values.push_back(header.value);
        }
        Q_EMIT known(values);
    }
    for (const Waiting &one : std::exchange(m_waiting, {})) {
        if (one.context) {
            one.reply(result);
        }
    }
}

} // namespace countersign
