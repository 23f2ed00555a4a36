// SPDX-License-Identifier: Apache-2.0
#include "ui/connections/way_in_page.h"

#include "ui/detail/wrap_label.h"
#include "ui/style/flat_button.h"
#include "ui/style/theme.h"

#include <QtWidgets/QBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

using Way = WayInPage::Way;

struct Choice {
    Way way;
    QString label;
    QString use;
};

std::vector<Choice> choices()
{
    return {
        {Way::Agent, WayInPage::tr("An agent built with Cloudflare's Agents SDK"),
         WayInPage::tr("It works in several steps over hours or weeks: workflow approval. A tool of its chat should "
                       "ask first: needsApproval. It needs something only your machine can give: a client-side tool. "
                       "Anything else: state and WebSocket. All of them come over its address.")},
        {Way::McpServer, WayInPage::tr("An MCP server, to use from here"),
         WayInPage::tr("Its tools are called from the Tools pane, and what it asks (elicitation) comes to the inbox "
                       "as a form. It is a command on this machine, or an address.")},
        {Way::McpGate, WayInPage::tr("An MCP client whose tools should ask first"),
         WayInPage::tr("The gate stands in its configuration in place of the server: Claude Desktop, Claude Code, "
                       "Cursor, VS Code, Codex and others.")},
        {Way::Hook, WayInPage::tr("Claude Code, all of its tools"),
         WayInPage::tr("A hook asks here before each call, and brings back your edits or your reason.")},
        {Way::Script, WayInPage::tr("A script, a cron job, a pipeline"),
         WayInPage::tr("Its command runs when you approve it, as you read it, and not otherwise.")}};
}

} // namespace

WayInPage::WayInPage(QWidget *parent)
    : QWidget(parent)
{
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, grid(2), 0);
    rows->setSpacing(grid(1));
    int number = 0;
    for (const Choice &choice : choices()) {
        auto *button = new FlatButton(choice.label, QString::number(++number), FlatButton::Look::Plain, this);
        button->setObjectName(u"wayIn-%1"_s.arg(number));
        button->setAccessibleDescription(choice.use);
        connect(button, &FlatButton::clicked, this, [this, way = choice.way] { Q_EMIT chosen(way); });
        m_buttons.push_back(button);
        auto *use = new WrapLabel(choice.use, TextSize::Small, this);
        use->setInk(WrapLabel::Ink::Dim);
        rows->addWidget(button, 0, Qt::AlignLeft);
        rows->addWidget(use);
        rows->addSpacing(grid(2));
    }
    rows->addStretch(1);
}

QWidget *WayInPage::firstField() const
{
    return m_buttons.front();
}

bool WayInPage::handleKey(int key)
{
    const int place = key - Qt::Key_1;
    if (place < 0 || place >= static_cast<int>(m_buttons.size())) {
        return false;
    }
    m_buttons[static_cast<size_t>(place)]->click();
    return true;
}

QString WayInPage::headingOf(Way way)
{
    switch (way) {
    case Way::Agent:
        return tr("Add an agent");
    case Way::McpServer:
        return tr("Add an MCP server");
    case Way::McpGate:
        return tr("Put the gate before an MCP server");
    case Way::Hook:
        return tr("Let Claude Code ask here");
    case Way::Script:
        break;
    }
    return tr("Let a script ask here");
}

QString WayInPage::explanationOf(Way way)
{
    switch (way) {
    case Way::McpGate:
        return tr("In the client's configuration the gate takes the server's place; what follows “--” is the server as "
                  "before. Claude Desktop, Claude Code, Cursor, Windsurf and Gemini CLI read it like this. There is "
                  "nothing to add here: the first call comes to the inbox.");
    case Way::Hook:
        return tr(
            "This goes into ~/.claude/settings.json, or into .claude/settings.json of one project. Keep --timeout "
            "below timeout: a hook that is cut off is not heard.");
    case Way::Script:
        return tr("Put this before the command. It waits for your decision, runs exactly what you read, and gives back "
                  "the command's own exit code, or 10 to 17.");
    case Way::Agent:
    case Way::McpServer:
        break;
    }
    return {};
}

QString WayInPage::snippetOf(Way way)
{
    switch (way) {
    case Way::McpGate:
        return uR"({ "mcpServers": { "files": {
    "command": "countersignctl",
    "args": ["mcp-gate", "--name", "files", "--",
             "npx", "-y", "@modelcontextprotocol/server-filesystem", "/home/ada/shop"] } } }
)"_s;
    case Way::Hook:
        return uR"({ "hooks": { "PreToolUse": [ {
    "matcher": "Bash|Write|Edit|mcp__.*",
    "hooks": [ { "type": "command", "timeout": 3600,
                 "command": "countersignctl hook claude-code --timeout 55m" } ] } ] } }
)"_s;
    case Way::Script:
        return u"countersignctl gate --title \"Deploy to production\" --tier high --expires 2h -- ./deploy.sh production\n"_s;
    case Way::Agent:
    case Way::McpServer:
        break;
    }
    return {};
}

} // namespace countersign::ui
