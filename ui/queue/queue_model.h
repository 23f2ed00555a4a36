// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/queue/queue_question.h"
#include "ui/queue/request_words.h"

#include <QtCore/QAbstractListModel>

namespace countersign::ui {

/// The rows of one list: a window of it of at most mostRows; the store holds the rest. Rows come, change and go singly,
/// so that selection survives; a reset happens only for a new question. What arrives is counted and waits for
/// showArrivals(); what leaves the list stays as a ghost until sweepGhosts(). GUI thread.
class QueueModel : public QAbstractListModel
{
    Q_OBJECT
public:
    static constexpr int mostRows = 600;
    static constexpr int pageRows = 200;

    enum Role {
        RequestIdRole = Qt::UserRole, ///< QString.
        ToolRole,                     ///< All texts are visible text.
        AgentRole,
        PatternRole,
        QuoteRole, ///< The agent's own title; empty when there is none.
        TierRole,  ///< int of Tier.
        PillRole,  ///< Time left, or the status word of what is decided. May be empty.
        PillToneRole,
        QuorumRole, ///< "1 of 2"; empty when one vote is enough.
        ClaimRole,  ///< "you" or a name; empty.
        GhostRole,  ///< bool: no longer in this list.
        UndecidedRole,
        HeadingRole, ///< "Today · 6" on the first row of a group, else empty.
    };

    QueueModel(AskQueue ask, const Clock &clock, QObject *parent = nullptr);

    void setQuery(const QueueQuery &query); ///< A new question: resets.
    const QueueQuery &query() const { return m_query; }
    void setReviewer(const ReviewerId &reviewer); ///< Who is "you".

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    RequestId idAt(int row) const;
    int rowOf(const RequestId &id) const; ///< −1: not in the window.

    bool isAnswered() const { return m_answered; } ///< The current question has had its first answer.
    bool hasMoreBefore() const { return m_moreBefore; }
    bool hasMoreAfter() const { return m_moreAfter; }
    bool isWhole() const { return !m_moreBefore && !m_moreAfter; }
    const QueueExtent &extent() const { return m_extent; }
    int arrivals() const { return m_arrivals; }

    enum class End { Before, After };
    void extend(End end);                      ///< Loads the next page at that end and lets go of rows at the other.
    double placeOf(int row) const;             ///< Where in the whole list the row is, 0 to 1.
    void goTo(double place);                   ///< Loads the window there. The last of several calls wins.
    void refresh();                            ///< Something changed: asks again for the rows of the window.
    void showArrivals();                       ///< Takes the new rows in. arrivalsShown() follows.
    void sweepGhosts(const RequestId &except); ///< Removes what left the list.
    void tick();                               ///< Time has passed: due pills and groups.

Q_SIGNALS:
    void answered();                 ///< The first answer to a new question, or to goTo(), stands in the rows.
    void rowsSettled();              ///< Rows or headings were added, changed or removed; lay them out.
    void arrivalsChanged(int count); ///< Rows that wait to be shown.
    void arrivalsShown(const countersign::RequestId &first);
    void loadFailed(const countersign::Error &why);

private:
    struct Row {
        QueueRow stored;
        QString title;
        QString tool;
        QString agent;
        QString quote;
        QString pill;
        Tone pillTone = Tone::Plain;
        QString heading;
        int approvals = 0;
        bool ghost = false;
    };
    enum class Errand { Question, Jump, ExtendBefore, ExtendAfter, Refresh, Arrivals };

    void ask(Errand errand, QueueQuestion question);
    void askAgainForWindow(Errand errand);
    void receive(Errand errand, const QueueAnswer &answer);
    void replaceRows(const QueueAnswer &answer);
    void extendBefore(const QueueAnswer &answer);
    void extendAfter(const QueueAnswer &answer);
    void updateRows(const QueueAnswer &answer);
    void mergeRows(const QueueAnswer &answer);
    void runNextErrand();

    Row makeRow(const QueueRow &stored, int approvals) const;
    bool changeRow(int row, const Request &request, const QueueKey &key, int approvals, bool ghost);
    void removeRange(int first, int last);
    bool belongs(const Request &request) const;
    void fillPill(Row &row) const;
    void regroup();
    void countArrivals(const QueueAnswer &answer);
    void setArrivals(int count);
    QString spoken(const Row &row) const;
    QString quorumText(const Row &row) const;
    QString claimText(const Row &row) const;
    bool isOpenList() const;

    AskQueue m_ask;
    const Clock &m_clock;
    QueueQuery m_query;
    ReviewerId m_reviewer;
    std::vector<Row> m_rows;
    std::optional<QueueKey> m_startKey; ///< Just before the first row. Absent: the window begins at the top.
    qint64 m_startIndex = 0;            ///< Of the first row; kept for open lists only.
    QueueExtent m_extent;
    Timestamp m_now;
    bool m_moreBefore = false;
    bool m_moreAfter = false;
    bool m_answered = false;
    int m_arrivals = 0;

    quint64 m_generation = 0; ///< An answer of an older one is late and dropped.
    bool m_busy = false;
    bool m_refreshWanted = false;
    bool m_arrivalsWanted = false;
    std::optional<double> m_placeWanted;
};

} // namespace countersign::ui
