// SPDX-License-Identifier: Apache-2.0
#include "core/audit/reviewer_directory.h"
#include "tests/support/fixed_ids.h"

#include <QtTest/QTest>

using namespace countersign;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp nine = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + std::chrono::hours(9);
const WorkspaceId workspace(u"ws1"_s);

/// Statements in the order in which they are made, an hour apart.
struct Statements {
    SequentialIds ids;
    std::vector<Statement> all;
    Timestamp now = nine;

    const Statement &add(const QString &kind, const QString &subject, const QByteArray &body, const SigningKey &by)
    {
        all.push_back(signStatement(StatementId(ids.nextId()), kind, subject, body, by));
        now += 1h;
        return all.back();
    }
    EnrolBody enrolment(const QString &id, const PublicKey &key, bool administrator = false) const
    {
        return {workspace, ReviewerId(id), u"Name of "_s + id, {u"staff"_s}, key, administrator, {}, now};
    }
    void enrol(const QString &id, const SigningKey &key, const SigningKey &by, bool administrator = false)
    {
        add(u"enrol"_s, id, encodeBody(enrolment(id, key.publicKey(), administrator)), by);
    }
    void disable(const QString &id, const SigningKey &by)
    {
        add(u"disable"_s, id, encodeBody(DisableBody{workspace, ReviewerId(id), now}), by);
    }
    void rotate(const QString &id, const PublicKey &key, const SigningKey &by)
    {
        add(u"rotate"_s, id, encodeBody(RotateBody{workspace, ReviewerId(id), key, now}), by);
    }
    void genesis(const SigningKey &key, const PublicKey &recovery = {})
    {
        EnrolBody body = enrolment(u"ada"_s, key.publicKey(), true);
        body.recoveryKey = recovery;
        add(u"enrol"_s, u"ada"_s, encodeBody(body), key);
    }
};

Statement aPolicy(const SigningKey &by)
{
    const PolicyBody body{workspace, u"p1"_s, sha256("{}"), nine};
    return signStatement(StatementId(u"policy"_s), u"policy"_s, u"p1"_s, encodeBody(body), by);
}

} // namespace

class TestReviewerDirectory : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }

    void theFirstAdministratorIsPinned();
    void aBeginningThatIsNotSoundCountsForNothing();
    void onlyAdministratorsEnrol();
    void namesIdsAndKeysAreTakenOnce();
    void whoIsDisabledSignsNoMore();
    void theLastAdministratorStays();
    void keysRotate();
    void theRecoveryKeyServesOnce();
    void rowsMustRepeatTheirBodies();
    void theGivenOrderCountsNotTheIds();
    void policiesNeedAnAdministrator();
    void everyRefusalSaysWhy();

private:
    ReviewerDirectory build(const Statements &statements) const
    {
        return ReviewerDirectory::build(workspace, statements.all, m_ada.publicKey().fingerprint());
    }
    SigningKey m_ada = SigningKey::generate();
    SigningKey m_bea = SigningKey::generate();
    SigningKey m_cem = SigningKey::generate();
    SigningKey m_eve = SigningKey::generate();
};

void TestReviewerDirectory::theFirstAdministratorIsPinned()
{
    Statements statements;
    statements.genesis(m_ada);
    const ReviewerDirectory directory = build(statements);
    QCOMPARE(directory.reviewers().size(), 1U);
    QVERIFY(directory.refused().empty());
    QVERIFY(directory.hasAdministrator());
    const Reviewer *ada = directory.findByName(u"Name of ada"_s);
    QVERIFY(ada);
    QCOMPARE(ada->id, ReviewerId(u"ada"_s));
    QCOMPARE(ada->enrolledAt, nine);
    QVERIFY(ada->administrator);
    QCOMPARE(directory.activeByKey(m_ada.publicKey().fingerprint()), ada);
    QCOMPARE(ReviewerDirectory::firstAdministratorKey(workspace, statements.all), m_ada.publicKey());

    for (const std::optional<Digest> &pin :
         {std::optional<Digest>(), std::optional(Digest{}), std::optional(m_eve.publicKey().fingerprint())}) {
        const ReviewerDirectory none = ReviewerDirectory::build(workspace, statements.all, pin);
        QVERIFY(none.reviewers().empty());
        QVERIFY(!none.hasAdministrator());
        QCOMPARE(none.refused().size(), 1U);
    }
    QVERIFY(ReviewerDirectory::build(WorkspaceId(u"ws2"_s), statements.all, m_ada.publicKey().fingerprint())
                .reviewers()
                .empty());
}

