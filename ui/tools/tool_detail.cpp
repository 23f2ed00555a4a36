// SPDX-License-Identifier: Apache-2.0
#include "ui/tools/tool_detail.h"

#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "core/connections/mcp/command_consent.h"
#include "ui/connections/connection_words.h"
#include "ui/detail/fact_cards.h"
#include "ui/detail/flow_layout.h"
#include "ui/detail/time_words.h"
#include "ui/detail/wrap_label.h"
#include "ui/forms/form_sheet.h"
#include "ui/style/card.h"
#include "ui/style/flat_button.h"
#include "ui/style/labels.h"
#include "ui/tools/tool_result_view.h"
#include "ui/tools/tool_words.h"

#include <QtCore/QEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QApplication>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QStackedWidget>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int roomForBoth = 165; ///< Of the grid: in lower windows arguments and result take turns.
constexpr int lowPage = 120;     ///< Below this the head gives way to the result.
constexpr int roomForWords = 130;
constexpr size_t mostDrafts = 50;
constexpr int longestCrumb = 60;

QScrollArea *makeScroll(const QString &name, QWidget *parent)
{
    auto *scroll = new QScrollArea(parent);
    scroll->setObjectName(name);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->viewport()->setAutoFillBackground(false);
    return scroll;
}

/// The schema that a form can be made of: an object with any members where the server's cannot be used.
std::shared_ptr<const CompiledSchema> formSchemaOf(const mcp::Tool &tool)
{
    const Result<JsonValue> schema = readJson(tool.inputSchema, JsonLimits::schema());
    if (schema) {
        if (auto compiled = CompiledSchema::compile(*schema)) {
            return *std::move(compiled);
        }
    }
    const JsonValue anything = JsonValue::object({{"type", JsonValue::fromString(u"object"_s)}});
    return CompiledSchema::compile(anything).value();
}

} // namespace

ToolDetail::ToolDetail(const Clock &clock, QWidget *parent)
    : QWidget(parent)
    , m_clock(clock)
{
    setObjectName(u"toolDetail"_s);
    m_crumbs = makeCrumbs();
    m_pages = new QStackedWidget(this);
    m_pages->addWidget(new QWidget(m_pages));
    m_toolPage = makeToolPage();
    m_pages->addWidget(m_toolPage);
    m_pages->addWidget(makeServerPage());
    m_bar = makeBar();
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(0);
    rows->addWidget(m_crumbs);
    rows->addWidget(m_pages, 1);
    rows->addWidget(m_bar);
    applyGrid();
    showCall({});
}

ToolDetail::~ToolDetail()
{
    m_sheet->setModel(nullptr);
}

QWidget *ToolDetail::makeCrumbs()
{
    auto *crumbs = new QWidget(this);
    m_crumbServer = makeDimLabel({}, TextSize::Body, crumbs);
    m_crumbServer->setObjectName(u"toolCrumbServer"_s);
    m_crumbTool = makeLabel({}, TextSize::Body, crumbs);
    m_crumbTool->setObjectName(u"toolCrumb"_s);
    m_crumbTool->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_turn = new FlatButton(tr("Result"), u"R"_s, FlatButton::Look::Plain, crumbs);
    m_turn->setObjectName(u"turnOver"_s);
    m_turn->reserveFor(tr("Arguments"), u"R"_s);
    QSizePolicy keeps = m_turn->sizePolicy();
    keeps.setRetainSizeWhenHidden(true);
    m_turn->setSizePolicy(keeps);
    connect(m_turn, &FlatButton::clicked, this, &ToolDetail::turnOver);
    auto *row = new QHBoxLayout(crumbs);
    row->addWidget(m_crumbServer);
    row->addWidget(m_crumbTool, 1);
    row->addWidget(m_turn);
    return crumbs;
}

