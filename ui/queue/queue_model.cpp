// SPDX-License-Identifier: Apache-2.0
#include "ui/queue/queue_model.h"

#include "core/engine/workspace_threads.h"

#include <QtCore/QSet>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {

QueueModel::QueueModel(AskQueue ask, const Clock &clock, QObject *parent)
    : QAbstractListModel(parent)
    , m_ask(std::move(ask))
    , m_clock(clock)
    , m_now(clock.now())
{}

void QueueModel::setQuery(const QueueQuery &query)
{
    m_query = query;
    m_placeWanted.reset();
    m_refreshWanted = false;
    m_arrivalsWanted = false;
    ask(Errand::Question, {});
}

void QueueModel::setReviewer(const ReviewerId &reviewer)
{
    if (m_reviewer == reviewer) {
        return;
    }
    m_reviewer = reviewer;
    if (!m_rows.empty()) {
        Q_EMIT dataChanged(index(0), index(rowCount() - 1), {ClaimRole, Qt::AccessibleTextRole});
    }
}

int QueueModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

RequestId QueueModel::idAt(int row) const
{
    return row >= 0 && row < rowCount() ? m_rows[static_cast<size_t>(row)].stored.request.id : RequestId();
}

int QueueModel::rowOf(const RequestId &id) const
{
    const auto found =
        std::find_if(m_rows.begin(), m_rows.end(), [&id](const Row &row) { return row.stored.request.id == id; });
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

// Asking. One errand is under way at a time; what is wanted meanwhile waits, and only the latest of it.

void QueueModel::ask(Errand errand, QueueQuestion question)
{
    ++m_generation;
    m_busy = true;
    m_query.now = m_clock.now();
    question.query = m_query;
    whenDone(m_ask(question), this, [this, errand, generation = m_generation](const Result<QueueAnswer> &answer) {
        if (generation != m_generation) {
            return; // The reviewer has moved on: this answers an older question.
        }
        m_busy = false;
        if (answer) {
            receive(errand, *answer);
        } else {
            Q_EMIT loadFailed(answer.error());
        }
        if (!m_busy) {
            runNextErrand();
        }
    });
}

void QueueModel::runNextErrand()
{
    if (const auto place = std::exchange(m_placeWanted, std::nullopt)) {
        goTo(*place);
    } else if (std::exchange(m_arrivalsWanted, false)) {
        m_refreshWanted = false;
        askAgainForWindow(Errand::Arrivals);
    } else if (std::exchange(m_refreshWanted, false)) {
        askAgainForWindow(Errand::Refresh);
    }
}

void QueueModel::refresh()
{
    m_refreshWanted = true;
    if (!m_busy) {
        runNextErrand();
    }
}

void QueueModel::showArrivals()
{
    m_arrivalsWanted = true;
    if (!m_busy) {
        runNextErrand();
    }
}

void QueueModel::askAgainForWindow(Errand errand)
{
    QueueQuestion question;
    question.window.after = m_startKey;
    // Somewhat more than is there, to see what has come in between.
    question.window.rowCount = std::clamp(rowCount() + pageRows / 2, pageRows, mostRows + pageRows / 2);
    for (const Row &row : m_rows) {
        question.known.push_back(row.stored.request.id);
    }
    ask(errand, std::move(question));
}

void QueueModel::extend(End end)
{
    const bool more = end == End::Before ? m_moreBefore : m_moreAfter;
    if (m_busy || !more || m_rows.empty()) {
        return;
    }
    QueueQuestion question;
    question.wantsExtent = false;
    if (end == End::Before) {
        question.window.before = m_rows.front().stored.key;
        question.window.rowCount = pageRows + 1; // The first becomes the key just before the window.
        ask(Errand::ExtendBefore, std::move(question));
    } else {
        question.window.after = m_rows.back().stored.key;
        question.window.rowCount = pageRows;
        ask(Errand::ExtendAfter, std::move(question));
    }
}

double QueueModel::placeOf(int row) const
{
    if (row < 0 || row >= rowCount()) {
        return 0.0;
    }
    double place = 0.0;
    if (isOpenList()) {
        place = static_cast<double>(m_startIndex + row) / static_cast<double>(std::max<qint64>(m_extent.count, 1));
    } else {
        // Sequences are dense, so that the distance in them is the distance in rows.
        const auto length = static_cast<double>(m_extent.lastPrimary - m_extent.firstPrimary);
        const auto way =
            static_cast<double>(m_rows[static_cast<size_t>(row)].stored.key.primary - m_extent.firstPrimary);
        place = length == 0.0 ? 0.0 : way / length;
    }
    return std::clamp(place, 0.0, 1.0);
}

void QueueModel::goTo(double place)
{
    if (m_busy) {
        m_placeWanted = place;
        return;
    }
    const bool newestFirst = m_extent.firstPrimary > m_extent.lastPrimary;
    QueueQuestion question;
    if (place >= 1.0) {
        question.window.before = QueueKey{m_extent.lastPrimary + (newestFirst ? -1 : 1), {}};
    } else if (place > 0.0 && isOpenList()) {
        question.startIndex = static_cast<qint64>(place * static_cast<double>(m_extent.count));
    } else if (place > 0.0) {
        const auto way = static_cast<double>(m_extent.lastPrimary - m_extent.firstPrimary) * place;
        const qint64 primary = m_extent.firstPrimary + static_cast<qint64>(way);
        question.window.after = QueueKey{primary + (newestFirst ? 1 : 0), {}};
    }
    ask(Errand::Jump, std::move(question));
    m_placeWanted.reset();
}

// Receiving

void QueueModel::receive(Errand errand, const QueueAnswer &answer)
{
    m_now = m_query.now;
    if (answer.extent) {
        m_extent = *answer.extent;
    }
    switch (errand) {
    case Errand::Question:
    case Errand::Jump:
        replaceRows(answer);
        break;
    case Errand::ExtendBefore:
        extendBefore(answer);
        break;
    case Errand::ExtendAfter:
        extendAfter(answer);
        break;
    case Errand::Refresh:
        updateRows(answer);
        break;
    case Errand::Arrivals:
        mergeRows(answer);
        break;
    }
    regroup();
    Q_EMIT rowsSettled();
    if (errand == Errand::Question || errand == Errand::Jump) {
        Q_EMIT answered();
    }
}

void QueueModel::replaceRows(const QueueAnswer &answer)
{
    beginResetModel();
    m_rows.clear();
    for (const QueueRow &row : answer.page.rows) {
        m_rows.push_back(makeRow(row, answer.approvals.value(row.request.id)));
    }
    m_moreBefore = answer.page.moreBefore;
    m_moreAfter = answer.page.moreAfter;
    m_startIndex = answer.startIndex;
    m_startKey = answer.startKey;
    if (!m_startKey && m_moreBefore && !m_rows.empty()) {
        m_startKey = m_rows.front().stored.key; // Lets the first row go: its place is then the key before the window.
        m_rows.erase(m_rows.begin());
    }
    if (m_moreBefore && !m_moreAfter && isOpenList()) {
        m_startIndex = std::max<qint64>(0, m_extent.count - static_cast<qint64>(m_rows.size()));
    }
    m_answered = true;
    endResetModel();
    setArrivals(0);
}

void QueueModel::extendBefore(const QueueAnswer &answer)
{
    auto first = answer.page.rows.begin();
    if (answer.page.moreBefore && first != answer.page.rows.end()) {
        m_startKey = first->key;
        ++first;
    } else {
        m_startKey.reset();
    }
    m_moreBefore = answer.page.moreBefore;
    std::vector<Row> rows;
    for (auto row = first; row != answer.page.rows.end(); ++row) {
        if (rowOf(row->request.id) < 0) {
            rows.push_back(makeRow(*row, answer.approvals.value(row->request.id)));
        }
    }
    if (!rows.empty()) {
        beginInsertRows({}, 0, static_cast<int>(rows.size()) - 1);
        m_rows.insert(m_rows.begin(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
        endInsertRows();
        m_startIndex = std::max<qint64>(0, m_startIndex - static_cast<qint64>(rows.size()));
    }
    if (rowCount() > mostRows) {
        removeRange(mostRows, rowCount() - 1);
        m_moreAfter = true;
    }
    if (!m_moreBefore) {
        m_startIndex = 0;
    }
}

void QueueModel::extendAfter(const QueueAnswer &answer)
{
    m_moreAfter = answer.page.moreAfter;
    std::vector<Row> rows;
    for (const QueueRow &row : answer.page.rows) {
        if (rowOf(row.request.id) < 0) {
            rows.push_back(makeRow(row, answer.approvals.value(row.request.id)));
        }
    }
    // Room first, so that the bound holds at every moment.
    const int surplus = rowCount() + static_cast<int>(rows.size()) - mostRows;
    if (surplus > 0) {
        m_startKey = m_rows[static_cast<size_t>(surplus) - 1].stored.key;
        removeRange(0, surplus - 1);
        m_moreBefore = true;
        m_startIndex += surplus;
    }
    if (!rows.empty()) {
        beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(rows.size()) - 1);
        m_rows.insert(m_rows.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
        endInsertRows();
    }
}

void QueueModel::updateRows(const QueueAnswer &answer)
{
    if (m_rows.empty()) {
        mergeRows(answer); // Nothing can move: nothing was there.
        return;
    }
    for (const QueueRow &row : answer.page.rows) {
        if (const int known = rowOf(row.request.id); known >= 0) {
            changeRow(known, row.request, row.key, answer.approvals.value(row.request.id), false);
        }
    }
    for (const Request &request : answer.elsewhere) {
        if (const int known = rowOf(request.id); known >= 0) {
            const Row &row = m_rows[static_cast<size_t>(known)];
            changeRow(known, request, row.stored.key, row.approvals, !belongs(request));
        }
    }
    countArrivals(answer);
}

void QueueModel::countArrivals(const QueueAnswer &answer)
{
    const auto isKnown = [this](const QueueRow &row) { return rowOf(row.request.id) >= 0; };
    const auto &rows = answer.page.rows;
    auto end = rows.end();
    if (m_moreAfter) { // Below the last known row lies what has not been loaded yet: nothing new.
        end = std::find_if(rows.rbegin(), rows.rend(), isKnown).base();
    }
    setArrivals(static_cast<int>(std::count_if(rows.begin(), end, std::not_fn(isKnown))));
}

void QueueModel::mergeRows(const QueueAnswer &answer)
{
    const bool wasEmpty = m_rows.empty();
    std::vector<QueueRow> wanted = answer.page.rows;
    m_moreAfter = answer.page.moreAfter || wanted.size() > mostRows;
    wanted.resize(std::min<size_t>(wanted.size(), mostRows));
    QSet<RequestId> ids;
    for (const QueueRow &row : wanted) {
        ids.insert(row.request.id);
    }
    for (int row = rowCount() - 1; row >= 0; --row) {
        if (!ids.contains(idAt(row))) {
            removeRange(row, row);
        }
    }
    RequestId first;
    for (size_t place = 0; place < wanted.size(); ++place) {
        const QueueRow &row = wanted[place];
        const int approvals = answer.approvals.value(row.request.id);
        const int to = static_cast<int>(place);
        const int known = rowOf(row.request.id);
        if (known < 0) {
            beginInsertRows({}, to, to);
            m_rows.insert(m_rows.begin() + to, makeRow(row, approvals));
            endInsertRows();
            first = first.isEmpty() ? row.request.id : first;
            continue;
        }
        if (known != to) {
            beginMoveRows({}, known, known, {}, to);
            std::rotate(m_rows.begin() + to, m_rows.begin() + known, m_rows.begin() + known + 1);
            endMoveRows();
        }
        changeRow(to, row.request, row.key, approvals, false);
    }
    setArrivals(0);
    if (!first.isEmpty() && !wasEmpty) {
        Q_EMIT arrivalsShown(first);
    }
}

bool QueueModel::changeRow(int row, const Request &request, const QueueKey &key, int approvals, bool ghost)
{
    Row &present = m_rows[static_cast<size_t>(row)];
    present.stored.key = key;
    const bool same = present.stored.request == request && present.approvals == approvals && present.ghost == ghost;
    if (same) {
        return false;
    }
    Row changed = makeRow({key, request}, approvals);
    changed.heading = present.heading;
    changed.ghost = ghost;
    fillPill(changed);
    present = std::move(changed);
    Q_EMIT dataChanged(index(row), index(row));
    return true;
}

void QueueModel::removeRange(int first, int last)
{
    beginRemoveRows({}, first, last);
    m_rows.erase(m_rows.begin() + first, m_rows.begin() + last + 1);
    endRemoveRows();
}

void QueueModel::sweepGhosts(const RequestId &except)
{
    bool swept = false;
    for (int row = rowCount() - 1; row >= 0; --row) {
        const Row &candidate = m_rows[static_cast<size_t>(row)];
        if (candidate.ghost && candidate.stored.request.id != except) {
            removeRange(row, row);
            swept = true;
        }
    }
    if (swept) {
        regroup();
        Q_EMIT rowsSettled();
    }
}

bool QueueModel::isOpenList() const
{
    return m_query.view != QueueQuery::View::Settled && m_query.view != QueueQuery::View::All;
}

bool QueueModel::belongs(const Request &request) const
{
    const bool deferred = request.deferredUntil && *request.deferredUntil > m_now;
    switch (m_query.view) {
    case QueueQuery::View::Inbox:
        return request.isOpen() && !deferred;
    case QueueQuery::View::Claimed:
        return request.isOpen() && request.isClaimedAt(m_now) && request.claimedBy == m_query.reviewer;
    case QueueQuery::View::Deferred:
        return request.isOpen() && deferred;
    case QueueQuery::View::Staged:
        return request.state.delivery == Delivery::Staged || request.state.delivery == Delivery::Held;
    case QueueQuery::View::Settled:
        return !request.isOpen();
    case QueueQuery::View::All:
        break;
    }
    return true;
}

void QueueModel::setArrivals(int count)
{
    if (count != m_arrivals) {
        m_arrivals = count;
        Q_EMIT arrivalsChanged(count);
    }
}

} // namespace countersign::ui
