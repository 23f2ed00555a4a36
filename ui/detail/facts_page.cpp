// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/facts_page.h"

#include "core/domain/tool_change.h"
#include "ui/detail/address_card.h"
#include "ui/detail/counted.h"
#include "ui/detail/fact_cards.h"
#include "ui/detail/flow_layout.h"
#include "ui/detail/text_link.h"
#include "ui/detail/time_words.h"
#include "ui/detail/wrap_label.h"
#include "ui/queue/request_words.h"
#include "ui/style/card.h"
#include "ui/style/key_hint.h"
#include "ui/style/labels.h"
#include "ui/style/pill.h"

#include <QtGui/QPainter>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QStyle>

namespace countersign::ui {

using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

namespace {

constexpr int lowWindowSteps = 130; ///< Of the grid: 520 px at 100 %, 1040 px at 200 %.

} // namespace

FactsPage::FactsPage(const Clock &clock, QWidget *parent)
    : QScrollArea(parent)
    , m_clock(clock)
{
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    setAccessibleName(tr("Facts"));
    setObjectName(u"facts"_s);
    m_page = new QWidget(this);
    m_page->setObjectName(u"factsPage"_s);
    m_rows = new QVBoxLayout(m_page);
    applyGrid();

    m_argumentsCard = new Card(tr("Arguments"), Card::Edge::Solid, m_page);
    m_argumentsBadge = new Pill(tr("exactly what will be executed"), Tone::Plain, m_argumentsCard);
    m_argumentsCard->addBesideTitle(m_argumentsBadge);
    m_argumentsHash = makeDimLabel({}, TextSize::Small, m_argumentsCard);
    m_argumentsHash->setObjectName(u"argumentsHash"_s);
    auto *copy = new TextLink(tr("copy JSON"), m_argumentsCard);
    m_edit = new TextLink(tr("edit"), m_argumentsCard);
    m_argumentsCard->addToHeader(m_argumentsHash);
    m_argumentsCard->addToHeader(copy);
    m_argumentsCard->addToHeader(m_edit);
    m_notEditable = makeDimLabel(tr("not editable"), TextSize::Small, m_argumentsCard);
    setPlainToolTip(m_notEditable, tr("The agent takes it as it stands."));
    m_notEditable->setAccessibleDescription(tr("The agent takes it as it stands."));
    m_notEditable->setObjectName(u"notEditable"_s);
    m_argumentsCard->addToHeader(m_notEditable);
    m_editKey = new KeyHint(u"E"_s, m_argumentsCard);
    m_argumentsCard->addToHeader(m_editKey);
    copy->setObjectName(u"copyJson"_s);
    m_edit->setObjectName(u"editArguments"_s);
    connect(copy, &QAbstractButton::clicked, this, &FactsPage::copyWanted);
    connect(m_edit, &QAbstractButton::clicked, this, &FactsPage::editWanted);
    m_payload = new PayloadView(clock, PayloadShape::Fields, PayloadView::Height::AsContent, m_argumentsCard);
    m_payload->setObjectName(u"payload"_s);
    m_payload->setAccessibleName(tr("Arguments, exactly what will be executed"));
    m_emptyArguments = makeDimLabel(tr("No arguments."), TextSize::Body, m_argumentsCard);
    m_argumentsCard->body()->addWidget(m_payload);
    m_argumentsCard->body()->addWidget(m_emptyArguments);
    m_argumentsCard->hide();
    m_rows->addWidget(m_argumentsCard);
    m_rows->addStretch(1);
    setWidget(m_page);
    connect(verticalScrollBar(), &QScrollBar::valueChanged, m_payload, &PayloadView::updateVisible);
    connect(m_payload, &PayloadView::wantsVisible, this, [this](int y, int height) {
        const int top = m_payload->viewport()->mapTo(m_page, QPoint(0, y)).y();
        Q_UNUSED(height)
        verticalScrollBar()->setValue(top - grid(4));
    });
}

void FactsPage::applyGrid()
{
    // The bar keeps its room beside the page: an agent that writes much must not move what is ours.
    const int bar = style()->pixelMetric(QStyle::PM_ScrollBarExtent);
    // Upwards, large letters do not ask for large gaps: what has to be read would stand below the fold.
    constexpr int highestGap = 20;
    m_rows->setContentsMargins(grid(6), std::min(grid(5), highestGap), std::max(grid(6) - bar, 0), grid(6));
    m_rows->setSpacing(std::min(grid(4) - 1, highestGap));
}

void FactsPage::changeEvent(QEvent *event)
{
    QScrollArea::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_rows) {
        applyGrid();
        fitHeading();
    }
}

