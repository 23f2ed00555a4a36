// SPDX-License-Identifier: Apache-2.0
#include "core/connections/credentials.h"
#include "core/connections/signed_in_transport.h"
#include "core/connections/token_command.h"
#include "tests/core/connections/fake_transport.h"
#include "tests/support/fake_clock.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;
using namespace countersign::test;
using namespace std::chrono_literals;

namespace {

const QUrl server(u"wss://agents.example/agents/a/b"_s);

QStringList shell(const QString &script)
{
    return {u"/bin/sh"_s, u"-c"_s, script};
}

class FakeTranscripts final : public TranscriptSource
{
public:
    void fetch(const Endpoint &endpoint) override { asked.push_back(endpoint); }
    void cancel() override {}
    void refuse() { Q_EMIT failed(Failure::Refused, u"no"_s); }
    std::vector<Endpoint> asked;
};

/// A connection whose token command counts how often it was run: token-1, token-2 …
struct Rig {
    explicit Rig(const QString &script = {})
    {
        const QString counter = folder.filePath(u"count"_s);
        const QString counting = u"echo x >> '%1'; echo token-$(wc -l < '%1' | tr -d ' ')"_s.arg(counter);
        SignIn signIn{{}, TokenSource{shell(script.isEmpty() ? counting : script)}};
        store.kept.insert_or_assign(u"c1"_s, encodeSignIn(server, signIn));
        ConnectionSettings settings;
        settings.url = server;
        nameSecrets(settings, signIn);
        credentials = std::make_shared<Credentials>(&store, clock, u"c1"_s, settings);
        auto fake = std::make_unique<FakeTransport>();
        inner = fake.get();
        transport = std::make_unique<SignedInTransport>(std::move(fake), credentials);
        QObject::connect(transport.get(), &Transport::ended, transport.get(),
                         [this](const Ending &ending) { endings.push_back(ending); });
    }
    void refuse()
    {
        inner->isOpen = false;
        Q_EMIT inner->ended({Ending::Next::Stop, u"refused (401)."_s, 401, 0});
    }
    QByteArray header() const
    {
        return inner->lastEndpoint.headers.empty() ? QByteArray() : inner->lastEndpoint.headers.front().second;
    }
    QTemporaryDir folder;
    FakeClock clock;
    MemorySecretStore store;
    std::shared_ptr<Credentials> credentials;
    FakeTransport *inner = nullptr;
    std::unique_ptr<SignedInTransport> transport;
    std::vector<Ending> endings;
};

std::optional<Result<QByteArray>> run(const QStringList &command, std::chrono::milliseconds patience = tokenPatience)
{
    QObject context;
    std::optional<Result<QByteArray>> said;
    runTokenCommand(
        command, &context, [&said](const Result<QByteArray> &token) { said = token; }, patience);
    static_cast<void>(QTest::qWaitFor([&] { return said.has_value(); }, 20'000));
    return said;
}

} // namespace

/// What a connection signs in with, above all when a command makes it.
class TestCredentials : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aCommandPrintsAToken();
    void whatIsNoTokenIsRefused_data();
    void whatIsNoTokenIsRefused();
    void aSlowCommandIsKilledWithItsChildren();
    void aCommandThatIsGoneSaysSo();
    void noShellReadsTheCommand();
    void commandsAreReadAsTyped_data();
    void commandsAreReadAsTyped();
    void aTokenIsMadeOnceAndKept();
    void aRefusedTokenIsMadeAnewOnce();
    void plainSecretsAreNotTriedTwice();
    void aReplacedSecretIsUsed();
    void missingSecretsAreAskedForAgain();
    void secretsOfAnotherServerStopIt();
    void aTranscriptRefreshesTheTokenToo();
    void closingForgetsTheCommand();
    void whatIsKnownIsTold();
};

void TestCredentials::aCommandPrintsAToken()
{
    QCOMPARE(run(shell(u"echo ' abc.def '; echo noise >&2"_s))->value(), QByteArray("abc.def"));
}

void TestCredentials::whatIsNoTokenIsRefused_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QString>("says");
    QTest::newRow("nothing") << u"true"_s << u"printed nothing"_s;
    QTest::newRow("two lines") << u"echo a; echo b"_s << u"more than one word"_s;
    QTest::newRow("a header of its own") << u"printf 'a\\r\\nX-Evil: 1'"_s << u"more than one word"_s;
    QTest::newRow("an exit code") << u"echo secret-canary; exit 3"_s << u"failed (exit code 3)"_s;
    QTest::newRow("a signal") << u"kill -9 $$"_s << u"ended by a signal"_s;
    QTest::newRow("endless") << u"yes"_s << u"more than 16 kB"_s;
}

