// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/command.h"
#include "app/ctl/serving.h"
#include "app/ctl/submission_options.h"
#include "app/ctl/visible_once.h"
#include "app/sample/sample_requests.h"
#include "core/audit/verifier.h"
#include "core/base/visible_text.h"
#include "core/store/blob_store.h"

#include <QtCore/QDirIterator>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::seconds aliveFor{15};

JsonValue text(const QString &value)
{
    return JsonValue::fromString(value);
}

int runServe(Invocation &call)
{
    Result<std::unique_ptr<Session>> session = call.open(u"serve"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    return serve(**session, call.process, call.console, call.options.has(u"once"_s) ? Serving::Once : Serving::On);
}

/// Whom a log is checked against, and why that key counts.
struct Vouching {
    std::optional<Digest> administrator;
    bool isNamedByFileOnly = false; ///< Neither pinned on this machine nor given: it proves nothing.
};

Result<Vouching> vouchingFor(Session &session, const ParsedOptions &options)
{
    const Result<std::optional<TrustPin>> pin = session.engine().trustPin();
    if (!pin) {
        return pin.error();
    }
    const std::optional<Digest> given = Digest::fromHex(options.value(u"administrator"_s));
    if (given && *pin && (*pin)->administrator != *given) {
        return Error{ErrorCode::NotAllowed,
                     u"This machine trusts another administrator of this workspace, "_s + (*pin)->administrator.hex() +
                         u": nothing was checked. Find out which fingerprint is right."_s,
                     {}};
    }
    if (given || *pin) {
        return Vouching{given ? given : std::optional((*pin)->administrator), false};
    }
    const Result<std::optional<Digest>> named = session.administratorNamedByFile();
    return named ? Result<Vouching>(Vouching{*named, named->has_value()}) : Result<Vouching>(named.error());
}

JsonValue reportJson(const AuditReport &report, const Vouching &vouching)
{
    JsonValue findings = JsonValue::array();
    for (const AuditFinding &finding : report.findings) {
        findings.append(JsonValue::object({{"sequence", JsonValue::fromInteger(finding.sequence)},
                                           {"entry", text(finding.entry)},
                                           {"what", text(finding.what)}}));
    }
    JsonValue signers = JsonValue::array();
    for (const Reviewer &reviewer : report.signers) {
        signers.append(text(reviewer.name));
    }
    const JsonValue administrator = vouching.administrator ? text(vouching.administrator->hex()) : JsonValue();
    return JsonValue::object({{"holds", JsonValue::fromBool(report.holds() && !vouching.isNamedByFileOnly)},
                              {"entries", JsonValue::fromInteger(report.entries)},
                              {"signatures", JsonValue::fromInteger(report.signatures)},
                              {"erased", JsonValue::fromInteger(report.erased)},
                              {"administrator", vouching.isNamedByFileOnly ? JsonValue() : administrator},
                              {"administratorNamedByFile", vouching.isNamedByFileOnly ? administrator : JsonValue()},
                              {"signers", std::move(signers)},
                              {"findings", std::move(findings)}});
}

QString verdictOf(const AuditReport &report, const Vouching &vouching)
{
    if (!report.holds()) {
        return u"The log does not hold: "_s;
    }
    return vouching.isNamedByFileOnly ? u"The log agrees with itself, which proves nothing yet: "_s
                                      : u"The log holds: "_s;
}

void printReport(Console &console, const AuditReport &report, const Vouching &vouching)
{
    const QString counted = QString::number(report.entries) + u" entries, "_s + QString::number(report.signatures) +
                            u" signatures, "_s + QString::number(report.erased) + u" erased contents."_s;
    const QString against = vouching.administrator
                                ? u" Checked against the administrator "_s + vouching.administrator->hex() + u'.'
                                : u" Nobody is enrolled: no signature could count."_s;
    console.line(verdictOf(report, vouching) + counted + against);
    for (const AuditFinding &finding : report.findings) {
        const QString where = finding.sequence > 0 ? u"entry "_s + QString::number(finding.sequence) + u" ("_s +
                                                         displayText(finding.entry).text + u"): "_s
                                                   : displayText(finding.entry).text + u": "_s;
        console.line(where + visibleOnce(finding.what));
    }
    if (vouching.isNamedByFileOnly) {
        console.note(u"countersignctl: The administrator is not pinned on this machine; the file names "_s +
                     vouching.administrator->hex() +
                     u" itself. If that is the fingerprint you were told, say so with --administrator."_s);
    }
}

Result<> checkFingerprint(const ParsedOptions &options)
{
    const auto given = options.optional(u"administrator"_s);
    const bool wrong = given && (given->size() != 64 || !Digest::fromHex(*given));
    return wrong ? Result<>(usageError(u"--administrator takes all 64 hexadecimal digits of the fingerprint."_s))
                 : Result<>();
}

int runVerify(Invocation &call)
{
    if (const Result<> checked = checkFingerprint(call.options); !checked) {
        return call.console.fail(checked.error());
    }
    QString url = call.workspaceUrl;
    if (!call.options.arguments().isEmpty()) {
        const QString file = call.options.arguments().first();
        if (!QFileInfo::exists(file)) {
            return call.console.fail({ErrorCode::NotFound, u"There is no file “"_s + file + u"” to verify."_s, {}});
        }
        url = u"sqlite:"_s + file;
    }
    Result<std::unique_ptr<Session>> session = Session::open(url, u"command line"_s, Session::Need::Verify);
    if (!session) {
        return call.console.fail(session.error());
    }
    const Result<Vouching> vouching = vouchingFor(**session, call.options);
    if (!vouching) {
        return call.console.fail(vouching.error());
    }
    // A file that is named may be an older copy, kept on purpose.
    const Result<WorkspaceInfo> info = (*session)->store().workspace();
    const int noted = info && call.options.arguments().isEmpty() ? (*session)->trust().newestPolicyNoted(info->id) : 0;
    const Result<AuditReport> report = verifyWorkspace((*session)->store(), vouching->administrator, {}, noted);
    if (!report) {
        return call.console.fail(report.error());
    }
    call.console.json(reportJson(*report, *vouching));
    printReport(call.console, *report, *vouching);
    if (!report->holds()) {
        return ExitCode::Failed;
    }
    return vouching->isNamedByFileOnly ? ExitCode::NotAllowed : ExitCode::Done;
}

struct WorkspaceFacts {
    WorkspaceInfo info;
    std::optional<TrustPin> pin;
    std::optional<Digest> named; ///< By the file itself.
    std::vector<Reviewer> reviewers;
    std::vector<Seat> seats;
    QueueCounts counts;
};

Result<WorkspaceFacts> gatherFacts(Session &session)
{
    const Timestamp now = session.clock().now();
    const auto info = session.store().workspace();
    const auto pin = session.engine().trustPin();
    const auto named = session.administratorNamedByFile();
    const auto people = session.engine().directory();
    const auto seats = session.store().seats(now - aliveFor);
    const auto counts = session.store().counts({}, now);
    if (!info || !pin) {
        return info ? pin.error() : info.error();
    }
    if (!people || !seats) {
        return people ? seats.error() : people.error();
    }
    if (!counts || !named) {
        return counts ? named.error() : counts.error();
    }
    return WorkspaceFacts{*info, *pin, *named, people->reviewers(), *seats, *counts};
}

JsonValue factsJson(const WorkspaceFacts &facts, const WorkspaceLocation &location)
{
    JsonValue seats = JsonValue::array();
    for (const Seat &seat : facts.seats) {
        seats.append(JsonValue::object({{"kind", text(seat.kind)},
                                        {"processId", JsonValue::fromInteger(seat.processId)},
                                        {"since", text(toRfc3339(seat.startedAt))}}));
    }
    return JsonValue::object({{"workspace", text(location.url)},
                              {"id", text(facts.info.id.text())},
                              {"schemaVersion", JsonValue::fromInteger(facts.info.schemaVersion)},
                              {"createdAt", text(toRfc3339(facts.info.createdAt))},
                              {"evidence", text(location.blobFolder)},
                              {"administrator", facts.pin ? text(facts.pin->administrator.hex()) : JsonValue()},
                              {"confirmedInWindow", JsonValue::fromBool(facts.pin && facts.pin->confirmedInWindow)},
                              {"reviewers", JsonValue::fromInteger(static_cast<qint64>(facts.reviewers.size()))},
                              {"inbox", JsonValue::fromInteger(facts.counts.inbox)},
                              {"deferred", JsonValue::fromInteger(facts.counts.deferred)},
                              {"staged", JsonValue::fromInteger(facts.counts.staged)},
                              {"seats", std::move(seats)}});
}

QString administratorLine(const WorkspaceFacts &facts)
{
    if (facts.pin) {
        return facts.pin->administrator.hex();
    }
    return facts.named ? u"not pinned on this machine; the file names "_s + facts.named->hex() + u" itself"_s
                       : u"none yet"_s;
}

int runInfo(Invocation &call)
{
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s, Session::Need::Read);
    if (!session) {
        return call.console.fail(session.error());
    }
    const Result<WorkspaceFacts> facts = gatherFacts(**session);
    if (!facts) {
        return call.console.fail(facts.error());
    }
    const WorkspaceLocation &location = (*session)->location();
    Console &console = call.console;
    console.json(factsJson(*facts, location));
    console.line(u"workspace      "_s + displayText(location.url).text);
    console.line(u"id             "_s + displayText(facts->info.id.text()).text);
    console.line(u"schema version "_s + QString::number(facts->info.schemaVersion));
    console.line(u"created        "_s + toRfc3339(facts->info.createdAt));
    console.line(u"administrator  "_s + administratorLine(*facts));
    console.line(u"reviewers      "_s + QString::number(facts->reviewers.size()));
    console.line(u"waiting        "_s + QString::number(facts->counts.inbox) + u" in the inbox, "_s +
                 QString::number(facts->counts.deferred) + u" deferred, "_s + QString::number(facts->counts.staged) +
                 u" not yet released"_s);
    for (const Seat &seat : facts->seats) {
        console.line(u"open in        "_s + displayText(seat.kind).text + u", process "_s +
                     QString::number(seat.processId));
    }
    return ExitCode::Done;
}

