// SPDX-License-Identifier: Apache-2.0
#include "core/audit/reviewer_directory.h"

#include "core/base/visible_text.h"

#include <algorithm>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

QString shown(const QString &text)
{
    return displayText(text).text;
}

Error notAllowed(const QString &message)
{
    return {ErrorCode::NotAllowed, message, {}};
}

/// Is this the signed beginning of a reviewer directory of \p workspace? Says why not.
std::optional<QString> whyNotGenesis(const WorkspaceId &workspace, const Statement &statement, const EnrolBody &body)
{
    if (body.workspace != workspace) {
        return u"it is of another workspace"_s;
    }
    if (statement.subject != body.reviewer.text()) {
        return u"its row names another reviewer than its signed body"_s;
    }
    if (!body.administrator) {
        return u"the first reviewer must be an administrator"_s;
    }
    if (body.key == PublicKey{} || body.reviewer.isEmpty() || body.name.isEmpty()) {
        return u"it has no key, id or name"_s;
    }
    if (statement.keyId != body.key.fingerprint() || !verifyStatement(statement, body.key)) {
        return u"it is not signed by its own key"_s;
    }
    return {};
}

} // namespace

/// Walks the statements once, oldest first; what it accepts becomes the directory.
class ReviewerDirectoryBuilder
{
public:
    using Refusal = std::optional<QString>; ///< Why a statement does not count.

    ReviewerDirectoryBuilder(ReviewerDirectory &directory, const WorkspaceId &workspace, const Digest &pinned)
        : m_directory(directory)
        , m_workspace(workspace)
        , m_pinned(pinned)
    {}

    void take(const Statement &statement)
    {
        const Refusal why = statement.kind == "enrol"_L1     ? enrol(statement)
                            : statement.kind == "disable"_L1 ? disable(statement)
                            : statement.kind == "rotate"_L1  ? rotate(statement)
                                                             : u"it is of another kind"_s;
        if (why) {
            m_directory.m_refused.push_back(
                {statement.id, u"The statement %1 (%2) does not count: %3."_s.arg(shown(statement.id.text()),
                                                                                  shown(statement.kind), *why)});
        }
    }

private:
    Refusal enrol(const Statement &statement)
    {
        const Result<EnrolBody> body = decodeEnrol(statement.body);
        if (!body) {
            return u"its body cannot be read"_s;
        }
        if (m_directory.m_reviewers.empty()) {
            return genesis(statement, *body);
        }
        if (const Refusal why = signedByAdministrator(statement, body->workspace, body->reviewer)) {
            return why;
        }
        if (body->reviewer.isEmpty() || body->name.isEmpty()) {
            return u"it has no id or name"_s;
        }
        if (m_directory.find(body->reviewer)) {
            return u"this reviewer is enrolled already"_s;
        }
        if (m_directory.findByName(body->name)) {
            return u"this name is taken"_s;
        }
        if (const Refusal why = keyIsNew(body->key)) {
            return why;
        }
        add(*body);
        return {};
    }

    Refusal genesis(const Statement &statement, const EnrolBody &body)
    {
        if (const Refusal why = whyNotGenesis(m_workspace, statement, body)) {
            return why;
        }
        if (body.key.fingerprint() != m_pinned) {
            return u"its key is not the administrator's key that this machine trusts"_s;
        }
        add(body);
        m_recoveryKey = body.recoveryKey;
        m_first = body.reviewer;
        return {};
    }

    Refusal disable(const Statement &statement)
    {
        const Result<DisableBody> body = decodeDisable(statement.body);
        if (!body) {
            return u"its body cannot be read"_s;
        }
        if (const Refusal why = signedByAdministrator(statement, body->workspace, body->reviewer)) {
            return why;
        }
        Reviewer *reviewer = findActive(body->reviewer);
        if (!reviewer) {
            return u"there is no active reviewer of this id"_s;
        }
        const auto isActiveAdministrator = [](const Reviewer &one) { return one.administrator && one.isActive(); };
        if (reviewer->administrator &&
            std::count_if(m_directory.m_reviewers.begin(), m_directory.m_reviewers.end(), isActiveAdministrator) == 1) {
            return u"the last active administrator cannot be disabled"_s;
        }
        reviewer->disabledAt = body->at;
        endPeriod(body->reviewer, body->at);
        return {};
    }

