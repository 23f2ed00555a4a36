// SPDX-License-Identifier: Apache-2.0
#include "tests/core/audit/audit_attacks.h"

#include <QtTest/QTest>

#include <random>

using namespace countersign;

namespace {

/// Every small log is walked exhaustively, a large one in steps of this: it costs a tenth of a second each time.
constexpr size_t sampleStep = 7;

} // namespace

class TestVerifier : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }

    void aSoundLogHolds();
    void readingCanBeStopped();
    void manyEntriesAreReadInBatches();
    void everyByteOfEveryBodyCounts();
    void everyPartOfEverySealCounts();
    void everyByteOfStatementsAndContentsCounts();
    void everyStatementColumnCounts();
    void aRemovedEntryIsNamed();
    void swappedNeighboursAreNamed();
    void anInsertedEntryIsNamed();
    void aTruncationIsOnlySeenWhereRowsDiffer();

    void hiddenEditsOfVotesAreFound_data();
    void hiddenEditsOfVotesAreFound();
    void rowsAreComparedWithTheLog_data();
    void rowsAreComparedWithTheLog();
};

void TestVerifier::aSoundLogHolds()
{
    AuditLogBuilder log;
    writeLarge(log);
    const AuditReport report = verify(log.source, log.pin());
    QVERIFY2(report.holds(), qPrintable(printed(report)));
    QVERIFY(report.entries > 190);
    QCOMPARE(report.entries, static_cast<qint64>(log.source.log.size()));
    QCOMPARE(static_cast<size_t>(report.signatures), log.source.statements.size());
    QCOMPARE(report.signers.size(), 4U);
    QCOMPARE(report.erased, 0);
    QCOMPARE(report.first(), nullptr);
}

void TestVerifier::readingCanBeStopped()
{
    AuditLogBuilder log;
    writeSmall(log);
    const Result<AuditReport> report = verifyAudit(log.source, log.pin(), [](qint64 done) { return done == 0; });
    QVERIFY(!report);
    QCOMPARE(report.error().code, ErrorCode::Cancelled);
}

void TestVerifier::manyEntriesAreReadInBatches()
{
    AuditLogBuilder log;
    writeSmall(log);
    while (log.source.log.size() < 2500) {
        log.source.append(log.facts(u"clock.stepped"_s, {}));
    }
    qint64 last = -1;
    int asked = 0;
    const Result<AuditReport> report = verifyAudit(log.source, log.pin(), [&](qint64 done) {
        ++asked;
        const bool grows = done > last;
        last = done;
        return grows;
    });
    QVERIFY(report);
    QVERIFY2(report->holds(), qPrintable(printed(*report)));
    QCOMPARE(report->entries, 2500);
    QCOMPARE(asked, 4);
}

void TestVerifier::everyByteOfEveryBodyCounts()
{
    const quint32 seed = 20261124;
    qInfo("seed %u", seed);
    std::mt19937 random(seed);
    AuditLogBuilder log;
    writeSmall(log);
    int flips = 0;
    for (size_t entry = 0; entry < log.source.log.size(); ++entry) {
        QByteArray &body = log.source.log[entry].event.body;
        const QByteArray original = body;
        for (qsizetype at = 0; at < original.size(); ++at) {
            flip(body, at, static_cast<int>(random() % 8));
            const AuditReport report = verify(log.source, log.pin());
            QVERIFY2(!report.holds(), qPrintable(u"byte %1 of entry %2"_s.arg(at).arg(entry + 1)));
            QCOMPARE(report.first()->sequence, static_cast<qint64>(entry) + 1);
            body = original;
            ++flips;
        }
    }
    QVERIFY(flips > 3000);

    AuditLogBuilder large;
    writeLarge(large);
    for (size_t entry = random() % sampleStep; entry < large.source.log.size(); entry += sampleStep) {
        QByteArray &body = large.source.log[entry].event.body;
        const QByteArray original = body;
        flip(body, static_cast<qsizetype>(random() % static_cast<quint32>(body.size())),
             static_cast<int>(random() % 8));
        const AuditReport report = verify(large.source, large.pin());
        QVERIFY(!report.holds());
        QCOMPARE(report.first()->sequence, static_cast<qint64>(entry) + 1);
        body = original;
    }
}

