// SPDX-License-Identifier: Apache-2.0
// What people change: connections come, go, and get another profile, identity or secret.
#include "core/connections/connection_service.h"
#include "core/connections/mcp/http_transport.h"
#include "core/connections/off_status.h"
#include "core/connections/ready_future.h"
#include "core/connections/web_socket_transport.h"

#include <QtCore/QRegularExpression>

namespace countersign {

using namespace Qt::Literals::StringLiterals;
using namespace cloudflare;

namespace {

QFuture<Result<>> noSuch(const QString &name)
{
    return readyFuture(Result<>(Error{ErrorCode::NotFound, u"There is no connection named %1."_s.arg(name), {}}));
}

/// Under which id a new connection is kept: that of a removed one, if there was one of the name.
Result<QString> idFor(Engine &engine, const ConnectionRow &row)
{
    const Result<std::vector<ConnectionRow>> rows = engine.store().connections();
    if (!rows) {
        return rows.error();
    }
    for (const ConnectionRow &other : *rows) {
        if (other.name == row.name) {
            return other.removedAt
                       ? Result<QString>(other.id)
                       : Error{ErrorCode::Conflict,
                               u"There is a connection named %1 already; choose another name."_s.arg(row.name),
                               {}};
        }
    }
    return row.id;
}

/// Saves under the id of the row that has the name, if that one was removed.
Result<> saveNew(Engine &engine, ConnectionRow row)
{
    return engine.store().transact([&](StoreWriter &writer) { return writer.saveConnection(row); });
}

} // namespace

Result<> checkNewConnection(const ConnectionService::NewConnection &connection)
{
    static const QRegularExpression nameRule(u"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"_s);
    const auto refused = [](const QString &why) { return Error{ErrorCode::InvalidInput, why, {}}; };
    if (!nameRule.match(connection.name).hasMatch() || connection.name == "local"_L1) {
        return refused(
            u"A connection's name is up to 64 letters, digits, dots, dashes and underscores, and not “local”."_s);
    }
    if (connection.kind == "mcp-stdio"_L1) {
        if (!connection.secrets.empty() || connection.token) {
            return refused(u"A command takes no headers and no query items."_s);
        }
        return mcp::checkServerCommand(connection.command);
    }
    const bool isMcp = connection.kind == "mcp-http"_L1;
    if (const Result<> allowed = isMcp ? mcp::checkMcpAddress(connection.url) : checkAddress(connection.url);
        !allowed) {
        return allowed;
    }
    if (const Result<> allowed = checkSignIn({connection.secrets, connection.token}); !allowed) {
        return allowed;
    }
    if (!connection.profile.isEmpty()) {
        if (const Result<Profile> profile = readProfile(connection.profile); !profile) {
            return profile.error();
        }
    }
    return {};
}

QFuture<Result<>> ConnectionService::change(const QString &id, std::function<void(ConnectionSettings &)> apply)
{
    const auto job = [id, apply = std::move(apply)](Engine &engine) -> Result<> {
        return engine.store().transact([&](StoreWriter &writer) -> Result<> {
            const Result<std::vector<ConnectionRow>> rows = writer.connections();
            if (!rows) {
                return rows.error();
            }
            for (ConnectionRow row : *rows) {
                Result<ConnectionSettings> settings = decodeSettings(row.settings);
                if (row.id != id || row.removedAt || !settings) {
                    continue;
                }
                apply(*settings);
                row.settings = encodeSettings(*settings);
                return writer.saveConnection(row);
            }
            return Error{ErrorCode::NotFound, u"This connection was removed; its settings were not changed."_s, id};
        });
    };
    return m_parts.door.run(job);
}

/// The row says what is started; only the consent outside the workspace says that it may be.
void ConnectionService::pin(const QString &id, const QString &agent, const QString &name)
{
    const auto apply = [agent, name](ConnectionSettings &settings) {
        settings.pinnedAgent = agent;
        settings.pinnedName = name;
    };
    whenDone(change(id, apply), this, [this](const Result<> &done) {
        if (!done && done.error().code != ErrorCode::NotFound) {
            Q_EMIT failed(done.error());
        }
    });
}

QFuture<Result<>> ConnectionService::setAutoContinue(const QString &name, bool goesOn)
{
    const PeerRunner *runner = find(name);
    if (!runner) {
        return noSuch(name);
    }
    QFuture<Result<>> done =
        change(runner->status().id, [goesOn](ConnectionSettings &settings) { settings.autoContinue = goesOn; });
    whenDone(done, this, [this, name, goesOn](const Result<> &saved) {
        if (ConnectionRunner *agent = findAgent(name); saved && agent) {
            agent->setAutoContinue(goesOn);
        }
    });
    return done;
}

/// In the workspace, so that it holds for whoever serves the connection, and also where none is served.
QFuture<Result<>> ConnectionService::serveTool(const QString &name, const QString &tool)
{
    const auto job = [name, tool](Engine &engine) -> Result<> {
        return engine.store().transact([&](StoreWriter &writer) -> Result<> {
            const Result<std::vector<ConnectionRow>> rows = writer.connections();
            if (!rows) {
                return rows.error();
            }
            const auto row = std::find_if(rows->begin(), rows->end(),
                                          [&](const ConnectionRow &one) { return one.name == name && !one.removedAt; });
            if (row == rows->end()) {
                return noSuch(name).result();
            }
            Result<ConnectionSettings> settings = decodeSettings(row->settings);
            if (!settings || row->kind != "cloudflare"_L1) {
                return settings ? Error{ErrorCode::InvalidInput, u"%1 is no agent with a chat."_s.arg(name), {}}
                                : settings.error();
            }
            Result<QByteArray> profile = withClientTool(settings->profile, tool);
            if (!profile) {
                return profile.error();
            }
            settings->profile = *std::move(profile);
            ConnectionRow changed = *row;
            changed.settings = encodeSettings(*settings);
            return writer.saveConnection(changed);
        });
    };
    QFuture<Result<>> done = m_parts.door.run(job);
    whenDone(done, this, [this](const Result<> &saved) {
        if (saved && m_isLoaded) {
            loadRows();
        }
    });
    return done;
}

QFuture<Result<ConnectionStatus>> ConnectionService::add(const NewConnection &connection)
{
    if (const Result<> allowed = checkNewConnection(connection); !allowed) {
        return readyFuture(Result<ConnectionStatus>(allowed.error()));
    }
    ConnectionSettings settings;
    settings.url = connection.url;
    settings.profile = connection.profile;
    settings.command = connection.command.words;
    settings.folder = connection.command.folder;
    nameSecrets(settings, {connection.secrets, connection.token});
    const ConnectionRow row{m_parts.ids.nextId(),
                            connection.name,
                            connection.kind,
                            encodeSettings(settings),
                            m_parts.scheduler.clock().now(),
                            {}};
    QFuture<Result<ConnectionStatus>> done = keep(row, connection, settings);
    whenDone(done, this, [this](const Result<ConnectionStatus> &added) {
        if (added && m_isLoaded) {
            loadRows();
        }
    });
    return done;
}

/// The secrets first: whoever serves it finds them as soon as the row is there.
QFuture<Result<ConnectionStatus>> ConnectionService::keep(const ConnectionRow &row, const NewConnection &connection,
                                                          const ConnectionSettings &settings)
{
    const auto write = [row, settings, command = connection.command,
                        consents = m_consents](Engine &engine) -> Result<ConnectionStatus> {
        const Result<QString> id = idFor(engine, row);
        if (!id) {
            return id.error();
        }
        ConnectionRow saved = row;
        saved.id = *id;
        if (const Result<> written = saveNew(engine, saved); !written) {
            return written.error();
        }
        if (!command.words.isEmpty()) {
            // Whoever adds it here has the whole of it before their eyes.
            if (const Result<> kept = consents.allow(saved.id, command); !kept) {
                saved.removedAt = saved.createdAt;
                [[maybe_unused]] const bool undone = saveNew(engine, saved).hasValue();
                return kept.error();
            }
        }
        return offStatus(saved, settings);
    };
    const SignIn signIn{connection.secrets, connection.token};
    if (signIn.isEmpty()) {
        return m_parts.door.run(write);
    }
    auto promise = std::make_shared<QPromise<Result<ConnectionStatus>>>(); // Of the steps, one after the other.
    promise->start();
    const auto finish = [promise](const Result<ConnectionStatus> &result) {
        promise->addResult(result);
        promise->finish();
    };
    const auto writeUnder = [this, write, finish](const QString &id) {
        whenReady(m_parts.door.run(write), this, [this, id, finish](const Result<ConnectionStatus> &written) {
            if (!written) {
                m_secrets.remove(id);
            }
            finish(written);
        });
    };
    whenReady(m_parts.door.run([row](Engine &engine) { return idFor(engine, row); }), this,
              [this, signIn, url = settings.url, finish, writeUnder](const Result<QString> &id) {
                  if (!id) {
                      finish(id.error());
                      return;
                  }
                  whenReady(m_secrets.save(*id, encodeSignIn(url, signIn)), this,
                            [id = *id, finish, writeUnder](const Result<> &kept) {
                                kept ? writeUnder(id) : finish(kept.error());
                            });
              });
    return promise->future();
}

QFuture<Result<>> ConnectionService::update(const QString &name, const Update &update)
{
    const ConnectionRunner *agent = findAgent(name);
    if (!agent) {
        return noSuch(name);
    }
    if (update.profile && !update.profile->isEmpty()) {
        if (const Result<Profile> profile = readProfile(*update.profile); !profile) {
            return readyFuture(Result<>(profile.error()));
        }
    }
    if (const Result<> allowed = checkSignIn(update.signIn.value_or(SignIn())); !allowed) {
        return readyFuture(allowed);
    }
    const std::optional<Identity> offered = agent->offered();
    if (update.identity && (!offered || *update.identity != agent->status().offered)) {
        return readyFuture(Result<>(Error{ErrorCode::ContentChanged,
                                          u"The identity that was shown is not the one that is offered now: look again "
                                          "before you accept it."_s,
                                          {}}));
    }
    const auto apply = [update, offered](ConnectionSettings &settings) {
        settings.profile = update.profile.value_or(settings.profile);
        if (update.signIn) {
            nameSecrets(settings, *update.signIn);
        }
        if (update.identity) {
            settings.pinnedAgent = offered->agent;
            settings.pinnedName = offered->name;
        }
    };
    const QString id = agent->status().id;
    auto promise = std::make_shared<QPromise<Result<>>>();
    promise->start();
    const auto finish = [promise, this, name, isSignIn = update.signIn.has_value()](const Result<> &result) {
        promise->addResult(result);
        promise->finish();
        if (result) {
            loadRows();
        }
        if (result && isSignIn) {
            retryNow(name); // An open connection stays: it signs in with the new ones next time.
        }
    };
    const auto keepRest = [this, id, apply, finish](const Result<> &kept) {
        if (!kept) {
            finish(kept);
            return;
        }
        whenReady(change(id, apply), this, finish);
    };
    if (!update.signIn) {
        keepRest({});
    } else if (update.signIn->isEmpty()) {
        whenReady(m_secrets.remove(id), this, keepRest);
    } else {
        whenReady(m_secrets.save(id, encodeSignIn(agent->settings().url, *update.signIn)), this, keepRest);
    }
    return promise->future();
}

QFuture<Result<>> ConnectionService::remove(const QString &name)
{
    const auto job = [name, consents = m_consents,
                      now = m_parts.scheduler.clock().now()](Engine &engine) -> Result<QString> {
        const Result<std::vector<ConnectionRow>> rows = engine.store().connections();
        if (!rows) {
            return rows.error();
        }
        for (ConnectionRow row : *rows) {
            if (row.name == name && !row.removedAt) {
                row.removedAt = now;
                if (const Result<> saved = saveNew(engine, row); !saved) {
                    return saved.error();
                }
                consents.forget(row.id);
                return row.id;
            }
        }
        return Error{ErrorCode::NotFound, u"There is no connection named %1."_s.arg(name), {}};
    };
    auto promise = std::make_shared<QPromise<Result<>>>();
    promise->start();
    const auto finish = [promise](const Result<> &result) {
        promise->addResult(result);
        promise->finish();
    };
    whenReady(m_parts.door.run(job), this, [this, finish](const Result<QString> &id) {
        if (!id) {
            finish(id.error());
            return;
        }
        if (m_isLoaded) {
            loadRows();
        }
        whenReady(m_secrets.remove(*id), this, finish);
    });
    return promise->future();
}

} // namespace countersign
