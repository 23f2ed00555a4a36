// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/detail_pane_p.h"

#include "ui/detail/context_page.h"
#include "ui/detail/crumb_row.h"
#include "ui/detail/evidence_panel.h"
#include "ui/detail/facts_page.h"
#include "ui/detail/request_form.h"
#include "ui/detail/step_line.h"
#include "ui/detail/tool_answer_page.h"
#include "ui/shell/review_session.h"
#include "ui/style/card.h"
#include "ui/style/labels.h"

#include <QtGui/QClipboard>
#include <QtGui/QDesktopServices>
#include <QtGui/QKeyEvent>
#include <QtGui/QWindow>
#include <QtWidgets/QApplication>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QTabBar>

namespace countersign::ui {

using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds tickEvery{100};
constexpr milliseconds draftAfter{600};

} // namespace

DetailPane::DetailPane(ReviewSession &session, QWidget *parent)
    : QWidget(parent)
    , d(std::make_unique<Private>(session, this))
{
    setObjectName(u"detailPane"_s);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Request"));
    d->build();
    d->connectParts();
    d->showNothing(tr("Select a request on the left to read it."));
}

void DetailPane::setBrowser(std::function<bool(const QUrl &address)> open)
{
    d->openInBrowser = std::move(open);
}

DetailPane::~DetailPane()
{
    d->saveDraft();
}

DetailPane::Private::Private(ReviewSession &reviewSession, DetailPane *pane)
    : session(reviewSession)
    , q(pane)
    , rule(reviewSession.clock())
    , openInBrowser(&QDesktopServices::openUrl)
{}

void DetailPane::Private::build()
{
    const Clock &clock = session.clock();
    auto *rows = new QVBoxLayout(q);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(0);
    crumbs = new CrumbRow(q);
    tabs = new QTabBar(q);
    tabs->setObjectName(u"tabs"_s);
    tabs->setAccessibleName(tr("Views of the request"));
    tabs->setDrawBase(false);
    tabs->setExpanding(false);
    tabs->setAutoFillBackground(true);
    tabs->setBackgroundRole(QPalette::Base);
    tabs->setFocusPolicy(Qt::TabFocus);
    auto *tabRow = new QWidget(q);
    tabRow->setAutoFillBackground(true);
    tabRow->setBackgroundRole(QPalette::Base);
    auto *tabLine = new QHBoxLayout(tabRow);
    tabLine->setContentsMargins(grid(3), 0, grid(3), 0);
    tabLine->addWidget(tabs);
    tabLine->addStretch(1);

    pages = new QStackedWidget(q);
    pages->setMinimumSize(grid(60), grid(20)); // The largest page must not dictate the window's size.
    emptyPage = new QWidget(pages);
    auto *empty = new QVBoxLayout(emptyPage);
    emptyText = makeDimLabel({}, TextSize::Body, emptyPage);
    emptyText->setObjectName(u"emptyText"_s);
    emptyText->setAlignment(Qt::AlignCenter);
    emptyText->setWordWrap(true);
    empty->addWidget(emptyText);
    facts = new FactsPage(clock, pages);
    diffPage = new QWidget(pages);
    auto *diffRows = new QVBoxLayout(diffPage);
    diffRows->setContentsMargins(grid(6), grid(5), grid(6), grid(5));
    auto *diffCard = new Card(tr("Difference"), Card::Edge::Solid, diffPage);
    diffTitle = makeDimLabel({}, TextSize::Small, diffCard);
    diffCard->addToHeader(diffTitle);
    diff = new PayloadView(clock, PayloadShape::Fields, PayloadView::Height::OwnScrolling, diffCard);
    diff->setAccessibleName(tr("Difference"));
    diff->setObjectName(u"diff"_s);
    diffCard->body()->addWidget(diff);
    diffRows->addWidget(diffCard);
    evidence = new EvidencePanel(clock, session.threads().location().blobFolder, pages);
    rawPage = new QWidget(pages);
    auto *rawRows = new QVBoxLayout(rawPage);
    rawRows->setContentsMargins(grid(6), grid(5), grid(6), grid(5));
    rawRows->setSpacing(grid(3));
    auto *rawFactsCard = new Card(tr("What a decision names"), Card::Edge::Solid, rawPage);
    rawFacts = new PayloadView(clock, PayloadShape::Fields, PayloadView::Height::AsContent, rawFactsCard);
    rawFacts->setAccessibleName(tr("Hashes and identifiers"));
    rawFactsCard->body()->addWidget(rawFacts);
    auto *rawCard = new Card(tr("As received, byte for byte"), Card::Edge::Solid, rawPage);
    raw = new PayloadView(clock, PayloadShape::Text, PayloadView::Height::OwnScrolling, rawCard);
    raw->setAccessibleName(tr("Arguments as received"));
    raw->setObjectName(u"raw"_s);
    rawCard->body()->addWidget(raw);
    rawRows->addWidget(rawFactsCard);
    rawRows->addWidget(rawCard, 1);
    form = new RequestForm(clock, pages);
    toolAnswer = new ToolAnswerPage(clock, pages);
    context = new ContextPage(pages);
    step = new StepLine(q);
    for (QWidget *page :
         std::initializer_list<QWidget *>{emptyPage, facts, diffPage, evidence, rawPage, form, toolAnswer, context}) {
        pages->addWidget(page);
    }
    bar = new DecisionBar(clock, q);
    rows->addWidget(crumbs);
    rows->addWidget(tabRow);
    rows->addWidget(step);
    rows->addWidget(pages, 1);
    rows->addWidget(bar);
    ticker.setInterval(tickEvery);
    draftTimer.setSingleShot(true);
    draftTimer.setInterval(draftAfter);
    // What is in front has to be painted before a key counts, whichever page that is.
    for (QWidget *page : std::initializer_list<QWidget *>{facts->viewport(), facts->payload()->viewport(), diffPage,
                                                          diff->viewport(), evidence, rawPage, raw->viewport(),
                                                          form->viewport(), toolAnswer->viewport(), context}) {
        page->installEventFilter(q);
    }
}

