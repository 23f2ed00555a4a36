// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/blob_store.h"
#include "tests/support/fake_clock.h"
#include "ui/detail/detail_pane.h"
#include "ui/shell/review_session.h"
#include "ui/style/theme.h"

#include <QtCore/QSet>
#include <QtCore/QTemporaryDir>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QApplication>

namespace countersign::ui {

/// A workspace of its own with a signed-in administrator, and the real threads and session over it. The clock stands
/// still until the test moves it.
class ReviewDesk
{
public:
    explicit ReviewDesk(const Clock *ownClock = nullptr)
        : m_clock(ownClock ? *ownClock : clock)
    {
        qputenv("XDG_CONFIG_HOME", folder.filePath(QStringLiteral("config")).toUtf8());
        qputenv("XDG_DATA_HOME", folder.filePath(QStringLiteral("data")).toUtf8());
        const Result<WorkspaceLocation> found =
            locateWorkspace(QStringLiteral("sqlite:") + folder.filePath(QStringLiteral("desk/workspace.db")));
        location = found.valueOr({});
        threads = std::make_unique<WorkspaceThreads>(WorkspaceThreads::Options{.location = location}, m_clock);
        session = std::make_unique<ReviewSession>(*threads, m_clock);
    }

    /// Opens and signs in. False: it did not work; the reason is in the log of the test.
    bool open(bool signIn = true)
    {
        QSignalSpy failures(session.get(), &ReviewSession::openFailed);
        const bool opened = QTest::qWaitFor([&] { return session->isOpen() || !failures.isEmpty(); }, 10'000);
        if (!opened || !session->isOpen()) {
            return false;
        }
        if (!signIn) {
            return true;
        }
        session->createFirstAdministrator(QStringLiteral("finance-1"), {}, folder.filePath(QStringLiteral("key.json")));
        return QTest::qWaitFor([&] { return !session->isLocked(); }, 10'000);
    }

    template<typename Work>
    auto onEngine(Work work)
    {
        auto future = threads->engine(std::move(work));
        [[maybe_unused]] const bool done = QTest::qWaitFor([&] { return future.isFinished(); }, 10'000);
        return future.result();
    }

    RequestId submit(const RoundContent &content, std::optional<std::chrono::milliseconds> expiresIn = {})
    {
        Submission submission;
        submission.agentName = QStringLiteral("payments-agent");
        submission.osUser = QStringLiteral("robot");
        submission.content = content;
        submission.expiresIn = expiresIn;
        // The window hears of it a moment later: a test that goes on before would be disarmed in the middle.
        QSet<RequestId> heard;
        const QMetaObject::Connection listening =
            QObject::connect(session.get(), &ReviewSession::changed, session.get(), [&heard](const ChangeSet &changes) {
                heard.unite(QSet<RequestId>(changes.requests.begin(), changes.requests.end()));
            });
        const Result<Submitted> submitted =
            onEngine([submission](Engine &engine) { return engine.submit(submission); });
        if (!submitted) {
            QObject::disconnect(listening);
            qWarning("%s", qPrintable(submitted.error().message));
            return {};
        }
        [[maybe_unused]] const bool told = QTest::qWaitFor([&] { return heard.contains(submitted->id); }, 10'000);
        QObject::disconnect(listening);
        return submitted->id;
    }

    Result<RequestDetail> detail(const RequestId &id)
    {
        return onEngine([id](Engine &engine) { return loadDetail(engine.store(), id); });
    }

    static RoundContent payment(Tier tier = Tier::Medium)
    {
        RoundContent content;
        content.toolName = QStringLiteral("process_payment");
        content.arguments = R"({"amount":4200.00,"currency":"EUR","recipient":"Nordwind GmbH",)"
                            R"("reference":"INV-2026-0881","execute_on":"2026-11-24"})";
        content.title = QStringLiteral("Settle the Nordwind invoice");
        content.message = QStringLiteral("I found INV-2026-0881 for 4,200.00 EUR, due 24 November.");
        content.requestedTier = tier;
        content.allowed = {Verdict::Approve, Verdict::ApproveEdited, Verdict::Reject, Verdict::RequestChanges};
        return content;
    }

    QTemporaryDir folder;
    FakeClock clock;
    WorkspaceLocation location;
    std::unique_ptr<WorkspaceThreads> threads;
    std::unique_ptr<ReviewSession> session;

private:
    const Clock &m_clock;
};

} // namespace countersign::ui
