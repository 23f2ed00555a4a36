// SPDX-License-Identifier: Apache-2.0
// Two processes do the same thing at the same moment, again and again. One wins, the other is told who.
#include "core/audit/verifier.h"
#include "core/engine/request_json.h"
#include "tests/support/worker_process.h"

#include <QtTest/QTest>

#include <array>
#include <cstring>
#include <iostream>
#include <random>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::test;

namespace {

int races()
{
    return qEnvironmentVariableIntValue("COUNTERSIGN_SOAK") > 0 ? 1000 : 50;
}

qint64 monotonicNs()
{
    return std::chrono::steady_clock::now().time_since_epoch().count(); // One clock for all processes.
}

/// What a worker answers in one line: `ok WHAT` or `error CODE MESSAGE`.
template<typename T, typename Word>
QString answer(const Result<T> &result, Word word)
{
    return result ? u"ok "_s + word(*result)
                  : u"error %1 %2"_s.arg(toText(result.error().code), result.error().message);
}

/// One line asks for one deed, which a worker prepares and begins at the moment that the line names.
QString doAsTold(WorkerEngine &world, const WorkerOptions &options, const QStringList &order)
{
    const QString &what = order.value(0);
    const qint64 moment = order.value(1).toLongLong();
    const QString &subject = order.value(2);
    const auto wait = [moment] {
        while (monotonicNs() < moment) {} // Spinning: a sleep would wake up some time later.
    };
    if (what == u"submit"_s) {
        const Submission submission = aSubmission().byAgent(u"twin"_s).withKey(subject);
        wait();
        return answer(world.engine.submit(submission), [](const Submitted &s) { return s.id.text(); });
    }
    const RequestId id(subject);
    if (what == u"withdraw"_s) {
        wait();
        const Result<> done = world.engine.withdraw(id, u"changed my mind"_s, u"agent"_s);
        return done ? u"ok withdrawn"_s : answer(Result<int>(done.error()), [](int) { return QString(); });
    }
    const auto round = world.store->round(id, 1);
    if (what == u"begin"_s) {
        const RoundContent content = round.value()->content;
        wait();
        return answer(world.engine.beginExecution(id, content),
                      [](const VerifiedOutcome &outcome) { return outcome.decision.id.text(); });
    }
    DecideOrder decide;
    decide.request = id;
    decide.payloadHash = round.value()->payloadHash;
    decide.verdict = *verdictFromText(what);
    decide.content.reason = u"by "_s + options.reviewer;
    decide.shown = WhatWasShown::nothingOnCommandLine();
    decide.staging = Staging::ReleaseAtOnce;
    wait();
    return answer(world.engine.decide(decide), [](const Decided &decided) { return decided.decision->id.text(); });
}

int work(const WorkerOptions &options)
{
    WorkerEngine world(options);
    std::cout << "ready" << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        const QStringList order = QString::fromStdString(line).split(u' ');
        std::cout << doAsTold(world, options, order).toStdString() << std::endl;
    }
    return 0;
}

} // namespace

class TestRaces : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void twoDecideOneRequest();
    void oneDecidesWhileTheAskerWithdraws();
    void twoFileOneKey();
    void twoStartOneApproval();
    void cleanupTestCase();

private:
    /// Both workers do their order at the same moment. Their answers.
    std::array<QString, 2> race(const std::array<QString, 2> &what, const QString &subject);
    QString readLine(QProcess &process);

    SharedWorkspace m_workspace;
    std::array<WorkerOptions, 2> m_options;
    std::array<QProcess, 2> m_workers;
    std::array<int, 2> m_wins{};
};

void TestRaces::initTestCase()
{
    for (size_t i = 0; i < m_workers.size(); ++i) {
        m_options[i] = m_workspace.enrol(i == 0 ? u"R1"_s : u"R2"_s);
    }
    for (size_t i = 0; i < m_workers.size(); ++i) {
        startWorker(m_workers[i], m_options[i]);
        QCOMPARE(readLine(m_workers[i]), u"ready"_s);
    }
}