QWidget *ToolDetail::makeToolPage()
{
    auto *page = new QWidget(m_pages);
    m_head = makeScroll(u"toolHead"_s, page);
    m_head->setFocusPolicy(Qt::NoFocus);
    m_sheet = new FormSheet(page);
    m_sheet->setProperty("takesText", true); // Letters are the fields'.
    m_sheet->setTitle(tr("Arguments"));
    m_resultCard = new Card(tr("Last result"), Card::Edge::Solid, page);
    m_resultCard->setObjectName(u"resultCard"_s);
    m_resultPill = new Pill({}, Tone::Plain, m_resultCard);
    m_resultPill->setObjectName(u"resultStanding"_s);
    m_resultCard->addBesideTitle(m_resultPill);
    m_resultState = makeDimLabel({}, TextSize::Small, m_resultCard);
    m_resultState->setObjectName(u"resultTimes"_s);
    m_resultCard->addToHeader(m_resultState);
    m_resultWords = new WrapLabel({}, TextSize::Body, m_resultCard);
    m_resultWords->setObjectName(u"resultWords"_s);
    m_result = new ToolResultView(m_clock, m_resultCard);
    m_resultCard->body()->addWidget(m_resultWords);
    m_resultCard->body()->addWidget(m_result, 1);
    m_toolRows = new QVBoxLayout(page);
    m_toolRows->addWidget(m_head);
    m_toolRows->addWidget(m_sheet, 300);
    m_toolRows->addWidget(m_resultCard, 200);
    m_toolRows->addStretch(1);
    connect(m_sheet, &FormSheet::wholeHeightChanged, this, &ToolDetail::place, Qt::QueuedConnection);
    connect(m_sheet, &FormSheet::submitWanted, this,
            [this](quint64, bool autoRepeat) { Q_EMIT callWanted(autoRepeat); });
    connect(m_sheet, &FormSheet::leaveWanted, this, &ToolDetail::leaveWanted);
    return page;
}

QWidget *ToolDetail::makeServerPage()
{
    m_serverPage = makeScroll(u"serverPage"_s, m_pages);
    m_serverPage->setFocusPolicy(Qt::StrongFocus);
    m_serverPage->setAccessibleName(tr("Server"));
    auto *page = new QWidget(m_serverPage);
    m_serverTitle = new WrapLabel({}, TextSize::Heading, page);
    m_serverTitle->setObjectName(u"serverTitle"_s);
    m_serverTitle->setWeight(QFont::DemiBold);
    m_serverPill = new Pill({}, Tone::Plain, page);
    m_serverWords = new WrapLabel({}, TextSize::Body, page);
    m_serverWords->setObjectName(u"serverWords"_s);
    m_consentCard =
        new Card(tr("What would be started on this machine, with all your rights"), Card::Edge::Solid, page);
    m_consentCard->setObjectName(u"consentCard"_s);
    m_command = new WrapLabel({}, TextSize::Body, m_consentCard);
    m_command->setObjectName(u"consentCommand"_s);
    m_command->setMono(true);
    m_folder = new WrapLabel({}, TextSize::Small, m_consentCard);
    m_folder->setObjectName(u"consentFolder"_s);
    m_folder->setInk(WrapLabel::Ink::Dim);
    auto *warning = new WrapLabel(tr("Whoever can write the workspace can put a command here, from other machines too. "
                                     "Allow it only if you know every word of it. Your consent is kept on this machine "
                                     "and counts for exactly this command."),
                                  TextSize::Body, m_consentCard);
    m_allow = new FlatButton(tr("Allow and start this command"), {}, FlatButton::Look::Danger, m_consentCard);
    m_allow->setObjectName(u"allowCommand"_s);
    connect(m_allow, &FlatButton::clicked, this, &ToolDetail::allowWanted);
    m_consentCard->body()->addWidget(m_command);
    m_consentCard->body()->addWidget(m_folder);
    m_consentCard->body()->addWidget(warning);
    m_consentCard->body()->addWidget(m_allow, 0, Qt::AlignLeft);
    auto *rows = new QVBoxLayout(page);
    rows->addWidget(m_serverTitle);
    auto *standing = new QHBoxLayout;
    standing->setSpacing(grid(2));
    standing->addWidget(m_serverPill, 0, Qt::AlignTop);
    standing->addWidget(m_serverWords, 1);
    rows->addLayout(standing);
    rows->addWidget(m_consentCard);
    rows->addStretch(1);
    m_serverPage->setWidget(page);
    page->setAutoFillBackground(false);
    return m_serverPage;
}