void TestVerifier::everyPartOfEverySealCounts()
{
    AuditLogBuilder log;
    writeSmall(log);
    for (size_t entry = 0; entry < log.source.log.size(); ++entry) {
        const auto number = static_cast<qint64>(entry) + 1;
        AuditSource::SealedEvent &sealed = log.source.log[entry];
        const AuditSource::SealedEvent original = sealed;
        for (Digest Seal::*part : {&Seal::leafHash, &Seal::previousHash, &Seal::sealHash}) {
            for (size_t bit = entry % 8; bit < 256; bit += 7) { // Every bit of every byte, over the entries.
                flip(sealed.seal.*part, bit / 8, static_cast<int>(bit % 8));
                const AuditReport report = verify(log.source, log.pin());
                QVERIFY(!report.holds());
                QCOMPARE(report.first()->sequence, number);
                sealed = original;
            }
        }
        for (int bit = 0; bit < 63; ++bit) {
            sealed.seal.sequence ^= qint64(1) << bit;
            QVERIFY(!verify(log.source, log.pin()).holds());
            sealed = original;
        }
        sealed.seal.event = EventId(u"another"_s);
        QCOMPARE(verify(log.source, log.pin()).first()->sequence, number);
        sealed = original;
        const std::function<void(AuditEvent &)> columns[] = {
            [](AuditEvent &event) { event.id = EventId(u"another"_s); },
            [](AuditEvent &event) { event.kind = u"clock.stepped"_s; },
            [](AuditEvent &event) { event.subject += u'x'; },
            [](AuditEvent &event) { event.at += std::chrono::milliseconds(1); }};
        for (const auto &change : columns) {
            change(sealed.event);
            const AuditReport report = verify(log.source, log.pin());
            QVERIFY(!report.holds());
            QCOMPARE(report.first()->sequence, number);
            sealed = original;
        }
    }
}

void TestVerifier::everyByteOfStatementsAndContentsCounts()
{
    AuditLogBuilder log;
    writeSmall(log);
    const auto checkBytes = [&log](QByteArray &bytes) {
        const QByteArray original = bytes;
        for (qsizetype at = 0; at < original.size(); ++at) {
            flip(bytes, at, static_cast<int>(at % 8));
            QVERIFY(!verify(log.source, log.pin()).holds());
            bytes = original;
        }
        bytes.chop(1);
        QVERIFY(!verify(log.source, log.pin()).holds());
        bytes = original;
    };
    for (auto &[id, statement] : log.source.statements) {
        checkBytes(statement.body);
        checkBytes(statement.signature);
    }
    for (auto &[id, content] : log.source.contents) {
        checkBytes(content.body);
        checkBytes(content.salt);
    }
    QVERIFY(verify(log.source, log.pin()).holds());
}

void TestVerifier::everyStatementColumnCounts()
{
    AuditLogBuilder log;
    writeSmall(log);
    for (auto &[id, statement] : log.source.statements) {
        const Statement original = statement;
        const std::function<void(Statement &)> changes[] = {
            [](Statement &row) { row.id = StatementId(u"another"_s); }, [](Statement &row) { row.kind = u"note"_s; },
            [](Statement &row) { row.subject = u"another"_s; }, [](Statement &row) { row.keyId = sha256("another"); },
            [](Statement &row) {
                if (row.content) {
                    row.content = ContentId(u"another"_s);
                } else {
                    row.signature.clear();
                }
            }};
        for (const auto &change : changes) {
            change(statement);
            QVERIFY(!verify(log.source, log.pin()).holds());
            statement = original;
        }
    }
    for (auto &[id, content] : log.source.contents) {
        const ContentRow original = content;
        content.kind = u"note"_s;
        QVERIFY(!verify(log.source, log.pin()).holds());
        content = original;
    }
}

void TestVerifier::aRemovedEntryIsNamed()
{
    const auto check = [](const AuditLogBuilder &log, size_t step) {
        for (size_t entry = 0; entry < log.source.log.size(); entry += step) {
            MemoryAuditSource cut = log.source;
            cut.log.erase(cut.log.begin() + static_cast<qsizetype>(entry));
            const AuditReport report = verify(cut, log.pin());
            QVERIFY(!report.holds());
            if (entry + 1 < log.source.log.size()) {
                QCOMPARE(report.first()->sequence, static_cast<qint64>(entry) + 1);
            }
            // With the numbers closed up, the chain shows it.
            for (size_t later = entry; later < cut.log.size(); ++later) {
                --cut.log[later].seal.sequence;
            }
            QVERIFY(!verify(cut, log.pin()).holds());
        }
    };
    AuditLogBuilder small;
    writeSmall(small);
    check(small, 1);
    AuditLogBuilder large;
    writeLarge(large);
    check(large, sampleStep);
}

