// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/connections/sign_ins.h"
#include "ui/shell/sheet.h"

class QScrollArea;
class QVBoxLayout;

namespace countersign::ui {

class FlatButton;
class WrapLabel;

/// Asks whether the browser may be opened at the address where an MCP server wants the person to sign in: who wants it,
/// who is signed in at, for what, and the whole address with its host marked. The focus is on "not now", and so is
/// Escape; a click beside the card leaves the question waiting. Closes when the question is over.
class SignInSheet : public Sheet
{
    Q_OBJECT
public:
    /// \p signIns outlives the sheet.
    SignInSheet(SignIns &signIns, QWidget *window);

    /// \p name of the connection: outside text.
    void ask(const QString &name, const SignIns::Waiting &waiting);

protected:
    QWidget *firstField() override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void refuse();
    void openBrowser();

    SignIns &m_signIns;
    SignIns::Waiting m_waiting;
    WrapLabel *m_question = nullptr;
    WrapLabel *m_facts = nullptr;
    QWidget *m_address = nullptr; ///< Made anew for each question.
    QScrollArea *m_scroll = nullptr;
    QVBoxLayout *m_page = nullptr;
    WrapLabel *m_said = nullptr;
    FlatButton *m_refuse = nullptr;
    FlatButton *m_copy = nullptr;
    FlatButton *m_open = nullptr;
};

} // namespace countersign::ui
