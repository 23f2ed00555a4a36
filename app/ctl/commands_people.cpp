// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/command.h"
#include "app/ctl/input.h"
#include "core/base/key_file.h"
#include "core/base/visible_text.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

QString shown(const QString &outside)
{
    return displayText(outside).text;
}

JsonValue reviewerJson(const Reviewer &reviewer)
{
    JsonValue groups = JsonValue::array();
    for (const QString &group : reviewer.groups) {
        groups.append(JsonValue::fromString(group));
    }
    return JsonValue::object(
        {{"id", JsonValue::fromString(reviewer.id.text())},
         {"name", JsonValue::fromString(reviewer.name)},
         {"groups", std::move(groups)},
         {"administrator", JsonValue::fromBool(reviewer.administrator)},
         {"fingerprint", JsonValue::fromString(reviewer.key.fingerprint().hex())},
         {"enrolledAt", JsonValue::fromString(toRfc3339(reviewer.enrolledAt))},
         {"disabledAt", reviewer.disabledAt ? JsonValue::fromString(toRfc3339(*reviewer.disabledAt)) : JsonValue()}});
}

/// The key that a file holds, made now if the file does not exist yet. A file made here goes again unless keep() says
/// that somebody was enrolled with it.
class KeyAtHand
{
public:
    /// \p privateNeeded: the key itself must be unlocked, not only its public half be read.
    static Result<KeyAtHand> open(const ParsedOptions &options, const QString &name, bool privateNeeded,
                                  Console &console);
    ~KeyAtHand()
    {
        if (!m_madePath.isEmpty()) {
            QFile::remove(m_madePath);
        }
    }
    KeyAtHand(KeyAtHand &&other) noexcept
        : m_publicKey(other.m_publicKey)
        , m_key(std::move(other.m_key))
        , m_madePath(std::exchange(other.m_madePath, {}))
    {}
    KeyAtHand &operator=(KeyAtHand &&) = delete;

    const PublicKey &publicKey() const { return m_publicKey; }
    const SigningKey &key() const { return *m_key; }
    void keep() { m_madePath.clear(); }

private:
    explicit KeyAtHand(const PublicKey &publicKey)
        : m_publicKey(publicKey)
    {}
    static Result<KeyAtHand> make(const ParsedOptions &options, const QString &name, const QString &path,
                                  Console &console);

    PublicKey m_publicKey;
    std::optional<SigningKey> m_key;
    QString m_madePath;
};

Result<QByteArray> passphraseOfNewKey(const ParsedOptions &options, Console &console)
{
    if (options.has(u"no-passphrase"_s)) {
        console.note(
            u"The key is written without a passphrase: every program that can read the file can decide as this "
            u"reviewer."_s);
        return QByteArray();
    }
    const auto file = options.optional(u"passphrase-file"_s);
    return file ? secretOf(*file) : newPassphrase();
}

Result<KeyAtHand> KeyAtHand::make(const ParsedOptions &options, const QString &name, const QString &path,
                                  Console &console)
{
    Result<QByteArray> passphrase = passphraseOfNewKey(options, console);
    if (!passphrase) {
        return passphrase.error();
    }
    QDir().mkpath(QFileInfo(path).absolutePath()); // The umask makes new folders private; writing tells of failures.
    SigningKey key = SigningKey::generate();
    const Result<> written = writeKeyFile(path, name, key, *passphrase);
    wipe(*passphrase);
    if (!written) {
        return written.error();
    }
    KeyAtHand made(key.publicKey());
    made.m_key = std::move(key);
    made.m_madePath = path;
    return made;
}

Result<KeyAtHand> KeyAtHand::open(const ParsedOptions &options, const QString &name, bool privateNeeded,
                                  Console &console)
{
    const QString path = options.value(u"key-file"_s);
    if (!QFileInfo::exists(path)) {
        return make(options, name, path, console);
    }
    const Result<KeyFileInfo> info = readKeyFileInfo(path);
    if (!info) {
        return info.error();
    }
    KeyAtHand present(info->publicKey);
    if (privateNeeded) {
        Result<SigningKey> key = openKey(path, options.optional(u"passphrase-file"_s));
        if (!key) {
            return key.error();
        }
        present.m_publicKey = key->publicKey();
        present.m_key = *std::move(key);
    }
    return present;
}

Result<> checkKeyOptions(const ParsedOptions &options)
{
    if (options.value(u"key-file"_s).isEmpty()) {
        return usageError(u"--key-file is needed: where the reviewer's key is, or shall be made."_s);
    }
    if (options.has(u"no-passphrase"_s) && options.has(u"passphrase-file"_s)) {
        return usageError(u"--passphrase-file and --no-passphrase exclude each other."_s);
    }
    return {};
}

