// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/arming_rule.h"

#include "ui/detail/counted.h"

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

ArmingRule::ArmingRule(const Clock &clock)
    : m_clock(clock)
{}

void ArmingRule::select(const RequestId &request, int revision, const Demands &demands)
{
    m_request = request;
    m_dwell = milliseconds(0);
    m_painted = false;
    m_seen = 0;
    m_total = 0;
    m_criticalEntered = false;
    m_obstacle.clear();
    m_shownRevision = revision;
    m_engineRevision = revision;
    m_demands = demands;
    restart();
}

void ArmingRule::clear()
{
    select({}, 0, {});
}

void ArmingRule::showRevision(int revision, const Demands &demands)
{
    if (isOnScreen()) {
        m_dwell += m_clock.monotonic() - m_since;
    }
    m_painted = false;
    m_shownRevision = revision;
    m_engineRevision = std::max(m_engineRevision, revision);
    m_demands = demands;
    m_criticalEntered = false;
    restart();
}

void ArmingRule::setEngineRevision(int revision)
{
    const bool was = isOnScreen();
    m_engineRevision = revision;
    if (was && !isOnScreen()) {
        m_dwell += m_clock.monotonic() - m_since;
    } else if (!was) {
        restart();
    }
}

void ArmingRule::setRestarting(bool &condition, bool value)
{
    if (condition == value) {
        return;
    }
    const bool was = isOnScreen();
    condition = value;
    if (was && !isOnScreen()) {
        m_dwell += m_clock.monotonic() - m_since;
    }
    restart();
}

void ArmingRule::restart()
{
    m_since = m_clock.monotonic();
    m_readSince = std::max(m_readSince, m_since);
}

void ArmingRule::setPainted(bool painted)
{
    setRestarting(m_painted, painted);
}

void ArmingRule::setWindowActive(bool active)
{
    setRestarting(m_active, active);
}

void ArmingRule::setExposed(bool exposed, const QString &cover)
{
    m_cover = cover;
    setRestarting(m_exposed, exposed);
}

void ArmingRule::setUnlocked(bool unlocked)
{
    setRestarting(m_unlocked, unlocked);
}

void ArmingRule::setDamaged(bool damaged)
{
    setRestarting(m_sound, !damaged);
}

void ArmingRule::setTextFocus(bool inTextField)
{
    if (m_textFocus != inTextField) {
        m_textFocus = inTextField;
        m_focusSince = m_clock.monotonic();
    }
}

void ArmingRule::setObstacle(const QString &sentence)
{
    if (m_obstacle != sentence) {
        m_obstacle = sentence;
        m_clearSince = m_clock.monotonic();
    }
}

void ArmingRule::setSeen(int lines, int total)
{
    const bool was = m_seen >= m_total;
    m_seen = lines;
    m_total = total;
    if (!was && m_seen >= m_total) {
        m_readSince = m_clock.monotonic();
    }
}

void ArmingRule::setCriticalEntered(bool entered)
{
    if (m_criticalEntered != entered) {
        m_criticalEntered = entered;
        m_criticalSince = m_clock.monotonic();
    }
}

bool ArmingRule::isOnScreen() const
{
    return !m_request.isEmpty() && m_painted && m_active && m_exposed && m_unlocked && m_sound &&
           m_shownRevision == m_engineRevision;
}

milliseconds ArmingRule::dwell() const
{
    return m_dwell + (isOnScreen() ? m_clock.monotonic() - m_since : milliseconds(0));
}

