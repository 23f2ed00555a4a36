// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_model.h"
#include "ui/tools/tool_list.h"

#include <QtWidgets/QWidget>

class QLabel;
class QScrollArea;
class QStackedWidget;
class QVBoxLayout;

namespace countersign::ui {

class Card;
class FlatButton;
class FormSheet;
class Pill;
class TextLink;
class ToolResultView;
class WrapLabel;

/// One tool: what it is, what its server says of it, its arguments as a form, and what its last call came to. Or one
/// server that cannot be used, and why. GUI thread.
class ToolDetail : public QWidget
{
    Q_OBJECT
public:
    explicit ToolDetail(const Clock &clock, QWidget *parent = nullptr);
    ~ToolDetail() override;

    void showTool(const ConnectionStatus &server, const mcp::ToolInfo &tool);
    void showServer(const ConnectionStatus &server);
    /// How the newest call of the shown tool stands; absent: there was none.
    void showCall(const std::optional<mcp::ToolCallState> &state);
    /// Why nothing can be called now; empty: something can.
    void setObstacle(const QString &why);
    /// What came of something that the person asked for. Visible text; empty clears.
    void say(const QString &visible);

    ToolKey shown() const { return m_key; }
    FormSheet *sheet() const { return m_sheet; }
    ToolResultView *result() const { return m_result; }
    /// Takes in what is being typed; the arguments as they stand, or none when something is wrong, which is shown.
    std::optional<QByteArray> takeArguments();
    void focusForm();
    /// In a low window either the arguments or the result are shown.
    void turnOver();
    bool showsResult() const;

Q_SIGNALS:
    void callWanted(bool autoRepeat);
    void cancelWanted();
    void inboxWanted(); ///< The request of the call that is shown.
    void allowWanted();
    void leaveWanted();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    QWidget *makeToolPage();
    QWidget *makeServerPage();
    QWidget *makeCrumbs();
    QWidget *makeBar();
    void fillHead(const ConnectionStatus &server, const mcp::ToolInfo &tool);
    void openForm(const mcp::ToolInfo &tool);
    void keepDraft();
    void place();
    void placeHead();
    bool hasRoomForWords() const;
    void applyGrid();

    const Clock &m_clock;
    ToolKey m_key;
    Digest m_definition;
    mcp::ToolBook::Standing m_standing = mcp::ToolBook::Standing::Unknown;
    std::unique_ptr<FormModel> m_model;
    std::map<ToolKey, JsonValue> m_drafts; ///< Of tools that were looked at, without secrets.
    std::optional<mcp::ToolCallState> m_call;
    QString m_obstacle;
    bool m_resultInFront = false;
    bool m_hasSaid = false; ///< More than what always stands there.
    QStackedWidget *m_pages = nullptr;
    QWidget *m_crumbs = nullptr;
    QLabel *m_crumbServer = nullptr;
    QLabel *m_crumbTool = nullptr;
    FlatButton *m_turn = nullptr;
    QWidget *m_toolPage = nullptr;
    QVBoxLayout *m_toolRows = nullptr;
    QScrollArea *m_head = nullptr;
    WrapLabel *m_title = nullptr; ///< In it.
    FormSheet *m_sheet = nullptr;
    Card *m_resultCard = nullptr;
    QLabel *m_resultState = nullptr;
    Pill *m_resultPill = nullptr;
    WrapLabel *m_resultWords = nullptr;
    ToolResultView *m_result = nullptr;
    QWidget *m_bar = nullptr;
    WrapLabel *m_said = nullptr;
    FlatButton *m_callButton = nullptr;
    FlatButton *m_cancelButton = nullptr;
    FlatButton *m_inboxButton = nullptr;
    QScrollArea *m_serverPage = nullptr;
    WrapLabel *m_serverTitle = nullptr;
    Pill *m_serverPill = nullptr;
    WrapLabel *m_serverWords = nullptr;
    Card *m_consentCard = nullptr;
    WrapLabel *m_command = nullptr;
    WrapLabel *m_folder = nullptr;
    FlatButton *m_allow = nullptr;
};

} // namespace countersign::ui
