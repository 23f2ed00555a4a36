// SPDX-License-Identifier: Apache-2.0
// The real window, killed again and again while it carries out tool calls of two MCP servers, one behind a pipe and one
// over HTTP. The servers count what they did: a call is done once at most, and the inbox says of each what is known.
#include "core/store/sqlite_store.h"
#include "tests/app/ctl_rig.h"
#include "tests/journeys/killed_window_server.h"
#include "tests/support/seed.h"

#include <QtTest/QTest>

#include <array>
#include <random>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::test;

namespace {

/// When the window dies.
enum class Moment {
    ComingUp,  ///< Somewhere between its start and the call's end; the decision waited for it.
    Deciding,  ///< Around the moment in which the approval reaches it.
    AtServer,  ///< The server has the call, and perhaps answers.
    Asking,    ///< A question of the server waits in the inbox.
    Answering, ///< Around the moment in which the answer to that question reaches it.
    Count
};

struct Call {
    int number = 0;
    RequestId request;
    RequestId question; ///< Empty: the server asked nothing.
};

int kills()
{
    return qEnvironmentVariableIntValue("COUNTERSIGN_SOAK") > 0 ? 100 : 10;
}

} // namespace

class TestKilledWindow : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void whateverWasUnderWayIsDoneOnceAtMost();
    void cleanupTestCase();

private:
    bool startWindow();
    void killWindow();
    QByteArrayList journal() const;
    bool waitForLine(const QByteArray &line) const;
    bool file(Call &call, const QString &connection, const QString &tool, const QByteArray &arguments) const;
    RequestId waitingQuestion() const;
    std::unique_ptr<QProcess> deciding(const RequestId &id, const QStringList &words) const;
    void killDuring(Moment moment, int number);
    void judge(const Call &call, StoreReader &store);
    void judgeQuestion(const Call &call, StoreReader &store) const;

    CtlRig m_rig;
    QString m_key;
    std::unique_ptr<QProcess> m_server;
    std::unique_ptr<QProcess> m_window;
    std::mt19937 m_random;
    std::vector<Call> m_calls;
    QMap<int, int> m_effects;
    std::array<int, static_cast<size_t>(Moment::Count)> m_moments{};
    int m_done = 0;
    int m_unknown = 0;
    int m_unknownAndDone = 0;
    int m_notSent = 0;
};

void TestKilledWindow::initTestCase()
{
    QVERIFY(initCrypto());
    m_random.seed(seedOfThisRun());
    m_rig.environment.insert(u"QT_QPA_PLATFORM"_s, u"offscreen"_s);
    m_key = m_rig.enrolAda();
    const QString self = QCoreApplication::applicationFilePath();
    m_server = m_rig.startProgram(self, {u"--http-till"_s, m_rig.path(u"journal"_s), m_rig.path(u"port"_s)});
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(m_rig.path(u"port"_s)), 20'000);
    QFile port(m_rig.path(u"port"_s));
    QVERIFY(port.open(QIODevice::ReadOnly));
    const QString address = u"http://127.0.0.1:"_s + QString::fromLatin1(port.readAll()) + u"/mcp"_s;
    QCOMPARE(m_rig.run({u"connection"_s, u"add"_s, u"web"_s, u"--mcp-http"_s, address}).code, 0);
    QCOMPARE(m_rig
                 .run({u"connection"_s, u"add"_s, u"pipe"_s, u"--mcp-stdio"_s, u"--"_s, self, u"--pipe-till"_s,
                       m_rig.path(u"journal"_s)})
                 .code,
             0);
}

void TestKilledWindow::cleanupTestCase()
{
    for (const auto *process : {&m_window, &m_server}) {
        if (*process) {
            (*process)->kill();
            (*process)->waitForFinished();
        }
    }
}

bool TestKilledWindow::startWindow()
{
    m_window = m_rig.startProgram(QStringLiteral(COUNTERSIGN_BIN_DIR "/countersign"), {});
    return m_window->waitForStarted(CtlRig::patienceMs);
}

void TestKilledWindow::killWindow()
{
    QCOMPARE(m_window->state(), QProcess::Running);
    m_window->kill();
    QVERIFY(m_window->waitForFinished(CtlRig::patienceMs));
}

QByteArrayList TestKilledWindow::journal() const
{
    QFile file(m_rig.path(u"journal"_s));
    return file.open(QIODevice::ReadOnly) ? file.readAll().split('\n') : QByteArrayList();
}

bool TestKilledWindow::waitForLine(const QByteArray &line) const
{
    return QTest::qWaitFor([&] { return journal().contains(line); }, CtlRig::patienceMs);
}

