// SPDX-License-Identifier: Apache-2.0
#include "core/domain/statements.h"

#include "core/domain/body_fields.h"

#include <limits>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

/// Statements hold facts only: names, ids and hashes.
constexpr JsonLimits statementLimits{.maxBytes = 1024 * 1024, .maxNodes = 10'000, .maxDepth = 8};

QByteArray signatureDomain(const QString &kind)
{
    return "countersign/statement/" + kind.toUtf8();
}

/// A body has one form only: what the encoder makes of what was read. This catches spellings that mean the same,
/// such as another offset of a time, without a list of them.
Error notCanonical(const QString &what)
{
    return {ErrorCode::Malformed,
            u"%1 cannot be used: it is not written in the one form that Countersign writes. Run “countersignctl audit "
            "verify” to see what else is affected."_s.arg(what),
            {}};
}

/// Reads a body with \p read, which takes the members from the reader, and checks that nothing else was there.
template<typename Body, typename Read>
Result<Body> decodeExactly(QByteArrayView bytes, const QString &kind, const QString &what, Read read)
{
    const Result<JsonValue> parsed = readJson(bytes, statementLimits);
    if (!parsed) {
        return parsed.error();
    }
    BodyReader reader(*parsed, what, kind);
    Body body = read(reader);
    if (Result<> finished = reader.finish(); !finished) {
        return finished.error();
    }
    if (QByteArrayView(encodeBody(body)) != bytes) {
        return notCanonical(what);
    }
    return body;
}

template<typename Identifier>
Identifier readId(BodyReader &reader, std::string_view key)
{
    const QString text = reader.text(key);
    if (text.isEmpty()) {
        reader.reject(key, u"an id"_s);
    }
    return Identifier(text);
}

PublicKey readKey(BodyReader &reader, std::string_view key)
{
    const PublicKey publicKey = reader.publicKey(key);
    if (publicKey == PublicKey{}) {
        reader.reject(key, u"a public key of 64 hexadecimal digits"_s);
    }
    return publicKey;
}

JsonValue shownValue(const WhatWasShown &shown)
{
    BodyWriter writer;
    writer.text("view", shown.view)
        .integer("linesSeen", shown.linesSeen)
        .integer("linesTotal", shown.linesTotal)
        .integer("dwellMs", shown.dwell.count());
    return writer.take();
}

WhatWasShown readShown(BodyReader &reader)
{
    const JsonValue *member = reader.value("shown");
    if (!member) {
        return {};
    }
    BodyReader inner(*member, u"What was shown"_s);
    WhatWasShown shown;
    shown.view = inner.text("view");
    shown.linesSeen = inner.smallInteger("linesSeen", 0);
    shown.linesTotal = inner.smallInteger("linesTotal", 0);
    shown.dwell = std::chrono::milliseconds(inner.integer("dwellMs", 0, std::numeric_limits<qint64>::max()));
    if (!inner.finish()) {
        reader.reject("shown", u"a record of what was shown"_s);
    }
    return shown;
}

Verdict readVerdict(BodyReader &reader)
{
    const std::optional<Verdict> verdict = verdictFromText(reader.text("verdict"));
    if (!verdict) {
        reader.reject("verdict", u"a verdict that Countersign knows"_s);
    }
    return verdict.value_or(Verdict::Reject);
}

Vote readVote(BodyReader &reader)
{
    Vote vote;
    vote.statement = readId<StatementId>(reader, "id");
    vote.request = readId<RequestId>(reader, "request");
    vote.round = reader.smallInteger("round", 1);
    vote.payloadHash = reader.digest("payloadHash");
    vote.effectiveHash = reader.digest("effectiveHash");
    vote.verdict = readVerdict(reader);
    vote.reasonCode = reader.text("reasonCode");
    vote.shown = readShown(reader);
    vote.reviewer = readId<ReviewerId>(reader, "reviewer");
    vote.reviewerName = reader.text("reviewerName");
    vote.keyId = reader.digest("keyId");
    vote.at = reader.time("at");
    vote.contentId = readId<ContentId>(reader, "contentId");
    vote.contentCommitment = reader.digest("contentCommitment");
    return vote;
}

/// The columns beside the body repeat it; where they differ, somebody changed the row.
Result<> checkAgainstRow(const Vote &vote, const Statement &statement)
{
    const auto contradiction = [](const QString &column) {
        return Error{
            ErrorCode::Damaged,
            u"The stored vote contradicts its signed body in “%1”. Do not act on it; run “countersignctl audit "
            "verify”."_s.arg(column),
            {}};
    };
    if (statement.kind != "vote"_L1) {
        return contradiction(u"kind"_s);
    }
    if (statement.id != vote.statement) {
        return contradiction(u"id"_s);
    }
    if (statement.subject != vote.request.text()) {
        return contradiction(u"subject"_s);
    }
    if (statement.keyId != vote.keyId) {
        return contradiction(u"key"_s);
    }
    if (statement.content && *statement.content != vote.contentId) {
        return contradiction(u"content"_s);
    }
    return {};
}

} // namespace

