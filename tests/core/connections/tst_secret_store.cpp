// SPDX-License-Identifier: Apache-2.0
#include "core/connections/keychain_secret_store.h"

#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtCore/QRegularExpression>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace Qt::StringLiterals;
using namespace countersign;

namespace {

struct Both {
    MemorySecretStore *keychain = nullptr;
    FileSecretStore *files = nullptr;
    std::unique_ptr<KeychainOrFiles> store;
};

Both both(const QTemporaryDir &folder)
{
    auto keychain = std::make_unique<MemorySecretStore>();
    auto files = std::make_unique<FileSecretStore>(folder.path());
    Both made{keychain.get(), files.get(), nullptr};
    made.store = std::make_unique<KeychainOrFiles>(std::move(keychain), std::move(files));
    return made;
}

const Error noKeychain{ErrorCode::Unreachable, u"There is no keychain."_s, {}};
const Error locked{ErrorCode::NotAllowed, u"Locked."_s, {}};

} // namespace

/// Secrets outside the workspace: in the keychain, in files, and what happens when one of them does not work.
class TestSecretStore : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void filesAreForTheirOwnerOnly();
    void keysCannotLeaveTheFolder_data();
    void keysCannotLeaveTheFolder();
    void aReplacedSecretIsReplaced();
    void tooMuchIsRefused();
    void theKeychainIsPreferred();
    void withoutAKeychainFilesServe();
    void aSecretInAFileMovesWhenItIsSavedAgain();
    void aFileIsNewerThanTheKeychain();
    void aRefusalIsNotWorkedAround();
    void removingRemovesFromBoth();
    void withoutASessionBusThereIsNoKeychain();
};

void TestSecretStore::filesAreForTheirOwnerOnly()
{
    const QTemporaryDir folder;
    FileSecretStore files(folder.path());
    QCOMPARE(files.load(u"c1"_s).result().error().code, ErrorCode::NotFound);
    QVERIFY(files.save(u"c1"_s, "token").result());
    QCOMPARE(files.load(u"c1"_s).result().value(), QByteArray("token"));
    const QFileDevice::Permissions others(0x0077);
    QCOMPARE(QFileInfo(files.pathFor(u"c1"_s)).permissions() & others, QFileDevice::Permissions());
    QCOMPARE(QFileInfo(QFileInfo(files.pathFor(u"c1"_s)).path()).permissions() & others, QFileDevice::Permissions());
    QVERIFY(files.remove(u"c1"_s).result());
    QVERIFY(files.remove(u"c1"_s).result());
    QCOMPARE(files.load(u"c1"_s).result().error().code, ErrorCode::NotFound);
}

void TestSecretStore::keysCannotLeaveTheFolder_data()
{
    QTest::addColumn<QString>("key");
    for (const QString &key : {QString(), u"../c1"_s, u"a/b"_s, u"."_s, u".."_s, u"a b"_s, QString(101, u'a')}) {
        QTest::addRow("%s", qPrintable(key.left(10))) << key;
    }
}

void TestSecretStore::keysCannotLeaveTheFolder()
{
    QFETCH(QString, key);
    const QTemporaryDir folder;
    FileSecretStore files(folder.path());
    QCOMPARE(files.save(key, "x").result().error().code, ErrorCode::InvalidInput);
    QCOMPARE(files.load(key).result().error().code, ErrorCode::InvalidInput);
    QCOMPARE(files.remove(key).result().error().code, ErrorCode::InvalidInput);
    KeychainSecretStore keychain(folder.path());
    QCOMPARE(keychain.save(key, "x").result().error().code, ErrorCode::InvalidInput);
}

void TestSecretStore::aReplacedSecretIsReplaced()
{
    const QTemporaryDir folder;
    FileSecretStore files(folder.path());
    QVERIFY(files.save(u"c1"_s, "one").result());
    QVERIFY(files.save(u"c1"_s, "two").result());
    QCOMPARE(files.load(u"c1"_s).result().value(), QByteArray("two"));
    QCOMPARE(QDir(folder.filePath(u"connections"_s)).entryList(QDir::Files).size(), qsizetype(1));
}

void TestSecretStore::tooMuchIsRefused()
{
    const QTemporaryDir folder;
    FileSecretStore files(folder.path());
    QVERIFY(files.save(u"c1"_s, QByteArray(SecretStore::mostBytes, 'x')).result());
    QCOMPARE(files.save(u"c1"_s, QByteArray(SecretStore::mostBytes + 1, 'x')).result().error().code,
             ErrorCode::TooLarge);
    QCOMPARE(files.load(u"c1"_s).result().value().size(), SecretStore::mostBytes);
}

