// SPDX-License-Identifier: Apache-2.0
#include "app/desktop/shots.h"

#include "app/desktop/picture_stage.h"
#include "ui/connections/connections_pane.h"
#include "ui/detail/detail_pane.h"
#include "ui/queue/queue_pane.h"
#include "ui/shell/command_palette.h"

#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtCore/QTimer>
#include <QtGui/QFontDatabase>
#include <QtGui/QKeyEvent>
#include <QtWidgets/QApplication>
#include <QtWidgets/QLineEdit>

#include <cstdio>
#include <deque>
#include <map>

namespace countersign::desktop {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

using Contents = PictureStage::Contents;
using ui::ColourScheme;

constexpr auto pollStep = 20ms;
constexpr std::chrono::milliseconds calm{
    350}; ///< From the last act to the picture: for answers of the reader, and for painting.
constexpr std::chrono::milliseconds longestWait{30000}; ///< For a stage to be filled.
constexpr QSize usualSize(1440, 900);
constexpr QSize smallSize(1024, 640);
constexpr int largeFontPixels = 26;
constexpr int usualFontPixels = 13;

/// One thing to do with a stage. A name: a picture is taken when it has come to rest.
struct Step {
    Contents contents = Contents::Samples;
    QString picture;
    std::function<void(PictureStage &)> arrange;
};

void press(QWidget *widget, int key, const QString &text)
{
    QKeyEvent down(QEvent::KeyPress, key, Qt::NoModifier, text);
    QKeyEvent up(QEvent::KeyRelease, key, Qt::NoModifier, text);
    QCoreApplication::sendEvent(widget, &down);
    QCoreApplication::sendEvent(widget, &up);
}

void select(PictureStage &stage, const QString &tool)
{
    stage.window().showView(QueueQuery::View::Inbox);
    stage.window().queue()->select(stage.requestFor(tool));
    stage.window().queue()->setFocus();
}

std::function<void(PictureStage &)> selecting(const QString &tool)
{
    return [tool](PictureStage &stage) { select(stage, tool); };
}

/// Time passes and the pane notices: what was being read is read now.
void read(PictureStage &stage)
{
    stage.clock().advance(2s);
}

void pressInDetail(PictureStage &stage, int key, const QString &text)
{
    stage.window().detail()->setFocus();
    press(stage.window().detail(), key, text);
}

ui::ConnectionsPane *connections(PictureStage &stage)
{
    return stage.window().findChild<ui::ConnectionsPane *>();
}

void pressIn(ui::ConnectionsPane *pane, int key)
{
    QKeyEvent down(QEvent::KeyPress, key, Qt::NoModifier);
    pane->handleKey(&down);
}

/// As typed by a person on the page where the tool is served.
void answerWithLocation(PictureStage &stage)
{
    pressInDetail(stage, Qt::Key_E, u"e"_s);
    for (const auto &[field, degrees] : {std::pair(u"latitude"_s, u"52.52"_s), std::pair(u"longitude"_s, u"13.40"_s)}) {
        auto *edit = stage.window().findChild<QLineEdit *>(field);
        edit->setFocus();
        for (const QChar digit : degrees) {
            press(edit, 0, digit);
        }
    }
}

std::vector<Step> stepsFor(ColourScheme scheme)
{
    const QString end = scheme == ColourScheme::Dark ? u"-dark"_s : u"-light"_s;
    const auto closeSheets = [](PictureStage &stage) {
        for (auto *sheet : stage.window().findChildren<ui::Sheet *>()) {
            sheet->close();
        }
    };
    return {
        {Contents::Samples, {}, selecting(u"process_payment"_s)},
        {Contents::Samples, {}, read},
        {Contents::Samples, u"inbox"_s + end, read},
        {Contents::Samples, {}, [](PictureStage &stage) { stage.window().resize(smallSize); }},
        {Contents::Samples, u"inbox-small"_s + end, read},
        {Contents::Samples, {}, [](PictureStage &stage) { stage.window().resize(usualSize); }},
        {Contents::Samples, {}, selecting(u"gate"_s)},
        {Contents::Samples, u"gate"_s + end, read},
        {Contents::Samples, {}, selecting(u"create_shipment"_s)},
        {Contents::Samples, u"question"_s + end, read},
        {Contents::Samples, {}, selecting(u"connect_carrier"_s)},
        {Contents::Samples, u"address"_s + end, read},
        {Contents::Samples, {}, selecting(u"get_location"_s)},
        {Contents::Samples, u"client-tool"_s + end, read},
        {Contents::Samples, u"client-tool-answer"_s + end, answerWithLocation},
        {Contents::Samples, u"context"_s + end,
         [](PictureStage &stage) { stage.window().detail()->setTab(u"context"_s); }},
        {Contents::Samples, {}, selecting(u"delete_records"_s)},
        {Contents::Samples, u"evidence"_s + end,
         [](PictureStage &stage) {
             read(stage);
             stage.window().detail()->setTab(u"evidence"_s);
         }},
        {Contents::Samples, u"raw"_s + end, [](PictureStage &stage) { stage.window().detail()->setTab(u"raw"_s); }},
        {Contents::Samples, {}, selecting(u"publish_post"_s)},
        {Contents::Samples, {}, read},
        {Contents::Samples, u"edit"_s + end, [](PictureStage &stage) { pressInDetail(stage, Qt::Key_E, u"e"_s); }},
        {Contents::Samples, {}, selecting(u"grant_role"_s)},
        {Contents::Samples, {}, read},
        {Contents::Samples, {}, read},
        {Contents::Samples, u"reject"_s + end, [](PictureStage &stage) { pressInDetail(stage, Qt::Key_R, u"r"_s); }},
        {Contents::Samples, {}, selecting(u"send_email"_s)},
        {Contents::Samples, {}, [](PictureStage &stage) { stage.stageApproval(stage.requestFor(u"send_email"_s)); }},
        {Contents::Samples, u"staged"_s + end, selecting(u"process_payment"_s)},
        {Contents::Samples, {}, [](PictureStage &stage) { stage.session().undo(stage.requestFor(u"send_email"_s)); }},
        {Contents::Samples,
         {},
         [](PictureStage &stage) {
             stage.window().showView(QueueQuery::View::Settled);
             stage.window().queue()->setFocus();
         }},
        {Contents::Samples, u"history"_s + end, [](PictureStage &stage) { stage.window().queue()->moveSelection(1); }},
        {Contents::Samples, {}, selecting(u"process_payment"_s)},
        {Contents::Samples, u"cheat-sheet"_s + end, [](PictureStage &stage) { stage.window().showCheatSheet(); }},
        {Contents::Samples, {}, closeSheets},
        {Contents::Samples, u"palette"_s + end,
         [](PictureStage &stage) {
             stage.window().showPalette();
             stage.window().findChild<QLineEdit *>(u"paletteField"_s)->setText(u"pay"_s);
         }},
        {Contents::Samples, {}, closeSheets},
        {Contents::Samples, u"locked"_s + end, [](PictureStage &stage) { stage.window().lockNow(); }},
        {Contents::Samples, {}, [](PictureStage &stage) { stage.unlock(); }},
        {Contents::Nothing, u"empty"_s + end, [](PictureStage &) {}},
        {Contents::Connected, {}, [](PictureStage &stage) { stage.window().showConnections(); }},
        {Contents::Connected, {}, [](PictureStage &stage) { connections(stage)->select(u"payments-agent"_s); }},
        {Contents::Connected, {}, [](PictureStage &stage) { stage.window().showTools(); }},
        {Contents::Connected, u"tools"_s + end, read},
        {Contents::Connected, {}, [](PictureStage &stage) { stage.window().showConnections(); }},
        {Contents::Connected, u"connections"_s + end, read},
        {Contents::Connected, u"profile"_s + end, [](PictureStage &stage) { pressIn(connections(stage), Qt::Key_E); }},
        {Contents::Connected, {}, closeSheets},
        {Contents::Connected, u"way-in"_s + end, [](PictureStage &stage) { connections(stage)->openAddSheet(); }},
        {Contents::Connected, {}, closeSheets},
        {Contents::Untouched, u"first-run"_s + end, [](PictureStage &) {}},
    };
}

std::vector<Step> largeFontSteps(const QString &end)
{
    return {
        {Contents::Samples, {}, selecting(u"process_payment"_s)},
        {Contents::Samples, {}, read},
        {Contents::Samples, u"inbox-large-font"_s + end, read},
        {Contents::Samples, {}, [](PictureStage &stage) { stage.window().resize(smallSize); }},
        {Contents::Samples, u"inbox-small-large-font"_s + end, read},
        {Contents::Samples, u"detail-small-large-font"_s + end,
         [](PictureStage &stage) { press(stage.window().queue()->focusProxy(), Qt::Key_O, u"o"_s); }},
        {Contents::Samples, {}, [](PictureStage &stage) { stage.window().resize(usualSize); }},
        {Contents::Connected, {}, [](PictureStage &stage) { stage.window().resize(smallSize); }},
        {Contents::Connected, u"connections-small-large-font"_s + end, [](PictureStage &) {}},
        {Contents::Connected, {}, [](PictureStage &stage) { stage.window().resize(usualSize); }},
        {Contents::Untouched, u"first-run-large-font"_s + end, [](PictureStage &) {}},
    };
}

/// Goes through the steps one by one, from the event loop.
class ShotRun : public QObject
{
public:
    ShotRun(QApplication &application, const QDir &folder)
        : m_application(application)
        , m_folder(folder)
    {
        for (const ColourScheme scheme : {ColourScheme::Light, ColourScheme::Dark}) {
            const QString end = scheme == ColourScheme::Dark ? u"-dark"_s : u"-light"_s;
            m_steps.push_back(
                {Contents::Samples, {}, [this, scheme](PictureStage &) { setLook(scheme, usualFontPixels); }});
            append(stepsFor(scheme));
            m_steps.push_back(
                {Contents::Samples, {}, [this, scheme](PictureStage &) { setLook(scheme, largeFontPixels); }});
            append(largeFontSteps(end));
        }
        connect(&m_poll, &QTimer::timeout, this, &ShotRun::goOn);
        m_poll.start(pollStep);
        m_sinceStep.start();
    }

private:
    void append(const std::vector<Step> &steps) { m_steps.insert(m_steps.end(), steps.begin(), steps.end()); }