QWidget *ToolDetail::makeBar()
{
    auto *bar = new QWidget(this);
    m_said = new WrapLabel({}, TextSize::Body, bar);
    m_said->setObjectName(u"toolSaid"_s);
    m_said->setInk(WrapLabel::Ink::Dim);
    auto *buttons = new QWidget(bar);
    auto *flow = new FlowLayout(grid(2), grid(2), buttons);
    buttons->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Preferred);
    m_inboxButton = new FlatButton(tr("Open in inbox"), u"I"_s, FlatButton::Look::Plain, buttons);
    m_inboxButton->setObjectName(u"openInInbox"_s);
    m_cancelButton = new FlatButton(tr("Cancel call"), u"X"_s, FlatButton::Look::Danger, buttons);
    m_cancelButton->setObjectName(u"cancelCall"_s);
    m_callButton = new FlatButton(tr("Call tool"), u"Ctrl ⏎"_s, FlatButton::Look::Primary, buttons);
    m_callButton->setObjectName(u"callTool"_s);
    connect(m_inboxButton, &FlatButton::clicked, this, &ToolDetail::inboxWanted);
    connect(m_cancelButton, &FlatButton::clicked, this, &ToolDetail::cancelWanted);
    connect(m_callButton, &FlatButton::clicked, this, [this] { Q_EMIT callWanted(false); });
    auto *row = new QHBoxLayout(bar);
    row->addWidget(m_said, 1, Qt::AlignVCenter);
    row->addStretch(0); // Without words the buttons stay at the edge.
    row->addWidget(buttons);
    for (FlatButton *button : {m_inboxButton, m_cancelButton, m_callButton}) {
        flow->addWidget(button);
    }
    return bar;
}

void ToolDetail::showTool(const ConnectionStatus &server, const mcp::ToolInfo &tool)
{
    const ToolKey key{server.name, tool.name()};
    const bool sameTool = key == m_key && tool.server.tool.hash == m_definition;
    if (!sameTool) {
        keepDraft();
        say({});
        m_resultInFront = false;
    }
    if (!sameTool || tool.standing != m_standing) {
        m_key = key;
        m_definition = tool.server.tool.hash;
        m_standing = tool.standing;
        m_crumbServer->setText(tr("Tools  ›  %1  ›").arg(shortened(displayText(server.name).text, longestCrumb)));
        m_crumbTool->setFont(monoFont(TextSize::Body));
        m_crumbTool->setText(shortened(displayText(tool.name()).text, longestCrumb));
        fillHead(server, tool);
    }
    if (!sameTool) {
        openForm(tool);
    }
    m_pages->setCurrentWidget(m_toolPage);
    m_bar->show();
    place();
}