void TestCredentials::whatIsNoTokenIsRefused()
{
    QFETCH(QString, script);
    QFETCH(QString, says);
    const Error why = run(shell(script))->error();
    QVERIFY2(why.message.contains(says), qPrintable(why.message));
    QVERIFY(!why.message.contains(u"canary"_s) && !why.detail.contains(u"canary"_s));
}

void TestCredentials::aSlowCommandIsKilledWithItsChildren()
{
    const QTemporaryDir folder;
    const QString pids = folder.filePath(u"pid"_s);
    const auto said = run(shell(u"sleep 1000 & echo $! > '%1'; wait"_s.arg(pids)), 500ms);
    QVERIFY(said && !*said);
    QVERIFY2(said->error().message.contains(u"no token within"_s), qPrintable(said->error().message));
    QFile file(pids);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QString stat = u"/proc/%1/stat"_s.arg(QString::fromLatin1(file.readAll().trimmed()));
    const auto isGone = [&stat] {
        QFile process(stat);
        return !process.open(QIODevice::ReadOnly) || process.readAll().contains(") Z ");
    };
    QTRY_VERIFY(isGone());
}

void TestCredentials::aCommandThatIsGoneSaysSo()
{
    QVERIFY(run({u"/nowhere/token"_s})->error().message.contains(u"could not be started"_s));
}

void TestCredentials::noShellReadsTheCommand()
{
    QCOMPARE(run({u"/bin/echo"_s, u"$HOME;id"_s})->value(), QByteArray("$HOME;id"));
}

void TestCredentials::commandsAreReadAsTyped_data()
{
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QStringList>("words");
    const QString sh = QFileInfo(QStandardPaths::findExecutable(u"sh"_s)).absoluteFilePath();
    QTest::newRow("by its name") << u"sh -c 'x'"_s << QStringList{sh, u"-c"_s, u"'x'"_s};
    QTest::newRow("quoted") << u"sh -c \"a b\""_s << QStringList{sh, u"-c"_s, u"a b"_s};
    QTest::newRow("nothing") << u"  "_s << QStringList();
    QTest::newRow("no such program") << u"no-such-program-here x"_s << QStringList();
    QTest::newRow("too long") << u"sh "_s + QString(5000, u'x') << QStringList();
}

void TestCredentials::commandsAreReadAsTyped()
{
    QFETCH(QString, typed);
    QFETCH(QStringList, words);
    const Result<QStringList> read = readTokenCommand(typed);
    QCOMPARE(read.hasValue(), !words.isEmpty());
    if (read) {
        QCOMPARE(*read, words);
    }
}

void TestCredentials::aTokenIsMadeOnceAndKept()
{
    Rig rig;
    rig.transport->open({server, {}});
    QCOMPARE(rig.inner->opens, 0);
    QTRY_COMPARE(rig.inner->opens, 1);
    QCOMPARE(rig.header(), QByteArray("Bearer token-1"));
    rig.transport->open({server, {}});
    QTRY_COMPARE(rig.inner->opens, 2);
    QCOMPARE(rig.header(), QByteArray("Bearer token-1"));
}

