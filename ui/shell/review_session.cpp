// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/review_session.h"

#include "core/base/key_file.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {

ReviewSession::ReviewSession(WorkspaceThreads &threads, const Clock &clock, QObject *parent)
    : QObject(parent)
    , m_threads(threads)
    , m_clock(clock)
{
    connect(&threads, &WorkspaceThreads::opened, this, [this](const WorkspaceInfo &workspace) {
        m_workspace = workspace;
        Q_EMIT opened();
    });
    connect(&threads, &WorkspaceThreads::openFailed, this, &ReviewSession::openFailed);
    connect(&threads, &WorkspaceThreads::changed, this, &ReviewSession::changed);
    connect(&threads, &WorkspaceThreads::troubled, this,
            [this](const Error &why) { Q_EMIT troubleChanged(why.message); });
    connect(&threads, &WorkspaceThreads::recovered, this, [this] {
        if (!m_damaged) {
            Q_EMIT troubleChanged(QString());
        }
    });
    connect(&threads, &WorkspaceThreads::damaged, this, [this](const Error &why) {
        m_damaged = true;
        Q_EMIT troubleChanged(why.message);
    });
}

void ReviewSession::unlock(const QString &keyFile, const QByteArray &passphrase)
{
    const auto open = [keyFile, passphrase](Engine &engine) -> Result<Reviewer> {
        Result<SigningKey> key = readKeyFile(keyFile, passphrase);
        if (!key) {
            return key.error();
        }
        const Result<ReviewerDirectory> people = engine.directory();
        if (!people) {
            return people.error();
        }
        const Reviewer *reviewer = people->activeByKey(key->publicKey().fingerprint());
        if (!reviewer) {
            return Error{ErrorCode::NotAllowed,
                         u"This key is not enrolled in the workspace: ask an administrator to enrol it."_s,
                         {}};
        }
        const Reviewer found = *reviewer;
        engine.unlock({found, std::move(*key)});
        return found;
    };
    whenDone(m_threads.engine(open), this, [this](const Result<Reviewer> &reviewer) {
        if (!reviewer) {
            Q_EMIT failed(reviewer.error());
            return;
        }
        m_reviewer = *reviewer;
        Q_EMIT unlocked(*reviewer);
    });
}

void ReviewSession::lock()
{
    if (!m_reviewer) {
        return;
    }
    m_reviewer.reset();
    // The views hide at once; the key is dropped as soon as the engine thread gets to it.
    Q_EMIT locked();
    whenDone(m_threads.engine([](Engine &engine) -> Result<> {
        engine.lock();
        return {};
    }),
             this, [](const Result<> &) {});
}

void ReviewSession::createFirstAdministrator(const QString &name, const QByteArray &passphrase, const QString &keyFile)
{
    const auto make = [name, passphrase, keyFile](Engine &engine) -> Result<FirstAdministrator> {
        SigningKey key = SigningKey::generate();
        if (!QDir().mkpath(QFileInfo(keyFile).absolutePath())) {
            return Error{ErrorCode::Storage,
                         u"The folder for your key could not be made: %1"_s.arg(QFileInfo(keyFile).absolutePath()),
                         {}};
        }
        if (const Result<> written = writeKeyFile(keyFile, name, key, passphrase); !written) {
            return written.error();
        }
        Result<FirstAdministrator> made = engine.createFirstAdministrator(name, {}, key, true);
        if (!made) {
            QFile::remove(keyFile); // Nobody is enrolled with it: leaving it would only confuse the next try.
            return made;
        }
        engine.unlock({made->reviewer, std::move(key)});
        return made;
    };
    whenDone(m_threads.engine(make), this, [this](const Result<FirstAdministrator> &made) {
        if (!made) {
            Q_EMIT failed(made.error());
            return;
        }
        m_reviewer = made->reviewer;
        Q_EMIT firstAdministratorMade(*made);
        Q_EMIT unlocked(made->reviewer);
    });
}

void ReviewSession::decide(const DecideOrder &order)
{
    if (m_damaged) {
        Q_EMIT failed(
            {ErrorCode::Damaged, u"The workspace is damaged: nothing can be decided until it is restored."_s, {}});
        return;
    }
    whenDone(m_threads.engine([order](Engine &engine) { return engine.decide(order); }), this,
             [this](const Result<Decided> &decided) {
                 if (decided) {
                     Q_EMIT decisionMade(*decided);
                 } else {
                     Q_EMIT failed(decided.error());
                 }
             });
}

void ReviewSession::undo(const RequestId &id)
{
    whenDone(m_threads.engine([id](Engine &engine) { return engine.undo(id); }), this,
             [this](const Result<Request> &request) {
                 if (request) {
                     Q_EMIT decisionTakenBack(*request);
                 } else {
                     Q_EMIT failed(request.error());
                 }
             });
}

void ReviewSession::release(const RequestId &id)
{
    whenDone(m_threads.engine([id](Engine &engine) { return engine.release(id); }), this,
             [this](const Result<Request> &request) {
                 if (request) {
                     Q_EMIT decisionReleased(*request);
                 } else {
                     Q_EMIT failed(request.error());
                 }
             });
}

void ReviewSession::claim(const RequestId &id)
{
    attend([id](Engine &engine) { return engine.claim(id); });
}

void ReviewSession::releaseClaim(const RequestId &id)
{
    attend([id](Engine &engine) { return engine.releaseClaim(id); });
}

void ReviewSession::defer(const RequestId &id, Timestamp until)
{
    attend([id, until](Engine &engine) { return engine.defer(id, until); });
}

void ReviewSession::delegate(const RequestId &id, const QString &reviewerName)
{
    attend([id, reviewerName](Engine &engine) { return engine.delegate(id, reviewerName); });
}

void ReviewSession::attend(std::function<Result<Request>(Engine &)> work)
{
    whenDone(m_threads.engine(std::move(work)), this, [this](const Result<Request> &request) {
        if (request) {
            Q_EMIT requestUpdated(*request);
        } else {
            Q_EMIT failed(request.error());
        }
    });
}

} // namespace countersign::ui
