// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/key_file.h"
#include "core/store/blob_store.h"
#include "core/store/sqlite_store.h"
#include "tests/support/shared_clock.h"
#include "ui/detail/detail_pane.h"
#include "ui/queue/queue_pane.h"
#include "ui/shell/main_window.h"
#include "ui/shell/review_session.h"
#include "ui/shell/sidebar.h"

#include <QtCore/QDir>
#include <QtCore/QSet>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>
#include <QtWidgets/QApplication>
#include <QtWidgets/QLabel>

#include <sys/stat.h>

namespace countersign::test {

/// The real window on a real workspace in a temporary folder, with a clock that the test moves.
class WindowRig
{
public:
    enum class Reviewer {
        WithoutPassphrase, ///< The window signs in by itself.
        WithPassphrase,    ///< The passphrase is "open sesame".
        Unconfirmed,       ///< As made on the command line.
        Nobody
    };
    explicit WindowRig(Reviewer reviewer = Reviewer::WithoutPassphrase)
    {
        ::umask(077); // As the program does first of all.
        location.path = folder.filePath(QStringLiteral("data/workspace.db"));
        location.url = QStringLiteral("sqlite:") + location.path;
        location.blobFolder = BlobStore::folderFor(location.path);
        location.configFolder = folder.filePath(QStringLiteral("config/countersign"));
        location.keyFolder = location.configFolder + QStringLiteral("/keys");
        QDir().mkpath(location.keyFolder);
        if (reviewer != Reviewer::Nobody) {
            enrol(reviewer);
        }
    }
    ~WindowRig() { close(); }

    /// Opens the window. Once more after close(): as a second start.
    void open()
    {
        threads = std::make_unique<WorkspaceThreads>(WorkspaceThreads::Options{.location = location}, clock);
        session = std::make_unique<ui::ReviewSession>(*threads, clock);
        settings = std::make_unique<ui::WindowSettings>(location.configFolder);
        window = std::make_unique<ui::MainWindow>(*session, *settings);
        window->show();
        window->activateWindow();
    }
    void close()
    {
        if (window) {
            window->close();
        }
        window.reset();
        settings.reset();
        session.reset();
        threads.reset();
    }
    bool isAtWork() const { return window->queue()->isVisible() && !session->isLocked(); }

    template<typename Work>
    auto onEngine(Work work)
    {
        QFuture future = threads->engine(std::move(work));
        future.waitForFinished();
        return future.result();
    }
    /// Returns when the window has heard of it: a test that goes on before would be disarmed in the middle.
    RequestId submit(const Submission &submission)
    {
        QSet<RequestId> heard;
        const QMetaObject::Connection listening = QObject::connect(
            session.get(), &ui::ReviewSession::changed, session.get(), [&heard](const ChangeSet &changes) {
                heard.unite(QSet<RequestId>(changes.requests.begin(), changes.requests.end()));
            });
        const Result<Submitted> submitted =
            onEngine([submission](Engine &engine) { return engine.submit(submission); });
        if (!submitted) {
            qFatal("%s", qPrintable(submitted.error().message));
        }
        const bool told = QTest::qWaitFor([&] { return heard.contains(submitted->id); }, 10'000);
        QObject::disconnect(listening);
        if (!told) {
            qFatal("the window did not hear of the new request");
        }
        return submitted->id;
    }
    Request request(const RequestId &id)
    {
        return *onEngine([id](Engine &engine) { return engine.store().request(id); }).value();
    }
    template<typename Widget>
    Widget *find(const QString &name) const
    {
        return window->findChild<Widget *>(name);
    }
    QString armingLine() const { return find<QLabel>(QStringLiteral("armingLine"))->text(); }
    /// Presses \p key where the focus is, as a person would.
    void press(int key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) const
    {
        QWidget *focus = QApplication::focusWidget();
        QTest::keyClick(focus ? focus : window.get(), static_cast<Qt::Key>(key), modifiers);
    }
    /// Types \p text where the focus is.
    void type(const QString &text) const { QTest::keyClicks(QApplication::focusWidget(), text); }
    /// Time passes while the reviewer reads; true when the bar says so.
    bool readUntilArmed()
    {
        clock.advance(std::chrono::milliseconds(300));
        return armingLine().startsWith(QStringLiteral("Armed"));
    }

    QTemporaryDir folder;
    SharedClock clock;
    WorkspaceLocation location;
    std::unique_ptr<WorkspaceThreads> threads;
    std::unique_ptr<ui::ReviewSession> session;
    std::unique_ptr<ui::WindowSettings> settings;
    std::unique_ptr<ui::MainWindow> window;

private:
    void enrol(Reviewer kind)
    {
        SystemIdSource ids(clock);
        const TrustStore trust(location.configFolder);
        const auto store = std::move(openSqliteStore(location.path, clock, ids)).value();
        Engine engine({*store, clock, ids, trust, location.url, QStringLiteral("command line")});
        const SigningKey key = SigningKey::generate();
        const QByteArray passphrase = kind == Reviewer::WithPassphrase ? "open sesame" : "";
        const bool written = writeKeyFile(location.keyFolder + QStringLiteral("/R1.key"), QStringLiteral("R1"), key,
                                          passphrase, KeyStretching::Fast)
                                 .hasValue();
        const bool made =
            engine.createFirstAdministrator(QStringLiteral("R1"), {}, key, kind != Reviewer::Unconfirmed).hasValue();
        if (!written || !made) {
            qFatal("the reviewer of the test could not be made");
        }
    }
};

} // namespace countersign::test
