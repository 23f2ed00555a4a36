// SPDX-License-Identifier: Apache-2.0
#include "core/engine/workspace_threads.h"

#include "core/store/sqlite_store.h"
#include "tests/support/fake_clock.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>

#include <sys/stat.h>

using namespace Qt::Literals::StringLiterals;
using namespace countersign;

class TestWorkspaceThreads : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { ::umask(077); }
    void whatIsAskedEarlyIsAnsweredWhenTheWorkspaceIsOpen_data();
    void whatIsAskedEarlyIsAnsweredWhenTheWorkspaceIsOpen();
    void whatIsAskedEarlyOfAWorkspaceThatCannotBeOpenedIsRefused();
    void endingWithEarlyQuestionsOpenIsQuiet();

private:
    static WorkspaceThreads::Options optionsFor(const QTemporaryDir &folder)
    {
        WorkspaceLocation location;
        location.path = folder.filePath(u"data/workspace.db"_s);
        location.url = u"sqlite:"_s + location.path;
        location.configFolder = folder.filePath(u"config"_s);
        location.keyFolder = location.configFolder + u"/keys"_s;
        WorkspaceThreads::Options options;
        options.location = location;
        return options;
    }
};

void TestWorkspaceThreads::whatIsAskedEarlyIsAnsweredWhenTheWorkspaceIsOpen_data()
{
    QTest::addColumn<bool>("exists");
    QTest::newRow("a new workspace, which the writer makes first") << false;
    QTest::newRow("one that is there") << true;
}

void TestWorkspaceThreads::whatIsAskedEarlyIsAnsweredWhenTheWorkspaceIsOpen()
{
    QFETCH(bool, exists);
    const QTemporaryDir folder;
    const FakeClock clock;
    const WorkspaceThreads::Options options = optionsFor(folder);
    if (exists) {
        SystemIdSource ids(clock);
        QVERIFY(openSqliteStore(options.location.path, clock, ids));
    }
    WorkspaceThreads threads(options, clock);
    QSignalSpy opened(&threads, &WorkspaceThreads::opened);
    QFuture read = threads.reader([](StoreReader &store) { return store.workspace(); });
    QFuture written = threads.engine([](Engine &engine) { return engine.store().workspace(); });
    QTRY_VERIFY(read.isFinished() && written.isFinished());
    QVERIFY2(read.result(), "the reader answers");
    QVERIFY2(written.result(), "the engine answers");
    QCOMPARE(read.result()->id, written.result()->id);
    QTRY_COMPARE(opened.size(), 1);
}

void TestWorkspaceThreads::whatIsAskedEarlyOfAWorkspaceThatCannotBeOpenedIsRefused()
{
    const QTemporaryDir folder;
    const FakeClock clock;
    const WorkspaceThreads::Options options = optionsFor(folder);
    QVERIFY(QDir().mkpath(folder.filePath(u"data"_s)));
    QFile file(options.location.path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(8192, 'x'));
    file.close();
    WorkspaceThreads threads(options, clock);
    QSignalSpy failed(&threads, &WorkspaceThreads::openFailed);
    QFuture read = threads.reader([](StoreReader &store) { return store.workspace(); });
    QTRY_VERIFY(read.isFinished());
    QVERIFY(!read.result());
    QTRY_COMPARE(failed.size(), 1);
    QFuture later = threads.reader([](StoreReader &store) { return store.workspace(); });
    QTRY_VERIFY(later.isFinished());
    QVERIFY(!later.result());
}

void TestWorkspaceThreads::endingWithEarlyQuestionsOpenIsQuiet()
{
    const QTemporaryDir folder;
    const FakeClock clock;
    WorkspaceThreads threads(optionsFor(folder), clock);
    for (int i = 0; i < 200; ++i) { // More than are kept.
        threads.reader([](StoreReader &store) { return store.workspace(); });
    }
}

QTEST_GUILESS_MAIN(TestWorkspaceThreads)
#include "tst_workspace_threads.moc"
