// SPDX-License-Identifier: Apache-2.0
#include "core/connections/keychain_secret_store.h"

#include "core/base/log.h"
#include "core/connections/ready_future.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QFileInfo>
#include <QtCore/QTimer>
#include <qt6keychain/keychain.h>

namespace countersign {

using namespace Qt::Literals::StringLiterals;

namespace {

const QString service = u"Countersign"_s;

/// The words of the keychain go to the log's detail only: they are of whoever wrote it.
Error errorOf(const QKeychain::Job &job)
{
    switch (job.error()) {
    case QKeychain::EntryNotFound:
        return {ErrorCode::NotFound, u"The desktop's keychain has no such secret."_s, job.errorString()};
    case QKeychain::AccessDenied:
    case QKeychain::AccessDeniedByUser:
        return {ErrorCode::NotAllowed, u"The desktop's keychain was not opened: unlock it, and try again."_s,
                job.errorString()};
    default:
        return {ErrorCode::Unreachable, u"There is no keychain that works on this machine."_s, job.errorString()};
    }
}

/// Starts \p job, which deletes itself, and gives its result or, after \p patience, that there was none.
template<typename T, typename J, typename Take>
QFuture<Result<T>> start(J *job, std::chrono::milliseconds patience, Take take)
{
    auto promise = std::make_shared<QPromise<Result<T>>>(); // Of the job and of the timer, whichever comes first.
    QFuture<Result<T>> future = promise->future();
    promise->start();
    const auto finish = [promise](Result<T> result) {
        if (!promise->future().isFinished()) {
            promise->addResult(std::move(result));
            promise->finish();
        }
    };
    QObject::connect(job, &QKeychain::Job::finished, job, [finish, take, job] {
        finish(job->error() == QKeychain::NoError ? take(*job) : Result<T>(errorOf(*job)));
    });
    QTimer::singleShot(patience, job, [finish] {
        finish(Error{ErrorCode::Busy, u"The desktop's keychain does not answer: unlock it, and try again."_s, {}});
    });
    job->start();
    return future;
}

} // namespace

bool hasSessionBus()
{
    const QByteArray address = qgetenv("DBUS_SESSION_BUS_ADDRESS");
    if (!address.isEmpty()) {
        return !address.startsWith("disabled:");
    }
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    return !runtime.isEmpty() && QFileInfo::exists(runtime + u"/bus"_s);
}

KeychainSecretStore::KeychainSecretStore(const QString &scope, std::chrono::milliseconds wait)
    : m_scope(
          QString::fromLatin1(QCryptographicHash::hash(scope.toUtf8(), QCryptographicHash::Sha256).toHex().first(16)))
    , m_patience(wait)
{}

QString KeychainSecretStore::nameOf(const QString &key) const
{
    return m_scope + u'/' + key;
}

QString KeychainSecretStore::place() const
{
    return u"the desktop's keychain"_s;
}

QFuture<Result<QByteArray>> KeychainSecretStore::load(const QString &key)
{
    if (const Result<> allowed = checkSecretKey(key); !allowed) {
        return readyFuture(Result<QByteArray>(allowed.error()));
    }
    auto *job = new QKeychain::ReadPasswordJob(service);
    job->setKey(nameOf(key));
    return start<QByteArray>(job, m_patience, [](const QKeychain::ReadPasswordJob &done) -> Result<QByteArray> {
        return done.textData().toUtf8();
    });
}

QFuture<Result<>> KeychainSecretStore::save(const QString &key, const QByteArray &secret)
{
    if (const Result<> allowed = checkSecretKey(key); !allowed) {
        return readyFuture(allowed);
    }
    if (secret.size() > mostBytes) {
        return readyFuture(Result<>(Error{ErrorCode::TooLarge, u"A secret of more than 64 kB is not kept."_s, {}}));
    }
    auto *job = new QKeychain::WritePasswordJob(service);
    job->setKey(nameOf(key));
    job->setTextData(QString::fromUtf8(secret));
    return start<void>(job, m_patience, [](const QKeychain::WritePasswordJob &) { return Result<>(); });
}

QFuture<Result<>> KeychainSecretStore::remove(const QString &key)
{
    if (const Result<> allowed = checkSecretKey(key); !allowed) {
        return readyFuture(allowed);
    }
    auto *job = new QKeychain::DeletePasswordJob(service);
    job->setKey(nameOf(key));
    return start<void>(job, m_patience, [](const QKeychain::DeletePasswordJob &) { return Result<>(); });
}

KeychainOrFiles::KeychainOrFiles(std::unique_ptr<SecretStore> keychain, std::unique_ptr<SecretStore> files)
    : m_keychain(std::move(keychain))
    , m_files(std::move(files))
{}

QString KeychainOrFiles::place() const
{
    return m_usesFiles ? m_files->place() : m_keychain->place();
}

void KeychainOrFiles::fallBack(const Error &why)
{
    m_usesFiles = true;
    if (!std::exchange(m_said, true)) {
        qCWarning(logAgents).noquote() << why.message << "Secrets are kept in" << m_files->place();
    }
}

QFuture<Result<QByteArray>> KeychainOrFiles::load(const QString &key)
{
    const QFuture<Result<QByteArray>> inFile = m_files->load(key);
    if (!inFile.isFinished() || inFile.result() || inFile.result().error().code != ErrorCode::NotFound) {
        return inFile;
    }
    auto promise = std::make_shared<QPromise<Result<QByteArray>>>();
    promise->start();
    whenReady(m_keychain->load(key), &m_context,
              [promise, missing = inFile.result().error()](const Result<QByteArray> &found) {
                  const bool isNowhere = !found && found.error().code == ErrorCode::Unreachable;
                  promise->addResult(isNowhere ? Result<QByteArray>(missing) : found);
                  promise->finish();
              });
    return promise->future();
}

QFuture<Result<>> KeychainOrFiles::save(const QString &key, const QByteArray &secret)
{
    auto promise = std::make_shared<QPromise<Result<>>>();
    promise->start();
    const auto finish = [promise](const Result<> &result) {
        promise->addResult(result);
        promise->finish();
    };
    whenReady(m_keychain->save(key, secret), &m_context, [this, key, secret, finish](const Result<> &kept) {
        if (kept) {
            m_usesFiles = false;
            whenReady(m_files->remove(key), &m_context, finish);
            return;
        }
        if (kept.error().code != ErrorCode::Unreachable && kept.error().code != ErrorCode::Busy) {
            finish(kept);
            return;
        }
        fallBack(kept.error());
        whenReady(m_files->save(key, secret), &m_context, finish);
    });
    return promise->future();
}

QFuture<Result<>> KeychainOrFiles::remove(const QString &key)
{
    const QFuture<Result<>> inFile = m_files->remove(key);
    if (inFile.isFinished() && !inFile.result()) {
        return inFile;
    }
    auto promise = std::make_shared<QPromise<Result<>>>();
    promise->start();
    whenReady(m_keychain->remove(key), &m_context, [promise](const Result<> &removed) {
        const bool isGone =
            removed || removed.error().code == ErrorCode::NotFound || removed.error().code == ErrorCode::Unreachable;
        promise->addResult(isGone ? Result<>() : removed);
        promise->finish();
    });
    return promise->future();
}

} // namespace countersign
