// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/detail/shown_request.h"

#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

class QPlainTextEdit;

namespace countersign {
class ConnectionService;
}

namespace countersign::ui {

class Card;
class ConversationView;
class FlatButton;
class WrapLabel;

/// The Context tab: the conversation around a request, live while its connection is open, else as it was filed with the
/// request; and a box to say something to the agent. GUI thread.
class ContextPage : public QWidget
{
    Q_OBJECT
public:
    explicit ContextPage(QWidget *parent = nullptr);

    /// \p service outlives the page.
    void setService(ConnectionService &service);
    void open(const SharedRequest &shown);
    void close();
    bool hasConversation() const; ///< There is something to show, or an agent to talk to.
    void page(int direction);
    void focusFirst();
    bool hasHeightForWidth() const override
    {
        return false;
    } ///< Its conversation scrolls; the decisions keep their room.

Q_SIGNALS:
    void leaveWanted(); ///< Escape in the box.

protected:
    void showEvent(QShowEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void adapt();
    void refresh();
    void showStanding();
    void send();

    ConnectionService *m_service = nullptr; ///< Not ours.
    SharedRequest m_shown;
    QString m_connection;
    QTimer m_pause; ///< Gathers what streams in.
    QString m_problem;
    Card *m_card = nullptr;
    WrapLabel *m_state = nullptr;
    ConversationView *m_view = nullptr;
    QWidget *m_box = nullptr;
    QPlainTextEdit *m_text = nullptr;
    FlatButton *m_send = nullptr;
};

} // namespace countersign::ui
