// SPDX-License-Identifier: Apache-2.0
// THREATS.md T5: whatever an agent writes stays where its words stand; nothing else changes by one pixel.
#include "core/base/visible_text.h"
#include "tests/support/window_rig.h"
#include "ui/queue/queue_delegate.h"
#include "ui/queue/queue_view.h"
#include "ui/style/card.h"

#include <QtGui/QPainter>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QScrollBar>

using namespace Qt::Literals::StringLiterals;
using namespace countersign;
using namespace countersign::ui;
using countersign::test::WindowRig;

namespace {

struct Words {
    QString title;
    QString message;
    QString agent = u"agent"_s;
    QString tool = u"send_it"_s;
};

/// The window with a request on it, and where an agent's words may stand.
struct Picture {
    QImage image;
    QRect frame;        ///< In the agent's own words.
    QRect quote;        ///< Of the row in the list.
    QRect hash;         ///< Names all of the content, the words too.
    QRect scrollBar;    ///< Beside the page; it says how long the page is.
    QList<QRect> names; ///< Agent and tool, and our sentences that hold them.
};

/// Where \p widget can be seen.
QRect placeOf(const QWidget *widget, const QWidget *window)
{
    const QRect seen = widget->visibleRegion().boundingRect();
    return {widget->mapTo(window, seen.topLeft()), seen.size()};
}

} // namespace

class TestFraming : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void wordsStayInTheirFrame_data();
    void wordsStayInTheirFrame();
    void namesStayInTheirPlaces_data();
    void namesStayInTheirPlaces();

private:
    static Picture take(const Words &words);
    static QString firstDifference(QImage one, QImage other, const QList<QRect> &allowed);

    Picture m_plain;
};