Result<SigningKey> keyOfAdministrator(const ParsedOptions &options)
{
    if (!options.has(u"by"_s)) {
        return Error{
            ErrorCode::NotAllowed, u"Only an administrator can do this: give the administrator's key with --by."_s, {}};
    }
    return openKey(options.value(u"by"_s), options.optional(u"by-passphrase-file"_s), u"--by-passphrase-file"_s);
}

int addFirst(Invocation &call, Session &session, const QString &name, KeyAtHand &key)
{
    const Result<FirstAdministrator> first =
        session.engine().createFirstAdministrator(name, call.options.values(u"group"_s), key.key(), false);
    if (!first) {
        return call.console.fail(first.error());
    }
    key.keep();
    JsonValue json = reviewerJson(first->reviewer);
    json.set("recoveryCode", JsonValue::fromString(first->recoveryCode));
    call.console.json(json);
    call.console.note(shown(name) +
                      u" is the administrator of this workspace. The recovery code below replaces a lost key; "
                      u"it is shown once: keep it off this machine."_s);
    call.console.line(first->recoveryCode);
    return ExitCode::Done;
}

int addFurther(Invocation &call, Session &session, const QString &name, KeyAtHand &key)
{
    Result<SigningKey> by = keyOfAdministrator(call.options);
    if (!by) {
        return call.console.fail(by.error());
    }
    const Result<Reviewer> reviewer = session.engine().enrol(name, call.options.values(u"group"_s), key.publicKey(),
                                                             call.options.has(u"admin"_s), *by);
    if (!reviewer) {
        return call.console.fail(reviewer.error());
    }
    key.keep();
    call.console.json(reviewerJson(*reviewer));
    call.console.line(reviewer->id.text());
    return ExitCode::Done;
}

int runAdd(Invocation &call)
{
    if (const Result<> checked = checkKeyOptions(call.options); !checked) {
        return call.console.fail(checked.error());
    }
    const QString name = call.options.arguments().value(0);
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    const Result<ReviewerDirectory> people = (*session)->engine().directory();
    if (!people) {
        return call.console.fail(people.error());
    }
    const bool first = !people->hasAdministrator();
    if (first && call.options.has(u"by"_s)) {
        return call.console.fail(
            usageError(u"This workspace has no administrator yet, so nobody can enrol --by; leave it out "
                       u"and this reviewer becomes the administrator."_s));
    }
    if (!first && !call.options.has(u"by"_s)) {
        return call.console.fail(keyOfAdministrator(call.options).error());
    }
    Result<KeyAtHand> key = KeyAtHand::open(call.options, name, first, call.console);
    if (!key) {
        return call.console.fail(key.error());
    }
    return first ? addFirst(call, **session, name, *key) : addFurther(call, **session, name, *key);
}

int runListReviewers(Invocation &call)
{
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s, Session::Need::Read);
    if (!session) {
        return call.console.fail(session.error());
    }
    const Result<ReviewerDirectory> people = (*session)->engine().directory();
    if (!people) {
        return call.console.fail(people.error());
    }
    for (const Reviewer &reviewer : people->reviewers()) {
        call.console.json(reviewerJson(reviewer));
        call.console.line(shown(reviewer.name).leftJustified(20) +
                          (reviewer.isActive() ? u"active    "_s : u"disabled  "_s) +
                          (reviewer.administrator ? u"administrator  "_s : u"reviewer       "_s) +
                          reviewer.key.fingerprint().hex() + u"  "_s + shown(reviewer.groups.join(u", "_s)));
    }
    for (const ReviewerDirectory::Refused &refused : people->refused()) {
        call.console.note(u"Statement "_s + shown(refused.statement.text()) + u" does not count: "_s +
                          displayText(refused.why).text);
    }
    const Result<std::optional<TrustPin>> pin = (*session)->engine().trustPin();
    const Result<std::optional<Digest>> named = (*session)->administratorNamedByFile();
    if (!pin || !named) {
        return call.console.fail(pin ? named.error() : pin.error());
    }
    if (!*pin && *named) {
        call.console.note(
            u"The administrator is not pinned on this machine, so nobody counts here yet; the file names "_s +
            (*named)->hex() + u" itself."_s);
    } else if (people->reviewers().empty()) {
        call.console.note(u"Nobody is enrolled: “reviewer add NAME --key-file FILE” makes the administrator."_s);
    }
    return ExitCode::Done;
}