void TestVerifier::swappedNeighboursAreNamed()
{
    const auto check = [](AuditLogBuilder &log, size_t step) {
        for (size_t entry = 0; entry + 1 < log.source.log.size(); entry += step) {
            AuditSource::SealedEvent &left = log.source.log[entry];
            AuditSource::SealedEvent &right = log.source.log[entry + 1];
            std::swap(left.event, right.event);
            QCOMPARE(verify(log.source, log.pin()).first()->sequence, static_cast<qint64>(entry) + 1);
            std::swap(left.seal.event, right.seal.event);
            QCOMPARE(verify(log.source, log.pin()).first()->sequence, static_cast<qint64>(entry) + 1);
            std::swap(left.event, right.event);
            std::swap(left.seal.event, right.seal.event);
        }
        QVERIFY(verify(log.source, log.pin()).holds());
    };
    AuditLogBuilder small;
    writeSmall(small);
    check(small, 1);
    AuditLogBuilder large;
    writeLarge(large);
    check(large, sampleStep);
}

void TestVerifier::anInsertedEntryIsNamed()
{
    AuditLogBuilder log;
    writeSmall(log);
    const MemoryAuditSource original = log.source;
    for (size_t entry = 0; entry <= original.log.size(); ++entry) {
        MemoryAuditSource grown = original;
        AuditSource::SealedEvent added;
        added.event = toAuditEvent(log.facts(u"clock.stepped"_s, {}));
        added.seal = {static_cast<qint64>(entry) + 1,
                      added.event.id,
                      leafHashOf(added.event.body),
                      entry == 0 ? Digest{} : original.log[entry - 1].seal.sealHash,
                      {}};
        added.seal.sealHash = sealHashOf(added.seal.sequence, added.seal.previousHash, added.seal.leafHash);
        for (size_t later = entry; later < grown.log.size(); ++later) {
            ++grown.log[later].seal.sequence;
        }
        grown.log.insert(grown.log.begin() + static_cast<qsizetype>(entry), added);
        const AuditReport report = verify(grown, log.pin());
        if (entry == original.log.size()) {
            QVERIFY(report.holds()); // At the end that is how entries are added.
        } else {
            QCOMPARE(report.first()->sequence, static_cast<qint64>(entry) + 2);
        }
    }
}

void TestVerifier::aTruncationIsOnlySeenWhereRowsDiffer()
{
    AuditLogBuilder log;
    writeSmall(log);
    const MemoryAuditSource early = log.source;
    const RequestId later = log.file(u"later"_s, "{}");
    log.vote(later, Verdict::Approve, log.admin);

    MemoryAuditSource cut = log.source;
    cut.log.resize(early.log.size());
    QVERIFY(!verify(cut, log.pin()).holds()); // The rows are still there.

    // A restored backup is sound in itself. Only a checkpoint kept elsewhere can tell.
    MemoryAuditSource backup = early;
    QVERIFY(verify(backup, log.pin()).holds());
}

using Edit = std::function<void(EventFacts &)>;

