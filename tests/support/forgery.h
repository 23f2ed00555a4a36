// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/audit/event_body.h"
#include "core/base/id_source.h"
#include "core/domain/hashes.h"
#include "core/domain/statements.h"
#include "core/store/store.h"

#include <QtCore/QStringList>

#include <sqlite3.h>

namespace countersign::test {

/// Writes to the file with every guard of the schema removed first.
class Attacker
{
public:
    explicit Attacker(const QString &path)
    {
        if (sqlite3_open(qUtf8Printable(path), &m_database) != SQLITE_OK) {
            qFatal("the attacker could not open the file");
        }
        sqlite3_busy_timeout(m_database, 5000);
        run("PRAGMA foreign_keys=OFF");
        run("PRAGMA ignore_check_constraints=ON");
        sqlite3_stmt *statement = nullptr;
        sqlite3_prepare_v2(m_database, "SELECT name FROM sqlite_master WHERE type = 'trigger'", -1, &statement,
                           nullptr);
        QStringList triggers;
        while (sqlite3_step(statement) == SQLITE_ROW) {
            triggers.append(QString::fromUtf8(reinterpret_cast<const char *>(sqlite3_column_text(statement, 0))));
        }
        sqlite3_finalize(statement);
        for (const QString &trigger : triggers) {
            run(("DROP TRIGGER " + trigger.toUtf8()).constData());
        }
    }
    ~Attacker() { sqlite3_close(m_database); }
    Attacker(const Attacker &) = delete;
    Attacker &operator=(const Attacker &) = delete;

    void run(const QByteArray &sql)
    {
        char *why = nullptr;
        if (sqlite3_exec(m_database, sql.constData(), nullptr, nullptr, &why) != SQLITE_OK) {
            qFatal("the attack itself failed: %s in %s", why, sql.constData());
        }
    }
    int changes() const { return sqlite3_changes(m_database); }

private:
    sqlite3 *m_database = nullptr;
};

/// Writes an approval by \p key for \p id through the ordinary writer, as a program with our code but without an
/// enrolled key would, log entry and seal included.
inline void forgeApproval(Store &store, IdSource &ids, Timestamp now, const RequestId &id, const SigningKey &key,
                          const ReviewerId &reviewer)
{
    const Round round = store.rounds(id).value().back();
    Vote vote;
    vote.statement = StatementId(ids.nextId());
    vote.request = id;
    vote.payloadHash = round.payloadHash;
    vote.verdict = Verdict::Approve;
    vote.effectiveHash = effectiveHash(round.payloadHash, vote.verdict, round.content, {});
    vote.shown = WhatWasShown::nothingOnCommandLine();
    vote.reviewer = reviewer;
    vote.reviewerName = QStringLiteral("R1");
    vote.keyId = key.publicKey().fingerprint();
    vote.at = now;
    const ContentRow content{ContentId(ids.nextId()), QStringLiteral("vote"), ids.randomBytes(32),
                             encodeVoteContent({})};
    vote.contentId = content.id;
    vote.contentCommitment = content.commitment();
    const WorkspaceId workspace = store.workspace()->id;
    Statement statement =
        signStatement(vote.statement, QStringLiteral("vote"), id.text(), encodeVote(workspace, vote), key);
    statement.content = content.id;
    Decision decision;
    decision.id = DecisionId(ids.nextId());
    decision.request = id;
    decision.verdict = Verdict::Approve;
    decision.decidingVote = statement.id;
    decision.reviewer = reviewer;
    decision.reviewerName = QStringLiteral("R1");
    decision.payloadHash = vote.payloadHash;
    decision.effectiveHash = vote.effectiveHash;
    decision.decidedAt = now;
    decision.seat = SeatId(QStringLiteral("forged"));
    const ReleaseBody releaseBody{
        workspace, id, decision.id, statement.id, decision.effectiveHash, QStringLiteral("00"), reviewer, now};
    const Statement release =
        signStatement(StatementId(ids.nextId()), QStringLiteral("release"), id.text(), encodeBody(releaseBody), key);
    decision.release = release.id;
    decision.releasedAt = now;
    Request request = *store.request(id).value();
    request.revision += 1;
    request.state = {Lifecycle::Decided, Delivery::Released};
    request.decision = decision.id;
    request.verdict = Verdict::Approve;
    request.settledSequence = 1;
    request.settledAt = now;
    EventFacts facts;
    facts.workspace = workspace;
    facts.id = EventId(ids.nextId());
    facts.kind = QStringLiteral("vote.cast");
    facts.at = now;
    facts.actor = {QStringLiteral("reviewer"), reviewer.text(), vote.keyId};
    facts.subject = id.text();
    facts.request = RequestFacts::of(request);
    facts.payloadHash = vote.payloadHash;
    facts.effectiveHash = vote.effectiveHash;
    facts.statements = {{statement.id.text(), statement.digest()}};
    facts.contents = {{content.id.text(), content.commitment()}};
    const Result<> written = store.transact([&](StoreWriter &writer) -> Result<> {
        Result<> done = writer.insertContent(content);
        done = done ? writer.insertStatement(statement) : done;
        done = done ? writer.insertStatement(release) : done;
        done = done ? writer.insertDecision(decision) : done;
        done = done ? writer.updateRequest(request) : done;
        if (!done) {
            return done;
        }
        const auto sealed = writer.appendEvent(toAuditEvent(facts));
        return sealed ? Result<>() : Result<>(sealed.error());
    });
    if (!written) {
        qFatal("the forgery itself failed: %s", qUtf8Printable(written.error().message));
    }
}

} // namespace countersign::test
