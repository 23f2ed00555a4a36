// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/blob_store.h"
#include "tests/support/fake_clock.h"
#include "ui/detail/decision_bar.h"
#include "ui/detail/detail_pane.h"
#include "ui/shell/review_session.h"
#include "ui/style/theme.h"

#include <QtCore/QSet>
#include <QtCore/QTemporaryDir>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QApplication>
#include <QtWidgets/QLineEdit>

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

/// A desk with a pane on it that shows one request in an active window, and what a person does there.
class PaneDesk : public ReviewDesk
{
public:
    /// Files \p content and shows it; opens the workspace first if need be. False: it did not come on screen.
    bool ask(const RoundContent &content)
    {
        if (session->isLocked() && !open()) {
            return false;
        }
        id = submit(content);
        return !id.isEmpty() && show(id);
    }

    /// Shows \p request, in a pane of its own if there is none yet, and waits until it is painted.
    bool show(const RequestId &request)
    {
        if (!pane) {
            pane = std::make_unique<DetailPane>(*session);
            pane->resize(size);
        }
        pane->show();
        pane->activateWindow();
        pane->showRequest({}); // What was there before must not be taken for it.
        pane->showRequest(request);
        return QTest::qWaitForWindowActive(pane.get()) &&
               QTest::qWaitFor(
                   [this] {
                       return bar()->isVisible() && !bar()->armingLine().isEmpty() &&
                              !bar()->armingLine().startsWith(QStringLiteral("Still drawing"));
                   },
                   30'000);
    }

    /// The fake clock moves in small steps, so that the pane's ticker sees each of them.
    void wait(std::chrono::milliseconds duration)
    {
        for (std::chrono::milliseconds done{0}; done < duration; done += std::chrono::milliseconds(100)) {
            clock.advance(std::chrono::milliseconds(100));
            QTest::qWait(12);
        }
    }

    /// Lets time pass until the delay is over and, for approvals, everything was seen; at least \p duration. False: it
    /// cannot be let happen.
    bool read(std::chrono::milliseconds duration)
    {
        const std::chrono::milliseconds start = clock.monotonic();
        return QTest::qWaitFor(
            [&] {
                clock.advance(std::chrono::milliseconds(100));
                QEvent look(QEvent::ActivationChange);
                QApplication::sendEvent(pane.get(), &look);
                const QString line = bar()->armingLine();
                const bool still = line.startsWith(QStringLiteral("reading")) ||
                                   line.startsWith(QStringLiteral("Still")) || line.contains(QStringLiteral(" seen."));
                return clock.monotonic() - start >= duration && !still;
            },
            20'000);
    }

    /// As the window hands keys on to the pane.
    void press(Qt::Key key, const QString &text = {}, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
    {
        QKeyEvent event(QEvent::KeyPress, key, modifiers, text);
        pane->handleKey(&event);
    }

    static void type(QLineEdit *field, const QString &text)
    {
        field->setFocus();
        field->selectAll();
        QTest::keyClicks(field, text);
    }

    DecisionBar *bar() const { return pane->findChild<DecisionBar *>(); }

    RequestId id; ///< Of what ask() filed last.
    QSize size{1000, 900};
    std::unique_ptr<DetailPane> pane;
};

} // namespace countersign::ui
