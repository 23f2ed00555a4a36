// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/domain/ids.h"

#include <QtCore/QCoreApplication>

#include <optional>

namespace countersign::ui {

/// Decides whether a key or a click on a decision counts (UX.md section 4). No widget, no timer: the pane tells it what
/// happens, it compares with the clock. GUI thread.
class ArmingRule
{
    Q_DECLARE_TR_FUNCTIONS(countersign::ui::ArmingRule)

public:
    enum class Act {
        LetHappen, ///< Approve, approve as edited, answer: needs everything.
        Refuse, ///< Reject, decline, cancel, request changes: needs all but what the tier wants to be read and typed.
    };
    enum class Via {
        Letter,  ///< A decision key; not while a text field has the focus.
        Click,   ///< A button.
        Confirm, ///< Ctrl+Enter, also inside a text field.
    };
    struct Press {
        std::chrono::milliseconds at{0}; ///< When the key or button went down, on Clock::monotonic().
        Via via = Via::Letter;
        bool autoRepeat = false;
    };
    /// What the tier asks for.
    struct Demands {
        std::chrono::milliseconds delay{800};
        bool wholeSeen = true;
        QString criticalLabel; ///< "amount": what has to be typed. Empty: nothing.
    };
    struct Standing {
        bool armed = false;
        QString why;                       ///< One sentence for the arming line, also when armed.
        std::chrono::milliseconds wait{0}; ///< Until the delay is over; zero when something else is missing.
    };

    explicit ArmingRule(const Clock &clock);

    /// A person selected this request. Nothing is painted yet and nothing was seen.
    void select(const RequestId &request, int revision, const Demands &demands);
    void clear();
    /// The pane shows another revision of the same request: it has to be painted and looked at anew.
    void showRevision(int revision, const Demands &demands);
    /// What the engine has. Other than what is on screen: disarmed until showRevision().
    void setEngineRevision(int revision);

    void setPainted(bool painted); ///< Everything of the shown revision is loaded, laid out and drawn.
    void setWindowActive(bool active);
    /// Not minimised, not wholly covered. \p cover: the part of our own window that is in front, if that is why.
    void setExposed(bool exposed, const QString &cover = {});
    void setUnlocked(bool unlocked); ///< A reviewer is signed in.
    void setDamaged(bool damaged);   ///< The workspace contradicts itself.
    void setTextFocus(bool inTextField);
    /// Why this request cannot be let happen whatever was read ("evidence was swapped"). Empty: nothing.
    void setObstacle(const QString &sentence);
    void setSeen(int lines, int total);
    void setCriticalEntered(bool entered);

    const RequestId &request() const { return m_request; }
    int revision() const { return m_shownRevision; }
    /// How long the shown revision has been painted in an active window.
    std::chrono::milliseconds dwell() const;

    Standing standing(Act act, Via via = Via::Letter) const;
    /// Empty: \p press counts now. Else why it does not, in one sentence.
    QString refusal(Act act, const Press &press) const;

private:
    struct Missing {
        QString why;
        std::chrono::milliseconds wait{0};
    };
    std::optional<Missing> missing(Act act, Via via) const;
    bool isOnScreen() const; ///< Every condition whose loss restarts the clock.
    void setRestarting(bool &condition, bool value);
    void restart();
    std::chrono::milliseconds armedFrom(Act act, Via via) const;

    const Clock &m_clock;
    RequestId m_request;
    int m_shownRevision = 0;
    int m_engineRevision = 0;
    Demands m_demands;
    bool m_painted = false;
    bool m_active = false;
    bool m_exposed = false;
    QString m_cover;
    bool m_unlocked = false;
    bool m_sound = true;
    bool m_textFocus = false;
    QString m_obstacle;
    int m_seen = 0;
    int m_total = 0;
    bool m_criticalEntered = false;
    std::chrono::milliseconds m_since{0};      ///< On screen without a break.
    std::chrono::milliseconds m_dwell{0};      ///< Of earlier stretches.
    std::chrono::milliseconds m_readSince{0};  ///< Seen map complete.
    std::chrono::milliseconds m_clearSince{0}; ///< No obstacle.
    std::chrono::milliseconds m_criticalSince{0};
    std::chrono::milliseconds m_focusSince{0}; ///< Focus outside text fields.
};

/// When an input event happened, on \p clock: now, less the time that it waited in the queue if the platform's
/// timestamp tells. Events that piled up while the window was busy then count for the moment they were made.
std::chrono::milliseconds pressTime(const Clock &clock, quint64 eventTimestamp);

} // namespace countersign::ui
