// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_clock.h"
#include "tests/ui/queue_script.h"
#include "ui/queue/empty_queue.h"
#include "ui/queue/queue_pane.h"
#include "ui/queue/queue_view.h"
#include "ui/shell/review_session.h"

#include <QtCore/QTemporaryDir>
#include <QtGui/QAccessible>
#include <QtGui/QClipboard>
#include <QtTest/QSignalSpy>
#include <QtTest/QTest>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QApplication>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QScrollBar>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::ui;

class TestQueuePane : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void init();
    void cleanup();
    // The list over a script
    void nothingIsSelectedBeforeAPersonSelects();
    void keysMoveTheSelection();
    void otherKeysAreLeftToTheWindow();
    void arrivalsMoveNeitherRowsNorSelection();
    void aGhostStaysUntilTheSelectionLeavesIt();
    void rowsKeepTheirPlaceWhenOthersGoAbove();
    void undecidedRowsAreFound();
    void theWheelRunsThroughALongList();
    void theScrollBarReachesAnyPlace();
    void homeAndEndReachTheEndsOfALongList();
    void theScreenReaderHearsWholeSentences();
    void largeTypeMakesTallerRows();
    // The pane over a workspace
    void anEmptyInboxTeaches();
    void aRequestAppearsAndIsFiltered();
    void escapeAndSlashMoveBetweenFilterAndList();

private:
    void showList(QueueQuery::View view = QueueQuery::View::Inbox);
    void addOpen(const QString &name, std::chrono::minutes due)
    {
        m_script.requests.push_back(anOpenRequest(name, due, m_clock.now()));
    }
    QString selected() const { return m_view->selected().value_or(RequestId()).text(); }

    FakeClock m_clock;
    QueueScript m_script;
    std::unique_ptr<QueueModel> m_model;
    std::unique_ptr<QueueView> m_view;
};

namespace {

/// A workspace of its own with a session on it.
struct OpenWorkspace {
    QTemporaryDir folder;
    SystemClock clock;
    WorkspaceThreads threads{{.location = {.path = folder.filePath(u"data/workspace.db"_s),
                                           .url = u"sqlite:"_s + folder.filePath(u"data/workspace.db"_s),
                                           .blobFolder = folder.filePath(u"data/blobs"_s),
                                           .configFolder = folder.filePath(u"config"_s),
                                           .keyFolder = folder.filePath(u"config/keys"_s)}},
                             clock};
    ReviewSession session{threads, clock};

    void submit(const QString &tool)
    {
        Submission submission;
        submission.agentName = u"agent"_s;
        submission.osUser = u"user"_s;
        submission.content.toolName = tool;
        submission.content.arguments = "{\"amount\":1}";
        submission.content.allowed = {Verdict::Approve, Verdict::Reject};
        submission.expiresIn = 30min;
        auto done = threads.engine([submission](Engine &engine) { return engine.submit(submission); });
        QTRY_VERIFY(done.isFinished());
        QVERIFY2(done.result().hasValue(), done.result() ? "" : qPrintable(done.result().error().message));
    }
};

} // namespace

void TestQueuePane::init()
{
    m_clock = FakeClock();
    m_script = QueueScript();
}

void TestQueuePane::cleanup()
{
    m_view.reset();
    m_model.reset();
    QFont plain = qApp->font();
    plain.setPixelSize(13);
    qApp->setFont(plain);
}

void TestQueuePane::showList(QueueQuery::View view)
{
    m_model = std::make_unique<QueueModel>(m_script.door(), m_clock);
    m_view = std::make_unique<QueueView>(*m_model);
    m_view->resize(400, 500);
    m_view->show();
    m_view->activateWindow();
    m_view->setFocus();
    QueueQuery query;
    query.view = view;
    m_model->setQuery(query);
    QTRY_VERIFY(m_model->isAnswered());
    QTRY_VERIFY(m_view->hasFocus());
}

void TestQueuePane::nothingIsSelectedBeforeAPersonSelects()
{
    addOpen(u"a"_s, 10min);
    showList();
    QCOMPARE(selected(), QString());
    QVERIFY(!m_view->currentIndex().isValid());
    QSignalSpy moved(m_view.get(), &QueueView::selectionMoved);
    QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, m_view->headingRect(0).center());
    QCOMPARE(moved.count(), 0);
    QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, m_view->visualRect(m_model->index(0)).center());
    QCOMPARE(moved.count(), 1);
    QCOMPARE(selected(), u"a"_s);
}

