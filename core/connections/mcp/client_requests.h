// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/engine_door.h"
#include "core/connections/mcp/question_desk.h"

#include <map>

namespace countersign::mcp {

/// Puts the questions of one server into the inbox and gives people's answers back: each once. Lives on the thread of
/// the client.
class ClientRequests final : public QObject, public InputHandler
{
    Q_OBJECT
public:
    /// \p door and \p scheduler outlive it.
    ClientRequests(EngineDoor &door, Scheduler &scheduler, QuestionSource source, QObject *parent = nullptr);

    /// Who is answered from now on; null: nobody, and what waits is withdrawn.
    void setClient(Client *client);
    void ask(const InputRequest &request) override;
    void withdraw(InputRequest::Id id, const QString &why) override;
    /// Something changed in the workspace: perhaps an answer.
    void poke();
    /// Questions that wait, or whose answer is on its way.
    int openCount() const { return static_cast<int>(m_open.size()); }

Q_SIGNALS:
    void openCountChanged();
    /// One sentence for people: a question that could not be put, an answer that could not be recorded.
    void troubled(const QString &words);

private:
    struct Open {
        InputRequest::Id input = 0;
        RequestId request;    ///< Null: not filed yet.
        bool isTaken = false; ///< Its answer is being given.
        QString takenBack;    ///< Not empty: to be withdrawn as soon as it is filed.
    };
    void filed(quint64 key, const Result<RequestId> &id);
    void give(const QuestionDesk::Answered &answered);
    void takeBack(const RequestId &id, const QString &why);
    void watch();

    EngineDoor &m_door;
    Scheduler &m_scheduler;
    QuestionSource m_source;
    Client *m_client = nullptr;
    std::map<quint64, Open> m_open; ///< By a number of ours: clients come and go and count anew.
    quint64 m_keys = 0;
    QString m_toldWaits;
    bool m_isLooking = false;
    bool m_looksAgain = false;
    bool m_isWatching = false;
};

} // namespace countersign::mcp