QString TestRaces::readLine(QProcess &process)
{
    while (!process.canReadLine()) {
        if (!process.waitForReadyRead(30'000)) {
            return u"no answer: "_s + process.errorString();
        }
    }
    return QString::fromUtf8(process.readLine()).trimmed();
}

std::array<QString, 2> TestRaces::race(const std::array<QString, 2> &what, const QString &subject)
{
    const qint64 moment = monotonicNs() + 2'000'000;
    for (size_t i = 0; i < m_workers.size(); ++i) {
        m_workers[i].write(u"%1 %2 %3\n"_s.arg(what[i], QString::number(moment), subject).toUtf8());
        m_workers[i].waitForBytesWritten();
    }
    std::array<QString, 2> answers{readLine(m_workers[0]), readLine(m_workers[1])};
    for (size_t i = 0; i < answers.size(); ++i) {
        m_wins.at(i) += answers.at(i).startsWith(u"ok "_s) ? 1 : 0;
    }
    return answers;
}

void TestRaces::twoDecideOneRequest()
{
    m_wins = {};
    for (int i = 0; i < races(); ++i) {
        const RequestId id = m_workspace.engine->submit(aSubmission()).value().id;
        const auto answers = race({u"approve"_s, i % 2 == 0 ? u"reject"_s : u"approve"_s}, id.text());
        const size_t winner = answers[0].startsWith(u"ok "_s) ? 0 : 1;
        const QString &won = answers.at(winner);
        const QString &lost = answers.at(1 - winner);
        const QString both = answers[0] + u" / "_s + answers[1];
        QVERIFY2(won.startsWith(u"ok "_s), qPrintable(both));
        QVERIFY2(lost.startsWith(u"error already-decided "_s), qPrintable(both));
        QVERIFY2(lost.contains(m_options.at(winner).reviewer + u" decided this request"_s), qPrintable(both));
        const auto decisions = m_workspace.store->decisions(id);
        QCOMPARE(decisions->size(), size_t(1));
        QCOMPARE(u"ok "_s + decisions->front().id.text(), won);
        QCOMPARE(decisions->front().reviewerName, m_options.at(winner).reviewer);
        QCOMPARE(m_workspace.store->statements(u"vote"_s, id.text())->size(), size_t(1));
        QCOMPARE(m_workspace.engine->verifiedOutcome(id)->vote.reviewerName, m_options.at(winner).reviewer);
    }
    qInfo("%d races: R1 won %d, R2 won %d", races(), m_wins[0], m_wins[1]);
}

void TestRaces::oneDecidesWhileTheAskerWithdraws()
{
    m_wins = {};
    for (int i = 0; i < races(); ++i) {
        const RequestId id = m_workspace.engine->submit(aSubmission()).value().id;
        const auto answers = race({u"approve"_s, u"withdraw"_s}, id.text());
        const QString both = answers[0] + u" / "_s + answers[1];
        const bool decided = answers[0].startsWith(u"ok "_s);
        QVERIFY2(decided != answers[1].startsWith(u"ok "_s), qPrintable(both));
        QVERIFY2(answers.at(decided ? 1 : 0).startsWith(u"error wrong-state "_s), qPrintable(both));
        QVERIFY2(decided || answers[0].contains(u"The asker withdrew this request"_s), qPrintable(both));
        const Request request = *m_workspace.store->request(id).value();
        QCOMPARE(request.state.lifecycle, decided ? Lifecycle::Decided : Lifecycle::Withdrawn);
        QCOMPARE(m_workspace.engine->verifiedOutcome(id).hasValue(), decided);
    }
    qInfo("%d races: decided %d, withdrawn %d", races(), m_wins[0], m_wins[1]);
}

void TestRaces::twoFileOneKey()
{
    for (int i = 0; i < races(); ++i) {
        const QString key = u"invoice-%1"_s.arg(i);
        const auto answers = race({u"submit"_s, u"submit"_s}, key);
        QVERIFY2(answers[0].startsWith(u"ok "_s), qPrintable(answers[0]));
        QCOMPARE(answers[1], answers[0]); // The same request.
        QCOMPARE(m_workspace.store->rounds(RequestId(answers[0].mid(3)))->size(), size_t(1));
        QCOMPARE(m_workspace.store->eventsAbout(answers[0].mid(3))->size(), size_t(1));
    }
}

void TestRaces::twoStartOneApproval()
{
    m_wins = {};
    for (int i = 0; i < races(); ++i) {
        const RequestId id = m_workspace.engine->submit(aSubmission()).value().id;
        DecideOrder order;
        order.request = id;
        order.payloadHash = m_workspace.store->round(id, 1).value()->payloadHash;
        order.verdict = Verdict::Approve;
        order.shown = WhatWasShown::nothingOnCommandLine();
        order.staging = Staging::ReleaseAtOnce;
        const DecisionId decision = m_workspace.engine->decide(order).value().decision->id;
        const auto answers = race({u"begin"_s, u"begin"_s}, id.text());
        const QString both = answers[0] + u" / "_s + answers[1];
        const size_t winner = answers[0].startsWith(u"ok "_s) ? 0 : 1;
        QVERIFY2(answers.at(winner).startsWith(u"ok "_s), qPrintable(both));
        QVERIFY2(answers.at(1 - winner).startsWith(u"error already-decided "_s), qPrintable(both));
        QCOMPARE(m_workspace.store->deliveryAttempts(decision)->size(), size_t(1));
    }
    qInfo("%d races: the first started %d, the second %d", races(), m_wins[0], m_wins[1]);
}

void TestRaces::cleanupTestCase()
{
    for (QProcess &worker : m_workers) {
        worker.closeWriteChannel();
        QVERIFY(worker.waitForFinished());
        QCOMPARE(worker.exitCode(), 0);
    }
    const auto report = verifyWorkspace(*m_workspace.store, m_workspace.administrator.publicKey().fingerprint());
    QVERIFY(report);
    QVERIFY2(report->holds(),
             report->first() ? qPrintable(report->first()->entry + u": "_s + report->first()->what) : "");
    QVERIFY(m_workspace.store->quickCheck());
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (!initCrypto()) {
        return 1;
    }
    if (const auto options = WorkerOptions::fromArguments(argc, argv)) {
        return work(*options);
    }
    TestRaces test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_races.moc"