void TestQueuePane::keysMoveTheSelection()
{
    for (int i = 0; i < 30; ++i) {
        addOpen(u"r%1"_s.arg(i, 2, 10, QLatin1Char('0')), std::chrono::minutes(10 + i));
    }
    showList();
    const auto press = [this](int key) { QTest::keyClick(m_view.get(), static_cast<Qt::Key>(key)); };
    press(Qt::Key_J);
    QCOMPARE(selected(), u"r00"_s);
    press(Qt::Key_J);
    press(Qt::Key_Down);
    QCOMPARE(selected(), u"r02"_s);
    press(Qt::Key_K);
    press(Qt::Key_Up);
    press(Qt::Key_Up);
    QCOMPARE(selected(), u"r00"_s);
    press(Qt::Key_PageDown);
    QVERIFY(selected() > u"r03"_s);
    press(Qt::Key_PageUp);
    QCOMPARE(selected(), u"r00"_s);
    press(Qt::Key_End);
    QCOMPARE(selected(), u"r29"_s);
    QVERIFY(m_view->viewport()->rect().contains(m_view->visualRect(m_model->index(29))));
    press(Qt::Key_Home);
    QCOMPARE(selected(), u"r00"_s);

    QSignalSpy wanted(m_view.get(), &QueueView::detailWanted);
    press(Qt::Key_O);
    press(Qt::Key_Return);
    QCOMPARE(wanted.count(), 2);
}

void TestQueuePane::otherKeysAreLeftToTheWindow()
{
    addOpen(u"a"_s, 10min);
    showList();
    for (const Qt::Key key : {Qt::Key_A, Qt::Key_R, Qt::Key_Space, Qt::Key_Escape, Qt::Key_5}) {
        QKeyEvent press(QEvent::KeyPress, key, Qt::NoModifier, u"a"_s);
        QApplication::sendEvent(m_view.get(), &press);
        QVERIFY(!press.isAccepted());
    }
    QCOMPARE(selected(), QString());
}

void TestQueuePane::arrivalsMoveNeitherRowsNorSelection()
{
    addOpen(u"b"_s, 20min);
    addOpen(u"c"_s, 30min);
    showList();
    QTest::keyClick(m_view.get(), Qt::Key_J);
    const QRect place = m_view->visualRect(m_model->index(0));
    QSignalSpy moved(m_view.get(), &QueueView::selectionMoved);
    addOpen(u"a"_s, 5min);
    addOpen(u"d"_s, 40min);
    m_model->refresh();
    auto *bar = m_view->findChild<QWidget *>(u"newRows"_s);
    QTRY_VERIFY(bar->isVisible());
    QCOMPARE(bar->accessibleName(), u"2 new"_s);
    QCOMPARE(m_view->visualRect(m_model->index(0)), place);
    QVERIFY(!bar->geometry().intersects(place));
    QVERIFY(m_view->hasFocus());

    QTest::keyClick(m_view.get(), Qt::Key_U);
    QTRY_COMPARE(m_model->rowCount(), 4);
    QVERIFY(!bar->isVisible());
    QCOMPARE(selected(), u"b"_s);
    QCOMPARE(m_view->currentIndex(), m_model->index(1));
    QCOMPARE(moved.count(), 0);
}

void TestQueuePane::aGhostStaysUntilTheSelectionLeavesIt()
{
    addOpen(u"a"_s, 10min);
    addOpen(u"b"_s, 20min);
    showList();
    QTest::keyClick(m_view.get(), Qt::Key_J);
    m_script.requests[0].state = {Lifecycle::Decided, Delivery::Staged};
    m_script.requests[0].verdict = Verdict::Approve;
    m_model->refresh();
    QTRY_VERIFY(m_model->index(0).data(QueueModel::GhostRole).toBool());
    QCOMPARE(selected(), u"a"_s);
    QEvent left(QEvent::Leave);
    QApplication::sendEvent(m_view.get(), &left);
    QCOMPARE(m_model->rowCount(), 2);
    QTest::keyClick(m_view.get(), Qt::Key_J);
    QCOMPARE(selected(), u"b"_s);
    QCOMPARE(m_model->rowCount(), 1);
    QCOMPARE(m_view->currentIndex(), m_model->index(0));
}

void TestQueuePane::rowsKeepTheirPlaceWhenOthersGoAbove()
{
    for (int i = 0; i < 40; ++i) {
        addOpen(u"r%1"_s.arg(i, 2, 10, QLatin1Char('0')), std::chrono::minutes(70 + i));
    }
    showList();
    m_view->selectRequest(RequestId(u"r30"_s));
    const int height = m_view->visualRect(m_model->index(30)).top();
    m_script.requests[2].state = {Lifecycle::Withdrawn, Delivery::None};
    m_model->refresh();
    QTRY_VERIFY(m_model->index(2).data(QueueModel::GhostRole).toBool());
    m_model->sweepGhosts({});
    QCOMPARE(m_model->rowOf(RequestId(u"r30"_s)), 29);
    QCOMPARE(m_view->visualRect(m_model->index(29)).top(), height);
}

