// SPDX-License-Identifier: Apache-2.0
#include "tests/hygiene/source_tree.h"

#include <QtCore/QRegularExpression>
#include <QtTest/QTest>

#include <map>
#include <optional>

using namespace Qt::StringLiterals;
using namespace countersign::hygiene;

namespace {

/// What a floor may include: the folders it may look into and the Qt modules it may use.
struct Floor {
    QStringList folders;
    QStringList qtModules;
    QStringList libraries; ///< Beginnings of other people's headers that only some floors may name.
};

const QStringList allLibraries{u"sodium"_s,    u"openssl/"_s,    u"sqlite3"_s,
                               u"nlohmann/"_s, u"QtKeychain/"_s, u"qt6keychain/"_s};

// The arrows of the house: base <- domain <- schema <- audit <- store <- engine <- connections <- app/ctl;
// engine <- ui <- app/desktop.
const std::map<QString, Floor> floors{
    {u"core/base"_s, {{u"core/base"_s}, {u"QtCore"_s}, {u"sodium"_s, u"openssl/"_s, u"nlohmann/"_s}}},
    {u"core/domain"_s, {{u"core/base"_s, u"core/domain"_s}, {u"QtCore"_s}, {u"nlohmann/"_s}}},
    {u"core/schema"_s, {{u"core/base"_s, u"core/domain"_s, u"core/schema"_s}, {u"QtCore"_s}, {u"nlohmann/"_s}}},
    {u"core/audit"_s,
     {{u"core/base"_s, u"core/domain"_s, u"core/schema"_s, u"core/audit"_s}, {u"QtCore"_s}, {u"nlohmann/"_s}}},
    {u"core/store"_s,
     {{u"core/base"_s, u"core/domain"_s, u"core/schema"_s, u"core/audit"_s, u"core/store"_s},
      {u"QtCore"_s},
      {u"sqlite3"_s, u"nlohmann/"_s}}},
    {u"core/engine"_s,
     {{u"core/base"_s, u"core/domain"_s, u"core/schema"_s, u"core/audit"_s, u"core/store"_s, u"core/engine"_s},
      {u"QtCore"_s},
      {u"nlohmann/"_s}}},
    {u"core/connections"_s,
     {{u"core/base"_s, u"core/domain"_s, u"core/schema"_s, u"core/audit"_s, u"core/store"_s, u"core/engine"_s,
       u"core/connections"_s},
      {u"QtCore"_s, u"QtNetwork"_s, u"QtWebSockets"_s},
      {u"nlohmann/"_s, u"qt6keychain/"_s}}},
    {u"ui"_s,
     {{u"core"_s, u"ui"_s},
      {u"QtCore"_s, u"QtGui"_s, u"QtWidgets"_s, u"QtSvg"_s, u"QtDBus"_s, u"QtPrintSupport"_s},
      {}}},
    // Sample requests, for both programs.
    {u"app/sample"_s, {{u"core"_s, u"app/sample"_s}, {u"QtCore"_s}, {u"nlohmann/"_s}}},
    // The command line needs no display, so it sees neither the widgets nor Qt's graphical modules.
    {u"app/ctl"_s,
     {{u"core"_s, u"app/sample"_s, u"app/ctl"_s}, {u"QtCore"_s, u"QtNetwork"_s, u"QtWebSockets"_s}, {u"nlohmann/"_s}}},
    {u"app/desktop"_s,
     {{u"core"_s, u"ui"_s, u"app/sample"_s, u"app/desktop"_s},
      {u"QtCore"_s, u"QtGui"_s, u"QtWidgets"_s, u"QtSvg"_s, u"QtDBus"_s, u"QtNetwork"_s, u"QtWebSockets"_s},
      {u"nlohmann/"_s}}},
};

QString floorOf(const QString &path)
{
    for (const auto &[name, floor] : floors) {
        if (path.startsWith(name + u'/')) {
            return name;
        }
    }
    return {};
}

bool isInside(const QString &path, const QStringList &folders)
{
    return std::any_of(folders.begin(), folders.end(),
                       [&path](const QString &folder) { return path.startsWith(folder + u'/'); });
}

std::optional<QString> problemWithQuoted(const QString &name, const QString &included, const Floor &floor)
{
    if (included.endsWith(u".moc"_s) || included.startsWith(u"moc_"_s)) {
        return std::nullopt;
    }
    if (included.contains(u".."_s) || !isInside(included, {u"core"_s, u"ui"_s, u"app"_s, u"tests"_s})) {
        return u"the path of an include starts at the repository root"_s;
    }
    if (!isInside(included, floor.folders)) {
        return u"%1 may not include %2: that arrow points up"_s.arg(name, included);
    }
    return std::nullopt;
}

std::optional<QString> problemWithAngled(const QString &name, const QString &included, const Floor &floor)
{
    static const QRegularExpression bareQt(u"^Q[A-Z]\\w*$"_s);
    static const QRegularExpression qtModule(u"^(Qt[A-Z]\\w*)/(.*)$"_s);
    if (bareQt.match(included).hasMatch()) {
        return u"name the Qt module: <QtCore/QString>, not <QString>"_s;
    }
    if (isInside(included, {u"core"_s, u"ui"_s, u"app"_s, u"tests"_s})) {
        return u"our own headers are included with quotes"_s;
    }
    for (const QString &library : allLibraries) {
        if (included.startsWith(library) && !floor.libraries.contains(library)) {
            return u"%1 may not use <%2>"_s.arg(name, included);
        }
    }
    const QRegularExpressionMatch match = qtModule.match(included);
    if (match.hasMatch() && !allLibraries.contains(match.captured(1) + u'/')) {
        if (match.captured(2).startsWith(u"private/"_s) || !floor.qtModules.contains(match.captured(1))) {
            return u"%1 may not use <%2>"_s.arg(name, included);
        }
    }
    return std::nullopt;
}

/// What is wrong with one include line of a product file; nothing for any other line.
std::optional<QString> layeringProblem(const QString &path, const QString &line)
{
    static const QRegularExpression include(u"^\\s*#\\s*include\\s*([<\"])([^>\"]+)[>\"]"_s);
    const QRegularExpressionMatch match = include.match(line);
    const bool isProduct = path.startsWith(u"core/"_s) || path.startsWith(u"ui/"_s) || path.startsWith(u"app/"_s);
    if (!match.hasMatch() || !isProduct) {
        return std::nullopt;
    }
    const QString name = floorOf(path);
    if (name.isEmpty()) {
        return u"%1 lies on no floor of the house: add its floor to the table of this test"_s.arg(path);
    }
    const Floor &floor = floors.at(name);
    const QString included = match.captured(2);
    return match.captured(1) == u"<"_s ? problemWithAngled(name, included, floor)
                                       : problemWithQuoted(name, included, floor);
}

} // namespace

