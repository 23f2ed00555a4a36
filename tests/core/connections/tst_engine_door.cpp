// SPDX-License-Identifier: Apache-2.0
#include "core/connections/connection_service.h"

#include <QtCore/QTemporaryDir>
#include <QtCore/QThread>
#include <QtNetwork/QTcpServer>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;

namespace {

WorkspaceThreads::Options optionsIn(const QTemporaryDir &folder, const QString &file = u"workspace.db"_s)
{
    WorkspaceThreads::Options options;
    options.location.path = folder.filePath(file);
    options.location.url = u"sqlite:"_s + options.location.path;
    options.location.blobFolder = folder.filePath(u"blobs"_s);
    options.location.configFolder = folder.filePath(u"config"_s);
    options.location.keyFolder = folder.filePath(u"config/keys"_s);
    return options;
}

} // namespace

/// The way of the connections to an engine on a thread of its own, as in a window.
class TestEngineDoor : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void workRunsWhereTheEngineLives();
    void withoutAWorkspaceEveryJobSaysWhy();
    void aServiceWorksThroughIt();
};

void TestEngineDoor::workRunsWhereTheEngineLives()
{
    const QTemporaryDir folder;
    const SystemClock clock;
    WorkspaceThreads threads(optionsIn(folder), clock);
    ThreadedEngineDoor door(threads);
    QThread *where = nullptr;
    QFuture<Result<bool>> held = door.run([&where](Engine &engine) {
        where = QThread::currentThread();
        return engine.holdLease();
    });
    QTRY_VERIFY(held.isFinished());
    QVERIFY(held.result());
    QVERIFY(*held.result());
    QVERIFY(where && where != QThread::currentThread());
}

void TestEngineDoor::withoutAWorkspaceEveryJobSaysWhy()
{
    const QTemporaryDir folder;
    QFile other(folder.filePath(u"notes.txt"_s));
    QVERIFY(other.open(QIODevice::WriteOnly));
    other.write(QByteArray(4096, 'x'));
    other.close();
    other.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner);
    const SystemClock clock;
    WorkspaceThreads threads(optionsIn(folder, u"notes.txt"_s), clock);
    ThreadedEngineDoor door(threads);
    int calls = 0;
    QFuture<Result<bool>> held = door.run([&calls](Engine &engine) {
        ++calls;
        return engine.holdLease();
    });
    QTRY_VERIFY(held.isFinished());
    QVERIFY(!held.result());
    QVERIFY(!held.result().error().message.isEmpty());
    QCOMPARE(calls, 0);
}

void TestEngineDoor::aServiceWorksThroughIt()
{
    QTcpServer gone;
    QVERIFY(gone.listen(QHostAddress::LocalHost));
    const QUrl url(u"ws://127.0.0.1:%1/agents/shop/main"_s.arg(gone.serverPort()));
    gone.close();
    const QTemporaryDir folder;
    const SystemClock clock;
    SystemIdSource ids(clock);
    EventLoopScheduler scheduler(clock);
    WorkspaceThreads threads(optionsIn(folder), clock);
    ThreadedEngineDoor door(threads);
    ConnectionService service({door, scheduler, ids, folder.filePath(u"config"_s)});
    QSignalSpy started(&service, &ConnectionService::started);
    service.start();
    QTRY_COMPARE(started.count(), 1);
    QTRY_VERIFY(service.isServing());
    ConnectionService::NewConnection connection;
    connection.name = u"shop"_s;
    connection.url = url;
    const QFuture<Result<ConnectionStatus>> added = service.add(connection);
    QTRY_VERIFY(added.isFinished());
    QVERIFY(added.result());
    QTRY_VERIFY(service.status(u"shop"_s) && service.status(u"shop"_s)->phase == ConnectionStatus::Phase::Waiting);
    QVERIFY(service.status(u"shop"_s)->words.contains(u"cannot be reached"_s));
    QVERIFY(service.status(u"shop"_s)->retryAt.has_value());
    const QFuture<Result<Submitted>> test = service.sendTestRequest(u"shop"_s);
    QTRY_VERIFY(test.isFinished());
    QVERIFY(test.result());
    const QFuture<Result<>> removed = service.remove(u"shop"_s);
    QTRY_VERIFY(removed.isFinished());
    QVERIFY(removed.result());
    QTRY_VERIFY(service.list().empty());
    QVERIFY(!service.say(u"shop"_s, u"hello"_s));
}

QTEST_GUILESS_MAIN(TestEngineDoor)
#include "tst_engine_door.moc"
