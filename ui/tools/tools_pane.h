// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/connection_service.h"
#include "ui/tools/tool_list.h"

#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

class QKeyEvent;
class QLineEdit;
class QSplitter;
class QStackedWidget;

namespace countersign::ui {

class ToolDetail;

/// The tools of the connected MCP servers, each with its arguments as a form. A call goes to the engine as a request of
/// whoever sits here, is decided like any other, and runs once. Reads the service when something has changed. GUI
/// thread.
class ToolsPane : public QWidget
{
    Q_OBJECT
public:
    /// Both outlive the pane.
    ToolsPane(ConnectionService &service, const Clock &clock, QWidget *parent = nullptr);

    /// Keys of the pane outside text fields: J K O / R X I Esc.
    bool handleKey(QKeyEvent *event);
    /// Ctrl+Enter, wherever the focus is.
    bool handleChord(QKeyEvent *event);
    ToolKey selected() const;
    void select(const ToolKey &key);
    void showList(); ///< Where list and detail take turns, the list's turn.
    ToolDetail *detail() const { return m_detail; }

Q_SIGNALS:
    void serverWanted();                                       ///< A person wants to add one.
    void requestWanted(const countersign::RequestId &request); ///< A person wants to see it in the inbox.

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    QWidget *makeLeft();
    QWidget *makeEmptyPage();
    void refresh();
    void refreshDetail();
    void call(bool autoRepeat);
    void cancel();
    void openInInbox();
    void allow();
    void openDetail(bool open);
    void takeTurns();
    void applyGrid();

    ConnectionService &m_service;
    const Clock &m_clock;
    std::vector<ServerTools> m_servers;
    QSplitter *m_split = nullptr;
    QWidget *m_left = nullptr;
    QWidget *m_header = nullptr;
    QLineEdit *m_filter = nullptr;
    ToolList *m_list = nullptr;
    QStackedWidget *m_right = nullptr;
    QWidget *m_emptyPage = nullptr;
    QWidget *m_emptyRows = nullptr;
    ToolDetail *m_detail = nullptr;
    QTimer m_pause;   ///< Gathers bursts of changes.
    QTimer m_passing; ///< Times pass.
    bool m_isCalling = false;
    bool m_narrow = false; ///< List and detail take turns.
    bool m_detailOpen = false;
};

} // namespace countersign::ui
