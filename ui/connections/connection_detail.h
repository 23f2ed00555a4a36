// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/connection_service.h"

#include <QtWidgets/QWidget>

class QGridLayout;
class QPlainTextEdit;
class QScrollArea;

namespace countersign::ui {

class Card;
class FlatButton;
class FlowLayout;
class FramesView;
class Pill;
class WrapLabel;

/// One connection: how it stands and why, who answers there, what is read from its state, and its last frames.
class ConnectionDetail : public QWidget
{
    Q_OBJECT
public:
    explicit ConnectionDetail(QWidget *parent = nullptr);

    void showStatus(const ConnectionStatus &status, bool isServing, Timestamp now);
    /// The MCP server wants the person to sign in: why, visible text; empty: it does not. Before showStatus().
    void showSignIn(const QString &visible);
    void showFrames(std::vector<LoggedFrame> newestLast);
    void showExtract(const ConnectionService::Extract &extract);
    /// What came of something that the person asked for. Visible text; empty clears.
    void say(const QString &visible);
    bool framesArePaused() const { return m_paused; }
    void toggleFrames();
    void focusPage();
    void scrollToTop();
    bool mayRetry() const;
    bool mayEditProfile() const;
    bool mayChangeSignIn() const;
    bool hasOffer() const { return m_hasOffer; }
    /// The tool of the call that is shown as unanswered, as the agent names it; empty: none is. Outside text.
    QString unansweredTool() const { return m_unansweredTool; }

Q_SIGNALS:
    void testWanted();
    void retryWanted();
    void removeWanted();
    void profileWanted();
    void signInWanted();
    void identityWanted(); ///< Another one answers: look at it.
    void serveWanted();    ///< The unanswered tool is this person's to answer.

protected:
    void changeEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    QWidget *makeBar();
    QWidget *makePage();
    Card *makeUnanswered(QWidget *page);
    void showUnanswered(const ConnectionStatus &status, Timestamp now);
    Card *makeEndpoint(QWidget *page);
    Card *makeState(QWidget *page);
    Card *makeFrames(QWidget *page);
    WrapLabel *addFact(const QString &name, const QString &objectName);
    void showFact(WrapLabel *value, bool shown);
    void showWhatItIs(const ConnectionStatus &status);
    void applyGrid();

    QWidget *m_bar = nullptr;
    QScrollArea *m_scroll = nullptr;
    WrapLabel *m_title = nullptr;
    Pill *m_standing = nullptr;
    WrapLabel *m_sentence = nullptr;
    WrapLabel *m_said = nullptr;
    WrapLabel *m_address = nullptr;
    WrapLabel *m_identity = nullptr;
    QGridLayout *m_facts = nullptr;
    WrapLabel *m_kind = nullptr;
    WrapLabel *m_tools = nullptr;
    Card *m_stateCard = nullptr;
    WrapLabel *m_profile = nullptr;
    WrapLabel *m_waiting = nullptr;
    WrapLabel *m_extracted = nullptr;
    QPlainTextEdit *m_state = nullptr;
    FramesView *m_frames = nullptr;
    FlatButton *m_pause = nullptr;
    FlatButton *m_test = nullptr;
    FlatButton *m_retry = nullptr;
    FlatButton *m_editProfile = nullptr;
    FlatButton *m_signIn = nullptr;
    FlatButton *m_accept = nullptr;
    Card *m_unanswered = nullptr;
    WrapLabel *m_unansweredWords = nullptr;
    FlatButton *m_serve = nullptr;
    QString m_unansweredTool;
    QString m_wantedSignIn; ///< Why; empty: none is wanted.
    bool m_hasOffer = false;
    bool m_paused = false;
};

} // namespace countersign::ui
