// SPDX-License-Identifier: Apache-2.0
#include "ui/connections/connection_detail.h"

#include "core/base/visible_text.h"
#include "ui/connections/connection_words.h"
#include "ui/connections/frames_view.h"
#include "ui/detail/flow_layout.h"
#include "ui/detail/time_words.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/card.h"
#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtCore/QEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QGridLayout>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QScrollBar>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr qsizetype mostState = 20'000; ///< Characters of an agent's state that are shown.
constexpr size_t mostTitles = 5;

/// What an agent is, as far as it has shown it. Ours.
QString kindWords(const ConnectionStatus &status)
{
    if (status.kind == "mcp-stdio"_L1) {
        return ConnectionDetail::tr("an MCP server, started on this machine");
    }
    if (status.kind.startsWith("mcp"_L1)) {
        return ConnectionDetail::tr("an MCP server at an address");
    }
    if (status.hasChat && status.hasState) {
        return ConnectionDetail::tr("an agent with a chat and a state");
    }
    if (status.hasChat) {
        return ConnectionDetail::tr("a chat agent");
    }
    return status.hasState ? ConnectionDetail::tr("an agent with a state")
                           : ConnectionDetail::tr("not known before it has answered");
}

QString waitingWords(int requests)
{
    return requests == 1 ? ConnectionDetail::tr("1 request waits for people")
                         : ConnectionDetail::tr("%1 requests wait for people").arg(requests);
}

} // namespace

ConnectionDetail::ConnectionDetail(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(u"connectionDetail"_s);
    m_bar = makeBar();
    m_scroll = new QScrollArea(this);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::StrongFocus);
    m_scroll->setAccessibleName(tr("Connection"));
    m_scroll->viewport()->setAutoFillBackground(false);
    m_scroll->setWidget(makePage());
    m_scroll->widget()->setAutoFillBackground(false);
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(0);
    rows->addWidget(m_bar);
    rows->addWidget(m_scroll, 1);
    applyGrid();
}

QWidget *ConnectionDetail::makeBar()
{
    auto *bar = new QWidget(this);
    m_test = new FlatButton(tr("Send test request"), u"T"_s, FlatButton::Look::Plain, bar);
    m_test->setObjectName(u"sendTestRequest"_s);
    m_retry = new FlatButton(tr("Try now"), u"R"_s, FlatButton::Look::Plain, bar);
    m_retry->setObjectName(u"retryNow"_s);
    auto *remove = new FlatButton(tr("Remove…"), u"Del"_s, FlatButton::Look::Danger, bar);
    remove->setObjectName(u"removeConnection"_s);
    m_editProfile = new FlatButton(tr("Edit profile…"), u"E"_s, FlatButton::Look::Plain, bar);
    m_editProfile->setObjectName(u"editProfile"_s);
    m_signIn = new FlatButton(tr("Sign-in…"), u"S"_s, FlatButton::Look::Plain, bar);
    m_signIn->setObjectName(u"changeSignIn"_s);
    connect(m_signIn, &FlatButton::clicked, this, &ConnectionDetail::signInWanted);
    m_accept = new FlatButton(tr("New identity…"), u"I"_s, FlatButton::Look::Danger, bar);
    m_accept->setObjectName(u"acceptIdentity"_s);
    m_accept->hide();
    connect(m_editProfile, &FlatButton::clicked, this, &ConnectionDetail::profileWanted);
    connect(m_accept, &FlatButton::clicked, this, &ConnectionDetail::identityWanted);
    connect(m_test, &FlatButton::clicked, this, &ConnectionDetail::testWanted);
    connect(m_retry, &FlatButton::clicked, this, &ConnectionDetail::retryWanted);
    connect(remove, &FlatButton::clicked, this, &ConnectionDetail::removeWanted);
    auto *row = new FlowLayout(grid(2), grid(2), bar);
    row->addWidget(m_test);
    row->addWidget(m_retry);
    row->addWidget(m_editProfile);
    row->addWidget(m_signIn);
    row->addWidget(m_accept);
    row->addWidget(remove);
    return bar;
}