    Refusal rotate(const Statement &statement)
    {
        const Result<RotateBody> body = decodeRotate(statement.body);
        if (!body) {
            return u"its body cannot be read"_s;
        }
        Reviewer *reviewer = findActive(body->reviewer);
        if (!reviewer) {
            return u"there is no active reviewer of this id"_s;
        }
        bool byRecovery = false;
        if (const Refusal why = signedForRotation(statement, *body, *reviewer, byRecovery)) {
            return why;
        }
        if (const Refusal why = keyIsNew(body->newKey)) {
            return why;
        }
        reviewer->key = body->newKey;
        endPeriod(body->reviewer, body->at);
        m_directory.m_periods.push_back({body->reviewer, body->newKey, body->at, {}});
        m_recoveryUsed = m_recoveryUsed || byRecovery;
        return {};
    }

    Refusal signedForRotation(const Statement &statement, const RotateBody &body, const Reviewer &reviewer,
                              bool &byRecovery) const
    {
        if (const Refusal why = columnsMatch(statement, body.workspace, body.reviewer)) {
            return why;
        }
        if (statement.keyId == reviewer.key.fingerprint()) {
            return verifyStatement(statement, reviewer.key) ? Refusal() : u"its signature is wrong"_s;
        }
        const bool hasRecoveryKey = m_recoveryKey != PublicKey{} && body.reviewer == m_first;
        if (hasRecoveryKey && statement.keyId == m_recoveryKey.fingerprint()) {
            byRecovery = true;
            if (m_recoveryUsed) {
                return u"the recovery code has been used before"_s;
            }
            return verifyStatement(statement, m_recoveryKey) ? Refusal() : u"its signature is wrong"_s;
        }
        return signedByAdministrator(statement, body.workspace, body.reviewer);
    }

    Refusal columnsMatch(const Statement &statement, const WorkspaceId &workspace, const ReviewerId &subject) const
    {
        if (workspace != m_workspace) {
            return u"it is of another workspace"_s;
        }
        if (statement.subject != subject.text()) {
            return u"its row names another reviewer than its signed body"_s;
        }
        return {};
    }

    Refusal signedByAdministrator(const Statement &statement, const WorkspaceId &workspace,
                                  const ReviewerId &subject) const
    {
        if (const Refusal why = columnsMatch(statement, workspace, subject)) {
            return why;
        }
        const Reviewer *signer = m_directory.activeByKey(statement.keyId);
        if (!signer || !signer->administrator) {
            return u"it is not signed by an active administrator"_s;
        }
        return verifyStatement(statement, signer->key) ? Refusal() : u"its signature is wrong"_s;
    }

    Refusal keyIsNew(const PublicKey &key) const
    {
        if (key == PublicKey{}) {
            return u"it has no key"_s;
        }
        const auto &periods = m_directory.m_periods;
        const bool used =
            std::any_of(periods.begin(), periods.end(), [&key](const auto &period) { return period.key == key; });
        return used || key == m_recoveryKey ? u"its key has been used before"_s : Refusal();
    }

    Reviewer *findActive(const ReviewerId &id)
    {
        auto &all = m_directory.m_reviewers;
        const auto found =
            std::find_if(all.begin(), all.end(), [&id](const Reviewer &one) { return one.id == id && one.isActive(); });
        return found == all.end() ? nullptr : &*found;
    }

    void add(const EnrolBody &body)
    {
        m_directory.m_reviewers.push_back({.id = body.reviewer,
                                           .name = body.name,
                                           .groups = body.groups,
                                           .key = body.key,
                                           .administrator = body.administrator,
                                           .enrolledAt = body.at,
                                           .disabledAt = {}});
        m_directory.m_periods.push_back({body.reviewer, body.key, body.at, {}});
    }

    void endPeriod(const ReviewerId &id, Timestamp at)
    {
        for (auto &period : m_directory.m_periods) {
            if (period.reviewer == id && !period.until) {
                period.until = at;
            }
        }
    }

    ReviewerDirectory &m_directory;
    const WorkspaceId &m_workspace;
    const Digest m_pinned;
    ReviewerId m_first;
    PublicKey m_recoveryKey;
    bool m_recoveryUsed = false;
};

ReviewerDirectory ReviewerDirectory::build(const WorkspaceId &workspace, const std::vector<Statement> &statements,
                                           const std::optional<Digest> &pinnedAdministrator)
{
    ReviewerDirectory directory;
    if (!pinnedAdministrator || pinnedAdministrator->isNull()) {
        for (const Statement &statement : statements) {
            directory.m_refused.push_back(
                {statement.id, u"The statement %1 does not count: this machine trusts no administrator of "
                               "the workspace yet."_s.arg(shown(statement.id.text()))});
        }
        return directory;
    }
    ReviewerDirectoryBuilder builder(directory, workspace, *pinnedAdministrator);
    for (const Statement &statement : statements) {
        builder.take(statement);
    }
    return directory;
}

