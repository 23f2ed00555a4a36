// SPDX-License-Identifier: Apache-2.0
#include "core/base/visible_text.h"
#include "tests/support/fake_clock.h"
#include "tests/ui/queue_script.h"
#include "ui/queue/queue_delegate.h"
#include "ui/queue/queue_view.h"

#include <QtGui/QHelpEvent>
#include <QtGui/QPainter>
#include <QtGui/QStandardItemModel>
#include <QtGui/QTextDocument>
#include <QtTest/QTest>
#include <QtWidgets/QApplication>
#include <QtWidgets/QLabel>
#include <QtWidgets/QToolTip>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;
using namespace countersign;
using namespace countersign::ui;

/// Text that agents wrote, in every field of a row that takes it.
class TestHostileRows : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void outsideTextIsShownAsTokens_data();
    void outsideTextIsShownAsTokens();
    void noTooltipAppears();

private:
    FakeClock m_clock;
};

namespace {

const QList<int> textRoles{Qt::DisplayRole,       Qt::AccessibleTextRole, QueueModel::ToolRole,
                           QueueModel::AgentRole, QueueModel::QuoteRole,  QueueModel::ClaimRole};

QImage painted(const QModelIndex &index)
{
    QImage image(640, QueueDelegate::rowHeight(true), QImage::Format_RGB32);
    QPainter painter(&image);
    QStyleOptionViewItem option;
    option.rect = image.rect();
    QueueDelegate().paint(&painter, option, index);
    return image;
}

} // namespace

void TestHostileRows::outsideTextIsShownAsTokens_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("markup") << u"<b>approved</b><img src='file:///etc/passwd'>"_s;
    QTest::newRow("entities") << u"a &lt;b&gt; &amp; c"_s;
    QTest::newRow("mnemonic") << u"&Approve && go"_s;
    QTest::newRow("place markers") << u"%1 %2 %n %L1"_s;
    QTest::newRow("right-to-left override") << u"gpj.\u202Eexe"_s;
    QTest::newRow("isolates") << u"\u2066x\u2069\u2067y"_s;
    QTest::newRow("zero width") << u"pay\u200Bpal\uFEFF\u00AD"_s;
    QTest::newRow("line breaks") << u"one\ntwo\r\nthree\u2028four\tfive"_s;
    QTest::newRow("terminal escapes") << u"\x1b[31mred\x1b[0m\x07"_s;
    QTest::newRow("right-to-left script") << u"\u05D0\u05D1\u05D2 abc \u0627\u0628"_s;
    QTest::newRow("lone surrogate") << (u"x"_s + QChar(0xD800) + u"y"_s);
    QTest::newRow("private use and unassigned") << u"\uE000\uFFFF\uFDD0"_s;
    QTest::newRow("faked token") << u"⟨U+202E⟩"_s;
    QTest::newRow("many combining marks") << (u"a"_s + QString(60, QChar(0x0301)));
    QTest::newRow("megabyte") << QString(1 << 20, u'W');
}

void TestHostileRows::outsideTextIsShownAsTokens()
{
    QFETCH(QString, text);
    Request hostile = anOpenRequest(u"r"_s, 18min, m_clock.now());
    hostile.toolName = text;
    hostile.agentName = text;
    hostile.connection = text;
    hostile.agentTitle = text;
    hostile.claimedByName = text;
    hostile.claimedBy = ReviewerId(u"other"_s);
    hostile.claimedUntil = m_clock.now() + 5min;
    hostile.summary = text; // As if somebody had written it into the file.
    QueueScript script;
    script.requests = {hostile};
    QueueModel model(script.door(), m_clock);
    model.setQuery({});
    QTRY_COMPARE(model.rowCount(), 1);
    const QModelIndex row = model.index(0);

    QStandardItemModel escaped(1, 1);
    const auto keep = [&](int role) { escaped.setData(escaped.index(0, 0), row.data(role), role); };
    const auto put = [&](int role, const QString &visible) { escaped.setData(escaped.index(0, 0), visible, role); };
    for (const int role : {int(QueueModel::TierRole), int(QueueModel::PillRole), int(QueueModel::PillToneRole),
                           int(QueueModel::PatternRole), int(QueueModel::ClaimRole)}) {
        keep(role);
    }
    const bool isShort = text.size() <= 40;
    const QString visible = isShort ? displayText(text).text : visibleStart(text);
    put(QueueModel::ToolRole, visible);
    put(QueueModel::AgentRole, visible);
    put(QueueModel::QuoteRole, u"“"_s + visible + u"”"_s);
    put(Qt::DisplayRole, row.data(Qt::DisplayRole).toString());
    if (isShort) {
        put(QueueModel::ClaimRole, visible);
        put(Qt::DisplayRole, displayText(originalText(text)).text);
    }
    QCOMPARE(painted(row), painted(escaped.index(0, 0)));

    for (const int role : textRoles) {
        const QString part = row.data(role).toString();
        QVERIFY(part.size() < 5000);
        for (const QChar unit : part) {
            // Marks stay below the letter they belong to; everything else is seen by itself.
            const bool visibleUnit = (unit.isPrint() && unit.category() != QChar::Other_Format) || unit.isSurrogate();
            QVERIFY2(visibleUnit, qPrintable(u"U+%1 in role %2"_s.arg(QString::number(unit.unicode(), 16)).arg(role)));
        }
    }
    QVERIFY(!row.data(Qt::ToolTipRole).isValid());
}

void TestHostileRows::noTooltipAppears()
{
    QueueScript script;
    Request hostile = anOpenRequest(u"r"_s, 18min, m_clock.now());
    hostile.agentTitle = u"<b>x</b>"_s;
    script.requests = {hostile};
    QueueModel model(script.door(), m_clock);
    model.setQuery({});
    QueueView view(model);
    view.resize(600, 200);
    view.show();
    QTRY_COMPARE(model.rowCount(), 1);
    const QPoint place = view.visualRect(model.index(0)).center();
    QHelpEvent help(QEvent::ToolTip, place, view.viewport()->mapToGlobal(place));
    QApplication::sendEvent(view.viewport(), &help);
    QVERIFY(!QToolTip::isVisible());
    for (const QWidget *widget : view.findChildren<QWidget *>()) {
        QVERIFY(!Qt::mightBeRichText(widget->toolTip()));
        if (const auto *label = qobject_cast<const QLabel *>(widget)) {
            QCOMPARE(label->textFormat(), Qt::PlainText);
        }
    }
}

QTEST_MAIN(TestHostileRows)
#include "tst_hostile_rows.moc"