/// Prints the reviewer as they are now.
int printReviewer(Invocation &call, Session &session, const QString &name)
{
    const Result<ReviewerDirectory> people = session.engine().directory();
    if (!people) {
        return call.console.fail(people.error());
    }
    if (const Reviewer *reviewer = people->findByName(name)) {
        call.console.json(reviewerJson(*reviewer));
        call.console.line(reviewer->key.fingerprint().hex());
    }
    return ExitCode::Done;
}

int runDisable(Invocation &call)
{
    const QString name = call.options.arguments().value(0);
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    const Result<SigningKey> by = keyOfAdministrator(call.options);
    if (!by) {
        return call.console.fail(by.error());
    }
    if (const Result<> disabled = (*session)->engine().disable(name, *by); !disabled) {
        return call.console.fail(disabled.error());
    }
    call.console.note(shown(name) + u" can no longer decide; what they decided before stays."_s);
    return printReviewer(call, **session, name);
}

Result<SigningKey> keyForRotation(const ParsedOptions &options)
{
    const auto codeFile = options.optional(u"recovery-code-file"_s);
    if (!codeFile) {
        return keyOfAdministrator(options);
    }
    Result<QByteArray> code = secretOf(*codeFile);
    if (!code) {
        return code.error();
    }
    Result<SigningKey> key = Engine::recoveryKey(QString::fromUtf8(*code).trimmed());
    wipe(*code);
    return key;
}

int runRotate(Invocation &call)
{
    if (const Result<> checked = checkKeyOptions(call.options); !checked) {
        return call.console.fail(checked.error());
    }
    if (call.options.has(u"by"_s) && call.options.has(u"recovery-code-file"_s)) {
        return call.console.fail(usageError(u"--by and --recovery-code-file exclude each other."_s));
    }
    const QString name = call.options.arguments().value(0);
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    const Result<SigningKey> by = keyForRotation(call.options);
    if (!by) {
        return call.console.fail(by.error());
    }
    Result<KeyAtHand> key = KeyAtHand::open(call.options, name, false, call.console);
    if (!key) {
        return call.console.fail(key.error());
    }
    if (const Result<> rotated = (*session)->engine().rotate(name, key->publicKey(), *by); !rotated) {
        return call.console.fail(rotated.error());
    }
    key->keep();
    call.console.note(shown(name) + u" signs with the new key from now on."_s);
    return printReviewer(call, **session, name);
}

const Option keyFile{u"key-file"_s, u"FILE"_s, u"The reviewer's key; made now if there is no such file"_s};
const Option passphraseFile{u"passphrase-file"_s, u"FILE"_s,
                            u"The passphrase of that key; else asked on the terminal"_s};
const Option noPassphrase{u"no-passphrase"_s, {}, u"Writes a new key in clear: who reads the file can decide"_s};
const Option by{u"by"_s, u"ADMIN-KEY-FILE"_s, u"The key of an administrator"_s};
const Option byPassphrase{u"by-passphrase-file"_s, u"FILE"_s, u"Its passphrase; else asked on the terminal"_s};

} // namespace

std::vector<Command> peopleCommands()
{
    return {
        {u"reviewer add"_s,
         u"Enrols a reviewer."_s,
         u"The first of a workspace becomes its administrator, and the recovery code is printed; every further one is "
         u"enrolled --by an\nadministrator."_s,
         {u"NAME"_s,
          1,
          1,
          false,
          {{u"group"_s, u"G"_s, u"A group they belong to"_s, true},
           keyFile,
           passphraseFile,
           noPassphrase,
           {u"admin"_s, {}, u"They are an administrator too"_s},
           by,
           byPassphrase}},
         runAdd},
        {u"reviewer list"_s,
         u"Lists who is enrolled, and what does not count."_s,
         {},
         {{}, 0, 0, false, {}},
         runListReviewers},
        {u"reviewer disable"_s,
         u"Takes a reviewer's right to decide."_s,
         {},
         {u"NAME"_s, 1, 1, false, {by, byPassphrase}},
         runDisable},
        {u"reviewer rotate"_s,
         u"Replaces a reviewer's key."_s,
         u"Signed by the old key or an administrator's (--by), or once by the recovery code of the first administrator."_s,
         {u"NAME"_s,
          1,
          1,
          false,
          {keyFile,
           passphraseFile,
           noPassphrase,
           by,
           byPassphrase,
           {u"recovery-code-file"_s, u"FILE"_s, u"The recovery code instead of a key"_s}}},
         runRotate},
    };
}

} // namespace countersign::ctl
