// SPDX-License-Identifier: Apache-2.0
#include "core/engine/workspace_location.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace countersign;
using namespace Qt::StringLiterals;

/// One workspace has one name, however it is reached.
class TestWorkspaceLocation : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void theDefaultIsTheDataFolder();
    void theEnvironmentNamesAnother();
    void aLinkIsNoOtherWorkspace();
    void aRelativePathIsFromHere();
    void otherSchemesAreRefused_data();
    void otherSchemesAreRefused();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_before;
};

void TestWorkspaceLocation::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_before = QDir::currentPath();
    qunsetenv("COUNTERSIGN_WORKSPACE");
    qputenv("XDG_DATA_HOME", QFile::encodeName(m_folder->filePath(u"data"_s)));
    qputenv("XDG_CONFIG_HOME", QFile::encodeName(m_folder->filePath(u"config"_s)));
}

void TestWorkspaceLocation::cleanup()
{
    QDir::setCurrent(m_before);
    qunsetenv("COUNTERSIGN_WORKSPACE");
}

void TestWorkspaceLocation::theDefaultIsTheDataFolder()
{
    const WorkspaceLocation location = locateWorkspace({}).value();
    QCOMPARE(location.path, m_folder->filePath(u"data/countersign/workspace.db"_s));
    QCOMPARE(location.url, u"sqlite:"_s + location.path);
    QCOMPARE(location.blobFolder, location.path + u".blobs"_s);
    QCOMPARE(location.configFolder, m_folder->filePath(u"config/countersign"_s));
    QCOMPARE(location.keyFolder, m_folder->filePath(u"config/countersign/keys"_s));
}

void TestWorkspaceLocation::theEnvironmentNamesAnother()
{
    qputenv("COUNTERSIGN_WORKSPACE", "sqlite:/srv/none/team.db");
    QCOMPARE(locateWorkspace({}).value().path, u"/srv/none/team.db"_s);
    QCOMPARE(locateWorkspace(u"sqlite:/srv/none/mine.db"_s).value().path, u"/srv/none/mine.db"_s);
}

void TestWorkspaceLocation::aLinkIsNoOtherWorkspace()
{
    QDir root(m_folder->path());
    QVERIFY(root.mkpath(u"real"_s));
    QVERIFY(QFile::link(root.filePath(u"real"_s), root.filePath(u"link"_s)));
    const QString expected = QDir(m_folder->path()).canonicalPath() + u"/real/deep/w.db"_s;
    QCOMPARE(locateWorkspace(u"sqlite:"_s + root.filePath(u"link/deep/w.db"_s)).value().path, expected);
    QVERIFY(root.mkpath(u"real/deep"_s));
    QFile file(expected);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(locateWorkspace(u"sqlite:"_s + root.filePath(u"link/./deep/../deep/w.db"_s)).value().path, expected);
    QVERIFY(QFile::link(expected, root.filePath(u"alias.db"_s)));
    QCOMPARE(locateWorkspace(u"sqlite:"_s + root.filePath(u"alias.db"_s)).value().path, expected);
}

void TestWorkspaceLocation::aRelativePathIsFromHere()
{
    QVERIFY(QDir::setCurrent(m_folder->path()));
    QCOMPARE(locateWorkspace(u"sqlite:w.db"_s).value().path, QDir::currentPath() + u"/w.db"_s);
}

void TestWorkspaceLocation::otherSchemesAreRefused_data()
{
    QTest::addColumn<QString>("url");
    QTest::newRow("PostgreSQL, not in this version") << u"postgresql://user:secret@host/db"_s;
    QTest::newRow("no scheme") << u"/srv/w.db"_s;
    QTest::newRow("no path") << u"sqlite:"_s;
    QTest::newRow("a folder") << u"sqlite:/srv/"_s;
    QTest::newRow("another scheme") << u"file:/srv/w.db"_s;
}

void TestWorkspaceLocation::otherSchemesAreRefused()
{
    QFETCH(QString, url);
    const Result<WorkspaceLocation> location = locateWorkspace(url);
    QVERIFY(!location);
    QCOMPARE(location.error().code, ErrorCode::InvalidInput);
    QVERIFY(!location.error().message.contains(u"secret"_s));
    QVERIFY(!location.error().detail.contains(u"secret"_s));
}

QTEST_GUILESS_MAIN(TestWorkspaceLocation)
#include "tst_workspace_location.moc"