void TestVerifier::hiddenEditsOfVotesAreFound_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<Edit>("change");
    const QString vote = u"vote.cast"_s;
    QTest::newRow("payload hash") << vote << Edit([](EventFacts &facts) { flip(facts.payloadHash, 3, 1); });
    QTest::newRow("effective hash") << vote << Edit([](EventFacts &facts) { flip(facts.effectiveHash, 3, 1); });
    QTest::newRow("no hashes") << vote << Edit([](EventFacts &facts) { facts.payloadHash = facts.effectiveHash = {}; });
    QTest::newRow("statement digest") << vote
                                      << Edit([](EventFacts &facts) { flip(facts.statements[0].digest, 0, 1); });
    QTest::newRow("no statement") << vote << Edit([](EventFacts &facts) { facts.statements.clear(); });
    QTest::newRow("statement twice") << vote << Edit([](EventFacts &facts) {
        facts.statements.push_back(facts.statements[0]);
    });
    QTest::newRow("content digest") << vote << Edit([](EventFacts &facts) { flip(facts.contents[0].digest, 0, 1); });
    QTest::newRow("no content") << vote << Edit([](EventFacts &facts) { facts.contents.clear(); });
    QTest::newRow("actor's key") << vote << Edit([](EventFacts &facts) { flip(facts.actor.key, 0, 1); });
    QTest::newRow("actor is a seat") << vote << Edit([](EventFacts &facts) { facts.actor = {u"seat"_s, {}, {}}; });
    QTest::newRow("another request") << vote << Edit([](EventFacts &facts) { facts.subject = u"other"_s; });
    QTest::newRow("another round") << vote << Edit([](EventFacts &facts) { facts.request->round = 2; });
    QTest::newRow("another decision") << vote << Edit([](EventFacts &facts) { facts.request->decision += u'x'; });
    QTest::newRow("no decision") << vote << Edit([](EventFacts &facts) { facts.request->decision.clear(); });
    QTest::newRow("another workspace") << vote
                                       << Edit([](EventFacts &facts) { facts.workspace = WorkspaceId(u"w2"_s); });
    QTest::newRow("released at once") << vote << Edit([](EventFacts &facts) {
        facts.request->state.delivery = Delivery::Released;
    });
    QTest::newRow("no state") << vote << Edit([](EventFacts &facts) { facts.request.reset(); });
    QTest::newRow("became a claim") << vote << Edit([](EventFacts &facts) { facts.kind = u"request.claimed"_s; });
    QTest::newRow("intake hash") << u"request.filed"_s << Edit([](EventFacts &facts) { flip(facts.intakeHash, 0, 1); });
    QTest::newRow("filed payload") << u"request.filed"_s
                                   << Edit([](EventFacts &facts) { flip(facts.payloadHash, 0, 1); });
    QTest::newRow("filed content") << u"request.filed"_s << Edit([](EventFacts &facts) { facts.contents.clear(); });
    QTest::newRow("filed decided") << u"request.filed"_s << Edit([](EventFacts &facts) {
        facts.request->state = {Lifecycle::Decided, Delivery::Staged};
    });
    QTest::newRow("released effect") << u"decision.released"_s
                                     << Edit([](EventFacts &facts) { flip(facts.effectiveHash, 0, 1); });
    QTest::newRow("released unsigned") << u"decision.released"_s
                                       << Edit([](EventFacts &facts) { facts.statements.clear(); });
    QTest::newRow("enrolled another") << u"reviewer.enrolled"_s
                                      << Edit([](EventFacts &facts) { facts.subject = u"eve"_s; });
    QTest::newRow("enrolled unsigned") << u"reviewer.enrolled"_s
                                       << Edit([](EventFacts &facts) { facts.statements.clear(); });
    QTest::newRow("a claim with a statement") << u"request.claimed"_s << Edit([](EventFacts &facts) {
        facts.statements = {{u"s"_s, sha256("s")}};
    });
    QTest::newRow("a claim that decides") << u"request.claimed"_s << Edit([](EventFacts &facts) {
        facts.request->state = {Lifecycle::Decided, Delivery::Staged};
    });
}

void TestVerifier::hiddenEditsOfVotesAreFound()
{
    QFETCH(QString, kind);
    QFETCH(Edit, change);
    AuditLogBuilder log;
    writeSmall(log);
    const qint64 place = entryOf(log.source, kind).seal.sequence;
    edit(log.source, kind, change);
    const AuditReport report = verify(log.source, log.pin());
    QVERIFY(!report.holds());
    QCOMPARE(report.first()->sequence, place);
}

using Tamper = std::function<void(MemoryAuditSource &)>;

