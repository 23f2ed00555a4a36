// SPDX-License-Identifier: Apache-2.0
#include "ui/tools/tools_pane.h"

#include "core/base/visible_text.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/flat_button.h"
#include "ui/style/key_hint.h"
#include "ui/tools/tool_detail.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QSplitter>
#include <QtWidgets/QStackedWidget>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign::ui {
namespace {

constexpr auto changePause = 60ms;
constexpr auto passingStep = 1000ms;
constexpr int listSteps = 85;       ///< 340 px at 100 %.
constexpr int takeTurnsBelow = 150; ///< 600 px at 100 %, as list and detail of the inbox.
constexpr int longestFilter = 200;
const QString callerName = u"tools pane"_s;

} // namespace

ToolsPane::ToolsPane(ConnectionService &service, const Clock &clock, QWidget *parent)
    : QWidget(parent)
    , m_service(service)
    , m_clock(clock)
{
    setObjectName(u"toolsPane"_s);
    m_split = new QSplitter(Qt::Horizontal, this);
    m_split->setHandleWidth(1);
    m_split->setChildrenCollapsible(false);
    m_left = makeLeft();
    m_split->addWidget(m_left);
    m_right = new QStackedWidget(m_split);
    m_emptyPage = makeEmptyPage();
    m_detail = new ToolDetail(clock, m_right);
    m_right->addWidget(m_emptyPage);
    m_right->addWidget(m_detail);
    m_split->setStretchFactor(0, 0);
    m_split->setStretchFactor(1, 1);
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->addWidget(m_split);
    setFocusProxy(m_list);

    m_pause.setSingleShot(true);
    m_pause.setInterval(changePause);
    connect(&m_pause, &QTimer::timeout, this, &ToolsPane::refresh);
    m_passing.setInterval(passingStep);
    connect(&m_passing, &QTimer::timeout, this, &ToolsPane::refreshDetail);
    const auto soon = [this] {
        if (isVisible() && !m_pause.isActive()) {
            m_pause.start();
        }
    };
    connect(&service, &ConnectionService::changed, this, soon);
    connect(&service, &ConnectionService::started, this, soon);
    connect(&service, &ConnectionService::servingChanged, this, soon);
    connect(&service, &ConnectionService::toolsChanged, this, soon);
    connect(&service, &ConnectionService::callChanged, this, soon);
    connect(m_list, &ToolList::selectionMoved, this, &ToolsPane::refreshDetail);
    connect(m_filter, &QLineEdit::textChanged, this, &ToolsPane::refresh);
    connect(m_detail, &ToolDetail::callWanted, this, &ToolsPane::call);
    connect(m_detail, &ToolDetail::cancelWanted, this, &ToolsPane::cancel);
    connect(m_detail, &ToolDetail::inboxWanted, this, &ToolsPane::openInInbox);
    connect(m_detail, &ToolDetail::allowWanted, this, &ToolsPane::allow);
    connect(m_detail, &ToolDetail::leaveWanted, this, [this] {
        openDetail(false);
        m_list->setFocus(Qt::OtherFocusReason);
    });
    connect(m_list, &QListWidget::itemClicked, this, [this] { openDetail(!selected().isEmpty()); });
    applyGrid();
    refresh();
}

QWidget *ToolsPane::makeLeft()
{
    auto *left = new QWidget(m_split);
    m_header = new QWidget(left);
    m_filter = new QLineEdit(m_header);
    m_filter->setObjectName(u"toolFilter"_s);
    m_filter->setAccessibleName(tr("Filter tools"));
    m_filter->setPlaceholderText(tr("Filter tools"));
    m_filter->setMaxLength(longestFilter);
    m_filter->installEventFilter(this);
    auto *header = new QHBoxLayout(m_header);
    header->addWidget(m_filter, 1);
    header->addWidget(new KeyHint(u"/"_s, m_header));
    m_list = new ToolList(left);
    auto *rows = new QVBoxLayout(left);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(0);
    rows->addWidget(m_header);
    rows->addWidget(m_list, 1);
    return left;
}

