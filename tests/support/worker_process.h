// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/signature.h"
#include "tests/support/engine_rig.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QProcess>

#include <cstdio>
#include <string>

namespace countersign::test {

/// What a second process needs to work on a workspace as a reviewer of its own.
struct WorkerOptions {
    QString path;
    QString configFolder;
    QString reviewer; ///< Name of the enrolled reviewer, who is also the agent that this process asks as.
    QString seed;     ///< Of the reviewer's key, in hex. Test keys only: a real one never stands in a command line.
    QString journal;  ///< A file that the process appends to, or empty.

    QStringList toArguments() const
    {
        return {QStringLiteral("--worker"), path, configFolder, reviewer, seed, journal};
    }
    static std::optional<WorkerOptions> fromArguments(int count, char **arguments)
    {
        if (count != 7 || QByteArrayView(arguments[1]) != "--worker") {
            return std::nullopt;
        }
        const auto text = [arguments](int index) { return QString::fromLocal8Bit(arguments[index]); };
        return WorkerOptions{text(2), text(3), text(4), text(5), text(6)};
    }
};

/// What such a process works with: the machine's clock, its own connection, its own seat.
class WorkerEngine
{
public:
    explicit WorkerEngine(const WorkerOptions &options)
        : ids(clock)
        , trust(options.configFolder)
        , store(std::move(openSqliteStore(options.path, clock, ids)).value())
        , engine(parts(options))
    {
        const auto key = SigningKey::fromSeed(QByteArray::fromHex(options.seed.toLatin1()));
        const auto people = engine.directory();
        const Reviewer *self = people.value().activeByKey(key.value().publicKey().fingerprint());
        if (self == nullptr) {
            qFatal("the worker's key is not enrolled");
        }
        EngineRig::unlock(engine, *self, key.value());
    }

    SystemClock clock;
    SystemIdSource ids;
    TrustStore trust;
    std::unique_ptr<Store> store;
    Engine engine;

private:
    Engine::Parts parts(const WorkerOptions &options)
    {
        Engine::Parts parts{
            *store, clock, ids, trust, QStringLiteral("sqlite:") + options.path, QStringLiteral("window")};
        parts.requestsPerMinute = 1'000'000;
        parts.openRequests = 1'000'000;
        return parts;
    }
};

/// A workspace on the machine's clock with two reviewers of their own keys, for tests with real processes.
class SharedWorkspace
{
public:
    SharedWorkspace()
        : m_ids(m_clock)
        , m_trust(folder.filePath(QStringLiteral("config")))
        , path(folder.filePath(QStringLiteral("data/workspace.db")))
        , administrator(SigningKey::generate())
        , store(std::move(openSqliteStore(path, m_clock, m_ids)).value())
    {
        Engine::Parts parts{*store, m_clock, m_ids, m_trust, QStringLiteral("sqlite:") + path, QStringLiteral("serve")};
        parts.requestsPerMinute = 1'000'000;
        parts.openRequests = 1'000'000;
        engine = std::make_unique<Engine>(parts);
        const auto first = engine->createFirstAdministrator(QStringLiteral("Ada"), {}, administrator, true);
        EngineRig::unlock(*engine, first.value().reviewer, administrator);
    }
    /// Enrols \p name with a new key and says how a process is started as them.
    WorkerOptions enrol(const QString &name)
    {
        const SigningKey key = SigningKey::generate();
        static_cast<void>(engine->enrol(name, {}, key.publicKey(), false, administrator).value());
        return {path, folder.filePath(QStringLiteral("config")), name, QString::fromLatin1(key.seed().toHex()),
                folder.filePath(name + QStringLiteral(".journal"))};
    }

    QTemporaryDir folder;

private:
    SystemClock m_clock;
    SystemIdSource m_ids;
    TrustStore m_trust;

public:
    QString path;
    SigningKey administrator;
    std::unique_ptr<Store> store;
    std::unique_ptr<Engine> engine;
};

/// Starts this very executable again as a worker.
inline void startWorker(QProcess &process, const WorkerOptions &options)
{
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(QCoreApplication::applicationFilePath(), options.toArguments());
}

} // namespace countersign::test