void TestSecretStore::theKeychainIsPreferred()
{
    const QTemporaryDir folder;
    const Both stores = both(folder);
    QVERIFY(stores.store->save(u"c1"_s, "token").result());
    QVERIFY(!QFileInfo::exists(stores.files->pathFor(u"c1"_s)));
    QCOMPARE(stores.keychain->kept.at(u"c1"_s), QByteArray("token"));
    QCOMPARE(stores.store->load(u"c1"_s).result().value(), QByteArray("token"));
    QCOMPARE(stores.store->place(), stores.keychain->place());
}

void TestSecretStore::withoutAKeychainFilesServe()
{
    const QTemporaryDir folder;
    const Both stores = both(folder);
    stores.keychain->failure = noKeychain;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"There is no keychain.*Secrets are kept in"_s));
    QVERIFY(stores.store->save(u"c1"_s, "token").result());
    QVERIFY(stores.store->save(u"c2"_s, "token").result()); // Said once.
    QCOMPARE(stores.store->load(u"c1"_s).result().value(), QByteArray("token"));
    QCOMPARE(stores.store->load(u"c3"_s).result().error().code, ErrorCode::NotFound);
    QCOMPARE(stores.store->place(), stores.files->place());
    QVERIFY(stores.store->remove(u"c1"_s).result());
    QCOMPARE(stores.store->load(u"c1"_s).result().error().code, ErrorCode::NotFound);
}

void TestSecretStore::aSecretInAFileMovesWhenItIsSavedAgain()
{
    const QTemporaryDir folder;
    const Both stores = both(folder);
    QVERIFY(stores.files->save(u"c1"_s, "old").result());
    QCOMPARE(stores.store->load(u"c1"_s).result().value(), QByteArray("old"));
    QVERIFY(stores.store->save(u"c1"_s, "new").result());
    QVERIFY(!QFileInfo::exists(stores.files->pathFor(u"c1"_s)));
    QCOMPARE(stores.store->load(u"c1"_s).result().value(), QByteArray("new"));
}

void TestSecretStore::aFileIsNewerThanTheKeychain()
{
    const QTemporaryDir folder;
    const Both stores = both(folder);
    QVERIFY(stores.store->save(u"c1"_s, "old").result());
    stores.keychain->failure = noKeychain;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"There is no keychain"_s));
    QVERIFY(stores.store->save(u"c1"_s, "new").result());
    stores.keychain->failure.reset();
    QCOMPARE(stores.store->load(u"c1"_s).result().value(), QByteArray("new"));
}

void TestSecretStore::aRefusalIsNotWorkedAround()
{
    const QTemporaryDir folder;
    const Both stores = both(folder);
    stores.keychain->failure = locked;
    QCOMPARE(stores.store->save(u"c1"_s, "token").result().error(), locked);
    QVERIFY(!QFileInfo::exists(stores.files->pathFor(u"c1"_s)));
    QCOMPARE(stores.store->load(u"c1"_s).result().error(), locked);
}

void TestSecretStore::removingRemovesFromBoth()
{
    const QTemporaryDir folder;
    const Both stores = both(folder);
    QVERIFY(stores.keychain->save(u"c1"_s, "old").result());
    QVERIFY(stores.files->save(u"c1"_s, "new").result());
    QVERIFY(stores.store->remove(u"c1"_s).result());
    QCOMPARE(stores.store->load(u"c1"_s).result().error().code, ErrorCode::NotFound);
}

void TestSecretStore::withoutASessionBusThereIsNoKeychain()
{
    const QTemporaryDir folder;
    const QByteArray address = qgetenv("DBUS_SESSION_BUS_ADDRESS");
    const QByteArray runtime = qgetenv("XDG_RUNTIME_DIR");
    qputenv("DBUS_SESSION_BUS_ADDRESS", "disabled:");
    QVERIFY(!hasSessionBus());
    QVERIFY(dynamic_cast<FileSecretStore *>(makeSecretStore(folder.path()).get()));
    qunsetenv("DBUS_SESSION_BUS_ADDRESS");
    qputenv("XDG_RUNTIME_DIR", QFile::encodeName(folder.path()));
    QVERIFY(!hasSessionBus());
    qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    QVERIFY(hasSessionBus());
    const std::unique_ptr<SecretStore> store = makeSecretStore(folder.path());
    QVERIFY(dynamic_cast<KeychainOrFiles *>(store.get()));
    qputenv("DBUS_SESSION_BUS_ADDRESS", address);
    qputenv("XDG_RUNTIME_DIR", runtime);
}

QTEST_GUILESS_MAIN(TestSecretStore)
#include "tst_secret_store.moc"
