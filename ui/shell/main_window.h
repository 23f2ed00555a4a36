// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/domain/request.h"
#include "ui/shell/sign_in.h"
#include "ui/shell/window_settings.h"

#include <QtWidgets/QWidget>

#include <memory>

class QMenu;
class QSplitter;
class QStackedWidget;

namespace countersign {
class ConnectionService;
}

namespace countersign::ui {

class CheatSheet;
class CommandPalette;
class ConnectionsPane;
class DetailPane;
class FirstRunPage;
class KeyRouter;
class LockView;
class NoticeBar;
class OpeningPage;
class QueuePane;
class ReviewSession;
class Sheet;
class Sidebar;
class StagingStrip;
class ToolsPane;
struct WindowCommand;

/// The window: sidebar, queue, detail with the strip of staged decisions, and what stands in their place while nobody
/// is signed in. Arranges the panes, routes keys, remembers its shape; decides nothing itself. GUI thread.
class MainWindow : public QWidget
{
    Q_OBJECT
public:
    /// Both must outlive the window.
    MainWindow(ReviewSession &session, WindowSettings &settings, QWidget *parent = nullptr);
    ~MainWindow() override;

    QueuePane *queue() const { return m_queue; }
    DetailPane *detail(); ///< Made after the first paint of the list, or when it is asked for.
    Sidebar *sidebar() const { return m_sidebar; }
    SignIn *signIn() const { return m_signIn; }

    bool hasFailedToOpen() const { return m_failedToOpen; } ///< The program exits with 1 when the window is closed.
    /// The page in front asks for a person: to unlock, to make a key, to read why nothing could be opened.
    bool isWaitingForPerson() const;
    void showOpenFailure(const Error &why);
    void showView(QueueQuery::View view);
    /// The window shows the connections of \p service, which outlives it. Without this there is no such pane.
    void setConnections(ConnectionService &service);
    void showConnections();
    void showTools(); ///< Of the MCP servers among the connections.
    /// Brings \p request into view because a person asked for it (a notification's Open, the palette).
    void showRequest(const Request &request);
    void showCheatSheet();
    void showPalette();
    void showFirstRun();
    void lockNow();
    /// Locks when nobody has touched the window for too long; called every few seconds.
    void lockWhenIdle();
    void setScheme(ColourScheme scheme);
    /// Is the reviewer looking at this window?
    bool isInFront() const;
    /// There is something to look at: the list, or a page that asks for a person.
    bool isPresentable() const { return m_presentable; }

Q_SIGNALS:
    void presentable(); ///< Once: the moment to show the window without a page that only says "opening".
    void notificationsPausedChanged(bool paused);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void closeEvent(QCloseEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    enum class Page { Opening, Work, Connections, Tools, Locked, FirstRun };

    void build();
    QWidget *makeWorkPage();
    void completeWorkPage();
    LockView *lockView();
    NoticeBar *toast();
    void followConnections();
    void connectSession();
    void connectPanes();
    void buildMenu();
    std::vector<WindowCommand> commands();
    void showPage(Page page);
    Page page() const;
    void followStanding(const SignInStanding &standing);
    void enterWork();
    void sayFailure(const Error &why);
    void makeFirstKey(const QString &name, const QByteArray &passphrase);
    bool handleLetter(QKeyEvent *event);
    bool handleChord(QKeyEvent *event);
    bool handlePaneKey(QKeyEvent *event);
    bool isAtPane() const; ///< Beside the queue: connections, tools.
    bool handleNavigation(QKeyEvent *event);
    bool goToView(int key);
    void cycleViews();
    void openDetail();
    void leaveDetail();
    void undoLast();
    bool isSheetOpen() const;
    void adaptToSize();
    void placeToast();
    void restoreShape();
    void updateTitle();

    ReviewSession &m_session;
    WindowSettings &m_settings;
    SignIn *m_signIn = nullptr;
    KeyRouter *m_router = nullptr;
    Sidebar *m_sidebar = nullptr;
    NoticeBar *m_trouble = nullptr;
    NoticeBar *m_administrator = nullptr;
    NoticeBar *m_toast = nullptr;
    QStackedWidget *m_pages = nullptr;
    OpeningPage *m_opening = nullptr;
    QSplitter *m_split = nullptr;
    QWidget *m_right = nullptr;
    QueuePane *m_queue = nullptr;
    DetailPane *m_detail = nullptr;
    StagingStrip *m_strip = nullptr;
    LockView *m_lock = nullptr;
    FirstRunPage *m_firstRun = nullptr;
    ConnectionService *m_connectionService = nullptr; ///< Not ours.
    ConnectionsPane *m_connections = nullptr;
    ToolsPane *m_tools = nullptr;
    QTimer m_connectionsPause; ///< Gathers bursts of changes.
    CheatSheet *m_cheatSheet = nullptr;
    CommandPalette *m_palette = nullptr;
    QMenu *m_menu = nullptr;
    QTimer m_idle;
    std::chrono::milliseconds m_lastInput{0};
    std::optional<std::chrono::milliseconds> m_goPressedAt; ///< G waits for its letter.
    bool m_mayUnlockByItself = true;                        ///< A key without a passphrase, once, at the start.
    bool m_unlocking = false;
    bool m_firstRunPostponed = false;
    bool m_makingKey = false;
    bool m_narrow = false; ///< Queue and detail take turns.
    bool m_detailOpen = false;
    bool m_shapeRestored = false;
    bool m_failedToOpen = false;
    bool m_presentable = false;
    bool m_completing = false;
};

} // namespace countersign::ui