void TestVerifier::rowsAreComparedWithTheLog_data()
{
    QTest::addColumn<Tamper>("change");
    const auto request = [](const std::function<void(Request &)> &change) {
        return Tamper([change](MemoryAuditSource &source) { change(source.requests.begin()->second); });
    };
    const auto round = [](const std::function<void(Round &)> &change) {
        return Tamper([change](MemoryAuditSource &source) { change(source.roundRows.begin()->second.front()); });
    };
    const auto decision = [](const std::function<void(Decision &)> &change) {
        return Tamper([change](MemoryAuditSource &source) { change(source.decisionRows.begin()->second.front()); });
    };
    QTest::newRow("state") << request([](Request &row) { row.state.delivery = Delivery::Released; });
    QTest::newRow("revision") << request([](Request &row) { ++row.revision; });
    QTest::newRow("current round") << request([](Request &row) { ++row.round; });
    QTest::newRow("request's decision") << request([](Request &row) { row.decision.reset(); });
    QTest::newRow("request's verdict") << request([](Request &row) { row.verdict = Verdict::Approve; });
    QTest::newRow("request's tool") << request([](Request &row) { row.toolName = u"harmless"_s; });
    QTest::newRow("request's tier") << request([](Request &row) { row.tier = Tier::Low; });
    QTest::newRow("request's quorum") << request([](Request &row) { row.quorum = 3; });
    QTest::newRow("request's deadline") << request([](Request &row) { row.expiresAt.reset(); });
    QTest::newRow("round's tier") << round([](Round &row) { row.policy.tier = Tier::Low; });
    QTest::newRow("round's quorum") << round([](Round &row) { row.policy.quorum = 0; });
    QTest::newRow("round's policy") << round([](Round &row) { row.policy.version = u"builtin-2"_s; });
    QTest::newRow("round's deadline") << round([](Round &row) { *row.expiresAt += std::chrono::hours(1); });
    QTest::newRow("round's intake hash") << round([](Round &row) { flip(row.intakeHash, 0, 0); });
    QTest::newRow("round's payload hash") << round([](Round &row) { flip(row.payloadHash, 0, 0); });
    QTest::newRow("round's content") << round([](Round &row) { row.contentId = ContentId(u"other"_s); });
    QTest::newRow("round's number") << round([](Round &row) { row.number = 2; });
    QTest::newRow("decision's verdict") << decision([](Decision &row) { row.verdict = Verdict::Approve; });
    QTest::newRow("decision's vote") << decision([](Decision &row) { row.decidingVote = StatementId(u"v"_s); });
    QTest::newRow("decision's reviewer") << decision([](Decision &row) { row.reviewer = ReviewerId(u"eve"_s); });
    QTest::newRow("decision's reviewer name") << decision([](Decision &row) { row.reviewerName = u"Eve"_s; });
    QTest::newRow("decision's payload hash") << decision([](Decision &row) { flip(row.payloadHash, 0, 0); });
    QTest::newRow("decision's effective hash") << decision([](Decision &row) { flip(row.effectiveHash, 0, 0); });
    QTest::newRow("decision's release") << decision([](Decision &row) { row.release = StatementId(u"r"_s); });
    QTest::newRow("decision without release") << decision([](Decision &row) { row.release.reset(); });
    QTest::newRow("decision undone") << decision([](Decision &row) { row.undone = true; });
    QTest::newRow("decision's id") << decision([](Decision &row) { row.id = DecisionId(u"d"_s); });
    QTest::newRow("second decision") << Tamper([](MemoryAuditSource &source) {
        Decision more = source.decisionRows.begin()->second.front();
        more.id = DecisionId(u"more"_s);
        more.release.reset();
        source.decisionRows.begin()->second.push_back(more);
    });
    QTest::newRow("second round") << Tamper([](MemoryAuditSource &source) {
        Round more = source.roundRows.begin()->second.front();
        more.number = 2;
        source.roundRows.begin()->second.push_back(more);
    });
    QTest::newRow("request gone") << Tamper([](MemoryAuditSource &source) { source.requests.clear(); });
    QTest::newRow("rounds gone") << Tamper([](MemoryAuditSource &source) { source.roundRows.clear(); });
    QTest::newRow("decisions gone") << Tamper([](MemoryAuditSource &source) { source.decisionRows.clear(); });
    QTest::newRow("statements gone") << Tamper([](MemoryAuditSource &source) { source.statements.clear(); });
    QTest::newRow("request of nobody") << Tamper([](MemoryAuditSource &source) {
        Request more;
        more.id = RequestId(u"forged"_s);
        source.requests[more.id] = more;
    });
    QTest::newRow("statement of nobody") << Tamper([](MemoryAuditSource &source) {
        Statement more = statementOf(source, u"vote"_s);
        more.id = StatementId(u"forged"_s);
        source.statements[more.id] = more;
    });
}

void TestVerifier::rowsAreComparedWithTheLog()
{
    QFETCH(Tamper, change);
    AuditLogBuilder log;
    writeSmall(log);
    change(log.source);
    const AuditReport report = verify(log.source, log.pin());
    QVERIFY(!report.holds());
}

QTEST_GUILESS_MAIN(TestVerifier)
#include "tst_verifier.moc"
