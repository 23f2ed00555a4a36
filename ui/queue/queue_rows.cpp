// SPDX-License-Identifier: Apache-2.0
// How the queue's model turns a request into the texts of its row.
#include "core/base/visible_text.h"
#include "ui/queue/queue_model.h"

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int longestTitle = 200;

} // namespace

QueueModel::Row QueueModel::makeRow(const QueueRow &stored, int approvals) const
{
    const Request &request = stored.request;
    Row row;
    row.stored = stored;
    row.stored.request.correlation.clear(); // Of no use to a list.
    // Ours and visible already; but somebody without our words may have written into the file.
    row.title = shortened(displayText(originalText(request.summary.left(4 * longestTitle))).text, longestTitle);
    row.tool = visibleStart(request.toolName);
    row.agent = visibleStart(request.agentName);
    if (!request.agentTitle.isEmpty()) {
        row.quote = tr("“%1”", "quotation of the agent's own words").arg(visibleStart(request.agentTitle));
    }
    row.approvals = approvals;
    fillPill(row);
    return row;
}

void QueueModel::fillPill(Row &row) const
{
    const Request &request = row.stored.request;
    row.pill.clear();
    row.pillTone = Tone::Plain;
    const bool undecided = request.isOpen();
    const bool deferred = undecided && request.deferredUntil && *request.deferredUntil > m_now;
    if (row.ghost || !undecided || request.state.lifecycle == Lifecycle::ChangesRequested) {
        const QString word = deferred ? QString() : request.status(m_now);
        row.pill = deferred ? tr("deferred") : statusWords(word);
        row.pillTone = statusTone(word);
    } else if (m_query.view == QueueQuery::View::Deferred && deferred) {
        row.pill = tr("back in %1").arg(timeLeft(*request.deferredUntil - m_now));
    } else if (request.expiresAt) {
        row.pill = timeLeft(*request.expiresAt - m_now);
        row.pillTone = urgency(*request.expiresAt - m_now);
    }
}

QString QueueModel::quorumText(const Row &row) const
{
    const Request &request = row.stored.request;
    if (request.quorum < 2 || !request.isOpen()) {
        return {};
    }
    return tr("%1 of %2", "approvals so far and needed")
        .arg(QString::number(row.approvals), QString::number(request.quorum));
}

QString QueueModel::claimText(const Row &row) const
{
    const Request &request = row.stored.request;
    if (!request.isOpen() || !request.isClaimedAt(m_now)) {
        return {};
    }
    return request.claimedBy == m_reviewer ? tr("you", "who has claimed it") : visibleStart(request.claimedByName, 40);
}

QString QueueModel::spoken(const Row &row) const
{
    const Request &request = row.stored.request;
    QStringList facts;
    facts << tr("%1.").arg(row.title);
    const QString connection = visibleStart(request.connection);
    facts << (row.tool.isEmpty()
                  ? tr("%1 asks through %2: %3.").arg(row.agent, connection, patternWords(request.pattern))
                  : tr("%1 asks through %2: %3, tool %4.")
                        .arg(row.agent, connection, patternWords(request.pattern), row.tool));
    facts << tr("%1 tier.").arg(tierWord(request.tier));
    const QString quorum = quorumText(row);
    if (!quorum.isEmpty()) {
        facts << tr("%1 approvals.").arg(quorum);
    }
    const QString claim = claimText(row);
    if (!claim.isEmpty()) {
        facts << tr("Claimed by %1.").arg(claim);
    }
    if (row.ghost || !request.isOpen() || request.state.lifecycle == Lifecycle::ChangesRequested) {
        facts << tr("Now: %1.").arg(row.pill);
    } else if (request.expiresAt) {
        facts << tr("Due %1.").arg(timeLeftSpoken(*request.expiresAt - m_now));
    } else {
        facts << tr("No deadline.");
    }
    if (!row.quote.isEmpty()) {
        facts << tr("In the agent's own words: %1").arg(row.quote);
    }
    return facts.join(u' ');
}

QVariant QueueModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const Row &row = m_rows[static_cast<size_t>(index.row())];
    const Request &request = row.stored.request;
    switch (role) {
    case Qt::DisplayRole:
        return row.title;
    case Qt::AccessibleTextRole:
        return spoken(row);
    case RequestIdRole:
        return request.id.text();
    case ToolRole:
        return row.tool;
    case AgentRole:
        return row.agent;
    case PatternRole:
        return patternWords(request.pattern);
    case QuoteRole:
        return row.quote;
    case TierRole:
        return static_cast<int>(request.tier);
    case PillRole:
        return row.pill;
    case PillToneRole:
        return static_cast<int>(row.pillTone);
    case QuorumRole:
        return quorumText(row);
    case ClaimRole:
        return claimText(row);
    case GhostRole:
        return row.ghost;
    case UndecidedRole:
        return !row.ghost && request.isOpen();
    case HeadingRole:
        return row.heading;
    default:
        return {};
    }
}

void QueueModel::tick()
{
    m_now = m_clock.now();
    for (int i = 0; i < rowCount(); ++i) {
        Row &row = m_rows[static_cast<size_t>(i)];
        const auto before = std::pair(row.pill, row.pillTone);
        fillPill(row);
        if (before != std::pair(row.pill, row.pillTone)) {
            Q_EMIT dataChanged(index(i), index(i), {PillRole, PillToneRole, Qt::AccessibleTextRole});
        }
    }
    regroup();
}

void QueueModel::regroup()
{
    bool changed = false;
    for (size_t first = 0; first < m_rows.size();) {
        const QString group = groupHeading(m_query.view, m_rows[first].stored.request, m_now);
        int count = 0;
        size_t next = first;
        // A ghost stays with the rows around it, whatever its request says by now.
        for (; next < m_rows.size(); ++next) {
            const Row &row = m_rows[next];
            if (!row.ghost && groupHeading(m_query.view, row.stored.request, m_now) != group && next != first) {
                break;
            }
            count += row.ghost ? 0 : 1;
        }
        // Counted only when all of the group is in the window.
        const bool whole = !(first == 0 && m_moreBefore) && !(next == m_rows.size() && m_moreAfter);
        QString heading = group;
        if (!group.isEmpty() && whole) {
            heading = tr("%1 · %2", "heading of a group and how many rows it has").arg(group, QString::number(count));
        }
        for (size_t row = first; row < next; ++row) {
            const QString wanted = row == first ? heading : QString();
            if (m_rows[row].heading != wanted) {
                m_rows[row].heading = wanted;
                const QModelIndex cell = index(static_cast<int>(row));
                Q_EMIT dataChanged(cell, cell, {HeadingRole});
                changed = true;
            }
        }
        first = next;
    }
    if (changed) {
        Q_EMIT rowsSettled();
    }
}

} // namespace countersign::ui