void FactsPage::clear()
{
    m_shown.reset();
    m_payloadHash = {};
    delete std::exchange(m_head, nullptr);
    delete std::exchange(m_below, nullptr);
    m_heading = nullptr;
    m_deadline = nullptr;
    m_why = nullptr;
    m_argumentsCard->hide();
    m_payload->setRows({});
}

void FactsPage::show(const SharedRequest &shown, const Viewer &viewer)
{
    const bool samePayload =
        m_shown && m_shown->request().id == shown->request().id && m_payloadHash == shown->round().payloadHash;
    m_shown = shown;
    m_payloadHash = shown->round().payloadHash;
    const int scrolled = verticalScrollBar()->value();
    setUpdatesEnabled(false);
    delete std::exchange(m_head, nullptr);
    delete std::exchange(m_below, nullptr);
    m_head = new QWidget(m_page);
    m_below = new QWidget(m_page);
    for (QWidget *part : {m_head, m_below}) {
        auto *rows = new QVBoxLayout(part);
        rows->setContentsMargins(0, 0, 0, 0);
        rows->setSpacing(grid(4) - 1);
    }
    buildHead(viewer);
    buildCommands();
    buildAddress();
    if (!samePayload) {
        buildArguments();
    }
    const bool editable = !m_shown->isQuestion() && m_shown->obstacle().isEmpty() && m_shown->request().isOpen();
    const std::vector<Verdict> &allowed = m_shown->round().content.allowed;
    const bool takesEdits = std::find(allowed.begin(), allowed.end(), Verdict::ApproveEdited) != allowed.end();
    m_edit->setVisible(editable && takesEdits);
    m_editKey->setVisible(editable && takesEdits);
    m_notEditable->setVisible(editable && !takesEdits);
    buildOutcome();
    buildCards(viewer);
    buildAgentFrame();
    m_rows->insertWidget(0, m_head);
    m_rows->insertWidget(2, m_below);
    m_argumentsCard->show();
    // These were just made: Tab would reach them last, after the decision bar.
    setTabOrder(m_payload, m_why);
    if (auto *unfold = m_below->findChild<TextLink *>(u"unfold"_s)) {
        setTabOrder(m_why, unfold);
    }
    updateTimes();
    setUpdatesEnabled(true);
    verticalScrollBar()->setValue(samePayload ? scrolled : 0);
    m_payload->updateVisible();
}

void FactsPage::buildHead(const Viewer &viewer)
{
    const RequestDetail &detail = m_shown->detail;
    auto *rows = static_cast<QVBoxLayout *>(m_head->layout());
    if (viewer.changedWhileShown) {
        rows->addWidget(
            noticeCard(tr("This request changed while it was on screen: round %1 is shown now. The Diff tab "
                          "marks what is different; earlier votes do not count.")
                           .arg(detail.round().number),
                       Tone::Accent, m_head));
    }
    const QString obstacle = m_shown->obstacle();
    if (!obstacle.isEmpty()) {
        rows->addWidget(noticeCard(obstacle + u'\n' + tr("It can only be rejected or declined."), Tone::Bad, m_head));
    }
    if (isToolChanged(detail.round().content)) {
        rows->addWidget(noticeCard(tr("The definition of this tool is another one than when a call of it was last "
                                      "approved. The Raw tab shows what its server says now."),
                                   Tone::Warn, m_head));
    }
    auto *names = new QVBoxLayout;
    names->setSpacing(grid(2));
    m_heading = new WrapLabel(m_shown->heading, TextSize::Heading, m_head);
    m_heading->setObjectName(u"heading"_s);
    fitHeading();
    names->addWidget(m_heading);
    auto *line = new QWidget(m_head);
    auto *flow = new FlowLayout(grid(1) + 2, grid(1), line);
    auto *agent = new WrapLabel(m_shown->agent, TextSize::Body, line);
    agent->setWeight(QFont::DemiBold);
    agent->setObjectName(u"agent"_s);
    flow->addWidget(agent);
    const QString through = detail.principal.connection == u"local"_s
                                ? tr("(on this machine, user %1)").arg(displayText(detail.principal.osUser).text)
                                : tr("(through %1)").arg(displayText(detail.principal.connection).text);
    const bool gate = detail.request.pattern == Pattern::Gate;
    flow->addWidget(makeDimLabel(m_shown->isQuestion() ? tr("asks")
                                 : gate                ? tr("wants to run a command")
                                                       : tr("wants to run"),
                                 TextSize::Body, line));
    if (!m_shown->tool.isEmpty() && !gate) {
        auto *tool = new WrapLabel(m_shown->tool, TextSize::Body, line);
        tool->setMono(true);
        flow->addWidget(tool);
    }
    auto *connection = new WrapLabel(through, TextSize::Body, line);
    connection->setInk(WrapLabel::Ink::Dim);
    flow->addWidget(connection);
    addPills(flow);
    names->addWidget(line);
    rows->addLayout(names);
}