void ToolDetail::fillHead(const ConnectionStatus &server, const mcp::ToolInfo &tool)
{
    auto *page = new QWidget;
    page->setAutoFillBackground(false);
    auto *rows = new QVBoxLayout(page);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(grid(2));
    m_title = new WrapLabel({}, TextSize::Heading, page);
    m_title->setObjectName(u"toolTitle"_s);
    m_title->setVisibleText(displayText(tool.name()));
    m_title->setWeight(QFont::DemiBold);
    m_title->setBreaksAtJoints(true);
    rows->addWidget(m_title);
    auto *line = new QWidget(page);
    auto *flow = new FlowLayout(grid(1) + 2, grid(1), line);
    flow->addWidget(makeDimLabel(tr("MCP server"), TextSize::Body, line));
    auto *name = WrapLabel::outside(server.name, TextSize::Body, line);
    name->setWeight(QFont::DemiBold);
    flow->addWidget(name);
    if (!server.identity.isEmpty()) {
        auto *itself = new WrapLabel(tr("(calls itself %1)").arg(shortened(displayText(server.identity).text, 80)),
                                     TextSize::Body, line);
        itself->setInk(WrapLabel::Ink::Dim);
        flow->addWidget(itself);
    }
    flow->addWidget(makeDimLabel(tr("· it claims:"), TextSize::Body, line));
    for (const QString &claim : claimWords(tool.server)) {
        auto *pill = new Pill(claim, Tone::Plain, line);
        pill->setObjectName(u"claim"_s);
        flow->addWidget(pill);
    }
    rows->addWidget(line);
    if (tool.standing == mcp::ToolBook::Standing::Different) {
        rows->addWidget(
            noticeCard(tr("The definition of this tool is another one than when a call of it was last "
                          "approved. Read what it says now; a call is asked anew whatever a policy allows."),
                       Tone::Bad, page));
    }
    const QString display = tool.server.displayName();
    QString said = display == tool.name() ? QString() : display;
    if (!tool.server.tool.description.isEmpty()) {
        said += (said.isEmpty() ? u""_s : u"\n\n"_s) + tool.server.tool.description;
    }
    if (!said.isEmpty()) {
        rows->addWidget(
            new AgentFrame(m_clock, displayText(server.name).text, said, page, AgentFrame::Speaker::Server));
    }
    delete m_head->takeWidget();
    m_head->setWidget(page);
    page->installEventFilter(this);
    placeHead();
}

void ToolDetail::keepDraft()
{
    if (m_model && m_model->isChanged()) {
        if (m_drafts.size() >= mostDrafts) {
            m_drafts.erase(m_drafts.begin());
        }
        m_drafts.insert_or_assign(m_key, m_model->draft());
    }
}

void ToolDetail::openForm(const mcp::ToolInfo &tool)
{
    m_sheet->setModel(nullptr);
    m_model.reset();
    FormStart start;
    start.mode = FormMode::Answer;
    if (const auto draft = m_drafts.find(m_key); draft != m_drafts.end()) {
        start.draft = draft->second;
    }
    Result<std::unique_ptr<FormModel>> model = FormModel::create(formSchemaOf(tool.server.tool), start);
    if (!model) {
        model = FormModel::create(CompiledSchema::compile(JsonValue::fromBool(true)).value(), {});
    }
    m_model = *std::move(model);
    m_sheet->setModel(m_model.get());
}

void ToolDetail::showServer(const ConnectionStatus &server)
{
    if (m_key != ToolKey{server.name, {}}) {
        keepDraft();
        say({});
    }
    m_key = {server.name, {}};
    m_sheet->setModel(nullptr);
    m_model.reset();
    m_crumbServer->setText(tr("Tools  ›"));
    m_crumbTool->setFont(uiFont(TextSize::Body));
    m_crumbTool->setText(shortened(displayText(server.name).text, longestCrumb));
    m_serverTitle->setVisibleText(displayText(server.name));
    m_serverPill->setText(server.needsConsent ? tr("not allowed") : standingWord(server, m_clock.now()));
    m_serverPill->setTone(standingTone(server));
    const bool isOpen = server.phase == ConnectionStatus::Phase::Open;
    m_serverWords->setText(isOpen && server.trouble.isEmpty() ? tr("It is connected and offers no tools.")
                                                              : standingSentence(server));
    m_consentCard->setVisible(server.needsConsent);
    m_command->setText(mcp::shownCommand(server.command));
    m_folder->setText(tr("in the folder %1").arg(displayText(server.folder).text));
    m_folder->setVisible(!server.folder.isEmpty());
    m_pages->setCurrentWidget(m_serverPage);
    m_turn->hide();
    m_bar->setVisible(!m_said->text().isEmpty());
}

