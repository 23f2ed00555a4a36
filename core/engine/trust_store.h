// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/base/digest.h"
#include "core/base/result.h"
#include "core/domain/ids.h"

#include <optional>

namespace countersign {

/// The administrator this machine trusts for one workspace.
struct TrustPin {
    QString location; ///< `sqlite:/absolute/path`.
    WorkspaceId workspace;
    Digest administrator;           ///< Fingerprint of the first administrator's key.
    bool confirmedInWindow = false; ///< A person has seen the fingerprint and said yes.
    Timestamp pinnedAt;

    friend bool operator==(const TrustPin &, const TrustPin &) = default;
};

/// Pins outside the database (MODEL.md section 2): a 0600 file `trust.json` in the 0700 configuration folder. Every
/// call reads the file afresh, so that several processes agree; writing replaces it atomically under a lock file.
class TrustStore
{
public:
    explicit TrustStore(QString configFolder);

    /// The pin that binds this workspace. NotAllowed: the location is known under another workspace id, or the
    /// workspace under another fingerprint at another place: somebody swapped a file. Absent: never seen.
    Result<std::optional<TrustPin>> pinFor(const QString &location, const WorkspaceId &workspace) const;
    /// Changes whenever the file or its folder may have: what pinFor() said stands as long as this is the same. Absent:
    /// changed a moment ago, so that a second change could look the same; ask again.
    std::optional<QByteArray> stamp() const;
    /// Adds a pin. Conflict: the location or the workspace is pinned to another administrator.
    Result<> pin(const TrustPin &pin) const;
    /// Takes \p pin back, when what it was made for did not happen. Nothing to do is not an error.
    Result<> unpin(const TrustPin &pin) const;
    /// Remembers outside the database that the approval with \p token was started, so that a workspace put back to an
    /// earlier state does not start it again. Conflict: it was started before.
    Result<> useApproval(const QString &token) const;
    /// Was useApproval() called for \p token on this machine?
    bool isApprovalUsed(const QString &token) const;
    /// Remembers outside the database that the workspace has had a policy of \p number, so that a workspace put back to
    /// an earlier state does not bring an older one into force.
    Result<> notePolicy(const WorkspaceId &workspace, int number) const;
    /// The highest number that notePolicy() was told; 0: none.
    int newestPolicyNoted(const WorkspaceId &workspace) const;
    /// Marks it confirmed by a person.
    Result<> confirm(const WorkspaceId &workspace) const;
    QString path() const;

private:
    QString m_folder;
};

} // namespace countersign