void TestReviewerDirectory::aBeginningThatIsNotSoundCountsForNothing()
{
    Statements plain;
    plain.enrol(u"ada"_s, m_ada, m_ada, false);
    QVERIFY(build(plain).reviewers().empty());
    QVERIFY(!ReviewerDirectory::firstAdministratorKey(workspace, plain.all));

    Statements foreign;
    foreign.enrol(u"ada"_s, m_ada, m_eve, true); // The pinned key is public: anyone can name it.
    QVERIFY(build(foreign).reviewers().empty());
    QVERIFY(!ReviewerDirectory::firstAdministratorKey(workspace, foreign.all));

    Statements forged;
    forged.genesis(m_ada);
    forged.all[0].signature[3] = static_cast<char>(forged.all[0].signature[3] ^ 1);
    QVERIFY(build(forged).reviewers().empty());

    Statements two;
    two.genesis(m_eve); // Older than the true one, to be pinned in its place.
    two.genesis(m_ada);
    QVERIFY(!ReviewerDirectory::firstAdministratorKey(workspace, two.all));
    const ReviewerDirectory directory = build(two);
    QCOMPARE(directory.reviewers().size(), 1U);
    QCOMPARE(directory.reviewers()[0].key, m_ada.publicKey());
    QCOMPARE(directory.refused().size(), 1U);
}

void TestReviewerDirectory::onlyAdministratorsEnrol()
{
    Statements statements;
    statements.genesis(m_ada);
    statements.enrol(u"bea"_s, m_bea, m_ada);
    statements.enrol(u"eve1"_s, m_eve, m_bea);       // Not an administrator.
    statements.enrol(u"eve2"_s, m_eve, m_eve, true); // Herself.
    const ReviewerDirectory directory = build(statements);
    QCOMPARE(directory.reviewers().size(), 2U);
    QCOMPARE(directory.refused().size(), 2U);
    QCOMPARE(directory.find(ReviewerId(u"bea"_s))->groups, QStringList{u"staff"_s});
    QVERIFY(!directory.find(ReviewerId(u"eve1"_s)));

    statements.enrol(u"cem"_s, m_cem, m_ada, true);
    statements.enrol(u"eve3"_s, m_eve, m_cem); // A second administrator may.
    QVERIFY(build(statements).find(ReviewerId(u"eve3"_s)));

    Statement elsewhere = statements.all.back();
    EnrolBody body = decodeEnrol(elsewhere.body).value();
    body.workspace = WorkspaceId(u"ws2"_s);
    statements.all.back() = signStatement(elsewhere.id, elsewhere.kind, elsewhere.subject, encodeBody(body), m_cem);
    QVERIFY(!build(statements).find(ReviewerId(u"eve3"_s)));
}

void TestReviewerDirectory::namesIdsAndKeysAreTakenOnce()
{
    Statements statements;
    statements.genesis(m_ada);
    statements.enrol(u"bea"_s, m_bea, m_ada);
    statements.enrol(u"bea"_s, m_cem, m_ada); // Same id and name.
    statements.enrol(u"cem"_s, m_bea, m_ada); // Same key.
    EnrolBody sameName = statements.enrolment(u"cem"_s, m_cem.publicKey());
    sameName.name = u"Name of bea"_s;
    statements.add(u"enrol"_s, u"cem"_s, encodeBody(sameName), m_ada);
    const ReviewerDirectory directory = build(statements);
    QCOMPARE(directory.reviewers().size(), 2U);
    QCOMPARE(directory.refused().size(), 3U);
    QCOMPARE(directory.find(ReviewerId(u"bea"_s))->key, m_bea.publicKey());
}