/// Evidence files lie beside the workspace under their hash: each is read, checked and written anew.
Result<> copyEvidence(const WorkspaceLocation &from, const QString &toPath)
{
    const BlobStore source(from.blobFolder);
    const BlobStore target(BlobStore::folderFor(toPath));
    QDirIterator files(from.blobFolder, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString path = files.next();
        const std::optional<Digest> digest = Digest::fromHex(files.fileName());
        if (!digest) {
            continue; // A copy that another process is writing.
        }
        const Result<std::unique_ptr<QFile>> checked = source.open(*digest);
        if (!checked) {
            return checked.error();
        }
        if (const Result<BlobStore::Stored> stored = target.addFile(path); !stored) {
            return stored.error();
        }
    }
    return {};
}

/// The file first, so that no request in it can speak of evidence that came after; all of it or nothing.
Result<> copyWhole(Session &session, const QString &path)
{
    const QString blobs = BlobStore::folderFor(path);
    const bool blobsWereThere = QFileInfo::exists(blobs);
    if (Result<> copied = session.store().backup(path); !copied) {
        return copied;
    }
    const Result<> evidence = copyEvidence(session.location(), path);
    if (!evidence) {
        QFile::remove(path);
        if (!blobsWereThere) {
            QDir(blobs).removeRecursively();
        }
    }
    return evidence;
}