QWidget *ConnectionDetail::makePage()
{
    auto *page = new QWidget(m_scroll);
    m_title = new WrapLabel({}, TextSize::Heading, page);
    m_title->setObjectName(u"connectionTitle"_s);
    m_title->setWeight(QFont::DemiBold);
    m_standing = new Pill({}, Tone::Plain, page);
    m_standing->setObjectName(u"connectionStanding"_s);
    m_sentence = new WrapLabel({}, TextSize::Body, page);
    m_sentence->setObjectName(u"connectionWords"_s);
    m_said = new WrapLabel({}, TextSize::Body, page);
    m_said->setObjectName(u"connectionSaid"_s);
    m_said->setWeight(QFont::DemiBold);
    m_said->hide();
    auto *rows = new QVBoxLayout(page);
    rows->addWidget(m_title);
    auto *standing = new QHBoxLayout;
    standing->setSpacing(grid(2));
    standing->addWidget(m_standing, 0, Qt::AlignTop);
    standing->addWidget(m_sentence, 1);
    rows->addLayout(standing);
    rows->addWidget(m_said);
    rows->addWidget(makeUnanswered(page));
    rows->addWidget(makeEndpoint(page));
    rows->addWidget(makeState(page));
    rows->addWidget(makeFrames(page));
    rows->addStretch(1);
    return page;
}

WrapLabel *ConnectionDetail::addFact(const QString &name, const QString &objectName)
{
    const int row = m_facts->rowCount();
    auto *value = new WrapLabel({});
    value->setObjectName(objectName);
    value->setBreaksAtJoints(true);
    m_facts->addWidget(makeDimLabel(name, TextSize::Body), row, 0, Qt::AlignTop);
    m_facts->addWidget(value, row, 1);
    return value;
}

void ConnectionDetail::showFact(WrapLabel *value, bool shown)
{
    int row = 0;
    int column = 0;
    int rowSpan = 0;
    int columnSpan = 0;
    m_facts->getItemPosition(m_facts->indexOf(value), &row, &column, &rowSpan, &columnSpan);
    value->setVisible(shown);
    m_facts->itemAtPosition(row, 0)->widget()->setVisible(shown);
}

Card *ConnectionDetail::makeUnanswered(QWidget *page)
{
    m_unanswered = new Card(tr("A call without an output"), Card::Edge::Solid, page);
    m_unanswered->setObjectName(u"unansweredCall"_s);
    m_unansweredWords = new WrapLabel({}, TextSize::Body, m_unanswered);
    m_unansweredWords->setObjectName(u"unansweredWords"_s);
    m_serve = new FlatButton(tr("Answer it here"), u"A"_s, FlatButton::Look::Primary, m_unanswered);
    m_serve->setObjectName(u"serveTool"_s);
    connect(m_serve, &FlatButton::clicked, this, &ConnectionDetail::serveWanted);
    m_unanswered->body()->addWidget(m_unansweredWords);
    m_unanswered->body()->addWidget(m_serve, 0, Qt::AlignLeft);
    m_unanswered->hide();
    return m_unanswered;
}

Card *ConnectionDetail::makeEndpoint(QWidget *page)
{
    auto *card = new Card(tr("Endpoint"), Card::Edge::Solid, page);
    m_facts = new QGridLayout;
    m_facts->setHorizontalSpacing(grid(4));
    m_facts->setVerticalSpacing(grid(2));
    m_facts->setColumnStretch(1, 1);
    m_address = addFact(tr("address"), u"connectionAddress"_s);
    m_address->setMono(true);
    m_identity = addFact(tr("identity"), u"connectionIdentity"_s);
    m_kind = addFact(tr("kind"), u"connectionKind"_s);
    m_tools = addFact(tr("tools"), u"connectionTools"_s);
    m_profile = addFact(tr("profile"), u"connectionProfile"_s);
    m_waiting = addFact(tr("waiting"), u"connectionWaiting"_s);
    card->body()->addLayout(m_facts);
    return card;
}

Card *ConnectionDetail::makeState(QWidget *page)
{
    auto *card = new Card(tr("What is read from its state"), Card::Edge::Solid, page);
    m_stateCard = card;
    m_extracted = new WrapLabel({}, TextSize::Body, card);
    m_extracted->setObjectName(u"extracted"_s);
    m_state = new QPlainTextEdit(card);
    m_state->setObjectName(u"agentState"_s);
    m_state->setAccessibleName(tr("The agent's state, as it sent it"));
    m_state->setReadOnly(true);
    m_state->setTabChangesFocus(true);
    m_state->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    card->body()->addWidget(m_extracted);
    card->body()->addWidget(m_state);
    return card;
}