void TestQueuePane::undecidedRowsAreFound()
{
    addOpen(u"a"_s, 10min);
    addOpen(u"b"_s, 20min);
    addOpen(u"c"_s, 30min);
    showList();
    QTest::keyClick(m_view.get(), Qt::Key_J);
    m_script.requests[1].state = {Lifecycle::Expired, Delivery::None};
    m_model->refresh();
    QTRY_VERIFY(m_model->index(1).data(QueueModel::GhostRole).toBool());
    QTest::keyClick(m_view.get(), Qt::Key_N);
    QCOMPARE(selected(), u"c"_s);
    QTest::keyClick(m_view.get(), Qt::Key_N, Qt::ShiftModifier);
    QCOMPARE(selected(), u"a"_s);
}

void TestQueuePane::theWheelRunsThroughALongList()
{
    for (qint64 sequence = 1; sequence <= 1500; ++sequence) {
        m_script.requests.push_back(aSettledRequest(sequence, m_clock.now()));
    }
    showList(QueueQuery::View::Settled);
    const auto lastSeen = [this] {
        return m_model->idAt(m_view->indexAt(QPoint(10, m_view->viewport()->height() - 4)).row());
    };
    int turns = 0;
    for (; turns < 2000 && lastSeen() != RequestId(u"r000000001"_s); ++turns) {
        QWheelEvent wheel({10, 10}, m_view->mapToGlobal(QPointF(10, 10)), {}, {0, -360}, Qt::NoButton, {},
                          Qt::NoScrollPhase, false);
        QApplication::sendEvent(m_view->viewport(), &wheel);
        QCoreApplication::sendPostedEvents();
        QCoreApplication::processEvents();
        QVERIFY(m_model->rowCount() <= QueueModel::mostRows);
    }
    QCOMPARE(lastSeen(), RequestId(u"r000000001"_s));
    QVERIFY(turns >= 1500 / 3 - 10); // Three rows a turn: no row was jumped over.
}

void TestQueuePane::theScrollBarReachesAnyPlace()
{
    for (qint64 sequence = 1; sequence <= 5000; ++sequence) {
        m_script.requests.push_back(aSettledRequest(sequence, m_clock.now()));
    }
    m_script.neverChanges = true;
    showList(QueueQuery::View::Settled);
    auto *bar = m_view->findChild<QScrollBar *>(u"queueScrollBar"_s);
    QVERIFY(bar->isVisible());
    bar->setSliderDown(true);
    bar->setSliderPosition(bar->maximum() / 2);
    QTRY_VERIFY(m_model->rowOf(RequestId(u"r000002500"_s)) >= 0);
    bar->setSliderDown(false);
    QVERIFY(std::abs(bar->value() - bar->maximum() / 2) < bar->maximum() / 100);
    const auto top = m_model->idAt(m_view->indexAt(QPoint(10, QFontMetrics(m_view->font()).height() * 3)).row());
    QVERIFY(std::abs(top.text().mid(1).toInt() - 2500) < 5);
    QVERIFY(m_model->rowCount() <= QueueModel::mostRows);
}

void TestQueuePane::homeAndEndReachTheEndsOfALongList()
{
    for (qint64 sequence = 1; sequence <= 2000; ++sequence) {
        m_script.requests.push_back(aSettledRequest(sequence, m_clock.now()));
    }
    showList(QueueQuery::View::Settled);
    QTest::keyClick(m_view.get(), Qt::Key_End);
    QTRY_VERIFY(m_model->rowOf(RequestId(u"r000000001"_s)) >= 0);
    const int last = m_model->rowOf(RequestId(u"r000000001"_s));
    QTRY_VERIFY(m_view->viewport()->rect().contains(m_view->visualRect(m_model->index(last))));
    QTest::keyClick(m_view.get(), Qt::Key_End);
    QCOMPARE(selected(), u"r000000001"_s);
    QTest::keyClick(m_view.get(), Qt::Key_Home);
    QTRY_COMPARE(m_model->rowOf(RequestId(u"r000002000"_s)), 0);
    QCOMPARE(selected(), u"r000000001"_s); // Out of the window, still selected.
}

void TestQueuePane::theScreenReaderHearsWholeSentences()
{
    addOpen(u"a"_s, 10min);
    showList();
    QAccessibleInterface *list = QAccessible::queryAccessibleInterface(m_view.get());
    QVERIFY(list);
    QCOMPARE(list->text(QAccessible::Name), u"Requests"_s);
    QAccessibleInterface *row = list->child(0);
    QVERIFY(row);
    QVERIFY(row->text(QAccessible::Name).contains(u"agent asks through local"_s));
    QVERIFY(row->text(QAccessible::Name).contains(u"Low tier"_s) ||
            row->text(QAccessible::Name).contains(u"Medium tier"_s));
}