bool TestKilledWindow::file(Call &call, const QString &connection, const QString &tool,
                            const QByteArray &arguments) const
{
    const CtlRig::Ran ran =
        m_rig.json({u"tool"_s, u"call"_s, connection, tool, u"--args"_s, QString::fromUtf8(arguments)});
    call.request = RequestId(ran.json().value(u"id"_s).toString());
    return ran.code == 0 && !call.request.isEmpty();
}

/// A reviewer's decision on its way, by a process of their own.
std::unique_ptr<QProcess> TestKilledWindow::deciding(const RequestId &id, const QStringList &words) const
{
    return m_rig.start(QStringList{u"decide"_s, id.text()} + words +
                       QStringList{u"--payload-hash"_s, m_rig.payloadHash(id.text()), u"--key-file"_s, m_key});
}

RequestId TestKilledWindow::waitingQuestion() const
{
    QString found;
    const auto look = [&] {
        for (const QByteArray &line : m_rig.json({u"list"_s}).out.split('\n')) {
            const QJsonObject row = QJsonDocument::fromJson(line).object();
            if (row.value(u"status"_s) == u"pending"_s && row.value(u"pattern"_s) == u"elicitation"_s) {
                found = row.value(u"id"_s).toString();
            }
        }
        return !found.isEmpty();
    };
    [[maybe_unused]] const bool came = QTest::qWaitFor(look, CtlRig::patienceMs);
    return RequestId(found);
}

void TestKilledWindow::killDuring(Moment moment, int number)
{
    ++m_moments[static_cast<size_t>(moment)];
    const auto wait = [this](int most) { QTest::qWait(static_cast<int>(m_random() % static_cast<unsigned>(most))); };
    const auto decided = [](QProcess &process) {
        const CtlRig::Ran ran = CtlRig::finish(process);
        QVERIFY2(ran.code == 0, ran.err.constData());
    };
    const bool asks = moment == Moment::Asking || moment == Moment::Answering;
    const QByteArray name = QByteArray::number(number);
    // The server takes its time now before it does it, now before it says so.
    const QByteArray arguments = "{\"n\":" + name + ",\"before\":" + QByteArray::number(m_random() % 30) +
                                 ",\"after\":" + QByteArray::number(m_random() % 30) + '}';
    Call call;
    call.number = number;
    QVERIFY(file(call, m_random() % 2 ? u"web"_s : u"pipe"_s, asks ? u"ask"_s : u"pay"_s, arguments));
    if (moment == Moment::ComingUp) {
        decided(*deciding(call.request, {u"approve"_s}));
        m_calls.push_back(call);
        const qsizetype had = journal().size();
        QVERIFY(startWindow());
        if (m_random() % 2) {
            // Not before it speaks with a server.
            QTRY_VERIFY_WITH_TIMEOUT(journal().size() > had, CtlRig::patienceMs);
            wait(60);
        } else {
            wait(400);
        }
        killWindow();
        return;
    }
    const qsizetype listed = journal().count("list");
    QVERIFY(startWindow());
    QTRY_VERIFY_WITH_TIMEOUT(journal().count("list") >= listed + 2, CtlRig::patienceMs);
    const auto approving = deciding(call.request, {u"approve"_s});
    if (moment == Moment::Deciding) {
        wait(80);
    } else if (moment == Moment::AtServer) {
        QVERIFY(waitForLine("got " + name));
        wait(70);
    } else {
        QVERIFY(waitForLine("asked " + name));
        call.question = waitingQuestion();
        QVERIFY(!call.question.isEmpty());
        if (moment == Moment::Answering) {
            const auto answering = deciding(call.question, {u"answer"_s, u"--content"_s, u"{\"who\":\"me\"}"_s});
            wait(80);
            killWindow();
            decided(*answering);
        }
    }
    if (moment != Moment::Answering) {
        killWindow();
    }
    decided(*approving);
    m_calls.push_back(call);
}