QWidget *ToolsPane::makeEmptyPage()
{
    auto *scroll = new QScrollArea(m_right); // With large letters it is more than a screen.
    scroll->setObjectName(u"noTools"_s);
    scroll->setAccessibleName(tr("No MCP server is connected yet"));
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->viewport()->setAutoFillBackground(false);
    auto *page = new QWidget(scroll);
    m_emptyRows = page;
    auto *rows = new QVBoxLayout(page);
    rows->addStretch(1);
    rows->addWidget(new WrapLabel(tr("No MCP server is connected yet"), TextSize::Title, page));
    for (const QString &sentence :
         {tr("Here stand the tools of the MCP servers that this workspace is connected to. You can call one through a "
             "form made of its schema; the call goes through the policies like any agent's, runs once, and stands in "
             "the history. What a server asks meanwhile comes to the inbox."),
          tr("A server is a program on this machine or an address. Its program is started only after you have read the "
             "whole command and allowed it on this machine."),
          tr("From a terminal: countersignctl connection add NAME --mcp-stdio -- COMMAND ARG…   or: countersignctl "
             "connection add NAME --mcp-http URL")}) {
        auto *label = new WrapLabel(sentence, TextSize::Body, page);
        label->setInk(WrapLabel::Ink::Dim);
        rows->addWidget(label);
    }
    auto *add = new FlatButton(tr("Add a server…"), u"N"_s, FlatButton::Look::Plain, page);
    add->setObjectName(u"addServer"_s);
    connect(add, &FlatButton::clicked, this, &ToolsPane::serverWanted);
    rows->addWidget(add, 0, Qt::AlignLeft);
    rows->addStretch(2);
    scroll->setWidget(page);
    page->setAutoFillBackground(false);
    return scroll;
}

void ToolsPane::refresh()
{
    m_servers.clear();
    int tools = 0;
    for (ConnectionStatus &status : m_service.list()) {
        if (!status.kind.startsWith("mcp-"_L1)) {
            continue;
        }
        ServerTools server;
        server.tools = m_service.tools(status.name);
        for (const mcp::ToolInfo &tool : server.tools) {
            if (const auto call = m_service.lastCall(status.name, tool.name())) {
                server.calls.emplace(tool.name(), *call);
            }
        }
        tools += static_cast<int>(server.tools.size());
        server.status = std::move(status);
        m_servers.push_back(std::move(server));
    }
    m_filter->setPlaceholderText(tools > 0 ? tr("Filter %1 tools").arg(tools) : tr("Filter tools"));
    m_list->setServers(m_servers, m_filter->text());
    refreshDetail();
}

void ToolsPane::refreshDetail()
{
    const ToolKey key = m_list->selected();
    const auto server = std::find_if(m_servers.begin(), m_servers.end(),
                                     [&](const ServerTools &one) { return one.status.name == key.connection; });
    if (key.isEmpty() || server == m_servers.end()) {
        m_right->setCurrentWidget(m_emptyPage);
        takeTurns();
        return;
    }
    m_right->setCurrentWidget(m_detail);
    takeTurns();
    const auto tool = std::find_if(server->tools.begin(), server->tools.end(),
                                   [&](const mcp::ToolInfo &one) { return one.name() == key.tool; });
    if (key.tool.isEmpty() || tool == server->tools.end()) {
        m_detail->showServer(server->status);
        return;
    }
    m_detail->showTool(server->status, *tool);
    m_detail->setObstacle(m_service.isServing()
                              ? QString()
                              : tr("Another process serves the connections of this workspace: call the tool there."));
    m_detail->showCall(m_service.lastCall(key.connection, key.tool));
}

void ToolsPane::call(bool autoRepeat)
{
    const ToolKey key = m_detail->shown();
    if (autoRepeat || m_isCalling || key.tool.isEmpty() || m_right->currentWidget() != m_detail) {
        return;
    }
    const std::optional<mcp::ToolCallState> before = m_service.lastCall(key.connection, key.tool);
    if (before && !before->isOver()) {
        m_detail->say(tr("Nothing was called: a call of this tool is under way. Cancel it, or wait for it."));
        return;
    }
    const std::optional<QByteArray> arguments = m_detail->takeArguments();
    if (!arguments) {
        return;
    }
    m_isCalling = true;
    whenDone(m_service.callTool(key.connection, key.tool, *arguments, callerName), this,
             [this, key](const Result<Submitted> &submitted) {
                 m_isCalling = false;
                 if (key == m_detail->shown()) {
                     m_detail->say(submitted
                                       ? QString()
                                       : tr("Nothing was called: %1").arg(displayText(submitted.error().message).text));
                 }
                 refresh();
             });
}

void ToolsPane::cancel()
{
    const ToolKey key = m_detail->shown();
    if (const auto call = m_service.lastCall(key.connection, key.tool); call && !call->isOver()) {
        m_service.cancelCall(key.connection, call->request);
    }
}