void ToolDetail::showCall(const std::optional<mcp::ToolCallState> &state)
{
    using Stage = mcp::ToolCallState::Stage;
    const bool isNew = state && (!m_call || m_call->request != state->request || m_call->stage != state->stage);
    m_call = state;
    const bool isOpen = state && !state->isOver();
    m_cancelButton->setVisible(isOpen);
    m_inboxButton->setVisible(state && state->stage == Stage::Asking);
    m_callButton->parentWidget()->updateGeometry(); // Also while the bar is not on screen.
    m_callButton->setDisabledReason(isOpen ? tr("A call of this tool is under way: cancel it, or wait for it.")
                                           : m_obstacle);
    if (!state) {
        m_result->clear();
        place();
        return;
    }
    m_resultPill->setText(callWord(*state));
    m_resultPill->setTone(callTone(*state));
    QString words;
    switch (state->stage) {
    case Stage::Asking:
        words = state->words.isEmpty() ? tr("It waits for a decision: a policy or a person decides, then it runs once.")
                                       : displayText(state->words).text;
        break;
    case Stage::Running:
        words = state->progress.isEmpty()
                    ? tr("The server works on it. If it asks something, the question comes to the inbox.")
                    : tr("The server works on it: %1").arg(displayText(state->progress).text);
        break;
    case Stage::Done:
        words = state->isToolError ? tr("The tool says that it failed.") : QString();
        break;
    case Stage::Failed:
        words = displayText(state->words).text + u' ' +
                (state->isKnownUndone ? tr("Nothing was done.")
                                      : tr("Whether it was done is not known: look at the server."));
        break;
    case Stage::Refused:
        words = displayText(state->words).text;
        break;
    }
    if (state->wasEdited) {
        words += (words.isEmpty() ? u""_s : u" "_s) + tr("A reviewer changed the arguments before it ran.");
    }
    m_resultWords->setText(words);
    m_resultWords->setVisible(!words.isEmpty());
    m_resultState->setText(state->stage == Stage::Done || state->stage == Stage::Failed
                               ? tr("%1 ago · %2 ms")
                                     .arg(durationWords(std::max<std::chrono::milliseconds>(
                                              std::chrono::milliseconds(0), m_clock.now() - state->startedAt)),
                                          QString::number(state->took.count()))
                               : QString());
    if (state->stage == Stage::Done && !state->result.isEmpty()) {
        m_result->setResult(state->result);
    } else {
        m_result->clear();
    }
    m_result->setVisible(state->stage == Stage::Done);
    if (isNew) {
        m_resultInFront = true;
    }
    place();
}

void ToolDetail::setObstacle(const QString &why)
{
    m_obstacle = why;
    if (!m_call || m_call->isOver()) {
        m_callButton->setDisabledReason(why);
    }
    if (!m_hasSaid || m_said->text().isEmpty()) {
        say({});
    }
}

void ToolDetail::say(const QString &visible)
{
    m_hasSaid = !visible.isEmpty() || !m_obstacle.isEmpty();
    m_said->setText(!visible.isEmpty()      ? visible
                    : !m_obstacle.isEmpty() ? m_obstacle
                    : m_key.tool.isEmpty()  ? QString()
                                            : tr("A call goes through the policies like any agent's call."));
    m_said->setVisible(hasRoomForWords() || m_hasSaid);
}

/// What always stands in the bar gives way to buttons.
bool ToolDetail::hasRoomForWords() const
{
    return width() >= grid(m_cancelButton->isHidden() ? roomForWords : 2 * roomForWords);
}

std::optional<QByteArray> ToolDetail::takeArguments()
{
    if (!m_model) {
        return std::nullopt;
    }
    m_resultInFront = false;
    place();
    if (!m_sheet->attemptSubmit()) {
        say(tr("Nothing was called: %1").arg(m_sheet->problem()));
        return std::nullopt;
    }
    const JsonValue arguments = m_model->outgoing();
    if (!arguments.isObject()) {
        say(tr("Nothing was called: the arguments of a tool are an object."));
        return std::nullopt;
    }
    return writeJson(arguments);
}

