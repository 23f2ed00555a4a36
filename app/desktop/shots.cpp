// SPDX-License-Identifier: Apache-2.0
#include "app/desktop/shots.h"

#include "app/desktop/picture_steps.h"

#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtCore/QTimer>
#include <QtGui/QFontDatabase>
#include <QtWidgets/QApplication>

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
/// From the last act to the picture: for answers of the reader, and for painting.
constexpr std::chrono::milliseconds calm{350};
constexpr std::chrono::milliseconds shortCalm{150};     ///< To the next act.
constexpr std::chrono::milliseconds longestWait{30000}; ///< For a stage to be filled.

/// Goes through the steps one by one, from the event loop.
class ShotRun : public QObject
{
public:
    ShotRun(QApplication &application, const QDir &folder, std::optional<ui::ColourScheme> scheme)
        : m_application(application)
        , m_folder(folder)
    {
        for (const Contents contents :
             {Contents::Connected, Contents::Samples, Contents::Nothing, Contents::Untouched}) {
            m_stages[contents] = std::make_unique<PictureStage>(contents); // All at once: connecting takes a while.
        }
        for (const PictureMode &mode : pictureModes()) {
            if (scheme && (mode.scheme != *scheme || !mode.sizeName.isEmpty())) {
                continue;
            }
            const std::vector<PictureStep> steps = pictureSteps(mode.ending());
            m_steps.push_back({Contents::Samples, {}, [this, mode](PictureStage &) { setLook(mode); }});
            m_steps.insert(m_steps.end(), steps.begin(), steps.end());
        }
        connect(&m_poll, &QTimer::timeout, this, &ShotRun::goOn);
        m_poll.start(pollStep);
        m_sinceStep.start();
    }

private:
    void setLook(const PictureMode &mode)
    {
        m_size = mode.size;
        QFont font = QFontDatabase::systemFont(QFontDatabase::GeneralFont); // As when the desktop's setting changes.
        font.setPixelSize(mode.fontPixels);
        QApplication::setFont(font);
        ui::applyTheme(m_application, mode.scheme);
        for (const auto &[contents, stage] : m_stages) {
            stage->window().resize(mode.size);
        }
    }

    void goOn()
    {
        if (m_steps.empty()) {
            finish({});
            return;
        }
        PictureStep &step = m_steps.front();
        PictureStage &stage = *m_stages[step.contents];
        if (!stage.problem().isEmpty()) {
            finish(QString(stage.problem())); // The stages go.
        } else if (!stage.isReady() && m_sinceStep.hasExpired(longestWait.count())) {
            finish(u"A sample workspace did not open in time."_s);
        } else if (stage.isReady() && step.arrange) {
            stage.window().activateWindow();
            std::exchange(step.arrange, nullptr)(stage);
            m_sinceStep.start();
        } else if (stage.isReady() && m_sinceStep.hasExpired((step.picture.isEmpty() ? shortCalm : calm).count())) {
            complete(step, stage);
        }
    }

    void complete(const PictureStep &step, PictureStage &stage)
    {
        if (!step.picture.isEmpty()) {
            const QString file = m_folder.filePath(step.picture + u".png"_s);
            if (!stage.window().grab().save(file)) {
                finish(u"The picture %1 could not be written."_s.arg(file));
                return;
            }
            std::fprintf(stderr, "%s\n", file.toLocal8Bit().constData());
            if (stage.window().size() != m_size) {
                finish(u"The window did not fit into its size on the picture %1."_s.arg(file));
                return;
            }
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
    std::deque<PictureStep> m_steps;
    QSize m_size; ///< Of the windows.
    std::map<Contents, std::unique_ptr<PictureStage>> m_stages;
    QTimer m_poll;
    QElapsedTimer m_sinceStep;
};

} // namespace

int drawShots(QApplication &application, const QString &folder, std::optional<ui::ColourScheme> scheme)
{
    if (!QDir().mkpath(folder)) {
        std::fprintf(stderr, "countersign: The folder for the pictures could not be made: %s\n",
                     folder.toLocal8Bit().constData());
        return 1;
    }
    if (scheme == ui::ColourScheme::FollowSystem) {
        scheme.reset();
    }
    ShotRun run(application, QDir(folder), scheme);
    return QApplication::exec();
}

} // namespace countersign::desktop