void DetailPane::Private::connectParts()
{
    connect(tabs, &QTabBar::currentChanged, q, [this](int index) {
        if (index < 0 || !shown) {
            return;
        }
        if (isEditing()) { // Another tab leaves the editor; the draft stays.
            saveDraft();
            closeForm();
        }
        selectTab(tabs->tabData(index).toString());
        tick();
    });
    connect(&ticker, &QTimer::timeout, q, [this] { tick(); });
    connect(&draftTimer, &QTimer::timeout, q, [this] { saveDraft(); });
    connect(&session, &ReviewSession::changed, q, [this](const ChangeSet &changes) {
        const bool ours = changes.truncated || std::ranges::find(changes.requests, wanted) != changes.requests.end();
        if (!wanted.isEmpty() && ours) {
            awaitingPaint = true;
            rule.setPainted(false); // Whatever changed: it has to be looked at again.
            load();
        }
    });
    connect(&session, &ReviewSession::unlocked, q, [this] { load(); });
    connect(&session, &ReviewSession::locked, q, [this] {
        saveDraft(); // Gets to the engine before the key is dropped.
        draft.reset();
        showNothing(tr("Locked. Sign in to go on reviewing."));
    });
    connect(&session, &ReviewSession::decisionMade, q, [this](const Decided &decided) {
        deciding = false;
        bar->setBusy(false);
        if (decided.request.id == wanted) {
            saveDraft(); // Stays until the release: an undone decision goes on from here.
            closeForm();
            closeToolAnswer();
            load();
            Q_EMIT q->nextWanted();
        }
    });
    connect(&session, &ReviewSession::failed, q, [this](const Error &why) {
        if (deciding) {
            deciding = false;
            bar->setBusy(false);
            load();
        }
        if (shown) {
            bar->sayRefusal(why.message);
        }
    });
    for (auto signal :
         {&ReviewSession::requestUpdated, &ReviewSession::decisionTakenBack, &ReviewSession::decisionReleased}) {
        connect(&session, signal, q, [this](const Request &request) {
            if (request.id == wanted) {
                load();
            }
        });
    }
    connect(&session, &ReviewSession::decisionReleased, q,
            [this](const Request &request) { discardDraft(request.id); });
    connect(crumbs, &CrumbRow::claimWanted, q, [this] { toggleClaim(); });
    connect(crumbs, &CrumbRow::releaseClaimWanted, q, [this] { toggleClaim(); });
    connect(crumbs, &CrumbRow::copyIdWanted, q, [this] { copy(wanted.text()); });
    connect(crumbs, &CrumbRow::copyHashWanted, q,
            [this] { copy(shown ? shown->round().payloadHash.hex() : QString()); });
    const auto copyJson = [this] { copy(shown ? QString::fromUtf8(shown->round().content.arguments) : QString()); };
    connect(crumbs, &CrumbRow::copyJsonWanted, q, copyJson);
    connect(facts, &FactsPage::copyWanted, q, copyJson);
    connect(facts, &FactsPage::openAddressWanted, q, [this](const QUrl &address) { openAddress(address); });
    connect(facts, &FactsPage::copyAddressWanted, q, [this] {
        if (shown) {
            copy(shown->round().content.url);
        }
    });
    connect(facts, &FactsPage::editWanted, q, [this] { beginEdit(); });
    connect(facts->payload(), &PayloadView::seenChanged, q, [this] { tick(); });
    connect(facts->payload(), &PayloadView::laidOut, q, [this] { facts->viewport()->update(); });
    connect(evidence, &EvidencePanel::obstacleChanged, q, [this] { tick(); });
    connect(bar, &DecisionBar::verdictWanted, q,
            [this](Verdict verdict, const QString &code, const QString &reason, const ArmingRule::Press &press) {
                VoteContent content;
                content.reason = reason.isEmpty() ? refusalWords(verdict, code) : reason;
                decide(verdict, code, std::move(content), press);
            });
    connect(bar, &DecisionBar::answerWanted, q,
            [this](const QString &text, const ArmingRule::Press &press) { answer(text, press); });
    connect(bar, &DecisionBar::editWanted, q, [this] { beginEdit(); });
    connect(bar, &DecisionBar::editedApprovalWanted, q,
            [this](const ArmingRule::Press &press) { approveEdited(press); });
    connect(bar, &DecisionBar::criticalChanged, q, [this] { tick(); });
    connect(bar, &DecisionBar::focusWanted, q, [this] { q->setFocus(Qt::OtherFocusReason); });
    connect(bar, &DecisionBar::delegateWanted, q, [this](const QString &name) { session.delegate(wanted, name); });
    connect(bar, &DecisionBar::deferWanted, q,
            [this](milliseconds fromNow) { session.defer(wanted, session.clock().now() + fromNow); });
    connect(form, &RequestForm::edited, q, [this] {
        draftUnsaved = true;
        criticalOfEdit.reset();
        draftTimer.start();
        tick();
    });
    connect(form, &RequestForm::leaveWanted, q, [this] { leaveEdit(); });
    connect(step, &StepLine::requestWanted, q, &DetailPane::requestWanted);
    connect(context, &ContextPage::leaveWanted, q, [this] { leaveEdit(); });
    connect(toolAnswer, &ToolAnswerPage::leaveWanted, q, [this] { leaveEdit(); });
    connect(toolAnswer, &ToolAnswerPage::arrived, q, [this] { lookAtAnswer(); });
    connect(toolAnswer, &ToolAnswerPage::edited, q, [this] {
        draftUnsaved = true;
        draftTimer.start();
        tick();
    });
    connect(toolAnswer, &ToolAnswerPage::confirmWanted, q, [this](quint64 timestamp, bool autoRepeat) {
        answerTool(
            {.at = pressTime(session.clock(), timestamp), .via = ArmingRule::Via::Confirm, .autoRepeat = autoRepeat});
    });
    connect(form, &RequestForm::confirmWanted, q, [this](quint64 timestamp, bool autoRepeat) {
        submitForm(
            {.at = pressTime(session.clock(), timestamp), .via = ArmingRule::Via::Confirm, .autoRepeat = autoRepeat});
    });
}