void ToolDetail::focusForm()
{
    if (m_pages->currentWidget() != m_toolPage) {
        (m_consentCard->isVisible() ? static_cast<QWidget *>(m_allow) : m_serverPage)->setFocus(Qt::OtherFocusReason);
        return;
    }
    m_resultInFront = false;
    place();
    m_sheet->focusFirst();
}

void ToolDetail::turnOver()
{
    m_resultInFront = !m_resultInFront;
    place();
}

bool ToolDetail::showsResult() const
{
    return m_resultCard->isVisibleTo(this);
}

/// Both where there is room, else one of them.
void ToolDetail::place()
{
    const bool has = m_call.has_value();
    const bool both = m_toolPage->height() >= grid(roomForBoth);
    const bool wasInForm = m_sheet->isAncestorOf(QApplication::focusWidget());
    m_resultCard->setVisible(has && (both || m_resultInFront));
    m_resultCard->setSizePolicy(QSizePolicy::Preferred,
                                m_result->isHidden() ? QSizePolicy::Maximum : QSizePolicy::Preferred);
    m_sheet->setMaximumHeight(has && both ? m_sheet->wholeHeight() : QWIDGETSIZE_MAX);
    m_sheet->setVisible(!has || both || !m_resultInFront);
    m_turn->setVisible(has && !both && !m_key.tool.isEmpty());
    m_turn->setLabel(m_resultInFront ? tr("Arguments") : tr("Result"));
    m_head->setVisible(m_toolPage->height() >= grid(lowPage) || !(has && m_resultInFront));
    m_said->setVisible(hasRoomForWords() || m_hasSaid);
    if (wasInForm && m_sheet->isHidden() && isVisible()) {
        m_turn->setFocus(Qt::OtherFocusReason); // Else it would be anywhere in the window.
    }
    placeHead();
}

/// The head takes what it needs, but never the room of the fields.
void ToolDetail::placeHead()
{
    QWidget *page = m_head->widget();
    if (!page) {
        return;
    }
    m_title->setVisible(m_toolPage->height() >= grid(lowPage)); // In low windows the row above says it.
    const int width = m_head->viewport()->width();
    const int wanted = page->layout()->hasHeightForWidth() ? page->layout()->totalHeightForWidth(width)
                                                           : page->layout()->totalSizeHint().height();
    page->setMinimumHeight(wanted);
    m_head->setFixedHeight(
        std::min(wanted, std::max(m_toolPage->height() / (m_toolPage->height() < grid(lowPage) ? 4 : 3), grid(8))));
}

bool ToolDetail::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::LayoutRequest && watched == m_head->widget()) {
        placeHead(); // Something was unfolded, or the letters grew.
    }
    return QWidget::eventFilter(watched, event);
}

void ToolDetail::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    place();
    placeHead();
}

void ToolDetail::applyGrid()
{
    m_crumbs->layout()->setContentsMargins(grid(4), grid(2) - 1, grid(3), grid(2) - 1);
    m_crumbs->layout()->setSpacing(grid(2));
    m_bar->layout()->setContentsMargins(grid(6), grid(2), grid(6), grid(2));
    m_bar->layout()->setSpacing(grid(2));
    m_toolRows->setContentsMargins(grid(6), grid(5), grid(6), grid(4));
    m_toolRows->setSpacing(grid(3));
    QLayout *server = m_serverPage->widget()->layout();
    server->setContentsMargins(grid(6), grid(5), grid(6), grid(6));
    server->setSpacing(grid(3));
}

void ToolDetail::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    const Colours &c = colours();
    painter.fillRect(event->rect(), c.surface);
    painter.fillRect(m_crumbs->geometry(), c.panel);
    painter.fillRect(QRect(0, m_crumbs->geometry().bottom(), width(), 1), c.line);
    if (m_bar->isVisible()) {
        painter.fillRect(m_bar->geometry(), c.panel);
        painter.fillRect(QRect(0, m_bar->geometry().top(), width(), 1), c.line);
    }
}

void ToolDetail::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_serverPage && m_bar) {
        applyGrid();
        placeHead();
    }
}

} // namespace countersign::ui
