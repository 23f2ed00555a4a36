// SPDX-License-Identifier: Apache-2.0
#include "core/base/log.h"
#include "core/engine/engine_private.h"

using namespace Qt::Literals::StringLiterals;

namespace countersign {

namespace {

constexpr int recoveryBytes = 20;
/// Crockford's base 32: no I, L, O, U, so that it survives being read aloud and written down.
constexpr char recoveryAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

QString encodeRecoveryCode(const QByteArray &bytes)
{
    QString code;
    unsigned buffer = 0;
    int bits = 0;
    for (const char byte : bytes) {
        buffer = (buffer << 8U) | static_cast<unsigned char>(byte);
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            if (code.size() % 5 == 4) {
                code += u'-';
            }
            code += QLatin1Char(recoveryAlphabet[(buffer >> static_cast<unsigned>(bits)) & 31U]);
        }
    }
    return code;
}

std::optional<QByteArray> decodeRecoveryCode(const QString &code)
{
    QByteArray bytes;
    unsigned buffer = 0;
    int bits = 0;
    for (QChar letter : code.toUpper()) {
        if (letter == u'-' || letter.isSpace()) {
            continue;
        }
        letter = letter == u'O' ? u'0' : (letter == u'I' || letter == u'L') ? u'1' : letter;
        const char *place =
            letter.unicode() < 128 && letter.unicode() > 0
                ? std::find(std::begin(recoveryAlphabet), std::end(recoveryAlphabet) - 1, letter.toLatin1())
                : std::end(recoveryAlphabet) - 1;
        if (place == std::end(recoveryAlphabet) - 1) {
            return std::nullopt;
        }
        buffer = ((buffer << 5U) | static_cast<unsigned>(place - std::begin(recoveryAlphabet))) & 0xffffU;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>((buffer >> static_cast<unsigned>(bits)) & 0xffU);
        }
    }
    return bytes.size() == recoveryBytes ? std::optional(bytes) : std::nullopt;
}

Result<SigningKey> keyOfRecoveryBytes(const QByteArray &bytes)
{
    const Digest seed = sha256({QByteArrayView("countersign/recovery"), QByteArrayView("\0", 1), bytes});
    QByteArray seedBytes = seed.toByteArray();
    Result<SigningKey> key = SigningKey::fromSeed(seedBytes);
    wipe(seedBytes);
    return key;
}

Result<> checkName(const QString &name)
{
    const bool bad = name.trimmed().isEmpty() || name != name.trimmed() || name.toUtf8().size() > 64 ||
                     std::any_of(name.begin(), name.end(), [](QChar c) { return !c.isPrint(); });
    if (bad) {
        return Error{ErrorCode::InvalidInput,
                     u"A reviewer's name has 1 to 64 bytes, printable, without spaces at its ends."_s,
                     {}};
    }
    return {};
}

HeldRow held(const Statement &statement)
{
    return {statement.id.text(), statement.digest()};
}

} // namespace

Result<SigningKey> Engine::recoveryKey(const QString &recoveryCode)
{
    std::optional<QByteArray> bytes = decodeRecoveryCode(recoveryCode);
    if (!bytes) {
        return Error{ErrorCode::InvalidInput,
                     u"This is not a recovery code: it has 32 letters and digits in groups of four."_s,
                     {}};
    }
    Result<SigningKey> key = keyOfRecoveryBytes(*bytes);
    wipe(*bytes);
    return key;
}

Result<std::optional<TrustPin>> Engine::trustPin()
{
    const Result<WorkspaceInfo> info = d->workspace();
    if (!info) {
        return info.error();
    }
    return m_parts.trust.pinFor(m_parts.location, info->id);
}

Result<> Engine::pinOnFirstUse()
{
    const Result<std::optional<TrustPin>> known = trustPin();
    if (!known) {
        return known.error();
    }
    if (*known) {
        return {};
    }
    const Result<std::vector<Statement>> enrolments = m_parts.store.statementsOfKind(u"enrol"_s);
    if (!enrolments) {
        return enrolments.error();
    }
    const std::optional<PublicKey> first = ReviewerDirectory::firstAdministratorKey(d->workspaceInfo->id, *enrolments);
    if (!first) {
        return {};
    }
    return m_parts.trust.pin({m_parts.location, d->workspaceInfo->id, first->fingerprint(), false, d->now()});
}

