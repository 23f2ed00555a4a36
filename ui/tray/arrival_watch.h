// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/domain/request.h"
#include "core/store/store_types.h"

#include <QtCore/QObject>
#include <QtCore/QSet>

#include <vector>

namespace countersign::ui {

class ReviewSession;

/// Tells new requests from changed ones in the change feed, and says when one that was new needs nobody any more. What
/// was there when the window opened is not new. GUI thread.
class ArrivalWatch : public QObject
{
    Q_OBJECT
public:
    explicit ArrivalWatch(ReviewSession &session, QObject *parent = nullptr);

Q_SIGNALS:
    void arrived(const std::vector<countersign::Request> &requests); ///< Open, not deferred, not seen before.
    void settled(const countersign::RequestId &id);                  ///< One of those that arrived.

private:
    void follow(const ChangeSet &changes);
    void sort(const std::vector<Request> &requests);

    ReviewSession &m_session;
    Timestamp m_since;
    QSet<QString> m_waiting; ///< Ids of those that arrived and are open.
    QSet<QString> m_told;    ///< Ids that arrived once; bounded.
};

} // namespace countersign::ui