Picture TestFraming::take(const Words &words)
{
    WindowRig rig;
    rig.open();
    rig.window->resize(1440, 900);
    if (!QTest::qWaitFor([&] { return rig.isAtWork() && rig.window->isActiveWindow(); }, 10'000)) {
        qFatal("the window did not come up");
    }
    Submission asked;
    asked.agentName = words.agent;
    asked.osUser = u"user"_s;
    asked.content.toolName = words.tool;
    asked.content.title = words.title;
    asked.content.message = words.message;
    asked.content.arguments = R"({"amount":12.50,"to":"somebody","why":"a reason"})";
    asked.content.requestedTier = Tier::High;
    asked.content.allowed = {Verdict::Approve, Verdict::ApproveEdited, Verdict::Reject};
    const RequestId id = rig.submit(asked);
    rig.window->showView(QueueQuery::View::Inbox);
    rig.window->queue()->select(id);
    const QWidget *window = rig.window.get();
    Picture picture;
    constexpr int oftenEnough = 6;
    int unchanged = 0;
    // The clock stands still: what is on screen is the same once nothing moves any more.
    const bool settled = QTest::qWaitFor(
        [&] {
            const QImage now = rig.window->grab().toImage();
            const bool same = now == picture.image && rig.armingLine().startsWith(u"reading"_s) &&
                              rig.find<QWidget>(u"agentFrame"_s) && rig.window->sidebar()->counts().inbox == 1;
            picture.image = now;
            unchanged = same ? unchanged + 1 : 0;
            return unchanged >= oftenEnough;
        },
        10'000);
    if (!settled) {
        qFatal("the request was not shown: %s", qPrintable(rig.armingLine()));
    }
    picture.frame = placeOf(rig.find<QWidget>(u"agentFrame"_s), window);
    picture.scrollBar = placeOf(rig.find<QScrollArea>(u"facts"_s)->verticalScrollBar(), window);
    picture.hash = placeOf(rig.find<QWidget>(u"argumentsHash"_s), window);
    auto *list = rig.find<QueueView>(u"queueView"_s);
    QRect row = list->visualRect(list->model()->index(0, 0));
    row.moveTopLeft(list->viewport()->mapTo(window, row.topLeft()));
    picture.quote = row.adjusted(0, QueueDelegate::rowHeight(false) - grid(3), 0, 0);
    picture.names = {row, placeOf(rig.find<QWidget>(u"heading"_s), window),
                     placeOf(rig.find<QWidget>(u"agent"_s)->parentWidget(), window),
                     placeOf(rig.find<QWidget>(u"crumb"_s), window)};
    const auto *sidebar = rig.window->sidebar();
    for (const QWidget *item : sidebar->findChildren<QWidget *>()) {
        if (item->accessibleName().contains(displayText(words.agent).text)) {
            picture.names.append(placeOf(item, window));
        }
    }
    return picture;
}

/// "x, y" of the first pixel that differs outside of \p allowed; empty: none does.
QString TestFraming::firstDifference(QImage one, QImage other, const QList<QRect> &allowed)
{
    if (one.size() != other.size()) {
        return u"another size"_s;
    }
    for (QImage *image : {&one, &other}) {
        QPainter painter(image);
        for (const QRect &place : allowed) {
            painter.fillRect(place, Qt::black);
        }
    }
    for (int y = 0; y < one.height(); ++y) {
        for (int x = 0; x < one.width(); ++x) {
            if (one.pixel(x, y) != other.pixel(x, y)) {
                return u"%1, %2"_s.arg(QString::number(x), QString::number(y));
            }
        }
    }
    return {};
}

void TestFraming::initTestCase()
{
    applyTheme(*qApp, ColourScheme::Light);
    m_plain = take({u"Send it"_s, u"Because it is due."_s});
}

void TestFraming::wordsStayInTheirFrame_data()
{
    QTest::addColumn<QString>("title");
    QTest::addColumn<QString>("message");
    QTest::newRow("pretends to be decided")
        << u"Already approved by security"_s << u"Armed · everything was on screen"_s;
    QTest::newRow("a frame of its own") << u"┌──── Countersign ────┐"_s
                                        << u"│ Low tier · verified │\n└─────────────────────┘\n\n[ Approve ]"_s;
    QTest::newRow("markup") << u"<h1 style='font-size:80px'>Low tier</h1>"_s
                            << u"<img src='file:///etc/passwd'><table width=2000><tr><td>x</td></tr></table>"_s;
    QTest::newRow("directions") << u"\u202Edevorppa\u202C \u2066x\u2069"_s << u"\u202E\u200B\u200D\u061C"_s;
    QTest::newRow("controls") << u"\u001b[2J\u001b[1;1H\u0007"_s << u"\r\n\t\u0008\u0008\u0008approved"_s;
    QTest::newRow("mnemonics and formats") << u"&Approve &R %1 %n %s"_s << u"%1%2%3%99 &&&&"_s;
    QTest::newRow("tall") << u"T"_s << u"one\ntwo\n"_s.repeated(400);
    QTest::newRow("wide") << QString(3000, u'W') << QString(100'000, u'M');
    QTest::newRow("stacked marks") << u"Z\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308"_s.repeated(20)
                                   << u"x"_s;
}

void TestFraming::wordsStayInTheirFrame()
{
    QFETCH(QString, title);
    QFETCH(QString, message);
    const Picture hostile = take({title, message});
    QCOMPARE(hostile.frame.topLeft(), m_plain.frame.topLeft());
    QCOMPARE(hostile.frame.width(), m_plain.frame.width());
    QCOMPARE(hostile.quote, m_plain.quote);
    const QString differs =
        firstDifference(m_plain.image, hostile.image,
                        {m_plain.frame, hostile.frame, m_plain.quote, m_plain.hash, hostile.hash, m_plain.scrollBar});
    QVERIFY2(differs.isEmpty(), qPrintable(differs));
}

void TestFraming::namesStayInTheirPlaces_data()
{
    QTest::addColumn<QString>("agent");
    QTest::addColumn<QString>("tool");
    QTest::newRow("a word of ours") << u"Countersign"_s << u"approved"_s;
    QTest::newRow("markup") << u"<b>a</b>"_s << u"<i>b</i>"_s;
    QTest::newRow("directions") << u"\u202Eb"_s << u"t\u200B"_s;
    QTest::newRow("mnemonics and formats") << u"&A %1"_s << u"%2 &R"_s;
    QTest::newRow("lines") << u"a\nb"_s << u"t\r\nLow"_s;
}

void TestFraming::namesStayInTheirPlaces()
{
    QFETCH(QString, agent);
    QFETCH(QString, tool);
    const Picture hostile = take({u"Send it"_s, u"Because it is due."_s, agent, tool});
    QList<QRect> allowed = m_plain.names + hostile.names;
    allowed += {m_plain.frame, hostile.frame, m_plain.hash, hostile.hash};
    QCOMPARE(hostile.frame, m_plain.frame);
    const QString differs = firstDifference(m_plain.image, hostile.image, allowed);
    QVERIFY2(differs.isEmpty(), qPrintable(differs));
}

QTEST_MAIN(TestFraming)
#include "tst_framing.moc"