void FactsPage::addPills(QLayout *flow)
{
    const RequestDetail &detail = m_shown->detail;
    const Round &round = detail.round();
    const auto add = [&](const QString &text, Tone tone) {
        auto *pill = new Pill(text, tone, flow->parentWidget());
        flow->addWidget(pill);
        return pill;
    };
    add(tr("%1 tier").arg(tierWord(round.policy.tier)), tierTone(round.policy.tier));
    m_deadline = add(deadlineWords(), Tone::Plain);
    m_deadline->setObjectName(u"deadline"_s);
    if (round.policy.quorum > 1) {
        add(tr("%1 of %2 approvals").arg(QString::number(approvalsOf(detail)), QString::number(round.policy.quorum)),
            Tone::Accent);
    }
    if (round.number > 1) {
        add(tr("round %1").arg(round.number), Tone::Accent);
    }
    QStringList lasting;
    for (const CommandLine &command : m_shown->commands) {
        lasting += command.notes;
    }
    if (!lasting.isEmpty()) {
        add(counted(tr("%n warning(s) on what it runs", nullptr, static_cast<int>(lasting.size())),
                    static_cast<int>(lasting.size())),
            Tone::Bad);
    }
    if (m_shown->argumentRows.hiddenCharacters > 0) {
        add(counted(tr("%n hidden character(s) made visible", nullptr, m_shown->argumentRows.hiddenCharacters),
                    m_shown->argumentRows.hiddenCharacters),
            Tone::Bad);
    }
    if (m_shown->argumentRows.mixedScripts > 0) {
        add(tr("mixed scripts"), Tone::Warn);
    }
    if (round.content.requestedTier && *round.content.requestedTier != round.policy.tier) {
        add(tr("the agent calls it %1").arg(toText(*round.content.requestedTier)), Tone::Plain);
    }
    const Request &request = detail.request;
    if (!request.isOpen()) {
        const QString status = request.status(m_clock.now());
        add(statusWords(status), statusTone(status));
    }
}

QString FactsPage::deadlineWords() const
{
    if (!m_shown->request().isOpen()) {
        return tr("asked %1").arg(localTime(m_shown->request().createdAt, m_clock.now()));
    }
    const std::optional<Timestamp> expires = m_shown->round().expiresAt;
    if (!expires) {
        return tr("waits for ever");
    }
    const milliseconds left = *expires - m_clock.now();
    return left.count() <= 0 ? tr("the deadline has passed: nothing runs")
                             : tr("expires in %1 · then nothing runs").arg(durationWords(left));
}

void FactsPage::updateTimes()
{
    if (!m_shown || !m_deadline) {
        return;
    }
    const std::optional<Timestamp> expires = m_shown->round().expiresAt;
    const bool open = m_shown->request().isOpen();
    const milliseconds left = expires ? *expires - m_clock.now() : std::chrono::hours(1000);
    m_deadline->setText(deadlineWords());
    m_deadline->setTone(!open || !expires                 ? Tone::Plain
                        : left < std::chrono::minutes(30) ? Tone::Bad
                        : left < std::chrono::hours(24)   ? Tone::Warn
                                                          : Tone::Plain);
}

void FactsPage::buildCommands()
{
    if (!m_shown->commands.empty()) {
        m_head->layout()->addWidget(commandsCard(*m_shown, m_head));
    }
}

void FactsPage::buildAddress()
{
    const RoundContent &content = m_shown->round().content;
    if (content.pattern != Pattern::ElicitationUrl) {
        return;
    }
    const RequestId id = m_shown->request().id;
    auto *card = new AddressCard(content.url, wasAddressOpened(id),
                                 m_shown->request().isOpen() && m_shown->obstacle().isEmpty(), m_head);
    connect(card, &AddressCard::openWanted, this, [this, card] { Q_EMIT openAddressWanted(card->address().target); });
    connect(card, &AddressCard::copyWanted, this, &FactsPage::copyAddressWanted);
    m_head->layout()->addWidget(card);
}