QByteArray encodeVote(const WorkspaceId &workspace, const Vote &vote)
{
    BodyWriter writer(u"vote"_s);
    writer.text("id", vote.statement.text())
        .text("workspace", workspace.text())
        .text("request", vote.request.text())
        .integer("round", vote.round)
        .digest("payloadHash", vote.payloadHash)
        .digest("effectiveHash", vote.effectiveHash)
        .text("verdict", toText(vote.verdict))
        .text("reasonCode", vote.reasonCode)
        .value("shown", shownValue(vote.shown))
        .text("reviewer", vote.reviewer.text())
        .text("reviewerName", vote.reviewerName)
        .digest("keyId", vote.keyId)
        .time("at", vote.at)
        .text("contentId", vote.contentId.text())
        .digest("contentCommitment", vote.contentCommitment);
    return writer.canonical();
}

Result<Vote> decodeVote(const WorkspaceId &workspace, const Statement &statement)
{
    const QString what = u"The signed vote"_s;
    const Result<JsonValue> parsed = readJson(statement.body, statementLimits);
    if (!parsed) {
        return parsed.error();
    }
    BodyReader reader(*parsed, what, u"vote"_s);
    const WorkspaceId signedFor = readId<WorkspaceId>(reader, "workspace");
    Vote vote = readVote(reader);
    if (Result<> finished = reader.finish(); !finished) {
        return finished.error();
    }
    if (signedFor != workspace) {
        return Error{ErrorCode::NotAllowed,
                     u"The vote was signed for another workspace and does not count in this one. Run “countersignctl "
                     "audit verify” to see how it came here."_s,
                     {}};
    }
    if (encodeVote(workspace, vote) != statement.body) {
        return notCanonical(what);
    }
    if (Result<> same = checkAgainstRow(vote, statement); !same) {
        return same.error();
    }
    return vote;
}

QByteArray encodeBody(const ReleaseBody &body)
{
    BodyWriter writer(u"release"_s);
    writer.text("workspace", body.workspace.text())
        .text("request", body.request.text())
        .text("decision", body.decision.text())
        .text("vote", body.vote.text())
        .digest("effectiveHash", body.effectiveHash)
        .text("token", body.token)
        .text("reviewer", body.reviewer.text())
        .time("at", body.at);
    return writer.canonical();
}

Result<ReleaseBody> decodeRelease(QByteArrayView body)
{
    return decodeExactly<ReleaseBody>(body, u"release"_s, u"The signed release"_s, [](BodyReader &reader) {
        ReleaseBody read;
        read.workspace = readId<WorkspaceId>(reader, "workspace");
        read.request = readId<RequestId>(reader, "request");
        read.decision = readId<DecisionId>(reader, "decision");
        read.vote = readId<StatementId>(reader, "vote");
        read.effectiveHash = reader.digest("effectiveHash");
        read.token = reader.text("token");
        read.reviewer = readId<ReviewerId>(reader, "reviewer");
        read.at = reader.time("at");
        return read;
    });
}

QByteArray encodeBody(const UndoBody &body)
{
    BodyWriter writer(u"undo"_s);
    writer.text("workspace", body.workspace.text())
        .text("request", body.request.text())
        .text("vote", body.vote.text())
        .text("reviewer", body.reviewer.text())
        .time("at", body.at);
    return writer.canonical();
}