void DetailPane::showRequest(const RequestId &id)
{
    if (id == d->wanted && d->shown) {
        return;
    }
    d->saveDraft();
    d->closeToolAnswer();
    d->closeForm(); // The fields hold what belongs to the request before.
    d->wanted = id;
    d->shown.reset();
    d->draft.reset();
    d->changedWhileShown = false;
    d->rule.clear();
    if (id.isEmpty()) {
        d->showNothing(tr("Select a request on the left to read it."));
        return;
    }
    d->load();
}

std::optional<RequestId> DetailPane::shown() const
{
    return d->wanted.isEmpty() ? std::nullopt : std::optional(d->wanted);
}

void DetailPane::setReadOnly(bool readOnly)
{
    d->readOnly = readOnly;
    d->bar->setVisible(!readOnly && d->shown);
}

void DetailPane::setTab(const QString &name)
{
    if (d->shown) {
        d->selectTab(name);
    }
}

void DetailPane::Private::showNothing(const QString &sentence)
{
    ++generation;
    shown.reset();
    awaitingPaint = false;
    rule.clear();
    ticker.stop();
    emptyText->setText(sentence);
    pages->setCurrentWidget(emptyPage);
    crumbs->clear();
    facts->clear();
    evidence->setItems({});
    closeForm();
    closeToolAnswer();
    context->close();
    step->show({});
    raw->setRows({});
    diff->setRows({});
    const QSignalBlocker quiet(tabs);
    while (tabs->count() > 0) {
        tabs->removeTab(0);
    }
    bar->setArming({}, {}); // Nothing is armed, also for whoever only hears the line.
    bar->hide();
}

