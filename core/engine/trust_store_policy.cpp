// SPDX-License-Identifier: Apache-2.0
#include "core/engine/trust_store.h"

#include "core/base/visible_text.h"

#include <QtCore/QDir>
#include <QtCore/QFile>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

QString policyFolder(const QString &folder)
{
    return QDir(folder).filePath(u"policies"_s);
}

/// One empty file per policy: `HASH-OF-WORKSPACE.3`. Several processes may write them at once.
QString policyFilePrefix(const WorkspaceId &workspace)
{
    return sha256(workspace.text().toUtf8()).hex() + u'.';
}

} // namespace

Result<> TrustStore::notePolicy(const WorkspaceId &workspace, int number) const
{
    const QString path = QDir(policyFolder(m_folder)).filePath(policyFilePrefix(workspace) + QString::number(number));
    const auto failed = [&path]() -> Result<> {
        return Error{ErrorCode::Storage,
                     u"The note %1 about the newest policy could not be written."_s.arg(displayText(path).text),
                     QString::fromLocal8Bit(std::strerror(errno))};
    };
    for (const QString &folder : {m_folder, policyFolder(m_folder)}) {
        if (!QDir().mkpath(QFileInfo(folder).path()) ||
            (::mkdir(QFile::encodeName(folder).constData(), 0700) != 0 && errno != EEXIST)) {
            return failed();
        }
    }
    const int descriptor =
        ::open(QFile::encodeName(path).constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return errno == EEXIST ? Result<>() : failed();
    }
    const bool synced = ::fsync(descriptor) == 0;
    ::close(descriptor);
    return synced ? Result<>() : failed();
}

int TrustStore::newestPolicyNoted(const WorkspaceId &workspace) const
{
    const QString prefix = policyFilePrefix(workspace);
    int newest = 0;
    // Asked for every decision of a policy: name filters of QDir are regular expressions, compiled anew each time.
    for (const QString &name : QDir(policyFolder(m_folder)).entryList(QDir::Files | QDir::System, QDir::Unsorted)) {
        if (name.startsWith(prefix)) {
            newest = std::max(newest, name.mid(prefix.size()).toInt());
        }
    }
    return newest;
}

} // namespace countersign
