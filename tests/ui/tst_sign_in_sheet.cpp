// SPDX-License-Identifier: Apache-2.0
#include "core/connections/http_server.h"
#include "tests/support/window_rig.h"
#include "ui/connections/connection_desk.h"
#include "ui/connections/connections_pane.h"
#include "ui/connections/sign_in_sheet.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/flat_button.h"
#include "ui/style/pill.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QUrlQuery>
#include <QtGui/QClipboard>
#include <QtNetwork/QNetworkAccessManager>
#include <QtWidgets/QListWidget>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QScrollBar>

using namespace Qt::Literals::StringLiterals;
using namespace countersign;
using namespace countersign::ui;
using countersign::test::WindowRig;

namespace {

/// An MCP server that wants a sign-in, and its authorization server, on this machine.
class LockedServer
{
public:
    LockedServer()
        : m_server({}, [this](HttpServerExchange &exchange) { answer(exchange); })
    {
        if (!m_server.listen()) {
            qFatal("nothing can be listened to");
        }
    }
    QString origin() const { return u"http://"_s + m_server.authority(); }
    QUrl url() const { return QUrl(origin() + u"/mcp"_s); }

    int codes = 0;    ///< Exchanged for a token.
    int answered = 0; ///< Requests with the token.

private:
    static void say(HttpServerExchange &exchange, const QJsonObject &json, int status = 200)
    {
        exchange.respond(status, {{"Content-Type", "application/json"}}, QJsonDocument(json).toJson());
    }
    void answer(HttpServerExchange &exchange)
    {
        const HttpRequest &request = exchange.request();
        const QString path = QString::fromUtf8(request.path);
        if (path == "/.well-known/oauth-protected-resource/mcp"_L1) {
            say(exchange, {{u"resource"_s, url().toString()},
                           {u"authorization_servers"_s, QJsonArray{origin()}},
                           {u"scopes_supported"_s, QJsonArray{u"files:read"_s}}});
        } else if (path == "/.well-known/oauth-authorization-server"_L1) {
            say(exchange, {{u"issuer"_s, origin()},
                           {u"authorization_endpoint"_s, QString(origin() + u"/authorize"_s)},
                           {u"token_endpoint"_s, QString(origin() + u"/token"_s)},
                           {u"registration_endpoint"_s, QString(origin() + u"/register"_s)},
                           {u"code_challenge_methods_supported"_s, QJsonArray{u"S256"_s}}});
        } else if (path == "/register"_L1) {
            say(exchange, {{u"client_id"_s, u"client-1"_s}}, 201);
        } else if (path == "/token"_L1) {
            ++codes;
            say(exchange, {{u"access_token"_s, u"token-1"_s}, {u"token_type"_s, u"Bearer"_s}});
        } else if (request.header("authorization").value_or(QByteArray()) == "Bearer token-1") {
            ++answered;
            initialize(exchange);
        } else {
            say(exchange, {}, 401);
        }
    }
    void initialize(HttpServerExchange &exchange)
    {
        const QJsonObject asked = QJsonDocument::fromJson(exchange.request().body).object();
        if (asked.value(u"method"_s) != "initialize"_L1) {
            asked.contains(u"id"_s)
                ? say(exchange, {{u"jsonrpc"_s, u"2.0"_s},
                                 {u"id"_s, asked.value(u"id"_s)},
                                 {u"error"_s, QJsonObject{{u"code"_s, -32601}, {u"message"_s, u"unknown"_s}}}})
                : exchange.respond(exchange.request().method == "POST" ? 202 : 405);
            return;
        }
        say(exchange, {{u"jsonrpc"_s, u"2.0"_s},
                       {u"id"_s, asked.value(u"id"_s)},
                       {u"result"_s, QJsonObject{{u"protocolVersion"_s, u"2025-06-18"_s},
                                                 {u"capabilities"_s, QJsonObject()},
                                                 {u"serverInfo"_s,
                                                  QJsonObject{{u"name"_s, u"papers"_s}, {u"version"_s, u"1"_s}}}}}});
    }