std::optional<PublicKey> ReviewerDirectory::firstAdministratorKey(const WorkspaceId &workspace,
                                                                  const std::vector<Statement> &statements)
{
    std::optional<PublicKey> found;
    for (const Statement &statement : statements) {
        if (statement.kind != "enrol"_L1) {
            continue;
        }
        const Result<EnrolBody> body = decodeEnrol(statement.body);
        if (!body || whyNotGenesis(workspace, statement, *body)) {
            continue;
        }
        if (found) {
            return {}; // Two beginnings: a person has to say which one is true.
        }
        found = body->key;
    }
    return found;
}

const Reviewer *ReviewerDirectory::find(const ReviewerId &id) const
{
    const auto found =
        std::find_if(m_reviewers.begin(), m_reviewers.end(), [&id](const Reviewer &one) { return one.id == id; });
    return found == m_reviewers.end() ? nullptr : &*found;
}

const Reviewer *ReviewerDirectory::findByName(const QString &name) const
{
    const auto found =
        std::find_if(m_reviewers.begin(), m_reviewers.end(), [&name](const Reviewer &one) { return one.name == name; });
    return found == m_reviewers.end() ? nullptr : &*found;
}

const Reviewer *ReviewerDirectory::activeByKey(const Digest &keyId) const
{
    const auto found = std::find_if(m_reviewers.begin(), m_reviewers.end(), [&keyId](const Reviewer &one) {
        return one.isActive() && one.key.fingerprint() == keyId;
    });
    return found == m_reviewers.end() ? nullptr : &*found;
}

bool ReviewerDirectory::hasAdministrator() const
{
    return std::any_of(m_reviewers.begin(), m_reviewers.end(),
                       [](const Reviewer &one) { return one.administrator && one.isActive(); });
}

Result<> ReviewerDirectory::verifyAsOf(const Statement &statement, const ReviewerId &reviewer, Timestamp at) const
{
    const Reviewer *person = find(reviewer);
    if (!person) {
        return notAllowed(
            u"The signature of statement %1 does not count: nobody with the id %2 is enrolled by an administrator."_s
                .arg(shown(statement.id.text()), shown(reviewer.text())));
    }
    for (const KeyPeriod &period : m_periods) {
        const bool then = period.from <= at && (!period.until || at <= *period.until);
        if (period.reviewer == reviewer && then && period.key.fingerprint() == statement.keyId) {
            if (verifyStatement(statement, period.key)) {
                return {};
            }
            return notAllowed(u"The signature of statement %1 is not %2's: its text or signature was changed."_s.arg(
                shown(statement.id.text()), shown(person->name)));
        }
    }
    return notAllowed(
        u"The signature of statement %1 does not count: it names a key that was not an active one of %2's at %3."_s.arg(
            shown(statement.id.text()), shown(person->name), toRfc3339(at)));
}

Result<> ReviewerDirectory::verifyCurrent(const Statement &statement, const ReviewerId &reviewer) const
{
    const Reviewer *person = find(reviewer);
    if (!person) {
        return notAllowed(
            u"The signature of statement %1 does not count: nobody with the id %2 is enrolled by an administrator."_s
                .arg(shown(statement.id.text()), shown(reviewer.text())));
    }
    if (!person->isActive()) {
        return notAllowed(u"The signature of statement %1 does not count: the reviewer %2 is disabled."_s.arg(
            shown(statement.id.text()), shown(person->name)));
    }
    if (statement.keyId != person->key.fingerprint()) {
        return notAllowed(
            u"The signature of statement %1 does not count: it names a key that is not %2's current one."_s.arg(
                shown(statement.id.text()), shown(person->name)));
    }
    if (!verifyStatement(statement, person->key)) {
        return notAllowed(u"The signature of statement %1 is not %2's: its text or signature was changed."_s.arg(
            shown(statement.id.text()), shown(person->name)));
    }
    return {};
}

Result<> ReviewerDirectory::verifyAdministrator(const Statement &statement, Timestamp at) const
{
    for (const Reviewer &one : m_reviewers) {
        if (one.administrator && verifyAsOf(statement, one.id, at)) {
            return {};
        }
    }
    return notAllowed(u"The signature of statement %1 does not count: it is not an administrator's."_s.arg(
        shown(statement.id.text())));
}

} // namespace countersign