void DetailPane::Private::load()
{
    if (wanted.isEmpty()) {
        return;
    }
    const int asked = ++generation;
    const ReviewerId reviewer = session.reviewer() ? session.reviewer()->id : ReviewerId();
    whenDone(session.threads().reader(
                 [id = wanted, reviewer](StoreReader &store) { return loadShownRequest(store, id, reviewer); }),
             q, [this, asked](const Result<SharedRequest> &loaded) {
                 if (asked != generation) {
                     return; // Another request was selected, or it changed again.
                 }
                 if (loaded) {
                     apply(*loaded);
                 } else {
                     showNothing(loaded.error().message);
                 }
             });
}

void DetailPane::Private::apply(const SharedRequest &loaded)
{
    const bool same = shown && shown->request().id == loaded->request().id;
    const bool samePayload = same && shown->round().payloadHash == loaded->round().payloadHash;
    changedWhileShown = same && (changedWhileShown || !samePayload);
    if (same && !samePayload) {
        saveDraft();
        closeToolAnswer();
        closeForm(); // What was filled in belongs to the round before.
    }
    const SharedRequest before = std::exchange(shown, loaded);
    const Request &request = loaded->request();
    if (!samePayload) {
        draft = loaded->draft;
    }
    if (!same) {
        rule.select(request.id, request.revision, demands());
    } else if (rule.revision() != request.revision) {
        rule.showRevision(request.revision, demands());
    }
    rule.setPainted(false);
    awaitingPaint = true;
    facts->show(loaded, {.reviewer = session.reviewer(), .changedWhileShown = changedWhileShown});
    if (!samePayload) {
        evidence->setItems(loaded->round().content.evidence);
        raw->setRows(loaded->rawRows);
        PayloadRows hashes;
        addOwnRow(hashes, tr("request"), displayText(request.id.text()).text, true);
        addOwnRow(hashes, tr("round, revision"),
                  u"%1, %2"_s.arg(QString::number(request.round), QString::number(request.revision)), true);
        addOwnRow(hashes, tr("payload hash"), loaded->round().payloadHash.hex(), true);
        addOwnRow(hashes, tr("intake hash"), loaded->round().intakeHash.hex(), true);
        addOwnRow(hashes, tr("tool definition"),
                  loaded->round().content.toolDefinition.isNull() ? tr("none given")
                                                                  : loaded->round().content.toolDefinition.hex(),
                  true);
        addOwnRow(hashes, tr("policy"), displayText(loaded->round().policy.version).text, true);
        rawFacts->setRows(std::move(hashes));
    }
    diff->setRows(loaded->differenceRows);
    diffTitle->setText(loaded->differenceTitle);
    const bool opens = fillsForm() && !form->isOpen();
    if (opens) {
        openForm();
    } else if (!fillsForm() && !isEditing()) {
        closeForm(); // Nothing is left to answer.
    }
    if (servesTool()) {
        openToolAnswer();
    } else {
        closeToolAnswer();
    }
    context->open(loaded);
    step->show(loaded);
    fillTabs();
    if (!samePayload || opens) {
        selectTab(fillsForm() ? u"form"_s : u"facts"_s); // What is new stands there, and that it is new.
    }
    bar->setReviewers(loaded->delegates);
    bar->setChoices(choices(), samePayload);
    bar->setVisible(!readOnly);
    ticker.start();
    watchWindow();
    tick();
    for (QWidget *part : {static_cast<QWidget *>(facts->viewport()), pages->currentWidget(), form->viewport()}) {
        part->update();
    }
}