    HttpServer m_server;
};

/// The window with a connection to that server, and a browser that does nothing but remember.
struct Stand {
    Stand()
    {
        rig.open();
        desk = std::make_unique<ConnectionDesk>(*rig.session);
        desk->signIns().setBrowser([this](const QUrl &address) {
            opened.append(address);
            return hasBrowser;
        });
        rig.window->setConnections(desk->service());
        desk->start();
    }
    ~Stand()
    {
        rig.window.reset();
        desk.reset();
    }
    void connectTo(const QUrl &server)
    {
        ConnectionService::NewConnection connection;
        connection.name = u"papers"_s;
        connection.kind = u"mcp-http"_s;
        connection.url = server;
        added = desk->service().add(connection);
    }
    ConnectionsPane *pane() const { return rig.window->findChild<ConnectionsPane *>(); }
    SignInSheet *sheet() const { return rig.find<SignInSheet>(u"signInSheet"_s); }
    bool isOpen() const { return sheet() && sheet()->isOpen(); }
    bool waits() const
    {
        const std::optional<ConnectionStatus> status = desk->service().status(u"papers"_s);
        return status && desk->signIns().of(*status);
    }
    ConnectionStatus::Phase phase() const
    {
        const std::optional<ConnectionStatus> status = desk->service().status(u"papers"_s);
        return status ? status->phase : ConnectionStatus::Phase::Off;
    }
    QString words() const { return rig.find<WrapLabel>(u"connectionWords"_s)->text(); }
    /// As the authorization server has the browser do once the person has signed in.
    void comeBack(const QUrl &address)
    {
        const QUrlQuery asked(address);
        QUrl back(asked.queryItemValue(u"redirect_uri"_s, QUrl::FullyDecoded));
        QUrlQuery query;
        query.addQueryItem(u"state"_s, asked.queryItemValue(u"state"_s));
        query.addQueryItem(u"code"_s, u"code-1"_s);
        back.setQuery(query);
        browser.get(QNetworkRequest(back));
    }
    void shoot(const QString &name) const
    {
        if (const QString folder = qEnvironmentVariable("COUNTERSIGN_SCREENSHOTS"); !folder.isEmpty()) {
            QTest::qWait(0); // The layout settles by the event loop.
            rig.window->grab().save(QDir(folder).filePath(name + u".png"_s));
        }
    }
    void shootAll() const
    {
        const QFont usual = QApplication::font();
        shoot(u"sign-in-light"_s);
        applyTheme(*qApp, ColourScheme::Dark);
        shoot(u"sign-in-dark"_s);
        rig.window->resize(1024, 640);
        QFont large = usual;
        large.setPixelSize(26);
        QApplication::setFont(large);
        applyTheme(*qApp, ColourScheme::Light);
        shoot(u"sign-in-large"_s);
        QApplication::setFont(usual);
        applyTheme(*qApp, ColourScheme::Light);
        rig.window->resize(1440, 900);
    }

    WindowRig rig;
    QNetworkAccessManager browser;
    QList<QUrl> opened;
    bool hasBrowser = true;
    std::unique_ptr<ConnectionDesk> desk;
    QFuture<Result<ConnectionStatus>> added;
};

} // namespace

#define OPEN_WAITING(stand, server)                                                                                    \
    QTRY_VERIFY((stand).rig.isAtWork());                                                                               \
    QTRY_VERIFY((stand).rig.window->isActiveWindow());                                                                 \
    (stand).connectTo((server).url());                                                                                 \
    (stand).rig.press(Qt::Key_G);                                                                                      \
    (stand).rig.press(Qt::Key_A);                                                                                      \
    QTRY_VERIFY((stand).pane() && (stand).pane()->isVisible());                                                        \
    QTRY_VERIFY_WITH_TIMEOUT((stand).waits(), 10'000);                                                                 \
    (stand).pane()->select(u"papers"_s);                                                                               \
    QTRY_VERIFY((stand).words().contains(u"S shows the address"_s))

class TestSignInSheet : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ColourScheme::Light); }
    void keysSignIn();
    void notNowStopsUntilAskedAgain();
    void withoutABrowserItGoesOnWaiting();
    void aRemovedConnectionClosesIt();
    void everyQuestionIsSettledOnce();
};

