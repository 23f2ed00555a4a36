// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/sign_in.h"

#include "core/base/key_file.h"
#include "ui/shell/review_session.h"

#include <QtCore/QDir>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign::ui {
namespace {

constexpr auto changePause = 300ms;
constexpr qsizetype mostKeyFiles = 100;

Result<SignInStanding> lookInto(Engine &engine, const QString &keyFolder)
{
    const Result<ReviewerDirectory> people = engine.directory();
    if (!people) {
        return people.error();
    }
    const Result<std::optional<TrustPin>> pin = engine.trustPin();
    if (!pin) {
        return pin.error();
    }
    SignInStanding standing;
    standing.hasAdministrator = people->hasAdministrator();
    if (*pin && !(*pin)->confirmedInWindow && standing.hasAdministrator) {
        standing.unconfirmed = **pin;
    }
    const QDir folder(keyFolder);
    for (const QString &name : folder.entryList({u"*.key"_s}, QDir::Files, QDir::Name).mid(0, mostKeyFiles)) {
        const Result<KeyFileInfo> info = readKeyFileInfo(folder.filePath(name));
        const Reviewer *reviewer = info ? people->activeByKey(info->publicKey.fingerprint()) : nullptr;
        if (reviewer) {
            standing.keys.push_back({folder.filePath(name), reviewer->name, info->needsPassphrase});
        } else {
            ++standing.otherKeys;
        }
    }
    return standing;
}

} // namespace

SignIn::SignIn(ReviewSession &session, QObject *parent)
    : QObject(parent)
    , m_session(session)
{
    m_pause.setSingleShot(true);
    m_pause.setInterval(changePause);
    connect(&m_pause, &QTimer::timeout, this, &SignIn::look);
    connect(&session, &ReviewSession::changed, this, [this] {
        if (m_standing && m_session.isLocked() && !m_pause.isActive()) {
            m_pause.start();
        }
    });
}

void SignIn::look()
{
    const QString folder = m_session.threads().location().keyFolder;
    whenDone(m_session.threads().engine([folder](Engine &engine) { return lookInto(engine, folder); }), this,
             [this](const Result<SignInStanding> &standing) {
                 if (!standing) {
                     Q_EMIT failed(standing.error());
                     return;
                 }
                 m_standing = *standing;
                 Q_EMIT found(*standing);
             });
}

void SignIn::confirmAdministrator()
{
    if (!m_standing || !m_standing->unconfirmed) {
        return;
    }
    const WorkspaceId workspace = m_standing->unconfirmed->workspace;
    const QString folder = m_session.threads().location().configFolder;
    whenDone(
        m_session.threads().engine([folder, workspace](Engine &) { return TrustStore(folder).confirm(workspace); }),
        this, [this](const Result<> &done) {
            if (!done) {
                Q_EMIT failed(done.error());
                return;
            }
            m_standing->unconfirmed.reset();
            Q_EMIT confirmed();
        });
}

} // namespace countersign::ui