void DetailPane::Private::fillTabs()
{
    const QString current = currentTab();
    const QSignalBlocker quiet(tabs);
    while (tabs->count() > 0) {
        tabs->removeTab(0);
    }
    const auto add = [this](const QString &name, const QString &title) { tabs->setTabData(tabs->addTab(title), name); };
    if (fillsForm()) {
        add(u"form"_s, tr("Form"));
    }
    add(u"facts"_s, tr("Facts"));
    if (servesTool()) {
        add(u"answer"_s, tr("Answer"));
    }
    if (!shown->differenceRows.isEmpty()) {
        add(u"diff"_s, tr("Diff"));
    }
    const auto files = static_cast<int>(shown->round().content.evidence.size());
    if (files > 0) {
        add(u"evidence"_s, tr("Evidence %1").arg(files));
    }
    if (context->hasConversation()) {
        add(u"context"_s, tr("Context"));
    }
    add(u"raw"_s, tr("Raw"));
    tabs->updateGeometry(); // A row of tabs that is not on screen does not tell that it grew.
    selectTab(current.isEmpty() ? u"facts"_s : current);
}

QString DetailPane::Private::currentTab() const
{
    return tabs->currentIndex() >= 0 ? tabs->tabData(tabs->currentIndex()).toString() : QString();
}

void DetailPane::Private::selectTab(const QString &name)
{
    int index = 0;
    for (int i = 0; i < tabs->count(); ++i) {
        if (tabs->tabData(i).toString() == name) {
            index = i;
        }
    }
    const QSignalBlocker quiet(tabs);
    tabs->setCurrentIndex(index);
    const QString found = tabs->tabData(index).toString();
    if (!isEditing()) {
        pages->setCurrentWidget(found == u"form"_s       ? static_cast<QWidget *>(form)
                                : found == u"diff"_s     ? diffPage
                                : found == u"evidence"_s ? static_cast<QWidget *>(evidence)
                                : found == u"raw"_s      ? rawPage
                                : found == u"answer"_s   ? static_cast<QWidget *>(toolAnswer)
                                : found == u"context"_s  ? static_cast<QWidget *>(context)
                                                         : static_cast<QWidget *>(facts));
    }
}

void DetailPane::Private::copy(const QString &text)
{
    QApplication::clipboard()->setText(text);
}

} // namespace countersign::ui
