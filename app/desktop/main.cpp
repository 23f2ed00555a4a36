// SPDX-License-Identifier: Apache-2.0
#include "app/desktop/desktop_options.h"
#include "app/desktop/early_fonts.h"
#include "app/desktop/first_paint.h"
#include "app/desktop/process_safety.h"
#include "app/desktop/shots.h"
#include "core/base/signature.h"
#include "core/base/visible_text.h"
#include "core/engine/workspace_threads.h"
#include "ui/connections/connection_desk.h"
#include "ui/shell/main_window.h"
#include "ui/shell/review_session.h"
#include "ui/shell/session_lock_watch.h"
#include "ui/tray/tray.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QTimer>
#include <QtWidgets/QApplication>

#include <cstdio>

namespace {

using namespace countersign;
using namespace countersign::desktop;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

constexpr int failed = 1;
constexpr int wrongCall = 2;
constexpr auto openingPatience = 150ms; ///< Then the window comes up with the page that says "opening".
constexpr auto pageCheckDelay = 3s;     ///< So that the first lists are not kept waiting.

int sayAndFail(const QString &sentence, int code)
{
    std::fprintf(stderr, "countersign: %s\n", displayText(sentence).text.toUtf8().constData());
    return code;
}

bool hasDisplay()
{
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
           qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

/// What may wait until the window is of use.
void startTheRest(WorkspaceThreads &threads, ui::ConnectionDesk &connections, ui::SessionLockWatch &lockWatch,
                  ui::Tray &tray)
{
    connections.start();
    lockWatch.start();
    tray.start();
    QTimer::singleShot(pageCheckDelay, &threads, &WorkspaceThreads::checkPages);
}

int runWindow(QApplication &application, const DesktopOptions &options, EarlyFonts &fonts,
              const QElapsedTimer &sinceStart)
{
    const Result<WorkspaceLocation> location = locateWorkspace(options.workspaceUrl);
    if (!location) {
        return sayAndFail(location.error().message, wrongCall);
    }
    const SystemClock clock;
    WorkspaceThreads threads({.location = *location}, clock); // First: it opens the workspace while the rest is made.
    ui::WindowSettings settings(location->configFolder);
    fonts.wait();
    ui::applyTheme(application, options.scheme.value_or(settings.scheme()));
    ui::ReviewSession session(threads, clock);
    ui::ConnectionDesk connections(session);
    ui::MainWindow window(session, settings);
    window.setConnections(connections.service());
    ui::SessionLockWatch lockWatch;
    QObject::connect(&lockWatch, &ui::SessionLockWatch::sessionLocked, &window, &ui::MainWindow::lockNow);
    ui::Tray tray(session, settings, window);
    FirstPaint firstPaint(window);
    QObject::connect(&firstPaint, &FirstPaint::painted, &window, [&] {
        if (options.exitAfterFirstPaint) {
            std::fprintf(stderr, "%s painted after %lld ms\n", window.isWaitingForPerson() ? "question" : "queue",
                         static_cast<long long>(sinceStart.elapsed()));
            window.close();
            return;
        }
        startTheRest(threads, connections, lockWatch, tray);
    });
    // Not at once: a page that says "opening" for a few milliseconds would be painted before the list.
    QObject::connect(&window, &ui::MainWindow::presentable, &window, &QWidget::show);
    QTimer::singleShot(openingPatience, &window, &QWidget::show);
    const int code = QApplication::exec();
    return window.hasFailedToOpen() ? failed : code;
}

} // namespace

int main(int argc, char *argv[])
{
    protectProcess();
    QElapsedTimer sinceStart;
    sinceStart.start();
    QStringList words;
    for (int i = 1; i < argc; ++i) {
        words.append(QString::fromLocal8Bit(argv[i]));
    }
    const Result<DesktopOptions> options = readOptions(words);
    if (!options) {
        return sayAndFail(options.error().message, wrongCall);
    }
    if (options->showHelp || options->showVersion) {
        const QString text = options->showHelp ? helpText() : u"countersign " COUNTERSIGN_VERSION "\n"_s;
        std::fputs(text.toUtf8().constData(), stdout);
        return 0;
    }
    if (!initCrypto()) {
        return sayAndFail(u"Nothing was opened, because this machine gives no randomness."_s, failed);
    }
    if (!options->shotsFolder.isEmpty()) {
        qputenv("QT_QPA_PLATFORM", "offscreen"); // Pictures need no display, and the same one everywhere.
    } else if (!hasDisplay()) {
        return sayAndFail(u"There is no display to open a window on (DISPLAY and WAYLAND_DISPLAY are not set). Decide "
                          u"with countersignctl list and countersignctl decide, or start it in a desktop session."_s,
                          failed);
    }
    EarlyFonts fonts;
    int applicationArgc = 1; // Our words are ours: Qt reads none of them.
    QApplication application(applicationArgc, argv);
    QApplication::setApplicationName(u"countersign"_s);
    QApplication::setApplicationDisplayName(u"Countersign"_s);
    QGuiApplication::setDesktopFileName(u"app.countersign.Countersign"_s);
    if (!options->shotsFolder.isEmpty()) {
        fonts.wait();
        return drawShots(application, options->shotsFolder, options->scheme);
    }
    return runWindow(application, *options, fonts, sinceStart);
}