void FactsPage::noteAddressOpened(const RequestId &id)
{
    m_openedAddresses.insert(id);
}

void FactsPage::buildArguments()
{
    const bool question = m_shown->isQuestion();
    const bool readable = m_shown->obstacle().isEmpty();
    m_argumentsCard->setTitle(question ? tr("The question") : tr("Arguments"));
    m_argumentsBadge->setText(!readable  ? tr("as received, cannot be reviewed")
                              : question ? tr("exactly what is asked")
                                         : tr("exactly what will be executed"));
    m_argumentsBadge->setTone(readable ? Tone::Plain : Tone::Bad);
    m_argumentsHash->setText(tr("sha256 %1").arg(m_shown->round().payloadHash.shortHex()));
    setPlainToolTip(
        m_argumentsHash,
        tr("Payload hash of this round, which a decision names: %1").arg(m_shown->round().payloadHash.hex()));
    m_payload->setVisible(!m_shown->argumentRows.isEmpty());
    m_emptyArguments->setVisible(m_shown->argumentRows.isEmpty());
    m_payload->setRows(m_shown->argumentRows);
}

void FactsPage::buildCards(const Viewer &viewer)
{
    auto *pair = new CardPair(m_below);
    m_why = whyCard(*m_shown, pair);
    m_why->setFocusPolicy(Qt::StrongFocus);
    pair->add(m_why);
    pair->add(approvalsCard(*m_shown, viewer.reviewer, m_clock.now(), pair));
    m_below->layout()->addWidget(pair);
    if (QWidget *covered = coverageCard(*m_shown, m_below)) {
        m_below->layout()->addWidget(covered);
    }
}

void FactsPage::buildAgentFrame()
{
    const RoundContent &content = m_shown->round().content;
    QString text = content.title;
    if (!content.message.isEmpty() && !m_shown->isQuestion()) {
        text += (text.isEmpty() ? u""_s : u"\n\n"_s) + content.message;
    }
    if (!text.isEmpty()) {
        m_below->layout()->addWidget(new AgentFrame(m_clock, m_shown->agent, text, m_below));
    }
}

void FactsPage::buildOutcome()
{
    if (QWidget *outcome = outcomeCard(*m_shown, m_clock.now(), m_below)) {
        m_below->layout()->addWidget(outcome);
    }
}

void FactsPage::page(int direction)
{
    QScrollBar *bar = verticalScrollBar();
    if (m_payload->verticalScrollBar()->maximum() > 0 &&
        m_payload->visibleRegion().boundingRect().height() > grid(60) && m_payload->page(direction)) {
        return;
    }
    if (direction > 0 && bar->value() == bar->maximum()) {
        m_payload->showNextUnseen();
        return;
    }
    bar->setValue(bar->value() + direction * std::max(viewport()->height() - grid(12), grid(10)));
}

void FactsPage::focusWhy()
{
    if (m_why) {
        ensureWidgetVisible(m_why);
        m_why->setFocus(Qt::ShortcutFocusReason);
    }
}

QString FactsPage::spokenFacts() const
{
    if (!m_shown) {
        return {};
    }
    QString text = tr("%1. Asked by %2. %3. %4.")
                       .arg(m_shown->heading, m_shown->agent, tr("%1 tier").arg(tierWord(m_shown->round().policy.tier)),
                            deadlineWords());
    for (const CommandLine &command : m_shown->commands) {
        for (const QString &note : command.notes) {
            text += u' ' + note + u'.';
        }
    }
    const QString obstacle = m_shown->obstacle();
    return obstacle.isEmpty() ? text : text + u' ' + obstacle;
}

/// In a low window the heading gives way to the first arguments.
void FactsPage::fitHeading()
{
    if (m_heading) {
        m_heading->setSize(window()->height() < grid(lowWindowSteps) ? TextSize::Title : TextSize::Heading);
    }
}

void FactsPage::resizeEvent(QResizeEvent *event)
{
    QScrollArea::resizeEvent(event);
    fitHeading();
    // Nothing may stand beyond the right edge, where no scroll bar leads; the badges give way first.
    m_page->setMaximumWidth(viewport()->width());
    m_argumentsBadge->setVisible(viewport()->width() >= grid(125));
    m_argumentsHash->setVisible(viewport()->width() >= grid(85));
    m_payload->updateVisible();
}

} // namespace countersign::ui