std::optional<ArmingRule::Missing> ArmingRule::missing(Act act, Via via) const
{
    if (m_request.isEmpty()) {
        return Missing{tr("Select a request to decide on it.")};
    }
    if (!m_sound) {
        return Missing{tr("Nothing can be decided: the workspace is damaged.")};
    }
    if (!m_unlocked) {
        return Missing{tr("Sign in to decide.")};
    }
    if (m_shownRevision != m_engineRevision) {
        return Missing{tr("This request has just changed. Look again before you decide.")};
    }
    if (!m_painted) {
        return Missing{tr("Still drawing the request…")};
    }
    if (!m_exposed) {
        return Missing{m_cover.isEmpty() ? tr("The window is covered or minimised.")
                                         : tr("“%1” is in front: Esc closes it.").arg(m_cover)};
    }
    if (!m_active) {
        return Missing{tr("The window is not active.")};
    }
    const milliseconds left = m_since + m_demands.delay - m_clock.monotonic();
    if (left > milliseconds(0)) {
        // Rounded up: "0.0 s" would read as ready.
        const double seconds = static_cast<double>((left.count() + 99) / 100) / 10.0;
        return Missing{tr("reading… %1 s").arg(seconds, 0, 'f', 1), left};
    }
    if (via == Via::Letter && m_textFocus) {
        return Missing{tr("You are typing in a field: Esc leaves it, Ctrl+Enter confirms.")};
    }
    if (act == Act::Refuse) {
        return std::nullopt;
    }
    if (!m_obstacle.isEmpty()) {
        return Missing{m_obstacle};
    }
    if (m_demands.wholeSeen && m_seen < m_total) {
        return Missing{
            counted(tr("%1 of %n line(s) seen. Space goes to the next unseen part.", nullptr, m_total), m_total)
                .arg(m_seen)};
    }
    if (!m_demands.criticalLabel.isEmpty() && !m_criticalEntered) {
        return Missing{tr("Type the %1 to approve.").arg(m_demands.criticalLabel)};
    }
    return std::nullopt;
}

ArmingRule::Standing ArmingRule::standing(Act act, Via via) const
{
    if (const std::optional<Missing> lack = missing(act, via)) {
        return {.armed = false, .why = lack->why, .wait = lack->wait};
    }
    const double seconds = static_cast<double>(dwell().count()) / 1000.0;
    if (m_total > 0) {
        return {
            .armed = true,
            .why = m_seen >= m_total
                       ? tr("Armed · everything was on screen (%1 of %2 lines, %3 s)")
                             .arg(QString::number(m_seen), QString::number(m_total), QString::number(seconds, 'f', 0))
                       : tr("Armed · %1 of %2 lines were on screen (%3 s)")
                             .arg(QString::number(m_seen), QString::number(m_total), QString::number(seconds, 'f', 0))};
    }
    return {.armed = true, .why = tr("Armed · on screen for %1 s").arg(QString::number(seconds, 'f', 0))};
}

milliseconds ArmingRule::armedFrom(Act act, Via via) const
{
    milliseconds from = m_since + m_demands.delay;
    if (via == Via::Letter) {
        from = std::max(from, m_focusSince);
    }
    if (act == Act::LetHappen) {
        from = std::max(from, m_clearSince);
        if (m_demands.wholeSeen) {
            from = std::max(from, m_readSince);
        }
        if (!m_demands.criticalLabel.isEmpty()) {
            from = std::max(from, m_criticalSince);
        }
    }
    return from;
}

QString ArmingRule::refusal(Act act, const Press &press) const
{
    if (const std::optional<Missing> lack = missing(act, press.via)) {
        return lack->why;
    }
    if (press.autoRepeat) {
        return tr("A key that is held down does not decide: let go and press again.");
    }
    if (press.at < armedFrom(act, press.via)) {
        return tr("That key went down before the request could be read: press again.");
    }
    return {};
}

milliseconds pressTime(const Clock &clock, quint64 eventTimestamp)
{
    const milliseconds now = clock.monotonic();
    if (eventTimestamp == 0) {
        return now;
    }
    // X11 and Wayland count 32 bits of milliseconds on the monotonic clock; other sources are left alone.
    const auto steady = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
    const auto waited =
        static_cast<qint32>(static_cast<quint32>(steady.count()) - static_cast<quint32>(eventTimestamp));
    constexpr qint32 plausible = 60'000;
    return waited > 0 && waited < plausible ? now - milliseconds(waited) : now;
}

} // namespace countersign::ui