Result<UndoBody> decodeUndo(QByteArrayView body)
{
    return decodeExactly<UndoBody>(body, u"undo"_s, u"The signed undo"_s, [](BodyReader &reader) {
        UndoBody read;
        read.workspace = readId<WorkspaceId>(reader, "workspace");
        read.request = readId<RequestId>(reader, "request");
        read.vote = readId<StatementId>(reader, "vote");
        read.reviewer = readId<ReviewerId>(reader, "reviewer");
        read.at = reader.time("at");
        return read;
    });
}

QByteArray encodeBody(const EnrolBody &body)
{
    BodyWriter writer(u"enrol"_s);
    writer.text("workspace", body.workspace.text())
        .text("reviewer", body.reviewer.text())
        .text("name", body.name)
        .texts("groups", body.groups)
        .publicKey("key", body.key)
        .flag("administrator", body.administrator)
        .publicKeyOrNull("recoveryKey", body.recoveryKey)
        .time("at", body.at);
    return writer.canonical();
}

Result<EnrolBody> decodeEnrol(QByteArrayView body)
{
    return decodeExactly<EnrolBody>(body, u"enrol"_s, u"The signed enrolment"_s, [](BodyReader &reader) {
        EnrolBody read;
        read.workspace = readId<WorkspaceId>(reader, "workspace");
        read.reviewer = readId<ReviewerId>(reader, "reviewer");
        read.name = reader.text("name");
        read.groups = reader.texts("groups");
        read.key = readKey(reader, "key");
        read.administrator = reader.flag("administrator");
        read.recoveryKey = reader.publicKeyOrNull("recoveryKey");
        read.at = reader.time("at");
        return read;
    });
}

QByteArray encodeBody(const DisableBody &body)
{
    BodyWriter writer(u"disable"_s);
    writer.text("workspace", body.workspace.text()).text("reviewer", body.reviewer.text()).time("at", body.at);
    return writer.canonical();
}

Result<DisableBody> decodeDisable(QByteArrayView body)
{
    return decodeExactly<DisableBody>(body, u"disable"_s, u"The signed disabling"_s, [](BodyReader &reader) {
        DisableBody read;
        read.workspace = readId<WorkspaceId>(reader, "workspace");
        read.reviewer = readId<ReviewerId>(reader, "reviewer");
        read.at = reader.time("at");
        return read;
    });
}

QByteArray encodeBody(const RotateBody &body)
{
    BodyWriter writer(u"rotate"_s);
    writer.text("workspace", body.workspace.text())
        .text("reviewer", body.reviewer.text())
        .publicKey("newKey", body.newKey)
        .time("at", body.at);
    return writer.canonical();
}

Result<RotateBody> decodeRotate(QByteArrayView body)
{
    return decodeExactly<RotateBody>(body, u"rotate"_s, u"The signed key rotation"_s, [](BodyReader &reader) {
        RotateBody read;
        read.workspace = readId<WorkspaceId>(reader, "workspace");
        read.reviewer = readId<ReviewerId>(reader, "reviewer");
        read.newKey = readKey(reader, "newKey");
        read.at = reader.time("at");
        return read;
    });
}

QByteArray encodeBody(const PolicyBody &body)
{
    BodyWriter writer(u"policy"_s);
    writer.text("workspace", body.workspace.text())
        .text("version", body.version)
        .digest("policyHash", body.policyHash)
        .time("at", body.at);
    return writer.canonical();
}

Result<PolicyBody> decodePolicy(QByteArrayView body)
{
    return decodeExactly<PolicyBody>(body, u"policy"_s, u"The signed policy"_s, [](BodyReader &reader) {
        PolicyBody read;
        read.workspace = readId<WorkspaceId>(reader, "workspace");
        read.version = reader.text("version");
        read.policyHash = reader.digest("policyHash");
        read.at = reader.time("at");
        return read;
    });
}

Statement signStatement(StatementId id, const QString &kind, const QString &subject, QByteArray body,
                        const SigningKey &key)
{
    Statement statement;
    statement.id = std::move(id);
    statement.kind = kind;
    statement.subject = subject;
    statement.body = std::move(body);
    statement.keyId = key.publicKey().fingerprint();
    statement.signature = key.sign(signatureDomain(kind), statement.body);
    return statement;
}

bool verifyStatement(const Statement &statement, const PublicKey &key)
{
    return statement.keyId == key.fingerprint() &&
           verifySignature(key, signatureDomain(statement.kind), statement.body, statement.signature);
}

} // namespace countersign