void TestKilledWindow::whateverWasUnderWayIsDoneOnceAtMost()
{
    for (int number = 1; number <= kills(); ++number) {
        killDuring(static_cast<Moment>(m_random() % static_cast<unsigned>(Moment::Count)), number);
        if (QTest::currentTestFailed()) {
            qInfo("kill %d", number);
            return;
        }
    }
    // Whatever still waits is carried out by a window that lives.
    QVERIFY(startWindow());
    SystemClock clock;
    SystemIdSource ids(clock);
    SqliteOptions readOnly;
    readOnly.access = Access::ReadOnly;
    const auto store = std::move(openSqliteStore(m_rig.workspaceFile(), clock, ids, readOnly)).value();
    const auto isSettled = [&] {
        return std::all_of(m_calls.begin(), m_calls.end(), [&](const Call &call) {
            const Request request = store->request(call.request).value().value();
            return request.state.delivery == Delivery::Acknowledged || request.state.delivery == Delivery::Unknown;
        });
    };
    // The last call of all may ask: then its question is answered.
    const auto answerQuestions = [&] {
        for (Call &call : m_calls) {
            if (journal().contains("asked " + QByteArray::number(call.number)) && call.question.isEmpty()) {
                call.question = waitingQuestion();
                if (!call.question.isEmpty()) {
                    CtlRig::finish(*deciding(call.question, {u"answer"_s, u"--content"_s, u"{\"who\":\"me\"}"_s}));
                }
            }
        }
    };
    QVERIFY2(QTest::qWaitFor([&] { return answerQuestions(), isSettled(); }, 60'000), "a call never came to an end");
    for (const QByteArray &line : journal()) {
        if (line.startsWith("did ")) {
            ++m_effects[line.mid(4).toInt()];
        }
    }
    for (const Call &call : m_calls) {
        judge(call, *store);
        if (!call.question.isEmpty()) {
            judgeQuestion(call, *store);
        }
        if (QTest::currentTestFailed()) {
            for (const QByteArray &line : journal()) {
                if (line.contains(' ' + QByteArray::number(call.number))) {
                    qInfo("the server: %s", line.constData());
                }
            }
            return;
        }
    }
    QCOMPARE(m_rig.run({u"audit"_s, u"verify"_s}).code, 0);
    qInfo("%d kills (coming up %d, deciding %d, at the server %d, asking %d, answering %d): %d calls done and said so, "
          "%d unknown and said so (%d of them were done), %d said not to have been sent; none twice",
          kills(), m_moments[0], m_moments[1], m_moments[2], m_moments[3], m_moments[4], m_done, m_unknown,
          m_unknownAndDone, m_notSent);
    killWindow();
}

void TestKilledWindow::judge(const Call &call, StoreReader &store)
{
    const int effects = m_effects.value(call.number);
    const QByteArray which = "call " + QByteArray::number(call.number) + ", request " + call.request.text().toUtf8();
    QVERIFY2(effects <= 1, (which + " was done twice").constData());
    const Request request = store.request(call.request).value().value();
    const std::vector<Outcome> outcomes = store.outcomes(call.request).value();
    const QJsonObject shown = m_rig.show(call.request.text());
    if (request.state.delivery == Delivery::Unknown) {
        ++m_unknown;
        m_unknownAndDone += effects;
        QVERIFY2(outcomes.empty(), which.constData());
        QCOMPARE(shown.value(u"status"_s).toString(), u"unknown"_s);
        QVERIFY2(shown.value(u"settledNote"_s).toString().contains(u"not known"_s), which.constData());
        return;
    }
    QCOMPARE(outcomes.size(), size_t(1));
    const Outcome &outcome = outcomes.front();
    if (outcome.note == u"nothing was sent to the server"_s) {
        ++m_notSent;
        QVERIFY2(effects == 0, (which + " is said not to have been sent, and was done").constData());
    } else if (outcome.error.isEmpty()) {
        ++m_done;
        const bool wasAccepted =
            call.question.isEmpty() || journal().contains("answered " + QByteArray::number(call.number) + " accept");
        QVERIFY2(effects == (wasAccepted ? 1 : 0), (which + " is said to be done, and was not").constData());
    } else {
        ++m_unknown;
        QCOMPARE(outcome.note, u"whether the call was carried out is not known"_s);
    }
}

void TestKilledWindow::judgeQuestion(const Call &call, StoreReader &store) const
{
    const QByteArray which = "question of call " + QByteArray::number(call.number);
    const bool wasAnswered = journal().contains("answered " + QByteArray::number(call.number) + " accept");
    const Request request = store.request(call.question).value().value();
    QVERIFY2(request.state.delivery != Delivery::Released && request.state.delivery != Delivery::Sending &&
                 request.state.lifecycle != Lifecycle::Pending,
             (which + " waits although nobody does").constData());
    if (request.state.lifecycle == Lifecycle::Withdrawn || request.state.delivery == Delivery::Undeliverable) {
        QVERIFY2(!wasAnswered, (which + " is said not to have been answered").constData());
    }
    const std::vector<Outcome> outcomes = store.outcomes(call.question).value();
    for (const Outcome &outcome : outcomes) {
        const QString words = outcome.note + u' ' + outcome.error;
        const bool saysNo = words.contains(u"othing was sent"_s) || words.contains(u"was not sent"_s);
        QVERIFY2(!saysNo || !wasAnswered, qPrintable(QString::fromUtf8(which) + u": "_s + words));
        QVERIFY2(!words.contains(u"was given"_s) || wasAnswered, which.constData());
    }
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList words = QCoreApplication::arguments();
    if (words.value(1) == "--pipe-till"_L1) {
        return runPipeTill(words.value(2));
    }
    if (words.value(1) == "--http-till"_L1) {
        return runHttpTill(words.value(2), words.value(3));
    }
    TestKilledWindow test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_killed_window.moc"
