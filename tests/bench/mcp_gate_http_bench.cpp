// SPDX-License-Identifier: Apache-2.0
// The gate where HTTP is in play: as a front that clients come to, and before a server at an address. What it adds is
// measured against the same client that talks HTTP to a server without a gate, in turns.
#include "tests/app/mcp_http_client.h"
#include "tests/bench/mcp_line.h"

using namespace Qt::Literals::StringLiterals;

namespace countersign::bench {

namespace {

constexpr int calls = 400;
constexpr int slice = 20;
constexpr int warmUp = 500; ///< Of the long run: caches are full by then, of the database and of the allocator.
const QByteArray arguments = R"({"amount":42,"order":"A-1"})";

using Caller = std::function<double()>; ///< One call, in milliseconds; negative: it failed.

/// A program that says on \p channel at which port it listens.
class Listener
{
public:
    Listener(const test::CtlRig &rig, const QString &program, const QStringList &given,
             QProcess::ProcessChannel channel, const QRegularExpression &said)
        : m_process(rig.startProgram(program, given))
    {
        m_process->setReadChannel(channel);
        QRegularExpressionMatch match;
        while (!match.hasMatch() && (m_process->waitForReadyRead(5000) || m_process->state() != QProcess::NotRunning)) {
            match = said.match(QString::fromUtf8(m_process->peek(64 * 1024)));
        }
        m_port = static_cast<quint16>(match.captured(1).toUInt());
    }
    ~Listener()
    {
        m_process->terminate();
        m_process->waitForFinished(5000);
    }
    Listener(const Listener &) = delete;
    Listener &operator=(const Listener &) = delete;
    quint16 port() const { return m_port; }
    const QProcess &process() const { return *m_process; }

private:
    std::unique_ptr<QProcess> m_process;
    quint16 m_port = 0;
};

double timed(test::McpHttpLine &line)
{
    QElapsedTimer timer;
    timer.start();
    const QByteArray got = line.call("echo", arguments);
    const double ms = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    return got.contains("\"content\"") && !got.contains("\"isError\":true") ? ms : -1;
}

void compare(const QString &what, const Caller &plain, const Caller &gated, std::vector<Figure> &figures)
{
    std::vector<double> without;
    std::vector<double> with;
    for (int i = 0; i < calls / slice; ++i) {
        for (int j = 0; j < slice; ++j) {
            without.push_back(plain());
        }
        for (int j = 0; j < slice; ++j) {
            with.push_back(gated());
        }
    }
    const bool good = std::none_of(with.begin(), with.end(), [](double ms) { return ms < 0; }) &&
                      std::none_of(without.begin(), without.end(), [](double ms) { return ms < 0; });
    const double added = percentile(with, 0.95) - percentile(without, 0.95);
    figures.push_back({what + u": HTTP call without the gate, p95"_s, percentile(without, 0.95), u"ms"_s, {}, true});
    figures.push_back({what + u": call through the gate, p95"_s, percentile(with, 0.95), u"ms"_s, {}, true});
    figures.push_back({what + u": the gate adds, median"_s, median(with) - median(without), u"ms"_s, {}, true});
    figures.push_back({what + u": the gate adds, p95"_s, added, u"ms"_s, u"<= 5"_s, good && added <= 5});
}

void longRun(const QString &what, int count, const Caller &gated, const QProcess &gate, std::vector<Figure> &figures)
{
    for (int i = 0; i < warmUp; ++i) {
        gated();
    }
    const qint64 before = test::residentKib(gate);
    qint64 halfway = before;
    int failed = 0;
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < count; ++i) {
        failed += gated() < 0 ? 1 : 0;
        halfway = i == count / 2 ? test::residentKib(gate) : halfway;
    }
    const qint64 after = test::residentKib(gate);
    const QString run = what + u", %1 calls: "_s.arg(count);
    const auto grew = static_cast<double>(after - before);
    figures.push_back({run + u"each"_s, static_cast<double>(timer.elapsed()) / count, u"ms"_s, {}, true});
    figures.push_back({run + u"failed"_s, static_cast<double>(failed), u""_s, u"0"_s, failed == 0});
    figures.push_back({run + u"resident before"_s, static_cast<double>(before), u"KiB"_s, {}, true});
    figures.push_back({run + u"resident grew by"_s, grew, u"KiB"_s, u"<= 8192"_s, grew <= 8192});
    figures.push_back({run + u"of it in the second half"_s, static_cast<double>(after - halfway), u"KiB"_s, {}, true});
}

} // namespace

std::vector<Figure> benchMcpGateHttp(const Options &options)
{
    test::CtlRig rig;
    const QString key = rig.enrolAda();
    const QString policy = rig.write(
        u"policy.json"_s, R"({"version":1,"name":"Bench","rules":[{"name":"all","when":true,"do":"allow"}]})");
    if (const auto applied = rig.run({u"policy"_s, u"apply"_s, policy, u"--by"_s, key}); applied.code != 0) {
        return {{u"policy apply: "_s + QString::fromUtf8(applied.err), 0, {}, u"must work"_s, false}};
    }
    const QString programs = QStringLiteral(COUNTERSIGN_BIN_DIR);
    const Listener far(rig, programs + u"/mcp_http_test_server"_s, {rig.folder.path()}, QProcess::StandardOutput,
                       QRegularExpression(u"(\\d+)\\n"_s));
    const Listener front(rig, test::CtlRig::executable(),
                         {u"mcp-gate"_s, u"--name"_s, u"front"_s, u"--listen"_s, u"0"_s, u"--no-token"_s, u"--"_s,
                          programs + u"/mcp_test_server"_s, u"/dev/null"_s},
                         QProcess::StandardError, QRegularExpression(u"listening on http://127\\.0\\.0\\.1:(\\d+)/"_s));
    if (far.port() == 0 || front.port() == 0) {
        return {{u"a server did not come up"_s, 0, {}, u"must work"_s, false}};
    }
    test::McpHttpLine plain(far.port());
    test::McpHttpLine fronted(front.port());
    Line gated(rig, test::CtlRig::executable(),
               {u"mcp-gate"_s, u"--name"_s, u"far"_s, u"--url"_s, u"http://127.0.0.1:%1/mcp"_s.arg(far.port())});
    const Caller direct = [&] { return timed(plain); };
    const Caller throughFront = [&] { return timed(fronted); };
    const Caller throughUrl = [&] { return gated.timed("echo", arguments); };
    for (int i = 0; i < slice; ++i) {
        direct(), throughFront(), throughUrl();
    }
    std::vector<Figure> figures;
    compare(u"mcp-gate --listen"_s, direct, throughFront, figures);
    compare(u"mcp-gate --url"_s, direct, throughUrl, figures);
    longRun(u"mcp-gate --listen"_s, options.calls, throughFront, front.process(), figures);
    longRun(u"mcp-gate --url"_s, options.calls, throughUrl, gated.process(), figures);
    return figures;
}

} // namespace countersign::bench