Card *ConnectionDetail::makeFrames(QWidget *page)
{
    auto *card = new Card(tr("Frames"), Card::Edge::Solid, page);
    m_pause = new FlatButton(tr("Pause"), u"P"_s, FlatButton::Look::Plain, card);
    m_pause->setObjectName(u"pauseFrames"_s);
    m_pause->reserveFor(tr("Go on"), u"P"_s);
    connect(m_pause, &FlatButton::clicked, this, &ConnectionDetail::toggleFrames);
    card->addToHeader(m_pause);
    auto *note = new WrapLabel(tr("The last %1, newest first, with secrets masked.").arg(FramesModel::mostShown),
                               TextSize::Small, card);
    note->setInk(WrapLabel::Ink::Dim);
    card->body()->addWidget(note);
    m_frames = new FramesView(card);
    card->body()->addWidget(m_frames);
    return card;
}

void ConnectionDetail::showStatus(const ConnectionStatus &status, bool isServing, Timestamp now)
{
    m_title->setVisibleText(displayText(status.name));
    m_standing->setText(m_wantedSignIn.isEmpty() ? standingWord(status, now) : signInWord());
    m_standing->setTone(m_wantedSignIn.isEmpty() ? standingTone(status) : Tone::Warn);
    showUnanswered(status, now);
    m_sentence->setText(
        isFine(status) && status.openSince && m_wantedSignIn.isEmpty()
            ? tr("For %1. What the agent asks comes to the inbox.").arg(durationWords(now - *status.openSince))
        : m_wantedSignIn.isEmpty() ? standingSentence(status)
                                   : m_wantedSignIn);
    m_address->setText(whereWords(status));
    m_hasOffer = !status.offered.isEmpty();
    m_accept->setVisible(m_hasOffer);
    m_signIn->setDisabledReason(status.kind.startsWith(u"mcp"_s) && m_wantedSignIn.isEmpty()
                                    ? tr("Remove this MCP server and add it again to sign in otherwise.")
                                    : QString());
    m_editProfile->setDisabledReason(status.kind.startsWith(u"mcp"_s) ? tr("An MCP server has no state to be read.")
                                                                      : QString());
    showWhatItIs(status);
    m_waiting->setText(status.openRequests > 0 ? waitingWords(status.openRequests) : tr("nothing waits for people"));
    const bool idle =
        status.phase == ConnectionStatus::Phase::Waiting || status.phase == ConnectionStatus::Phase::Stopped;
    m_retry->setDisabledReason(!isServing ? tr("Another process serves the connections of this workspace.")
                               : idle     ? QString()
                                          : tr("The connection is not waiting for a try."));
}

/// An MCP server is pinned by its address or command; it has tools, and no state.
void ConnectionDetail::showWhatItIs(const ConnectionStatus &status)
{
    const bool isServer = status.kind.startsWith(u"mcp"_s);
    const QString pinned = status.pinned.isEmpty() ? status.identity : status.pinned;
    if (isServer) {
        m_identity->setText(tr("calls itself %1").arg(displayText(status.identity).text));
    } else if (m_hasOffer) {
        m_identity->setText(tr("%1 · pinned. “%2” answered instead and was refused; I looks at it.")
                                .arg(displayText(pinned).text, displayText(status.offered).text));
    } else {
        m_identity->setText(
            pinned.isEmpty()
                ? tr("The agent has not said who it is. What it says first is pinned.")
                : tr("%1 · pinned: another agent at this address is refused").arg(displayText(pinned).text));
    }
    showFact(m_identity, !isServer || !status.identity.isEmpty());
    m_kind->setText(kindWords(status));
    m_tools->setText(tr("%1; the Tools pane (G T) calls them").arg(status.tools));
    showFact(m_tools, isServer && status.phase == ConnectionStatus::Phase::Open);
    m_profile->setText(status.profile.isEmpty() ? tr("without a name") : displayText(status.profile).text);
    showFact(m_profile, !isServer);
    m_stateCard->setVisible(!isServer);
}