void TestQueuePane::largeTypeMakesTallerRows()
{
    addOpen(u"a"_s, 10min);
    showList();
    const int before = m_view->visualRect(m_model->index(0)).height();
    QFont large = qApp->font();
    large.setPixelSize(26);
    qApp->setFont(large);
    QTRY_VERIFY(m_view->visualRect(m_model->index(0)).height() > before * 3 / 2);
}

void TestQueuePane::anEmptyInboxTeaches()
{
    OpenWorkspace workspace;
    QueuePane pane(workspace.session);
    pane.resize(400, 600);
    pane.show();
    QTRY_VERIFY(pane.findChild<EmptyQueue *>() && pane.findChild<EmptyQueue *>()->isVisible());
    auto *empty = pane.findChild<EmptyQueue *>();
    pane.activateWindow();
    pane.setFocus();
    QTRY_VERIFY(empty->hasFocus());
    QTest::keyClick(empty, Qt::Key_Slash);
    QVERIFY(pane.findChild<QLineEdit *>(u"queueFilter"_s)->hasFocus());
    QApplication::clipboard()->clear();
    QTest::mouseClick(pane.findChild<QAbstractButton *>(u"copyCommand"_s), Qt::LeftButton);
    QCOMPARE(QApplication::clipboard()->text(), u"countersignctl gate -- echo hello"_s);
    pane.showView(QueueQuery::View::Deferred);
    QTRY_VERIFY(!pane.findChild<QAbstractButton *>(u"copyCommand"_s)->isVisible());
}

void TestQueuePane::aRequestAppearsAndIsFiltered()
{
    OpenWorkspace workspace;
    QueuePane pane(workspace.session);
    pane.resize(400, 600);
    pane.show();
    auto *view = pane.findChild<QueueView *>();
    auto *filter = pane.findChild<QLineEdit *>(u"queueFilter"_s);
    QTRY_VERIFY(workspace.session.isOpen());
    pane.activateWindow();
    QTRY_VERIFY(pane.findChild<EmptyQueue *>() &&
                pane.findChild<EmptyQueue *>()->hasFocus()); // Not the filter: keys are commands.
    workspace.submit(u"first_tool"_s);
    QTRY_COMPARE(view->model()->rowCount(), 1);
    QVERIFY(view->hasFocus());
    QSignalSpy selections(&pane, &QueuePane::selectionChanged);
    workspace.submit(u"second_tool"_s);
    QTRY_VERIFY(pane.findChild<QWidget *>(u"newRows"_s)->isVisible());
    QCOMPARE(selections.count(), 0);
    pane.moveSelection(1);
    QCOMPARE(selections.count(), 1);

    filter->setText(u"tool:second_tool"_s);
    QTRY_COMPARE(view->model()->index(0, 0).data(QueueModel::ToolRole).toString(), u"second_tool"_s);
    QCOMPARE(view->model()->rowCount(), 1);
    QVERIFY(!pane.selected()); // The selected one is not in this list.
    filter->setText(u"tool:none"_s);
    QTRY_VERIFY(pane.findChild<EmptyQueue *>()->isVisible());
    pane.clearFilter();
    QTRY_COMPARE(view->model()->rowCount(), 2);
}

void TestQueuePane::escapeAndSlashMoveBetweenFilterAndList()
{
    OpenWorkspace workspace;
    QueuePane pane(workspace.session);
    pane.resize(400, 600);
    pane.show();
    pane.activateWindow();
    auto *view = pane.findChild<QueueView *>();
    auto *filter = pane.findChild<QLineEdit *>(u"queueFilter"_s);
    QTRY_VERIFY(workspace.session.isOpen());
    workspace.submit(u"tool"_s);
    QTRY_COMPARE(view->model()->rowCount(), 1);
    view->setFocus();
    QTRY_VERIFY(view->hasFocus());
    QTest::keyClick(view, Qt::Key_Slash);
    QVERIFY(filter->hasFocus());
    QTest::keyClicks(filter, u"to"_s);
    QTest::keyClick(filter, Qt::Key_Return);
    QVERIFY(view->hasFocus());
    QTest::keyClick(view, Qt::Key_Slash);
    QTest::keyClick(filter, Qt::Key_Escape);
    QVERIFY(filter->text().isEmpty());
    QVERIFY(view->hasFocus());
}

QTEST_MAIN(TestQueuePane)
#include "tst_queue_pane.moc"