void TestCredentials::aRefusedTokenIsMadeAnewOnce()
{
    Rig rig;
    rig.transport->open({server, {}});
    QTRY_COMPARE(rig.inner->opens, 1);
    rig.refuse();
    QTRY_COMPARE(rig.inner->opens, 2);
    QCOMPARE(rig.header(), QByteArray("Bearer token-2"));
    QVERIFY(rig.endings.empty());
    rig.refuse();
    QTRY_COMPARE(rig.endings.size(), size_t(1));
    QCOMPARE(rig.endings.front().next, Ending::Next::Stop);
    QVERIFY(rig.endings.front().words.contains(u"refused, too"_s));
    QCOMPARE(rig.inner->opens, 2);
}

void TestCredentials::plainSecretsAreNotTriedTwice()
{
    Rig rig;
    rig.store.kept.insert_or_assign(u"c1"_s, encodeSignIn(server, {{{Secret::Place::Header, "A", "x"}}, {}}));
    rig.transport->open({server, {}});
    QCOMPARE(rig.inner->opens, 1);
    QCOMPARE(rig.header(), QByteArray("x"));
    rig.refuse();
    QCOMPARE(rig.inner->opens, 1);
    QCOMPARE(rig.endings.size(), size_t(1));
}

void TestCredentials::aReplacedSecretIsUsed()
{
    Rig rig;
    for (const QByteArray value : {"one", "two"}) {
        rig.store.kept.insert_or_assign(u"c1"_s, encodeSignIn(server, {{{Secret::Place::Header, "A", value}}, {}}));
        rig.transport->open({server, {}});
        QCOMPARE(rig.header(), value);
    }
}

void TestCredentials::missingSecretsAreAskedForAgain()
{
    Rig rig;
    rig.store.kept.clear();
    rig.transport->open({server, {}});
    QCOMPARE(rig.endings.size(), size_t(1));
    QCOMPARE(rig.endings.front().next, Ending::Next::TryAgain);
    QCOMPARE(rig.inner->opens, 0);
}

void TestCredentials::secretsOfAnotherServerStopIt()
{
    Rig rig;
    rig.store.kept.insert_or_assign(
        u"c1"_s, encodeSignIn(QUrl(u"wss://other.example/x"_s), {{{Secret::Place::Header, "A", "x"}}, {}}));
    rig.transport->open({server, {}});
    QCOMPARE(rig.endings.size(), size_t(1));
    QCOMPARE(rig.endings.front().next, Ending::Next::Stop);
    QCOMPARE(rig.inner->opens, 0);
}

void TestCredentials::aTranscriptRefreshesTheTokenToo()
{
    Rig rig;
    auto fake = std::make_unique<FakeTranscripts>();
    FakeTranscripts *inner = fake.get();
    SignedInTranscripts transcripts(std::move(fake), rig.credentials);
    QSignalSpy failed(&transcripts, &TranscriptSource::failed);
    transcripts.fetch({server, {}});
    QTRY_COMPARE(inner->asked.size(), size_t(1));
    inner->refuse();
    QTRY_COMPARE(inner->asked.size(), size_t(2));
    QCOMPARE(inner->asked.back().headers.front().second, QByteArray("Bearer token-2"));
    inner->refuse();
    QCOMPARE(failed.count(), 1);
}

void TestCredentials::closingForgetsTheCommand()
{
    Rig rig;
    rig.transport->open({server, {}});
    rig.transport->close();
    std::optional<int> number;
    rig.credentials->fetch(rig.transport.get(),
                           [&number](const Result<Credentials::Signed> &result) { number = result->tokenNumber; });
    QTRY_VERIFY(number);
    QCOMPARE(*number, 1); // The one command served both.
    QCOMPARE(rig.inner->opens, 0);
}

void TestCredentials::whatIsKnownIsTold()
{
    Rig rig;
    std::vector<QByteArray> known;
    connect(rig.credentials.get(), &Credentials::known, this,
            [&known](const std::vector<QByteArray> &values) { known = values; });
    rig.transport->open({server, {}});
    QTRY_COMPARE(rig.inner->opens, 1);
    QVERIFY(std::find(known.begin(), known.end(), QByteArray("token-1")) != known.end());
}

QTEST_GUILESS_MAIN(TestCredentials)
#include "tst_credentials.moc"
