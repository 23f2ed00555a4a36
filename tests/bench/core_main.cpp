// SPDX-License-Identifier: Apache-2.0
#include "core/base/signature.h"
#include "tests/bench/report.h"

#include <QtCore/QCommandLineParser>
#include <QtCore/QCoreApplication>
#include <QtCore/QLoggingCategory>

#include <sys/stat.h>

using namespace Qt::Literals::StringLiterals;
using namespace countersign::bench;

/// The measurements that need no window.
int main(int argc, char **argv)
{
    ::umask(077);
    QCoreApplication application(argc, argv);
    QLoggingCategory::setFilterRules(u"countersign.*.info=false"_s); // A line for each connection.
    if (!countersign::initCrypto()) {
        return 1;
    }
    QCommandLineParser parser;
    parser.setApplicationDescription(u"Measures Countersign without a window: JSON on stdout, a table on stderr."_s);
    parser.addHelpOption();
    const QCommandLineOption decisions(u"decisions"_s, u"Decisions to time."_s, u"N"_s, u"600"_s);
    const QCommandLineOption calls(u"calls"_s, u"Calls of the gate's long run."_s, u"N"_s, u"10000"_s);
    const QCommandLineOption only(u"only"_s, u"One of decide, delivery, mcp-gate, mcp-gate-http."_s, u"NAME"_s);
    parser.addOptions({decisions, calls, only});
    parser.process(application);
    Options options;
    options.decisions = parser.value(decisions).toInt();
    options.calls = std::max(1, parser.value(calls).toInt());
    std::vector<Figure> figures;
    for (const auto &[name, bench] :
         {std::pair(u"decide"_s, &benchDecide), std::pair(u"delivery"_s, &benchDelivery),
          std::pair(u"mcp-gate"_s, &benchMcpGate), std::pair(u"mcp-gate-http"_s, &benchMcpGateHttp)}) {
        if (!parser.isSet(only) || parser.value(only) == name) {
            const std::vector<Figure> some = bench(options);
            figures.insert(figures.end(), some.begin(), some.end());
        }
    }
    print(figures);
    return 0;
}
