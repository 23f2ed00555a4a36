// SPDX-License-Identifier: Apache-2.0
#include "core/base/clock.h"
#include "core/engine/workspace_threads.h"
#include "tests/bench/report.h"
#include "ui/queue/queue_pane.h"
#include "ui/shell/review_session.h"
#include "ui/style/theme.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QEventLoop>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtCore/QTimer>
#include <QtWidgets/QApplication>
#include <QtWidgets/QScrollBar>

#include <cstdio>

using namespace Qt::Literals::StringLiterals;

namespace countersign::bench {

namespace {

/// From the start of the process until it says on stderr that its first page is painted: \p painted is what it says.
double firstPaintMs(const QString &program, const QStringList &arguments, const QProcessEnvironment &environment,
                    const QByteArray &painted)
{
    QProcess process;
    process.setProcessEnvironment(environment);
    process.setProgram(program);
    process.setArguments(arguments);
    process.setReadChannel(QProcess::StandardError);
    QElapsedTimer timer;
    timer.start();
    process.start();
    QByteArray said;
    while (!said.contains(painted) && process.waitForReadyRead(60000)) {
        said += process.readAllStandardError();
    }
    const double elapsed = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    if (!process.waitForFinished(60000) || process.exitCode() != 0 || !said.contains(painted)) {
        std::fprintf(stderr, "%s: %s\n", qUtf8Printable(program), said.constData());
        return -1;
    }
    return elapsed;
}

double residentKib()
{
    QFile status(u"/proc/self/status"_s);
    if (!status.open(QIODevice::ReadOnly)) {
        return 0;
    }
    for (const QByteArray &line : status.readAll().split('\n')) {
        if (line.startsWith("VmRSS:")) {
            return line.mid(6).trimmed().split(' ').front().toDouble();
        }
    }
    return 0;
}

void runEventsFor(int ms)
{
    QEventLoop loop;
    QTimer::singleShot(ms, &loop, &QEventLoop::quit);
    loop.exec();
}

double childResident(const QString &path)
{
    QProcess child;
    child.start(QCoreApplication::applicationFilePath(), {u"--history-child"_s, path});
    if (!child.waitForFinished(120000) || child.exitCode() != 0) {
        return -1;
    }
    return child.readAllStandardOutput().trimmed().toDouble();
}

} // namespace

int historyChild(const QString &path)
{
    ui::applyTheme(*qApp, ui::ColourScheme::Light);
    SystemClock clock;
    QTemporaryDir config;
    WorkspaceThreads::Options options;
    options.location = {path, u"sqlite:"_s + path, path + u".blobs"_s, config.path(), config.path()};
    WorkspaceThreads threads(options, clock);
    ui::ReviewSession session(threads, clock);
    ui::QueuePane pane(session);
    pane.resize(420, 860);
    pane.show();
    pane.showView(QueueQuery::View::Settled);
    runEventsFor(1500);
    // Through the whole history by its scroll bar, then back, with time to load at each place.
    for (QScrollBar *bar : pane.findChildren<QScrollBar *>()) {
        if (bar->orientation() != Qt::Vertical || bar->maximum() <= 0) {
            continue;
        }
        for (int step = 0; step <= 40; ++step) {
            bar->setValue(
                static_cast<int>(static_cast<double>(bar->maximum()) * (step <= 20 ? step : 40 - step) / 20.0));
            runEventsFor(60);
        }
    }
    std::printf("%.0f\n", residentKib());
    return 0;
}

std::vector<Figure> benchStartup(const Options &options)
{
    const QString big = historyWorkspace(options.folder, options.requests);
    const QString small = historyWorkspace(options.folder, 1000);
    const QString folder = QCoreApplication::applicationDirPath();
    QTemporaryDir home;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"XDG_CONFIG_HOME"_s, reviewerOf(QFileInfo(big).canonicalFilePath()));
    environment.insert(u"XDG_DATA_HOME"_s, home.path());
    std::vector<double> ours;
    std::vector<double> trivial;
    std::vector<double> text;
    for (int i = 0; i <= options.starts; ++i) {
        const double one = firstPaintMs(folder + u"/countersign"_s,
                                        {u"--workspace"_s, u"sqlite:"_s + big, u"--exit-after-first-paint"_s},
                                        environment, "queue painted");
        const double other = firstPaintMs(folder + u"/countersign_trivial_window"_s, {}, environment, "first paint");
        const double third =
            firstPaintMs(folder + u"/countersign_trivial_window"_s, {u"--text"_s}, environment, "first paint");
        if (i > 0) { // The first round only warms the page cache.
            ours.push_back(one);
            trivial.push_back(other);
            text.push_back(third);
        }
    }
    const double ratio = median(ours) / median(trivial);
    const double bigKib = childResident(big);
    const double smallKib = childResident(small);
    const double moreMib = (bigKib - smallKib) / 1024.0;
    return {{u"start to usable queue, %1 decided requests, median"_s.arg(options.requests),
             median(ours),
             u"ms"_s,
             {},
             true},
            {u"trivial Qt window, median"_s, median(trivial), u"ms"_s, {}, true},
            {u"start against the trivial window"_s, ratio, u"x"_s, u"<= 1.5"_s, ratio <= 1.5},
            {u"Qt window with one line of text, median"_s, median(text), u"ms"_s, {}, true},
            {u"start against the window with one line of text"_s, median(ours) / median(text), u"x"_s, {}, true},
            {u"resident with that history open and scrolled"_s, bigKib / 1024.0, u"MiB"_s, {}, true},
            {u"resident with 1,000 rows"_s, smallKib / 1024.0, u"MiB"_s, {}, true},
            {u"resident, more than with 1,000 rows"_s, moreMib, u"MiB"_s, u"<= 20"_s,
             bigKib > 0 && smallKib > 0 && moreMib <= 20}};
}

} // namespace countersign::bench