Result<FirstAdministrator> Engine::createFirstAdministrator(const QString &name, const QStringList &groups,
                                                            const SigningKey &key, bool confirmedInWindow)
{
    if (const Result<> checked = checkName(name); !checked) {
        return checked.error();
    }
    const Result<WorkspaceInfo> info = d->workspace();
    if (!info) {
        return info.error();
    }
    QByteArray recovery = m_parts.ids.randomBytes(recoveryBytes);
    FirstAdministrator made;
    made.recoveryCode = encodeRecoveryCode(recovery);
    const Result<SigningKey> recoverySigningKey = keyOfRecoveryBytes(recovery);
    wipe(recovery);
    if (!recoverySigningKey) {
        return recoverySigningKey.error();
    }
    made.reviewer = {ReviewerId(d->newId()), name, groups, key.publicKey(), true, d->now(), {}};
    const TrustPin pin{m_parts.location, info->id, key.publicKey().fingerprint(), confirmedInWindow, d->now()};
    const Result<std::optional<TrustPin>> known = trustPin();
    if (!known) {
        return known.error();
    }
    // The same key again: the process ended between the pin and the commit, and this is the second try.
    if (*known && (*known)->administrator != pin.administrator) {
        return Error{
            ErrorCode::Conflict,
            u"This machine knows an administrator of this workspace already: further reviewers are enrolled by "
            "them."_s,
            {}};
    }
    const EnrolBody body{
        info->id, made.reviewer.id, name, groups, key.publicKey(), true, recoverySigningKey->publicKey(), d->now()};
    const Statement statement =
        signStatement(StatementId(d->newId()), u"enrol"_s, made.reviewer.id.text(), encodeBody(body), key);
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Result<std::vector<Statement>> enrolments = writer.statementsOfKind(u"enrol"_s);
        if (!enrolments) {
            return enrolments.error();
        }
        if (!enrolments->empty()) {
            return Error{ErrorCode::Conflict,
                         u"This workspace has an administrator already: further reviewers are enrolled by them."_s,
                         {}};
        }
        if (const Result<> inserted = writer.insertStatement(statement); !inserted) {
            return inserted;
        }
        if (const Result<> saved = writer.saveReviewer(made.reviewer); !saved) {
            return saved;
        }
        EventFacts facts = d->facts(u"reviewer.enrolled"_s, made.reviewer.id.text(),
                                    {u"reviewer"_s, made.reviewer.id.text(), key.publicKey().fingerprint()});
        facts.statements = {held(statement)};
        if (const Result<> appended = d->append(writer, facts); !appended) {
            return appended;
        }
        // Pinned before the commit: an administrator whom nothing outside the database vouches for must not exist.
        return m_parts.trust.pin(pin);
    });
    if (!done) {
        // What is left of a pin after a failed commit would keep everybody out.
        if (const Result<> unpinned = m_parts.trust.unpin(pin); !unpinned) {
            qCWarning(logEngine) << "a pin could not be taken back:" << unpinned.error().detail;
        }
        return done.error();
    }
    return made;
}

Result<Reviewer> Engine::enrol(const QString &name, const QStringList &groups, const PublicKey &key, bool administrator,
                               const SigningKey &by)
{
    if (const Result<> checked = checkName(name); !checked) {
        return checked.error();
    }
    const Reviewer reviewer{ReviewerId(d->newId()), name, groups, key, administrator, d->now(), {}};
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Result<ReviewerDirectory> known = d->directory(writer);
        if (!known) {
            return known.error();
        }
        const Reviewer *administering = known->activeByKey(by.publicKey().fingerprint());
        if (!administering || !administering->administrator) {
            return Error{ErrorCode::NotAllowed, u"Only an administrator of this workspace can enrol a reviewer."_s, {}};
        }
        if (known->findByName(name)) {
            return Error{ErrorCode::Conflict, u"There is a reviewer named %1 already."_s.arg(name), {}};
        }
        if (known->activeByKey(key.fingerprint())) {
            return Error{ErrorCode::Conflict, u"That key belongs to another reviewer already."_s, {}};
        }
        const EnrolBody body{d->workspaceInfo->id, reviewer.id, name, groups, key, administrator, {}, d->now()};
        const Statement statement =
            signStatement(StatementId(d->newId()), u"enrol"_s, reviewer.id.text(), encodeBody(body), by);
        if (const Result<> inserted = writer.insertStatement(statement); !inserted) {
            return inserted;
        }
        if (const Result<> saved = writer.saveReviewer(reviewer); !saved) {
            return saved;
        }
        EventFacts facts = d->facts(u"reviewer.enrolled"_s, reviewer.id.text(),
                                    {u"reviewer"_s, administering->id.text(), by.publicKey().fingerprint()});
        facts.statements = {held(statement)};
        return d->append(writer, facts);
    });
    return done ? Result<Reviewer>(reviewer) : Result<Reviewer>(done.error());
}

