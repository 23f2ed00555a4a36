// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/desktop/picture_agent.h"
#include "app/desktop/picture_clock.h"
#include "core/engine/workspace_threads.h"
#include "ui/connections/connection_desk.h"
#include "ui/shell/main_window.h"
#include "ui/shell/review_session.h"

#include <QtCore/QTemporaryDir>

namespace countersign::desktop {

/// A window on a workspace of its own in a temporary folder, for pictures.
class PictureStage
{
public:
    enum class Contents {
        Samples,   ///< Open requests of every kind, a history, one reviewer whose key has a passphrase.
        Nothing,   ///< A reviewer and no request.
        Connected, ///< The same, with agents that are connected or cannot be reached.
        Untouched  ///< Not even a reviewer.
    };
    explicit PictureStage(Contents contents);

    bool isReady() const { return m_ready; } ///< Filled, and a reviewer is signed in where there is one.
    const QString &problem() const { return m_problem; }
    PictureClock &clock() { return m_clock; }
    ui::ReviewSession &session() { return m_session; }
    ui::MainWindow &window() { return m_window; }
    /// The id of the request with this tool, among those that are open; empty when there is none.
    RequestId requestFor(const QString &tool) const;
    void unlock();
    /// Stages an approval as the reviewer would.
    void stageApproval(const RequestId &id);
    /// What agents have asked for meanwhile can be named by requestFor() soon after.
    void lookForRequests();

    // Connected only
    /// Makes the server "github" want a sign-in.
    void askForSignIn();
    /// Of the server "logistics", as from the tools pane.
    void callTool(const QString &tool, const QByteArray &arguments);
    void approveCall(); ///< The last one; it runs at once.

private:
    struct Filled {
        std::vector<std::pair<QString, RequestId>> open; ///< Tool and id.
    };
    static Result<Filled> fill(Engine &engine, Contents contents, const WorkspaceLocation &location,
                               PictureClock &clock);
    WorkspaceLocation makeLocation() const;
    void makeConnections();
    void decideSoon(const RequestId &id, Staging staging);
    QString keyFile() const { return m_location.keyFolder + QStringLiteral("/reviewer.key"); }

    QTemporaryDir m_folder;
    PictureClock m_clock;
    WorkspaceLocation m_location;
    WorkspaceThreads m_threads;
    ui::ReviewSession m_session;
    ui::WindowSettings m_settings;
    std::unique_ptr<PictureAgent> m_agent;
    std::unique_ptr<ui::ConnectionDesk> m_connections; ///< Not of Untouched. Outlives the window.
    ui::MainWindow m_window;
    Filled m_filled;
    RequestId m_call; ///< Of a tool, the last one.
    QString m_problem;
    bool m_ready = false;
};

} // namespace countersign::desktop
