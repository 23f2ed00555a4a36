// SPDX-License-Identifier: Apache-2.0
#include "core/store/sqlite_store.h"
#include "tests/bench/report.h"

#include <QtCore/QElapsedTimer>

using namespace Qt::Literals::StringLiterals;

namespace countersign::bench {

std::vector<Figure> benchPages(const Options &options)
{
    const QString path = historyWorkspace(options.folder, options.requests);
    SystemClock clock;
    SystemIdSource ids(clock);
    SqliteOptions access;
    access.access = Access::ReadOnly;
    const Result<std::unique_ptr<Store>> store = openSqliteStore(path, clock, ids, access);
    if (!store) {
        return {{u"open the big workspace: "_s + store.error().message, 0, {}, u"must work"_s, false}};
    }
    QueueQuery query;
    query.view = QueueQuery::View::Settled;
    const auto timeAt = [&](qint64 sequence) {
        std::vector<double> times;
        for (int i = 0; i < 25; ++i) {
            QueueWindow window;
            if (sequence > 0) {
                window.after = QueueKey{sequence + i * 211, QString()};
            }
            QElapsedTimer timer;
            timer.start();
            const Result<QueuePage> page = (*store)->findRequests(query, window);
            times.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
            if (!page || page->rows.empty()) {
                return -1.0;
            }
        }
        return median(times);
    };
    const double newest = timeAt(0);
    double worst = 0;
    for (const double depth : {0.9, 0.5, 0.25, 0.1, 0.01}) {
        const double time = timeAt(static_cast<qint64>(depth * options.requests));
        worst = time < 0 ? 1e9 : std::max(worst, time);
    }
    return {{u"newest page of 200 of the history, median"_s, newest, u"ms"_s, {}, true},
            {u"slowest page at 10 to 99 % depth, median"_s, worst, u"ms"_s, {}, true},
            {u"page at any depth against the newest page"_s, worst / newest, u"x"_s, u"<= 3"_s, worst / newest <= 3}};
}

} // namespace countersign::bench
