// SPDX-License-Identifier: Apache-2.0
#include "core/connections/credentials.h"

#include "core/connections/ready_future.h"
#include "core/connections/token_command.h"

namespace countersign {

using namespace Qt::Literals::StringLiterals;

Credentials::Credentials(SecretStore *store, const QString &id, const ConnectionSettings &settings, QObject *parent)
    : QObject(parent)
    , m_store(store)
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
            runFor(std::move(*signIn));
        } else {
            finish(Signed{std::move(signIn->secrets), 0});
        }
    });
}

void Credentials::runFor(SignIn signIn)
{
    const TokenCommand command = *signIn.token;
    if (command != m_tokenOf) {
        m_token.clear(); // Another command was given since.
        m_tokenOf = command;
    }
    const auto finishWith = [this, signIn = std::move(signIn)] {
        Signed done{signIn.secrets, m_tokenNumber};
        done.secrets.push_back({signIn.token->place, signIn.token->name, signIn.token->prefix + m_token});
        finish(done);
    };
    if (!m_token.isEmpty()) {
        finishWith();
        return;
    }
    runTokenCommand(command.command, this, [this, finishWith](const Result<QByteArray> &token) {
        if (!token) {
            finish(token.error());
            return;
        }
        m_token = *token;
        ++m_tokenNumber;
        finishWith();
    });
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
        Q_EMIT known(values);
    }
    for (const Waiting &one : std::exchange(m_waiting, {})) {
        if (one.context) {
            one.reply(result);
        }
    }
}

} // namespace countersign
