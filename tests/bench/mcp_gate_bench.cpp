// SPDX-License-Identifier: Apache-2.0
// What the gate adds to a call that policy lets through, its durable record included: the same server with and without
// the gate, in turns, so that a drift of the machine meets both alike.
#include "tests/bench/mcp_line.h"

#include <unistd.h>

using namespace Qt::Literals::StringLiterals;

namespace countersign::bench {

namespace {

constexpr int calls = 400;
constexpr int slice = 20;
constexpr int manyAtOnce = 100;

/// Durable writes of 4 KiB to this disk, in milliseconds: what no record can be faster than.
std::vector<double> diskWrites(const QString &path)
{
    QFile file(path);
    std::vector<double> times;
    if (!file.open(QIODevice::WriteOnly)) {
        return times;
    }
    const QByteArray page(4096, 'x');
    for (int i = 0; i < 200; ++i) {
        QElapsedTimer timer;
        timer.start();
        file.write(page);
        file.flush();
        ::fdatasync(file.handle());
        times.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    return times;
}

Figure failed(const QString &what)
{
    return {what, 0, {}, u"must work"_s, false};
}

} // namespace

std::vector<Figure> benchMcpGate(const Options &options)
{
    test::CtlRig rig;
    const QString key = rig.enrolAda();
    const QString policy = rig.write(
        u"policy.json"_s, R"({"version":1,"name":"Bench","rules":[{"name":"all","when":true,"do":"allow"}]})");
    const auto applied = rig.run({u"policy"_s, u"apply"_s, policy, u"--by"_s, key});
    if (applied.code != 0) {
        return {failed(u"policy apply: "_s + QString::fromUtf8(applied.err))};
    }
    const QString server = QStringLiteral(COUNTERSIGN_BIN_DIR) + u"/mcp_test_server"_s;
    Line plain(rig, server, {u"/dev/null"_s});
    Line gated(rig, test::CtlRig::executable(),
               {u"mcp-gate"_s, u"--name"_s, u"bench"_s, u"--"_s, server, u"/dev/null"_s});
    const QByteArray arguments = R"({"amount":42,"order":"A-1"})";
    for (int i = 0; i < slice; ++i) { // Both have started up.
        if (plain.timed("echo", arguments) < 0 || gated.timed("echo", arguments) < 0) {
            return {failed(u"a call failed"_s)};
        }
    }
    std::vector<double> without;
    std::vector<double> with;
    for (int i = 0; i < calls / slice; ++i) {
        for (int j = 0; j < slice; ++j) {
            without.push_back(plain.timed("echo", arguments));
        }
        for (int j = 0; j < slice; ++j) {
            with.push_back(gated.timed("echo", arguments));
            if (with.back() < 0) {
                return {failed(u"a call failed"_s)};
            }
        }
    }
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < manyAtOnce; ++i) {
        gated.call("echo", arguments);
    }
    for (int i = 0; i < manyAtOnce; ++i) {
        if (!gated.answer().contains("\"content\"")) {
            return {failed(u"one of 100 calls at once failed"_s)};
        }
    }
    const double atOnce = static_cast<double>(timer.elapsed());
    const QByteArray big = R"({"bytes":10485760})";
    const double bigWithout = plain.timed("big", big);
    const double bigWith = gated.timed("big", big);
    const qint64 before = test::residentKib(gated.process());
    timer.restart();
    for (int i = 0; i < options.calls; ++i) {
        if (gated.timed("echo", arguments) < 0) {
            return {failed(u"call %1 of the long run failed"_s.arg(i))};
        }
    }
    const double perCall = static_cast<double>(timer.elapsed()) / options.calls;
    const double growth = static_cast<double>(test::residentKib(gated.process()) - before);
    const std::vector<double> disk = diskWrites(rig.path(u"disk"_s));
    const double addsMedian = median(with) - median(without);
    const double addsP95 = percentile(with, 0.95) - percentile(without, 0.95);
    return {
        {u"one durable write to this disk, median"_s, median(disk), u"ms"_s, {}, true},
        {u"one durable write to this disk, p95"_s, percentile(disk, 0.95), u"ms"_s, {}, true},
        {u"call without the gate, median"_s, median(without), u"ms"_s, {}, true},
        {u"call without the gate, p95"_s, percentile(without, 0.95), u"ms"_s, {}, true},
        {u"call through the gate, median"_s, median(with), u"ms"_s, {}, true},
        {u"call through the gate, p95"_s, percentile(with, 0.95), u"ms"_s, {}, true},
        {u"the gate adds, median"_s, addsMedian, u"ms"_s, {}, true},
        {u"the gate adds, p95"_s, addsP95, u"ms"_s, u"<= 5"_s, addsP95 <= 5},
        {u"100 calls at once through the gate, all answered"_s, atOnce, u"ms"_s, {}, true},
        {u"10 MB result without the gate"_s, bigWithout, u"ms"_s, {}, bigWithout > 0},
        {u"10 MB result through the gate"_s, bigWith, u"ms"_s, u"passes"_s, bigWith > 0},
        {u"%1 calls through the gate, each"_s.arg(options.calls), perCall, u"ms"_s, {}, true},
        {u"%1 calls: resident memory grew by"_s.arg(options.calls), growth, u"KiB"_s, u"<= 8192"_s, growth <= 8192}};
}

} // namespace countersign::bench