void TestReviewerDirectory::whoIsDisabledSignsNoMore()
{
    Statements statements;
    statements.genesis(m_ada);
    statements.enrol(u"cem"_s, m_cem, m_ada, true); // From 10:00.
    statements.disable(u"cem"_s, m_ada);            // At 11:00.
    statements.enrol(u"eve"_s, m_eve, m_cem);
    const ReviewerDirectory directory = build(statements);
    QCOMPARE(directory.refused().size(), 1U);
    QCOMPARE(directory.find(ReviewerId(u"cem"_s))->disabledAt, nine + 2h);
    QVERIFY(!directory.activeByKey(m_cem.publicKey().fingerprint()));

    const Statement signedByCem = aPolicy(m_cem);
    const ReviewerId cem(u"cem"_s);
    QVERIFY(!directory.verifyAsOf(signedByCem, cem, nine));
    QVERIFY(directory.verifyAsOf(signedByCem, cem, nine + 1h));
    QVERIFY(directory.verifyAsOf(signedByCem, cem, nine + 2h));
    QVERIFY(!directory.verifyAsOf(signedByCem, cem, nine + 2h + 1ms));
    QCOMPARE(directory.verifyCurrent(signedByCem, cem).error().code, ErrorCode::NotAllowed);

    statements.disable(u"cem"_s, m_ada); // Twice.
    statements.disable(u"bea"_s, m_ada); // Nobody.
    QCOMPARE(build(statements).refused().size(), 3U);
}

void TestReviewerDirectory::theLastAdministratorStays()
{
    Statements statements;
    statements.genesis(m_ada);
    statements.disable(u"ada"_s, m_ada);
    QVERIFY(build(statements).hasAdministrator());
    QCOMPARE(build(statements).refused().size(), 1U);
    statements.enrol(u"cem"_s, m_cem, m_ada, true);
    statements.disable(u"ada"_s, m_cem);
    const ReviewerDirectory directory = build(statements);
    QVERIFY(directory.hasAdministrator());
    QVERIFY(!directory.find(ReviewerId(u"ada"_s))->isActive());
    statements.disable(u"cem"_s, m_cem);
    QCOMPARE(build(statements).refused().size(), 2U);
}

void TestReviewerDirectory::keysRotate()
{
    const SigningKey next = SigningKey::generate();
    const SigningKey third = SigningKey::generate();
    Statements statements;
    statements.genesis(m_ada);                            // 9:00
    statements.enrol(u"bea"_s, m_bea, m_ada);             // 10:00
    statements.rotate(u"bea"_s, next.publicKey(), m_bea); // 11:00, herself.
    const ReviewerId bea(u"bea"_s);
    const ReviewerDirectory directory = build(statements);
    QVERIFY(directory.refused().empty());
    QCOMPARE(directory.find(bea)->key, next.publicKey());
    QVERIFY(directory.verifyAsOf(aPolicy(m_bea), bea, nine + 90min));
    QVERIFY(!directory.verifyAsOf(aPolicy(m_bea), bea, nine + 3h));
    QVERIFY(!directory.verifyAsOf(aPolicy(next), bea, nine + 90min));
    QVERIFY(directory.verifyAsOf(aPolicy(next), bea, nine + 3h));
    QVERIFY(directory.verifyCurrent(aPolicy(next), bea));
    QVERIFY(!directory.verifyCurrent(aPolicy(m_bea), bea));
    QVERIFY(!directory.verifyCurrent(aPolicy(next), ReviewerId(u"ada"_s)));

    statements.rotate(u"bea"_s, third.publicKey(), m_bea); // The old key.
    statements.rotate(u"bea"_s, m_bea.publicKey(), next);  // Back to a used key.
    statements.rotate(u"ada"_s, third.publicKey(), next);  // Somebody else's.
    QCOMPARE(build(statements).refused().size(), 3U);
    statements.rotate(u"bea"_s, third.publicKey(), m_ada); // An administrator may.
    QCOMPARE(build(statements).find(bea)->key, third.publicKey());
}

