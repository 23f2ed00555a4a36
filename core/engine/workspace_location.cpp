// SPDX-License-Identifier: Apache-2.0
#include "core/engine/workspace_location.h"

#include "core/store/blob_store.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtCore/QStandardPaths>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr auto environmentVariable = "COUNTERSIGN_WORKSPACE";

QString inFolderOf(QStandardPaths::StandardLocation location, const QString &name)
{
    return QStandardPaths::writableLocation(location) + u"/countersign"_s + name;
}

/// The scheme alone, since the rest of a URL may hold a password.
QString schemeOf(const QString &url)
{
    const qsizetype colon = url.indexOf(u':');
    return colon < 0 ? QString() : url.left(colon);
}

/// One name per file, whatever symbolic links lead to it and whether or not it exists yet: the deepest folder that
/// exists is resolved, the rest is kept.
QString resolved(const QString &path)
{
    const QString clean = QDir::cleanPath(QDir::current().absoluteFilePath(path));
    QString existing = clean;
    while (!QFileInfo::exists(existing) && existing != u"/"_s) {
        existing = QFileInfo(existing).path();
    }
    const QString canonical = QFileInfo(existing).canonicalFilePath();
    if (canonical.isEmpty()) {
        return clean;
    }
    return QDir::cleanPath(canonical + u'/' + clean.mid(existing.size()));
}

Result<QString> pathOf(const QString &url)
{
    const QString scheme = schemeOf(url);
    if (scheme == u"sqlite"_s) {
        const QString path = url.mid(7);
        if (path.isEmpty() || path.endsWith(u'/') || path.contains(QChar::Null)) {
            return Error{ErrorCode::InvalidInput,
                         u"The workspace was not opened: after “sqlite:” stands the path of a file."_s,
                         {}};
        }
        return resolved(path);
    }
    if (scheme.isEmpty() || scheme.contains(u'/')) {
        return Error{ErrorCode::InvalidInput,
                     u"The workspace was not opened: a workspace is named sqlite:PATH, with the scheme in front."_s,
                     {}};
    }
    return Error{ErrorCode::InvalidInput,
                 u"The workspace was not opened: this version opens sqlite:PATH and no other kind of workspace."_s,
                 u"scheme "_s + scheme.left(40)};
}

} // namespace

Result<WorkspaceLocation> locateWorkspace(const QString &url)
{
    QString named = url;
    if (named.isEmpty()) {
        named = qEnvironmentVariable(environmentVariable);
    }
    if (named.isEmpty()) {
        named = u"sqlite:"_s + inFolderOf(QStandardPaths::GenericDataLocation, u"/workspace.db"_s);
    }
    Result<QString> path = pathOf(named);
    if (!path) {
        return path.error();
    }
    WorkspaceLocation location;
    location.path = *path;
    location.url = u"sqlite:"_s + location.path;
    location.blobFolder = BlobStore::folderFor(location.path);
    location.configFolder = inFolderOf(QStandardPaths::GenericConfigLocation, {});
    location.keyFolder = location.configFolder + u"/keys"_s;
    return location;
}

} // namespace countersign