Result<> Engine::disable(const QString &name, const SigningKey &by)
{
    return m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Result<ReviewerDirectory> known = d->directory(writer);
        if (!known) {
            return known.error();
        }
        const Reviewer *administering = known->activeByKey(by.publicKey().fingerprint());
        if (!administering || !administering->administrator) {
            return Error{
                ErrorCode::NotAllowed, u"Only an administrator of this workspace can disable a reviewer."_s, {}};
        }
        const Reviewer *found = known->findByName(name);
        if (!found || !found->isActive()) {
            return Error{ErrorCode::NotFound, u"There is no active reviewer named %1."_s.arg(name), {}};
        }
        const auto administrators = std::count_if(known->reviewers().begin(), known->reviewers().end(),
                                                  [](const Reviewer &r) { return r.administrator && r.isActive(); });
        if (found->administrator && administrators == 1) {
            return Error{ErrorCode::NotAllowed,
                         u"%1 is the only administrator: enrol another one before disabling this one."_s.arg(name),
                         {}};
        }
        Reviewer reviewer = *found;
        reviewer.disabledAt = d->now();
        const DisableBody body{d->workspaceInfo->id, reviewer.id, d->now()};
        const Statement statement =
            signStatement(StatementId(d->newId()), u"disable"_s, reviewer.id.text(), encodeBody(body), by);
        if (const Result<> inserted = writer.insertStatement(statement); !inserted) {
            return inserted;
        }
        if (const Result<> saved = writer.saveReviewer(reviewer); !saved) {
            return saved;
        }
        EventFacts facts = d->facts(u"reviewer.disabled"_s, reviewer.id.text(),
                                    {u"reviewer"_s, administering->id.text(), by.publicKey().fingerprint()});
        facts.statements = {held(statement)};
        return d->append(writer, facts);
    });
}

Result<> Engine::rotate(const QString &name, const PublicKey &newKey, const SigningKey &by)
{
    return m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Result<ReviewerDirectory> known = d->directory(writer);
        if (!known) {
            return known.error();
        }
        const Reviewer *found = known->findByName(name);
        if (!found || !found->isActive()) {
            return Error{ErrorCode::NotFound, u"There is no active reviewer named %1."_s.arg(name), {}};
        }
        Reviewer reviewer = *found;
        reviewer.key = newKey;
        const RotateBody body{d->workspaceInfo->id, reviewer.id, newKey, d->now()};
        const Statement statement =
            signStatement(StatementId(d->newId()), u"rotate"_s, reviewer.id.text(), encodeBody(body), by);
        if (const Result<> inserted = writer.insertStatement(statement); !inserted) {
            return inserted;
        }
        // The directory is the judge of who may rotate whom; asking it with the new statement in place keeps one rule.
        const Result<ReviewerDirectory> after = d->directory(writer);
        if (!after) {
            return after.error();
        }
        const Reviewer *rotated = after->find(reviewer.id);
        if (!rotated || rotated->key != newKey) {
            return Error{
                ErrorCode::NotAllowed,
                u"A key is replaced by its owner, by an administrator, or once by the recovery code; this key is none of these, or the new one is in use."_s,
                {}};
        }
        if (const Result<> saved = writer.saveReviewer(reviewer); !saved) {
            return saved;
        }
        EventFacts facts = d->facts(u"reviewer.rotated"_s, reviewer.id.text(),
                                    {u"reviewer"_s, reviewer.id.text(), by.publicKey().fingerprint()});
        facts.statements = {held(statement)};
        return d->append(writer, facts);
    });
}

} // namespace countersign
