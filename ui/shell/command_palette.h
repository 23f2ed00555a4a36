// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/store_types.h"
#include "ui/shell/sheet.h"
#include "ui/shell/window_command.h"

#include <QtCore/QTimer>

#include <vector>

class QLineEdit;
class QListWidget;

namespace countersign::ui {

class ReviewSession;

/// Ctrl+K: commands of the window by their words, and requests by text (asked on the reader thread).
class CommandPalette : public Sheet
{
    Q_OBJECT
public:
    CommandPalette(ReviewSession &session, std::vector<WindowCommand> commands, QWidget *window);

    void openFresh();

Q_SIGNALS:
    void requestWanted(const countersign::Request &request);

protected:
    QWidget *firstField() override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void showCommands();
    void findRequests();
    void showRequests(const std::vector<QueueRow> &rows);
    void choose();

    ReviewSession &m_session;
    std::vector<WindowCommand> m_commands;
    std::vector<Request> m_requests;
    QLineEdit *m_field = nullptr;
    QListWidget *m_list = nullptr;
    QTimer m_typingPause;
    int m_generation = 0;
};

} // namespace countersign::ui
