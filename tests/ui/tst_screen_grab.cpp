// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"
#include "tests/ui/review_desk.h"
#include "ui/detail/region_picker.h"
#include "ui/detail/screen_source.h"
#include "ui/detail/tool_answer_page.h"

#include <QtCore/QStandardPaths>
#include <QtGui/QPainter>
#include <QtGui/QScreen>
#include <QtGui/QWindow>
#include <QtWidgets/QAbstractButton>

#include <array>
#include <csignal>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace countersign;
using namespace countersign::ui;
using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

const QRect known(1500, 900, 320, 240); ///< Where on the screen the known colours are.

/// No two neighbours are alike, so that a picture that is one pixel off is another one.
QColor colourAt(int x, int y)
{
    return {(x * 7 + y) % 256, (y * 5) % 256, (x ^ y) % 256};
}

/// A window of known colours.
class KnownColours : public QWidget
{
public:
    KnownColours()
        : QWidget(nullptr, Qt::FramelessWindowHint | Qt::BypassWindowManagerHint | Qt::WindowDoesNotAcceptFocus)
        , m_picture(known.size(), QImage::Format_RGB32)
    {
        setAttribute(Qt::WA_ShowWithoutActivating);
        for (int y = 0; y < m_picture.height(); ++y) {
            for (int x = 0; x < m_picture.width(); ++x) {
                m_picture.setPixelColor(x, y, colourAt(x, y));
            }
        }
        setGeometry(known);
    }
    const QImage &picture() const { return m_picture; }

protected:
    void paintEvent(QPaintEvent *) override { QPainter(this).drawImage(0, 0, m_picture); }

private:
    QImage m_picture;
};

/// An X server without a screen, for the length of the test; it ends with it.
class VirtualScreen
{
public:
    VirtualScreen()
    {
        const QByteArray program = QStandardPaths::findExecutable(u"Xvfb"_s).toLocal8Bit();
        std::array<int, 2> ends{};
        if (program.isEmpty() || ::pipe(ends.data()) != 0) {
            return;
        }
        m_process = ::fork();
        if (m_process == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            const QByteArray number = QByteArray::number(ends[1]);
            ::execl(program.constData(), "Xvfb", "-displayfd", number.constData(), "-screen", "0", "2000x1300x24",
                    "-nolisten", "tcp", nullptr);
            ::_exit(127);
        }
        ::close(ends[1]);
        std::array<char, 16> said{};
        const ssize_t count = m_process > 0 ? ::read(ends[0], said.data(), said.size()) : 0; // Ends when it ends.
        ::close(ends[0]);
        const QByteArray display = QByteArray(said.data(), std::max<ssize_t>(0, count)).trimmed();
        if (!display.isEmpty()) {
            qputenv("DISPLAY", ":" + display);
            qputenv("QT_QPA_PLATFORM", "xcb");
            m_isThere = true;
        }
    }
    ~VirtualScreen()
    {
        if (m_process > 0) {
            ::kill(m_process, SIGTERM);
            ::waitpid(m_process, nullptr, 0);
        }
    }
    Q_DISABLE_COPY_MOVE(VirtualScreen)
    bool isThere() const { return m_isThere; }

private:
    pid_t m_process = -1;
    bool m_isThere = false;
};

JsonValue json(const QByteArray &text)
{
    return readJson(text).value();
}

} // namespace

/// What a reviewer marks on the screen is what is sent, to the pixel: on a real X server where Xvfb is installed, else
/// with what Qt's offscreen platform has painted.
class TestScreenGrab : public QObject
{
    Q_OBJECT
public:
    explicit TestScreenGrab(bool isReal)
        : m_isReal(isReal)
    {}
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void theMarkedPartIsWhatIsSent();
    void laterChangesOfTheScreenAreNotSent();

private:
    bool isShown(const KnownColours &colours) const;
    /// The picture is taken by the person's click.
    RegionPicker *takePicture(PaneDesk &desk, const KnownColours &colours) const;

    bool m_isReal = false;
};