/// Whose tool it is the agent does not say: it is never taken for the person's before they say so.
void ConnectionDetail::showUnanswered(const ConnectionStatus &status, Timestamp now)
{
    const bool isShown = status.phase == ConnectionStatus::Phase::Open && !status.unanswered.empty();
    m_unansweredTool = isShown ? status.unanswered.front().tool : QString();
    m_unanswered->setVisible(isShown);
    if (!isShown) {
        return;
    }
    const auto isOther = [this](const UnansweredCall &one) { return one.tool != m_unansweredTool; };
    const auto others = std::count_if(status.unanswered.begin(), status.unanswered.end(), isOther);
    m_unansweredWords->setText(
        tr("“%1” was called and has had no output for %2. The agent does not say whose tool it is: it may wait for "
           "you, for somebody else who is connected, or be one of its own that never came to its end. If you serve "
           "it, this call and later ones come to the inbox, and nothing is sent before you answer there.")
            .arg(shortened(displayText(m_unansweredTool).text, 200),
                 durationWords(now - status.unanswered.front().since)) +
        (others > 0 ? u' ' + tr("%n call(s) of other tools wait as well.", nullptr, static_cast<int>(others))
                    : QString()));
}

void ConnectionDetail::showSignIn(const QString &visible)
{
    m_wantedSignIn = visible;
    m_signIn->setLook(visible.isEmpty() ? FlatButton::Look::Plain : FlatButton::Look::Primary);
}

void ConnectionDetail::showFrames(std::vector<LoggedFrame> newestLast)
{
    m_frames->setFrames(std::move(newestLast));
}

void ConnectionDetail::showExtract(const ConnectionService::Extract &extract)
{
    QStringList titles;
    for (const PeerItem &item : extract.items) {
        if (item.stand == PeerItem::Stand::Waits && static_cast<size_t>(titles.size()) < mostTitles) {
            const QString title = item.content.title.isEmpty() ? item.content.toolName : item.content.title;
            titles.append(shortened(displayText(title).text, 80));
        }
    }
    const auto waiting = std::count_if(extract.items.begin(), extract.items.end(),
                                       [](const PeerItem &item) { return item.stand == PeerItem::Stand::Waits; });
    if (waiting == 0) {
        m_extracted->setText(extract.state.isEmpty()
                                 ? tr("The agent has shown no state yet.")
                                 : tr("Nothing in it waits for a person, as the profile reads it."));
    } else {
        m_extracted->setText(tr("%n waiting: ", nullptr, static_cast<int>(waiting)) + titles.join(u" · "_s));
    }
    m_state->setVisible(!extract.state.isEmpty());
    QString visible =
        displayBytes(QByteArrayView(extract.state).first(std::min(extract.state.size(), mostState)), TextShape::Lines)
            .text;
    if (extract.state.size() > mostState) {
        visible += tr("\n… %1 more").arg(sizeWords(extract.state.size() - mostState));
    }
    if (m_state->toPlainText() != visible) {
        m_state->setPlainText(visible);
    }
}

void ConnectionDetail::say(const QString &visible)
{
    m_said->setText(visible);
    m_said->setVisible(!visible.isEmpty());
}

void ConnectionDetail::toggleFrames()
{
    m_paused = !m_paused;
    m_pause->setLabel(m_paused ? tr("Go on") : tr("Pause"));
}

void ConnectionDetail::scrollToTop()
{
    m_scroll->verticalScrollBar()->setValue(0);
}

void ConnectionDetail::focusPage()
{
    m_scroll->setFocus(Qt::OtherFocusReason);
}

bool ConnectionDetail::mayEditProfile() const
{
    return m_editProfile->disabledReason().isEmpty();
}

bool ConnectionDetail::mayChangeSignIn() const
{
    return m_signIn->disabledReason().isEmpty();
}

bool ConnectionDetail::mayRetry() const
{
    return m_retry->disabledReason().isEmpty();
}

void ConnectionDetail::applyGrid()
{
    m_bar->layout()->setContentsMargins(grid(4), grid(2), grid(4), grid(2));
    QLayout *page = m_scroll->widget()->layout();
    page->setContentsMargins(grid(6), grid(5), grid(6), grid(6));
    page->setSpacing(grid(3));
    m_state->setFont(monoFont(TextSize::Small));
    m_state->setFixedHeight(QFontMetrics(m_state->font()).height() * 8 + grid(3));
}

void ConnectionDetail::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    painter.fillRect(event->rect(), colours().surface);
    painter.fillRect(m_bar->geometry(), colours().panel);
    painter.fillRect(QRect(0, m_bar->geometry().bottom(), width(), 1), colours().line);
}

void ConnectionDetail::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_scroll && m_state) {
        applyGrid();
    }
}

} // namespace countersign::ui