    void setLook(ColourScheme scheme, int fontPixels)
    {
        QFont font = QFontDatabase::systemFont(QFontDatabase::GeneralFont); // As when the desktop's setting changes.
        font.setPixelSize(fontPixels);
        QApplication::setFont(font);
        ui::applyTheme(m_application, scheme);
    }

    PictureStage &stageOf(Contents contents)
    {
        std::unique_ptr<PictureStage> &stage = m_stages[contents];
        if (!stage) {
            stage = std::make_unique<PictureStage>(contents);
        }
        return *stage;
    }

    void goOn()
    {
        if (m_steps.empty()) {
            finish({});
            return;
        }
        Step &step = m_steps.front();
        PictureStage &stage = stageOf(step.contents);
        if (!stage.problem().isEmpty()) {
            finish(stage.problem());
        } else if (!stage.isReady() && m_sinceStep.hasExpired(longestWait.count())) {
            finish(u"A sample workspace did not open in time."_s);
        } else if (stage.isReady() && step.arrange) {
            stage.window().activateWindow();
            std::exchange(step.arrange, nullptr)(stage);
            m_sinceStep.start();
        } else if (stage.isReady() && m_sinceStep.hasExpired(calm.count())) {
            complete(step, stage);
        }
    }

    void complete(const Step &step, PictureStage &stage)
    {
        if (!step.picture.isEmpty()) {
            const QString file = m_folder.filePath(step.picture + u".png"_s);
            if (!stage.window().grab().save(file)) {
                finish(u"The picture %1 could not be written."_s.arg(file));
                return;
            }
            std::fprintf(stderr, "%s\n", file.toLocal8Bit().constData());
        }
        m_steps.pop_front();
        m_sinceStep.start();
    }

    void finish(const QString &problem)
    {
        m_poll.stop();
        m_stages.clear();
        if (!problem.isEmpty()) {
            std::fprintf(stderr, "countersign: %s\n", problem.toLocal8Bit().constData());
        }
        QApplication::exit(problem.isEmpty() ? 0 : 1);
    }

    QApplication &m_application;
    QDir m_folder;
    std::deque<Step> m_steps;
    std::map<Contents, std::unique_ptr<PictureStage>> m_stages;
    QTimer m_poll;
    QElapsedTimer m_sinceStep;
};

} // namespace

int drawShots(QApplication &application, const QString &folder)
{
    if (!QDir().mkpath(folder)) {
        std::fprintf(stderr, "countersign: The folder for the pictures could not be made: %s\n",
                     folder.toLocal8Bit().constData());
        return 1;
    }
    ShotRun run(application, QDir(folder));
    return QApplication::exec();
}

} // namespace countersign::desktop