bool TestScreenGrab::isShown(const KnownColours &colours) const
{
    const auto isThere = [&] {
        const QImage seen = m_isReal ? colours.screen()->grabWindow(0).toImage().copy(known)
                                     : colours.screen()->grabWindow(colours.winId()).toImage();
        return seen.convertToFormat(QImage::Format_RGB32) == colours.picture();
    };
    return QTest::qWaitFor(isThere, 10'000);
}

RegionPicker *TestScreenGrab::takePicture(PaneDesk &desk, const KnownColours &colours) const
{
    desk.pane->move(0, 0);
    desk.pane->setTab(u"answer"_s);
    auto *page = desk.pane->findChild<ToolAnswerPage *>();
    if (!m_isReal) {
        // The platform has no screen to be grabbed as a whole, only windows.
        static_cast<ScreenSource *>(page->source(AnswerKind::Screenshot))->setGrab([&colours](QWidget *) {
            QImage screen(2000, 1300, QImage::Format_RGB32);
            screen.fill(Qt::black);
            QPainter(&screen).drawPixmap(known.topLeft(), colours.screen()->grabWindow(colours.winId()));
            return screen;
        });
    }
    auto *picker = desk.pane->findChild<RegionPicker *>();
    QTest::mouseClick(desk.pane->findChild<QAbstractButton *>(u"takeScreen"_s), Qt::LeftButton);
    const bool isTaken = QTest::qWaitFor([&] { return picker->isVisible() && picker->height() > 100; }, 10'000);
    return isTaken ? picker : nullptr;
}

void TestScreenGrab::theMarkedPartIsWhatIsSent()
{
    KnownColours colours;
    colours.show();
    QVERIFY(isShown(colours));
    PaneDesk desk;
    RoundContent content;
    content.pattern = Pattern::ClientTool;
    content.toolName = u"takeScreenshot"_s;
    content.arguments = "{}";
    content.allowed = {Verdict::Answer, Verdict::Decline};
    content.requestedTier = Tier::Low;
    QVERIFY(desk.ask(content));
    RegionPicker *picker = takePicture(desk, colours);
    QVERIFY(picker);
    QCOMPARE(picker->picture().size(), QSize(2000, 1300));
    auto *page = desk.pane->findChild<ToolAnswerPage *>();
    QVERIFY(page->outgoing().isEmpty()); // The whole screen is never sent by itself.

    const double scale = std::min(picker->width() / 2000.0, picker->height() / 1300.0);
    const double left = (picker->width() - 2000 * scale) / 2;
    const auto at = [&](QPoint point) { return QPoint(qRound(left + point.x() * scale), qRound(point.y() * scale)); };
    QTest::mousePress(picker, Qt::LeftButton, {}, at(known.topLeft() + QPoint(40, 40)));
    QTest::mouseMove(picker, at(known.center()));
    QTest::mouseRelease(picker, Qt::LeftButton, {}, at(known.bottomRight() - QPoint(40, 40)));
    const QRect marked = picker->region();
    QVERIFY2(known.contains(marked) && marked.width() > 150 && marked.height() > 80,
             qPrintable(u"%1 %2 %3×%4"_s.arg(marked.x()).arg(marked.y()).arg(marked.width()).arg(marked.height())));

    QVERIFY(desk.read(600ms));
    QSignalSpy decided(desk.session.get(), &ReviewSession::decisionMade);
    QTest::keyClick(picker, Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(decided.count(), 1);
    const JsonValue sent = json(desk.detail(desk.id)->votes.at(0).content.answer);
    QCOMPARE(sent.find("width")->toInteger(), qint64(marked.width()));
    QCOMPARE(sent.find("height")->toInteger(), qint64(marked.height()));
    const QByteArray base64(sent.find("data")->utf8().data(), static_cast<qsizetype>(sent.find("data")->utf8().size()));
    const QImage part = QImage::fromData(QByteArray::fromBase64(base64), "PNG").convertToFormat(QImage::Format_RGB32);
    QCOMPARE(part, colours.picture().copy(marked.translated(-known.topLeft())));
    QVERIFY(part.textKeys().isEmpty());
}

/// What is sent is what was on screen when the person took it, however long they look at it.
void TestScreenGrab::laterChangesOfTheScreenAreNotSent()
{
    auto colours = std::make_unique<KnownColours>();
    colours->show();
    QVERIFY(isShown(*colours));
    PaneDesk desk;
    RoundContent content;
    content.pattern = Pattern::ClientTool;
    content.toolName = u"takeScreenshot"_s;
    content.arguments = "{}";
    content.allowed = {Verdict::Answer, Verdict::Decline};
    content.requestedTier = Tier::Low;
    QVERIFY(desk.ask(content));
    RegionPicker *picker = takePicture(desk, *colours);
    QVERIFY(picker);
    const QImage before = colours->picture();
    colours.reset(); // Another window comes to the front.
    QCoreApplication::processEvents();
    QTest::keyClick(picker, Qt::Key_Right); // A part in the middle is marked …
    QVERIFY(!picker->region().isEmpty());
    picker->setRegion(known);
    QTest::keyClick(picker, Qt::Key_Left, Qt::ControlModifier); // … and moved by a key.
    const QRect marked = picker->region();
    const JsonValue sent = json(desk.pane->findChild<ToolAnswerPage *>()->outgoing());
    const QByteArray base64(sent.find("data")->utf8().data(), static_cast<qsizetype>(sent.find("data")->utf8().size()));
    const QImage part = QImage::fromData(QByteArray::fromBase64(base64), "PNG").convertToFormat(QImage::Format_RGB32);
    QCOMPARE(part.size(), known.size());
    QCOMPARE(marked, known.translated(-1, 0));
    QCOMPARE(part.copy(1, 0, part.width() - 1, part.height()), before.copy(0, 0, before.width() - 1, before.height()));
}

int main(int argc, char **argv)
{
    const VirtualScreen screen;
    QApplication application(argc, argv);
    TestScreenGrab test(screen.isThere());
    return QTest::qExec(&test, argc, argv);
}
#include "tst_screen_grab.moc"
