// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/connection_service.h"

#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

class QKeyEvent;
class QSplitter;
class QStackedWidget;

namespace countersign::ui {

class AcceptIdentitySheet;
class AddConnectionSheet;
class ConnectionDetail;
class ConnectionList;
class ProfileSheet;
class RemoveConnectionSheet;
class SignInSheet;
class WrapLabel;

/// The agents this workspace listens to: which, how they stand and why, and what to do about it. Reads the service when
/// something has changed, and the frames some times a second while it is on screen. GUI thread.
class ConnectionsPane : public QWidget
{
    Q_OBJECT
public:
    /// Both outlive the pane.
    ConnectionsPane(ConnectionService &service, const Clock &clock, QWidget *parent = nullptr);

    /// Keys of the pane outside text fields: J K O N T R E S I P Del Esc.
    bool handleKey(QKeyEvent *event);
    QString selectedName() const;
    void select(const QString &name);
    void openAddSheet();
    void showList(); ///< Where list and detail take turns, the list's turn.

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    QWidget *makeLeft();
    QWidget *makeEmptyPage();
    void refresh();
    void refreshDetail();
    void add(const ConnectionService::NewConnection &connection);
    void askToRemove();
    AddConnectionSheet *addSheet();
    void editProfile();
    void changeSignIn();
    QString wantedSignIn(const ConnectionStatus &status) const;
    void keepSignIn(const QString &name, const SignIn &signIn);
    void askForIdentity();
    void acceptIdentity(const QString &name, const QString &offered);
    void remove(const QString &name);
    void sendTest();
    void retry();
    void serveTool();
    void openDetail(bool open);
    void takeTurns();
    void applyGrid();

    ConnectionService &m_service;
    const Clock &m_clock;
    QSplitter *m_split = nullptr;
    QWidget *m_left = nullptr;
    QWidget *m_header = nullptr;
    ConnectionList *m_list = nullptr;
    WrapLabel *m_notServing = nullptr;
    QStackedWidget *m_right = nullptr;
    QWidget *m_emptyPage = nullptr;
    QWidget *m_emptyRows = nullptr; ///< In it.
    ConnectionDetail *m_detail = nullptr;
    AddConnectionSheet *m_addSheet = nullptr;
    RemoveConnectionSheet *m_removeSheet = nullptr;
    ProfileSheet *m_profileSheet = nullptr;
    AcceptIdentitySheet *m_identitySheet = nullptr;
    SignInSheet *m_signInSheet = nullptr;
    QTimer m_pause;   ///< Gathers bursts of changes.
    QTimer m_passing; ///< Frames come and countdowns run.
    QString m_shown;  ///< What was said belongs to this one.
    QString m_wanted; ///< Just added: selected as soon as the service has it.
    QString m_wantedWords;
    bool m_narrow = false; ///< List and detail take turns.
    bool m_detailOpen = false;
};

} // namespace countersign::ui
