// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtWidgets/QWidget>

#include <vector>

namespace countersign::ui {

class FlatButton;

/// "Which way in?": what a person may have, and what goes with it. Digits choose, outside text fields.
class WayInPage : public QWidget
{
    Q_OBJECT
public:
    enum class Way { Agent, McpServer, McpGate, Hook, Script };
    explicit WayInPage(QWidget *parent);

    QWidget *firstField() const;
    /// True: \p key chose something.
    bool handleKey(int key);

    /// What is copied into a file or a terminal; empty for what is asked for in fields.
    static QString snippetOf(Way way);
    static QString headingOf(Way way);
    static QString explanationOf(Way way);

Q_SIGNALS:
    void chosen(countersign::ui::WayInPage::Way way);

private:
    std::vector<FlatButton *> m_buttons; ///< In the order of the ways.
};

} // namespace countersign::ui
