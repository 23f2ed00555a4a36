// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/command.h"
#include "app/ctl/request_report.h"
#include "core/engine/request_json.h"

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr int defaultLimit = 100;
constexpr int maxLimit = 1'000'000;
constexpr int pageRows = 200;

Result<int> limitOf(const ParsedOptions &options)
{
    const auto given = options.optional(u"limit"_s);
    if (!given) {
        return defaultLimit;
    }
    bool isNumber = false;
    const int limit = given->toInt(&isNumber);
    if (!isNumber || limit < 1 || limit > maxLimit) {
        return usageError(u"--limit takes a whole number from 1 to 1000000."_s);
    }
    return limit;
}

Result<> printRow(Console &console, Session &session, const Request &request, Timestamp now)
{
    if (!console.isJson()) {
        console.line(listLine(request, now));
        return {};
    }
    const Result<RequestDetail> detail = loadDetail(session.store(), request.id);
    if (!detail) {
        return detail.error();
    }
    console.json(requestJson(*detail, now));
    return {};
}

int runList(Invocation &call)
{
    const Result<int> limit = limitOf(call.options);
    if (!limit) {
        return call.console.fail(limit.error());
    }
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s, Session::Need::Read);
    if (!session) {
        return call.console.fail(session.error());
    }
    const Timestamp now = (*session)->clock().now();
    QueueQuery query;
    query.view = QueueQuery::View::All;
    query.now = now;
    query = parseQuery(call.options.value(u"query"_s), query);
    QueueWindow window;
    for (int left = *limit; left > 0;) {
        window.rowCount = std::min(left, pageRows);
        const Result<QueuePage> page = (*session)->store().findRequests(query, window);
        if (!page) {
            return call.console.fail(page.error());
        }
        for (const QueueRow &row : page->rows) {
            if (const Result<> printed = printRow(call.console, **session, row.request, now); !printed) {
                return call.console.fail(printed.error());
            }
        }
        left -= static_cast<int>(page->rows.size());
        if (page->rows.empty() || !page->moreAfter) {
            break;
        }
        window.after = page->rows.back().key;
    }
    return ExitCode::Done;
}

int runShow(Invocation &call)
{
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s, Session::Need::Read);
    if (!session) {
        return call.console.fail(session.error());
    }
    return printCurrent(call.console, **session, RequestId(call.options.arguments().value(0)), Telling::Whole);
}

} // namespace

std::vector<Command> lookingCommands()
{
    return {
        {u"list"_s,
         u"Lists requests, newest first."_s,
         u"The filter language is that of the window: status:pending tool:NAME agent:NAME tier:high pattern:gate and "
         u"free "
         u"text."_s,
         {{},
          0,
          0,
          false,
          {{u"query"_s, u"Q"_s, u"Which requests"_s}, {u"limit"_s, u"N"_s, u"At most so many (100)"_s}}},
         runList},
        {u"show"_s, u"Shows a request whole, with its payload hash."_s, {}, {u"ID"_s, 1, 1, false, {}}, runShow},
    };
}

} // namespace countersign::ctl