int copyTo(Invocation &call, const QString &path)
{
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s, Session::Need::Read);
    if (!session) {
        return call.console.fail(session.error());
    }
    if (const Result<> copied = copyWhole(**session, path); !copied) {
        return call.console.fail(
            {copied.error().code, u"The backup was not made: "_s + copied.error().message, copied.error().detail});
    }
    call.console.json(JsonValue::object({{"file", text(path)}}));
    call.console.line(displayText(path).text);
    return ExitCode::Done;
}

int runBackup(Invocation &call)
{
    return copyTo(call, QFileInfo(call.options.arguments().value(0)).absoluteFilePath());
}

int runCopy(Invocation &call)
{
    const Result<WorkspaceLocation> target = locateWorkspace(call.options.arguments().value(0));
    return target ? copyTo(call, target->path) : call.console.fail(target.error());
}

int runDemo(Invocation &call)
{
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    const Result<int> filed = sample::fileSampleRequests((*session)->engine(), (*session)->location().blobFolder,
                                                         osUserName(), (*session)->clock().now());
    if (!filed) {
        return call.console.fail(filed.error());
    }
    call.console.json(JsonValue::object({{"requests", JsonValue::fromInteger(*filed)}}));
    call.console.line(QString::number(*filed) + u" sample requests wait in "_s +
                      displayText((*session)->location().url).text);
    return ExitCode::Done;
}

} // namespace

std::vector<Command> workspaceCommands()
{
    return {
        {u"serve"_s,
         u"The engine without a window: connections to agents, timers, expiry and holding."_s,
         u"One process at a time does this work; a second one waits for its turn. Ctrl+C ends it."_s,
         {{}, 0, 0, false, {{u"once"_s, {}, u"Does what is due now and ends"_s}}, {u"--listen"_s}},
         runServe},
        {u"audit verify"_s,
         u"Proves the log: every hash, seal and signature is computed again."_s,
         u"Ends with 0 only if every verdict holds, else with 1, and names the first bad entry. Nothing is written. "
         u"Where the\nadministrator is not pinned on this machine and not given, it proves nothing and ends with 17."_s,
         {u"[FILE]"_s,
          0,
          1,
          false,
          {{u"administrator"_s, u"FINGERPRINT"_s, u"Whose signatures count, as you were told it (64 digits)"_s}},
          {u"--since"_s, u"--until"_s}},
         runVerify},
        {u"workspace info"_s, u"Where the workspace is and who is on it."_s, {}, {{}, 0, 0, false, {}}, runInfo},
        {u"workspace backup"_s,
         u"A consistent copy with its evidence, while others work on it."_s,
         {},
         {u"FILE"_s, 1, 1, false, {}},
         runBackup},
        {u"workspace copy"_s, u"The same copy to another workspace URL."_s, {}, {u"URL"_s, 1, 1, false, {}}, runCopy},
        {u"demo"_s,
         u"Fills an empty workspace with sample requests of every kind."_s,
         {},
         {{}, 0, 0, false, {}},
         runDemo},
    };
}

} // namespace countersign::ctl