void ToolsPane::openInInbox()
{
    const ToolKey key = m_detail->shown();
    if (const auto call = m_service.lastCall(key.connection, key.tool)) {
        Q_EMIT requestWanted(call->request);
    }
}

void ToolsPane::allow()
{
    const ToolKey key = m_detail->shown();
    const auto server = std::find_if(m_servers.begin(), m_servers.end(),
                                     [&](const ServerTools &one) { return one.status.name == key.connection; });
    if (server == m_servers.end() || !server->status.needsConsent) {
        return;
    }
    // What was on screen, not what the service has by now.
    const Result<> allowed = m_service.allowCommand(key.connection, {server->status.command, server->status.folder});
    if (!allowed) {
        m_detail->say(displayText(allowed.error().message).text);
    }
    refresh();
}

bool ToolsPane::handleKey(QKeyEvent *event)
{
    if (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) {
        return false;
    }
    const bool once = !event->isAutoRepeat();
    switch (event->key()) {
    case Qt::Key_J:
        m_list->moveSelection(1);
        return true;
    case Qt::Key_K:
        m_list->moveSelection(-1);
        return true;
    case Qt::Key_O:
    case Qt::Key_E:
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (!selected().isEmpty()) {
            openDetail(true);
            m_detail->focusForm();
        }
        return true;
    case Qt::Key_Slash:
        openDetail(false);
        m_filter->setFocus(Qt::ShortcutFocusReason);
        m_filter->selectAll();
        return true;
    case Qt::Key_N:
        if (once && m_right->currentWidget() == m_emptyPage) {
            Q_EMIT serverWanted();
        }
        return true;
    case Qt::Key_R:
        m_detail->turnOver();
        return true;
    case Qt::Key_X:
        if (once) {
            cancel();
        }
        return true;
    case Qt::Key_I:
        if (once) {
            openInInbox();
        }
        return true;
    case Qt::Key_Escape:
        openDetail(false);
        m_list->setFocus(Qt::OtherFocusReason);
        return true;
    default:
        return false;
    }
}

bool ToolsPane::handleChord(QKeyEvent *event)
{
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (!enter || !(event->modifiers() & Qt::ControlModifier)) {
        return false;
    }
    call(event->isAutoRepeat());
    return true;
}

bool ToolsPane::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_filter && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        if (key->key() == Qt::Key_Escape && !m_filter->text().isEmpty()) {
            m_filter->clear();
            return true;
        }
        if (key->key() == Qt::Key_Escape || key->key() == Qt::Key_Down || key->key() == Qt::Key_Return) {
            m_list->setFocus(Qt::OtherFocusReason);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

ToolKey ToolsPane::selected() const
{
    return m_list->selected();
}

void ToolsPane::select(const ToolKey &key)
{
    m_list->select(key);
    refreshDetail();
}

void ToolsPane::showList()
{
    openDetail(false);
}

void ToolsPane::openDetail(bool open)
{
    m_detailOpen = open;
    takeTurns();
}

void ToolsPane::takeTurns()
{
    const bool isEmpty = m_right->currentWidget() == m_emptyPage; // How to add a server is all there is.
    m_left->setVisible(!m_narrow || (!m_detailOpen && !isEmpty));
    m_right->setVisible(!m_narrow || m_detailOpen || isEmpty);
}

void ToolsPane::applyGrid()
{
    m_header->layout()->setContentsMargins(grid(3), grid(2) - 1, grid(3), grid(2));
    m_header->layout()->setSpacing(grid(3));
    QLayout *empty = m_emptyRows->layout();
    empty->setContentsMargins(grid(8), grid(6), grid(8), grid(6));
    empty->setSpacing(grid(3));
    m_left->setMinimumWidth(std::min(grid(50), std::max(1, width() / 2)));
    m_right->setMinimumWidth(1);
}

void ToolsPane::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    refresh();
    m_passing.start();
}

void ToolsPane::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_passing.stop();
}

void ToolsPane::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    applyGrid();
    m_narrow = width() < grid(takeTurnsBelow);
    takeTurns();
    const int list = std::min(grid(listSteps), width() * 2 / 5);
    m_split->setSizes({list, width() - list});
}

void ToolsPane::paintEvent(QPaintEvent *event)
{
    QPainter(this).fillRect(event->rect(), colours().panel);
}

void ToolsPane::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_detail) {
        applyGrid();
        m_narrow = width() < grid(takeTurnsBelow);
        takeTurns();
    }
}

} // namespace countersign::ui