void TestReviewerDirectory::theRecoveryKeyServesOnce()
{
    const SigningKey recovery = SigningKey::generate();
    const SigningKey next = SigningKey::generate();
    Statements statements;
    statements.genesis(m_ada, recovery.publicKey());
    statements.enrol(u"bea"_s, m_bea, m_ada);
    statements.enrol(u"eve"_s, m_eve, recovery);                 // Enrols nobody.
    statements.rotate(u"bea"_s, next.publicKey(), recovery);     // Serves the first administrator only.
    statements.rotate(u"ada"_s, recovery.publicKey(), recovery); // Becomes no reviewer's key.
    QCOMPARE(build(statements).refused().size(), 3U);
    statements.rotate(u"ada"_s, next.publicKey(), recovery);
    const ReviewerDirectory directory = build(statements);
    QCOMPARE(directory.refused().size(), 3U);
    QCOMPARE(directory.find(ReviewerId(u"ada"_s))->key, next.publicKey());
    statements.rotate(u"ada"_s, m_cem.publicKey(), recovery); // Again.
    QCOMPARE(build(statements).refused().size(), 4U);

    Statements without;
    without.genesis(m_ada);
    without.rotate(u"ada"_s, next.publicKey(), recovery);
    QCOMPARE(build(without).refused().size(), 1U);
}

void TestReviewerDirectory::rowsMustRepeatTheirBodies()
{
    Statements statements;
    statements.genesis(m_ada);
    statements.enrol(u"bea"_s, m_bea, m_ada);
    const auto changes = {+[](Statement &row) { row.subject = u"other"_s; },
                          +[](Statement &row) { row.kind = u"rotate"_s; },
                          +[](Statement &row) { row.keyId = sha256("other"); },
                          +[](Statement &row) { row.body.replace("Name of ", "Mane of "); },
                          +[](Statement &row) { row.body += ' '; },
                          +[](Statement &row) { row.signature.chop(1); }};
    for (size_t which : {0U, 1U}) {
        for (const auto change : changes) {
            Statements changed = statements;
            change(changed.all[which]);
            QVERIFY(build(changed).reviewers().size() <= which);
        }
    }
}

void TestReviewerDirectory::theGivenOrderCountsNotTheIds()
{
    Statements statements;
    statements.genesis(m_ada);
    statements.enrol(u"bea"_s, m_bea, m_ada);
    statements.disable(u"bea"_s, m_ada);
    // A clock set back gives the last one the smallest id.
    statements.all.back().id = StatementId(u"0"_s);
    const ReviewerDirectory directory = build(statements);
    QVERIFY(directory.refused().empty());
    QVERIFY(!directory.find(ReviewerId(u"bea"_s))->isActive());
    // And an administrator who has not joined yet cannot enrol anybody, whatever the ids say.
    std::reverse(statements.all.begin(), statements.all.end());
    QVERIFY(!build(statements).find(ReviewerId(u"bea"_s)));
}

void TestReviewerDirectory::policiesNeedAnAdministrator()
{
    Statements statements;
    statements.genesis(m_ada);
    statements.enrol(u"bea"_s, m_bea, m_ada);
    const ReviewerDirectory directory = build(statements);
    QVERIFY(directory.verifyAdministrator(aPolicy(m_ada), nine + 1h));
    QVERIFY(!directory.verifyAdministrator(aPolicy(m_ada), nine - 1h));
    QVERIFY(!directory.verifyAdministrator(aPolicy(m_bea), nine + 2h));
    QVERIFY(!directory.verifyAdministrator(aPolicy(m_eve), nine + 2h));
    Statement forged = aPolicy(m_ada);
    forged.body.replace("p1", "p2");
    QCOMPARE(directory.verifyAdministrator(forged, nine + 1h).error().code, ErrorCode::NotAllowed);
}

void TestReviewerDirectory::everyRefusalSaysWhy()
{
    Statements statements;
    statements.genesis(m_ada);
    statements.enrol(u"eve"_s, m_eve, m_eve, true);
    statements.all.back().id = StatementId(u"z\u202eevil"_s);
    const ReviewerDirectory directory = build(statements);
    QCOMPARE(directory.refused().size(), 1U);
    const QString why = directory.refused().front().why;
    QVERIFY2(why.contains(u"⟨U+202E⟩"_s) && why.endsWith(u'.'), qPrintable(why));
    QVERIFY(!why.contains(QChar(0x202e)));
}

QTEST_GUILESS_MAIN(TestReviewerDirectory)
#include "tst_reviewer_directory.moc"
