// SPDX-License-Identifier: Apache-2.0
#include "app/desktop/picture_steps.h"

#include "ui/connections/connections_pane.h"
#include "ui/detail/detail_pane.h"
#include "ui/detail/tool_answer_page.h"
#include "ui/queue/queue_pane.h"
#include "ui/shell/sheet.h"
#include "ui/tools/tools_pane.h"

#include <QtGui/QClipboard>
#include <QtGui/QKeyEvent>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QApplication>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPlainTextEdit>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QTableView>

namespace countersign::desktop {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

using Contents = PictureStage::Contents;
using Steps = std::vector<PictureStep>;
using Act = std::function<void(PictureStage &)>;

constexpr QSize usualSize(1440, 900);
constexpr QSize smallSize(1024, 640);
constexpr int usualFontPixels = 13;
constexpr int largeFontPixels = 26;

void press(QWidget *widget, int key, const QString &text)
{
    QKeyEvent down(QEvent::KeyPress, key, Qt::NoModifier, text);
    QKeyEvent up(QEvent::KeyRelease, key, Qt::NoModifier, text);
    QCoreApplication::sendEvent(widget, &down);
    QCoreApplication::sendEvent(widget, &up);
}

void type(QWidget *widget, const QString &text)
{
    widget->setFocus();
    for (const QChar letter : text) {
        press(widget, 0, letter);
    }
}

void click(PictureStage &stage, const QString &button)
{
    for (auto *one : stage.window().findChildren<QAbstractButton *>(button)) {
        if (one->isVisible()) {
            one->click();
        }
    }
}

// The queue and the detail

Act selecting(const QString &tool)
{
    return [tool](PictureStage &stage) {
        stage.window().showView(QueueQuery::View::Inbox);
        stage.window().queue()->select(stage.requestFor(tool));
        stage.window().queue()->setFocus();
    };
}

/// Where list and detail take turns, the detail's turn.
void openDetail(PictureStage &stage)
{
    if (!stage.window().detail()->isVisible()) {
        press(stage.window().queue()->focusProxy(), Qt::Key_O, u"o"_s);
    }
}

void leaveDetail(PictureStage &stage)
{
    if (!stage.window().queue()->isVisible()) {
        press(stage.window().detail(), Qt::Key_Escape, {});
    }
}

/// Time passes and the pane notices: what was being read is read now.
void read(PictureStage &stage)
{
    stage.clock().advance(2s);
}

void pressInDetail(PictureStage &stage, int key, const QString &text)
{
    stage.window().detail()->setFocus();
    press(stage.window().detail(), key, text);
}

Act showingTab(const QString &name)
{
    return [name](PictureStage &stage) { stage.window().detail()->setTab(name); };
}

Steps showing(const QString &tool, const QString &picture, Contents contents = Contents::Samples)
{
    return {
        {contents, {}, selecting(tool)}, {contents, {}, openDetail}, {contents, {}, read}, {contents, picture, read}};
}

/// As typed by a person on the page where the tool is served.
void answerWithLocation(PictureStage &stage)
{
    stage.window().findChild<ui::ToolAnswerPage *>()->choose(ui::AnswerKind::Location);
    pressInDetail(stage, Qt::Key_E, u"e"_s);
    for (const auto &[field, degrees] : {std::pair(u"latitude"_s, u"52.52"_s), std::pair(u"longitude"_s, u"13.40"_s)}) {
        auto *edit = stage.window().findChild<QLineEdit *>(field);
        edit->selectAll();
        type(edit, degrees);
    }
}

Act answering(ui::AnswerKind kind)
{
    return [kind](PictureStage &stage) {
        stage.window().findChild<ui::ToolAnswerPage *>()->choose(kind);
        if (kind == ui::AnswerKind::Clipboard) {
            QApplication::clipboard()->setText(u"Invalidenstr. 42, 10115 Berlin"_s);
            click(stage, u"takeClipboard"_s);
        }
    };
}

Steps queueSteps(const QString &end)
{
    return {
        {Contents::Samples, {}, leaveDetail},
        {Contents::Samples, {}, selecting(u"process_payment"_s)},
        {Contents::Samples, {}, read},
        {Contents::Samples, u"inbox"_s + end, read},
    };
}

Steps requestSteps(const QString &end)
{
    Steps steps;
    const auto append = [&steps](const Steps &more) { steps.insert(steps.end(), more.begin(), more.end()); };
    append(showing(u"process_payment"_s, u"detail"_s + end));
    append(showing(u"gate"_s, u"gate"_s + end));
    append(showing(u"create_shipment"_s, u"question"_s + end));
    append(showing(u"connect_carrier"_s, u"address"_s + end));
    append({
        {Contents::Samples, u"address-consent"_s + end, [](PictureStage &stage) { click(stage, u"openAddress"_s); }},
        {Contents::Samples, {}, [](PictureStage &stage) { click(stage, u"doNotOpen"_s); }},
    });
    append(showing(u"get_location"_s, u"client-tool"_s + end));
    append({
        {Contents::Samples, u"client-tool-answer"_s + end, answerWithLocation},
        {Contents::Samples, u"client-tool-clipboard"_s + end, answering(ui::AnswerKind::Clipboard)},
        {Contents::Samples, u"client-tool-file"_s + end, answering(ui::AnswerKind::File)},
        {Contents::Samples, u"client-tool-screen"_s + end, answering(ui::AnswerKind::Screenshot)},
        {Contents::Samples, u"client-tool-free"_s + end, answering(ui::AnswerKind::Free)},
        {Contents::Samples, {}, answering(ui::AnswerKind::Location)},
        {Contents::Samples, u"context"_s + end, showingTab(u"context"_s)},
    });
    append(showing(u"delete_records"_s, {}));
    append({
        {Contents::Samples, u"evidence"_s + end, showingTab(u"evidence"_s)},
        {Contents::Samples, u"raw"_s + end, showingTab(u"raw"_s)},
    });
    append(showing(u"publish_post"_s, {}));
    append(
        {{Contents::Samples, u"edit"_s + end, [](PictureStage &stage) { pressInDetail(stage, Qt::Key_E, u"e"_s); }}});
    append(showing(u"grant_role"_s, {}));
    append(
        {{Contents::Samples, u"reject"_s + end, [](PictureStage &stage) { pressInDetail(stage, Qt::Key_R, u"r"_s); }}});
    append(
        {{Contents::Samples, {}, [](PictureStage &stage) { stage.stageApproval(stage.requestFor(u"send_email"_s)); }}});
    append({
        // No time may pass: what is staged would be released.
        {Contents::Samples, {}, selecting(u"process_payment"_s)},
        {Contents::Samples, u"staged"_s + end, openDetail},
    });
    append({{Contents::Samples, {}, [](PictureStage &stage) {
                 stage.session().undo(stage.requestFor(u"send_email"_s));
             }}});
    return steps;
}

// Sheets and pages of the window

void closeSheets(PictureStage &stage)
{
    for (auto *sheet : stage.window().findChildren<ui::Sheet *>()) {
        sheet->close();
    }
}

void showHistory(PictureStage &stage)
{
    stage.window().showView(QueueQuery::View::Settled);
    stage.window().queue()->setFocus();
}

Steps windowSteps(const QString &end)
{
    return {
        {Contents::Samples, {}, leaveDetail},
        {Contents::Samples, {}, showHistory},
        {Contents::Samples, u"history"_s + end, [](PictureStage &stage) { stage.window().queue()->moveSelection(1); }},
        {Contents::Samples, {}, selecting(u"process_payment"_s)},
        {Contents::Samples, u"cheat-sheet"_s + end, [](PictureStage &stage) { stage.window().showCheatSheet(); }},
        {Contents::Samples, {}, closeSheets},
        {Contents::Samples, u"palette"_s + end,
         [](PictureStage &stage) {
             stage.window().showPalette();
             stage.window().findChild<QLineEdit *>(u"paletteField"_s)->setText(u"pay"_s);
         }},
        {Contents::Samples, {}, closeSheets},
        {Contents::Samples, u"locked"_s + end, [](PictureStage &stage) { stage.window().lockNow(); }},
        {Contents::Samples, {}, [](PictureStage &stage) { stage.unlock(); }},
        {Contents::Nothing, {}, [](PictureStage &stage) { stage.window().showView(QueueQuery::View::Inbox); }},
        {Contents::Nothing, u"empty"_s + end, {}},
        {Contents::Nothing, u"connections-none"_s + end, [](PictureStage &stage) { stage.window().showConnections(); }},
        {Contents::Nothing, u"tools-none"_s + end, [](PictureStage &stage) { stage.window().showTools(); }},
        {Contents::Untouched, u"first-run"_s + end, {}},
    };
}

// Connections

ui::ConnectionsPane *connections(PictureStage &stage)
{
    return stage.window().findChild<ui::ConnectionsPane *>();
}

Act pressingAtConnections(int key)
{
    return [key](PictureStage &stage) {
        QKeyEvent down(QEvent::KeyPress, key, Qt::NoModifier);
        connections(stage)->handleKey(&down);
    };
}

Act selectingConnection(const QString &name)
{
    return [name](PictureStage &stage) {
        stage.window().showConnections();
        connections(stage)->select(name);
    };
}

/// In the sheet that is open.
Act pressingInSheet(int key, const QString &text)
{
    return [key, text](PictureStage &stage) {
        for (auto *sheet : stage.window().findChildren<ui::Sheet *>()) {
            if (sheet->isOpen()) {
                press(sheet, key, text);
            }
        }
    };
}

void showFrames(PictureStage &stage)
{
    auto *frames = stage.window().findChild<QTableView *>(u"frames"_s);
    frames->setCurrentIndex(frames->model()->index(0, 0));
    frames->setFocus(Qt::TabFocusReason);
    for (QWidget *parent = frames; parent; parent = parent->parentWidget()) {
        if (auto *scroll = qobject_cast<QScrollArea *>(parent)) {
            QTimer::singleShot(100, scroll, [scroll, frames] { scroll->ensureWidgetVisible(frames->parentWidget()); });
        }
    }
}

void breakProfile(PictureStage &stage)
{
    auto *text = stage.window().findChild<QPlainTextEdit *>(u"profileText"_s);
    text->setPlainText(u"{ \"name\": \"expenses\", \"state\": [ { \"list\": \"/pending\", } ] }"_s);
}

Steps connectionSteps(const QString &end)
{
    const auto at = [](const QString &picture, Act act) {
        return PictureStep{Contents::Connected, picture, std::move(act)};
    };
    return {
        at({}, [](PictureStage &stage) { stage.window().showConnections(); }),
        at(u"connections"_s + end, selectingConnection(u"payments-agent"_s)),
        at(u"connection"_s + end, pressingAtConnections(Qt::Key_O)),
        at(u"frames"_s + end, showFrames),
        at(u"profile"_s + end, pressingAtConnections(Qt::Key_E)),
        at(u"profile-problem"_s + end, breakProfile),
        at({}, [](PictureStage &stage) { click(stage, u"builtInProfile"_s); }),
        at({}, closeSheets),
        at(u"remove-connection"_s + end, pressingAtConnections(Qt::Key_Delete)),
        at({}, closeSheets),
        at({}, selectingConnection(u"infra-agent"_s)),
        at(u"connection-waiting"_s + end, pressingAtConnections(Qt::Key_O)),
        at({}, selectingConnection(u"stockroom"_s)),
        at(u"connection-other"_s + end, pressingAtConnections(Qt::Key_O)),
        at(u"identity"_s + end, pressingAtConnections(Qt::Key_I)),
        at({}, closeSheets),
        at({}, [](PictureStage &stage) { stage.askForSignIn(); }),
        at({}, selectingConnection(u"github"_s)),
        at(u"connection-sign-in"_s + end, pressingAtConnections(Qt::Key_O)),
        at(u"sign-in"_s + end, pressingAtConnections(Qt::Key_S)),
        at({}, closeSheets),
        at(u"way-in"_s + end, pressingAtConnections(Qt::Key_N)),
        at(u"add-agent"_s + end, pressingInSheet(Qt::Key_1, u"1"_s)),
        at({}, closeSheets),
        at({}, pressingAtConnections(Qt::Key_N)),
        at(u"add-server"_s + end, pressingInSheet(Qt::Key_2, u"2"_s)),
        at({}, closeSheets),
        at({}, pressingAtConnections(Qt::Key_N)),
        at(u"add-gate"_s + end, pressingInSheet(Qt::Key_3, u"3"_s)),
        at({}, closeSheets),
        at({}, [](PictureStage &stage) { stage.lookForRequests(); }),
        at({}, [](PictureStage &stage) { stage.window().showView(QueueQuery::View::Inbox); }),
        at({}, selecting(u"refund"_s)),
        at({}, openDetail),
        at({}, showingTab(u"facts"_s)),
        at({}, read),
        at(u"chat-approval"_s + end, read),
        at(u"chat"_s + end, showingTab(u"context"_s)),
        at({}, leaveDetail),
    };
}

// Tools

Act pressingAtTools(int key)
{
    return [key](PictureStage &stage) {
        QKeyEvent down(QEvent::KeyPress, key, Qt::NoModifier);
        stage.window().findChild<ui::ToolsPane *>()->handleKey(&down);
    };
}

Act selectingTool(const QString &name)
{
    return [name](PictureStage &stage) {
        stage.window().showTools();
        stage.window().findChild<ui::ToolsPane *>()->select({u"logistics"_s, name});
    };
}

Steps toolSteps(const QString &end)
{
    const auto at = [](const QString &picture, Act act) {
        return PictureStep{Contents::Connected, picture, std::move(act)};
    };
    return {
        at({}, selectingTool(u"create_shipment"_s)),
        at(u"tools"_s + end, pressingAtTools(Qt::Key_Escape)),
        at(u"tool-call"_s + end, pressingAtTools(Qt::Key_O)),
        at(u"tool-asking"_s + end,
           [](PictureStage &stage) { stage.callTool(u"create_shipment"_s, R"({"order_id":"8841","carrier":"DHL"})"); }),
        at({}, [](PictureStage &stage) { stage.approveCall(); }),
        at({}, read),
        at(u"tool-result"_s + end, read),
        at({}, selectingTool(u"track_parcel"_s)),
        at({}, pressingAtTools(Qt::Key_O)),
        at({}, [](PictureStage &stage) { stage.callTool(u"track_parcel"_s, R"({"parcel":"55120"})"); }),
        at({}, [](PictureStage &stage) { stage.approveCall(); }),
        at({}, read),
        at(u"tool-table"_s + end, read),
        at({}, selectingTool({})),
        at({}, pressingAtTools(Qt::Key_Escape)),
    };
}

} // namespace

QString PictureMode::ending() const
{
    return sizeName + (scheme == ui::ColourScheme::Dark ? u"-dark"_s : u"-light"_s);
}

std::vector<PictureMode> pictureModes()
{
    std::vector<PictureMode> modes;
    for (const ui::ColourScheme scheme : {ui::ColourScheme::Light, ui::ColourScheme::Dark}) {
        modes.push_back({scheme, usualSize, usualFontPixels, {}});
        modes.push_back({scheme, smallSize, usualFontPixels, u"-small"_s});
        modes.push_back({scheme, usualSize, largeFontPixels, u"-large-font"_s});
        modes.push_back({scheme, smallSize, largeFontPixels, u"-small-large-font"_s});
    }
    return modes;
}

std::vector<PictureStep> pictureSteps(const QString &ending)
{
    Steps all;
    for (const Steps &steps :
         {queueSteps(ending), requestSteps(ending), connectionSteps(ending), toolSteps(ending), windowSteps(ending)}) {
        all.insert(all.end(), steps.begin(), steps.end());
    }
    return all;
}

} // namespace countersign::desktop