class TestLayering : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theTableSeesArrows_data();
    void theTableSeesArrows();
    void everyIncludeKeepsTheArrows();
};

void TestLayering::theTableSeesArrows_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("line");
    QTest::addColumn<bool>("allowed");
    const auto row = [](const char *claim, const QString &path, const QString &line, bool allowed) {
        QTest::newRow(claim) << path << line << allowed;
    };
    row("base may use QtCore", u"core/base/a.h"_s, u"#include <QtCore/QString>"_s, true);
    row("base may use the standard library", u"core/base/a.h"_s, u"#include <vector>"_s, true);
    row("base may use libsodium", u"core/base/a.cpp"_s, u"#include <sodium.h>"_s, true);
    row("engine may not use libsodium", u"core/engine/a.cpp"_s, u"#include <sodium.h>"_s, false);
    row("base may not use widgets", u"core/base/a.h"_s, u"#include <QtWidgets/QWidget>"_s, false);
    row("base may not use Gui, spaced", u"core/base/a.h"_s, u"  #  include <QtGui/QImage>"_s, false);
    row("base may not see domain", u"core/base/a.h"_s, u"#include \"core/domain/request.h\""_s, false);
    row("domain may see base", u"core/domain/a.h"_s, u"#include \"core/base/result.h\""_s, true);
    row("domain may not use SQL", u"core/domain/a.cpp"_s, u"#include <QtSql/QSqlQuery>"_s, false);
    row("audit may not see store", u"core/audit/a.cpp"_s, u"#include \"core/store/store.h\""_s, false);
    row("store may use SQL", u"core/store/a.cpp"_s, u"#include <sqlite3.h>"_s, true);
    row("engine may not use SQL", u"core/engine/a.cpp"_s, u"#include <sqlite3.h>"_s, false);
    row("engine may see store", u"core/engine/a.cpp"_s, u"#include \"core/store/store.h\""_s, true);
    row("connections may use sockets", u"core/connections/a.cpp"_s, u"#include <QtWebSockets/QWebSocket>"_s, true);
    row("connections may not use SQL", u"core/connections/a.cpp"_s, u"#include <QtSql/QSqlQuery>"_s, false);
    row("engine may not see connections", u"core/engine/a.cpp"_s, u"#include \"core/connections/transport.h\""_s,
        false);
    row("store may not see engine", u"core/store/a.cpp"_s, u"#include \"core/engine/engine.h\""_s, false);
    row("core may not see ui", u"core/engine/a.cpp"_s, u"#include \"ui/shell/main_window.h\""_s, false);
    row("ui may see core", u"ui/queue/a.cpp"_s, u"#include \"core/engine/engine.h\""_s, true);
    row("ui may not use SQL", u"ui/queue/a.cpp"_s, u"#include <QtSql/QSqlDatabase>"_s, false);
    row("ui may not use sockets", u"ui/queue/a.cpp"_s, u"#include <QtNetwork/QTcpSocket>"_s, false);
    row("ui may not see app", u"ui/queue/a.cpp"_s, u"#include \"app/desktop/options.h\""_s, false);
    row("the desktop may see ui", u"app/desktop/main.cpp"_s, u"#include \"ui/shell/main_window.h\""_s, true);
    row("the command line may not see ui", u"app/ctl/main.cpp"_s, u"#include \"ui/shell/main_window.h\""_s, false);
    row("the command line may not use Gui", u"app/ctl/main.cpp"_s, u"#include <QtGui/QImage>"_s, false);
    row("app may not write SQL", u"app/ctl/main.cpp"_s, u"#include <QtSql/QSqlQuery>"_s, false);
    row("nobody names Qt's private parts", u"ui/queue/a.cpp"_s, u"#include <QtGui/private/qfont_p.h>"_s, false);
    row("nobody climbs", u"core/base/a.h"_s, u"#include \"../domain/request.h\""_s, false);
    row("nobody leaves out the module", u"ui/queue/a.cpp"_s, u"#include <QWidget>"_s, false);
    row("nobody ships a test", u"app/ctl/main.cpp"_s, u"#include \"tests/support/fake_store.h\""_s, false);
    row("a moc file is ours", u"ui/queue/a.cpp"_s, u"#include \"a.moc\""_s, true);
    row("an unknown floor is noticed", u"core/attic/a.cpp"_s, u"#include <vector>"_s, false);
    row("tests may include anything", u"tests/core/a.cpp"_s, u"#include <QtSql/QSqlQuery>"_s, true);
}

void TestLayering::theTableSeesArrows()
{
    QFETCH(QString, path);
    QFETCH(QString, line);
    QFETCH(bool, allowed);
    QCOMPARE(!layeringProblem(path, line).has_value(), allowed);
}

void TestLayering::everyIncludeKeepsTheArrows()
{
    QStringList findings;
    int includeLines = 0;
    for (const SourceFile &file : trackedFiles(QStringLiteral(COUNTERSIGN_SOURCE_DIR))) {
        if (!file.isCpp() || !file.isProduct()) {
            continue;
        }
        const QStringList lines = file.text.split(u'\n');
        for (qsizetype i = 0; i < lines.size(); ++i) {
            includeLines += lines.at(i).startsWith(u"#include"_s) ? 1 : 0;
            if (const std::optional<QString> problem = layeringProblem(file.path, lines.at(i))) {
                findings.append(u"%1:%2: %3"_s.arg(file.path, QString::number(i + 1), *problem));
            }
        }
    }
    QVERIFY2(includeLines > 0, "no include line was found: the test does not see the sources");
    QVERIFY2(findings.isEmpty(), qPrintable(u"\n"_s + findings.join(u'\n')));
}

QTEST_GUILESS_MAIN(TestLayering)
#include "tst_layering.moc"
