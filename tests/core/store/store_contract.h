// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/core/store/store_fixture.h"

namespace countersign::test {

/// For contracts of which each test runs once on a file and once in memory, on a fresh store with one principal.
class StoreContract : public QObject
{
protected:
    void addStores()
    {
        QTest::addColumn<bool>("inMemory");
        QTest::newRow("SQLite") << false;
        QTest::newRow("memory") << true;
    }
    void openStore()
    {
        QFETCH_GLOBAL(bool, inMemory);
        m_clock = std::make_unique<FakeClock>();
        m_ids = std::make_unique<SequentialIds>();
        m_records = std::make_unique<Records>(*m_clock);
        m_folder = std::make_unique<QTemporaryDir>();
        if (inMemory) {
            m_store = makeMemoryStore(*m_clock, *m_ids);
        } else {
            Result<std::unique_ptr<Store>> opened =
                openSqliteStore(m_folder->filePath(QStringLiteral("workspace.db")), *m_clock, *m_ids);
            VERIFY_DONE(opened);
            m_store = std::move(opened).value();
        }
        m_agent = m_records->principal();
        VERIFY_DONE(save([this](StoreWriter &writer) { return writer.insertPrincipal(m_agent); }));
    }
    Result<> save(const std::function<Result<>(StoreWriter &)> &work) { return m_store->transact(work); }
    Request insert(const Request &request)
    {
        const Result<> done = save([&request](StoreWriter &writer) { return writer.insertRequest(request); });
        if (!done) {
            qFatal("%s", qPrintable(done.error().message + done.error().detail));
        }
        return request;
    }
    Request inserted(const QString &tool, const std::function<void(Request &)> &change = {})
    {
        Request request = m_records->request(m_agent);
        request.toolName = tool;
        if (change) {
            change(request);
        }
        return insert(request);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<FakeClock> m_clock;
    std::unique_ptr<SequentialIds> m_ids;
    std::unique_ptr<Records> m_records;
    std::unique_ptr<Store> m_store;
    Principal m_agent;
};

} // namespace countersign::test