void TestSignInSheet::keysSignIn()
{
    LockedServer server;
    Stand stand;
    OPEN_WAITING(stand, server);
    QVERIFY(!stand.isOpen()); // Nothing comes up by itself over what is being read.
    QTRY_COMPARE(stand.rig.find<Pill>(u"connectionStanding"_s)->text(), u"sign in"_s);
    const auto *list = stand.rig.find<QListWidget>(u"connectionList"_s);
    QTRY_VERIFY2(
        list->item(0)->data(Qt::AccessibleTextRole).toString().startsWith(u"papers, sign in. The server wants"_s),
        qPrintable(list->item(0)->data(Qt::AccessibleTextRole).toString()));
    stand.rig.press(Qt::Key_S);
    QVERIFY(stand.isOpen());
    const auto *scroll = stand.sheet()->findChild<QScrollArea *>();
    QTRY_VERIFY2(scroll->verticalScrollBar()->maximum() == 0, // There is room for all of it.
                 qPrintable(QString::number(scroll->verticalScrollBar()->maximum())));
    const QString facts = stand.rig.find<WrapLabel>(u"signInFacts"_s)->text();
    QVERIFY2(facts.contains(server.url().toString()) && facts.contains(server.origin()) &&
                 facts.contains(u"files:read"_s),
             qPrintable(facts));
    const QString whole = stand.rig.find<QWidget>(u"wholeAddress"_s)->property("text").toString();
    QVERIFY2(whole.startsWith(server.origin() + u"/authorize?"_s), qPrintable(whole));
    stand.shootAll();
    QCOMPARE(QApplication::focusWidget()->objectName(), u"signInNotNow"_s);
    QVERIFY(stand.opened.isEmpty());
    stand.rig.press(Qt::Key_Tab);
    stand.rig.press(Qt::Key_Tab);
    QCOMPARE(QApplication::focusWidget()->objectName(), u"signInOpen"_s);
    stand.rig.press(Qt::Key_Space);
    QCOMPARE(stand.opened.size(), 1);
    QCOMPARE(QString::fromLatin1(stand.opened.first().toEncoded()), whole);
    QVERIFY(!stand.isOpen());
    QTRY_VERIFY(stand.words().contains(u"S opens it again"_s));
    QCOMPARE(stand.phase(), ConnectionStatus::Phase::Connecting);
    stand.comeBack(stand.opened.first());
    QTRY_COMPARE_WITH_TIMEOUT(stand.phase(), ConnectionStatus::Phase::Open, 10'000);
    QCOMPARE(server.codes, 1);
    QVERIFY(server.answered > 0);
    QVERIFY(!stand.waits());
}

void TestSignInSheet::notNowStopsUntilAskedAgain()
{
    LockedServer server;
    Stand stand;
    OPEN_WAITING(stand, server);
    stand.rig.press(Qt::Key_S);
    stand.rig.press(Qt::Key_Escape);
    QVERIFY(!stand.isOpen());
    QVERIFY(!stand.waits());
    QTRY_COMPARE(stand.phase(), ConnectionStatus::Phase::Stopped);
    QTRY_VERIFY(stand.words().contains(u"You did not sign in. Try now (R) asks again."_s));
    QVERIFY(!stand.words().contains(u"terminal"_s));
    stand.rig.press(Qt::Key_R);
    QTRY_VERIFY_WITH_TIMEOUT(stand.waits(), 10'000);
    QVERIFY(stand.opened.isEmpty());
}

void TestSignInSheet::withoutABrowserItGoesOnWaiting()
{
    LockedServer server;
    Stand stand;
    stand.hasBrowser = false;
    OPEN_WAITING(stand, server);
    stand.rig.press(Qt::Key_S);
    stand.rig.find<FlatButton>(u"signInOpen"_s)->setFocus();
    stand.rig.press(Qt::Key_Space);
    QVERIFY(stand.isOpen());
    QVERIFY(stand.waits());
    QVERIFY(stand.rig.find<WrapLabel>(u"signInSaid"_s)->text().startsWith(u"No browser could be opened"_s));
    stand.rig.find<FlatButton>(u"signInCopy"_s)->setFocus();
    stand.rig.press(Qt::Key_Space);
    const QUrl copied(QApplication::clipboard()->text());
    QCOMPARE(copied, stand.opened.first());
    stand.comeBack(copied); // Opened by hand, it works as well.
    QTRY_COMPARE_WITH_TIMEOUT(stand.phase(), ConnectionStatus::Phase::Open, 10'000);
    QTRY_VERIFY(!stand.isOpen());
}

void TestSignInSheet::aRemovedConnectionClosesIt()
{
    LockedServer server;
    Stand stand;
    OPEN_WAITING(stand, server);
    stand.rig.press(Qt::Key_S);
    QVERIFY(stand.isOpen());
    const QFuture<Result<>> removed = stand.desk->service().remove(u"papers"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!stand.isOpen(), 10'000);
    QVERIFY(!stand.waits());
    QVERIFY(stand.opened.isEmpty());
}

void TestSignInSheet::everyQuestionIsSettledOnce()
{
    LockedServer server;
    Stand stand;
    OPEN_WAITING(stand, server);
    SignIns &signIns = stand.desk->signIns();
    const std::optional<ConnectionStatus> status = stand.desk->service().status(u"papers"_s);
    signIns.refuse(signIns.of(*status)->number);
    QTRY_COMPARE(stand.phase(), ConnectionStatus::Phase::Stopped);
    const mcp::SignInQuestion question{server.url(), server.origin(), {}, QUrl(server.origin() + u"/authorize"_s)};
    QList<bool> settled;
    const auto note = [&settled](const Result<> &result) { settled.append(result.hasValue()); };
    // Opened twice, and refused after that.
    signIns.ask(question, note);
    const int first = signIns.of(*status)->number;
    QVERIFY(signIns.open(first));
    QVERIFY(signIns.open(first));
    signIns.refuse(first);
    QCOMPARE(settled, QList<bool>{true});
    QVERIFY(!signIns.open(first));
    // Refused twice.
    settled.clear();
    signIns.ask(question, note);
    const int second = signIns.of(*status)->number;
    signIns.refuse(second);
    signIns.refuse(second);
    QCOMPARE(settled, QList<bool>{false});
    // Of no connection of ours.
    settled.clear();
    signIns.ask({QUrl(u"https://elsewhere.example/mcp"_s), {}, {}, {}}, note);
    QCOMPARE(settled, QList<bool>{false});
    // With the window.
    settled.clear();
    signIns.ask(question, note);
    stand.rig.window.reset();
    stand.desk.reset();
    QCOMPARE(settled, QList<bool>{false});
}

QTEST_MAIN(TestSignInSheet)
#include "tst_sign_in_sheet.moc"
