// SPDX-License-Identifier: Apache-2.0
#include "core/base/signature.h"
#include "tests/bench/report.h"

#include <QtCore/QCommandLineParser>
#include <QtCore/QStandardPaths>
#include <QtWidgets/QApplication>

#include <sys/stat.h>

using namespace Qt::Literals::StringLiterals;
using namespace countersign::bench;

int main(int argc, char **argv)
{
    ::umask(077);
    QApplication application(argc, argv);
    if (!countersign::initCrypto()) {
        return 1;
    }
    QCommandLineParser parser;
    parser.setApplicationDescription(u"Measures Countersign: JSON on stdout, a table on stderr."_s);
    parser.addHelpOption();
    const QCommandLineOption requests(u"requests"_s, u"Decided requests in the big workspace."_s, u"N"_s, u"1000000"_s);
    const QCommandLineOption decisions(u"decisions"_s, u"Decisions to time."_s, u"N"_s, u"600"_s);
    const QCommandLineOption folder(u"folder"_s, u"Where the big workspace is kept between runs."_s, u"DIR"_s,
                                    QCoreApplication::applicationDirPath() + u"/../bench"_s);
    const QCommandLineOption calls(u"calls"_s, u"Calls of the gate's long run."_s, u"N"_s, u"10000"_s);
    const QCommandLineOption only(
        u"only"_s, u"One of decide, delivery, mcp-gate, mcp-gate-http, forms, pages, startup."_s, u"NAME"_s);
    const QCommandLineOption child(u"history-child"_s, u"Internal: print the resident memory with this workspace."_s,
                                   u"FILE"_s);
    parser.addOptions({requests, decisions, calls, folder, only, child});
    parser.process(application);
    if (parser.isSet(child)) {
        return historyChild(parser.value(child));
    }
    Options options;
    options.folder = parser.value(folder);
    options.requests = parser.value(requests).toInt();
    options.decisions = parser.value(decisions).toInt();
    options.calls = std::max(1, parser.value(calls).toInt());
    std::vector<Figure> figures;
    const QString part = parser.value(only);
    for (const auto &[name, bench] :
         {std::pair(u"decide"_s, &benchDecide), std::pair(u"delivery"_s, &benchDelivery),
          std::pair(u"mcp-gate"_s, &benchMcpGate), std::pair(u"mcp-gate-http"_s, &benchMcpGateHttp),
          std::pair(u"forms"_s, &benchForms), std::pair(u"pages"_s, &benchPages),
          std::pair(u"startup"_s, &benchStartup)}) {
        if (part.isEmpty() || part == name) {
            const std::vector<Figure> some = bench(options);
            figures.insert(figures.end(), some.begin(), some.end());
        }
    }
    print(figures);
    return 0;
}
