// SPDX-License-Identifier: Apache-2.0
#include "core/audit/request_replay.h"

namespace countersign {

using namespace Qt::StringLiterals;

QString describeFacts(const RequestFacts &facts)
{
    return u"revision %1, round %2, %3, %4"_s.arg(
        QString::number(facts.revision), QString::number(facts.round), toText(facts.state),
        facts.decision.isEmpty() ? u"no decision"_s : u"decision "_s + shownId(facts.decision));
}

Result<> RequestReplay::finish()
{
    for (auto track = m_tracks.cbegin(); track != m_tracks.cend(); ++track) {
        if (const Result<> checked = checkRows(track.key(), *track); !checked) {
            return checked;
        }
    }
    return {};
}

Result<> RequestReplay::checkRows(const RequestId &id, const Track &track)
{
    const Result<std::optional<Request>> row = m_source.request(id);
    if (!row) {
        return row.error();
    }
    const QString name = u"request "_s + shownId(id.text());
    if (!*row) {
        m_findings.addRow(name, u"It is gone, though entry %1 speaks of it."_s.arg(track.sequence));
        return {};
    }
    const RequestFacts facts = RequestFacts::of(**row);
    if (facts != track.facts) {
        m_findings.addRow(name, u"Its row says (%1), but entry %2 left it with (%3)."_s.arg(
                                    describeFacts(facts), QString::number(track.sequence), describeFacts(track.facts)));
        return {};
    }
    if (const Result<> checked = checkLastRound(**row); !checked) {
        return checked;
    }
    return checkDecisionRows(**row, track);
}

/// The columns that repeat the current round, by which lists sort and people judge.
Result<> RequestReplay::checkLastRound(const Request &row)
{
    const Result<std::vector<Round>> rounds = m_source.rounds(row.id);
    if (!rounds) {
        return rounds.error();
    }
    const QString name = u"request "_s + shownId(row.id.text());
    if (rounds->size() != static_cast<size_t>(row.round)) {
        m_findings.addRow(name, u"It has %1 rounds, but the log speaks of %2."_s.arg(QString::number(rounds->size()),
                                                                                     QString::number(row.round)));
    }
    for (const Round &round : *rounds) {
        if (round.number != row.round) {
            continue;
        }
        const bool contentSame =
            round.contentErased || (row.pattern == round.content.pattern && row.toolName == round.content.toolName);
        if (!contentSame || row.tier != round.policy.tier || row.quorum != round.policy.quorum ||
            row.expiresAt != round.expiresAt) {
            m_findings.addRow(
                name,
                u"Its row does not repeat its round %1 (pattern, tool, tier, quorum, deadline)."_s.arg(round.number));
        }
    }
    return {};
}

Result<> RequestReplay::checkDecisionRows(const Request &row, const Track &track)
{
    const Result<std::vector<Decision>> decisions = m_source.decisions(row.id);
    if (!decisions) {
        return decisions.error();
    }
    const QString name = u"request "_s + shownId(row.id.text());
    // Each decision that the log makes was compared with its row there; so a number is enough to find further rows.
    if (decisions->size() != static_cast<size_t>(track.decisions)) {
        m_findings.addRow(name, u"It has %1 decisions, but the log speaks of %2."_s.arg(
                                    QString::number(decisions->size()), QString::number(track.decisions)));
    }
    int undone = 0;
    for (const Decision &decision : *decisions) {
        const bool current = decision.id.text() == track.facts.decision;
        undone += decision.undone ? 1 : 0;
        const QString which = u"decision "_s + shownId(decision.id.text());
        if (current && (decision.undone || row.verdict != decision.verdict)) {
            m_findings.addRow(which, u"Its row or the one of its request does not say that it stands."_s);
        }
        const Delivery delivery = track.facts.state.delivery;
        const bool released =
            current && delivery != Delivery::None && delivery != Delivery::Staged && delivery != Delivery::Held;
        // What was settled elsewhere may have been so before or after its release.
        const bool unclear = current && track.facts.state.lifecycle == Lifecycle::Superseded;
        if (!unclear && decision.release.has_value() != released) {
            m_findings.addRow(which, u"Its row and the log differ on whether it was released."_s);
        }
    }
    if (undone != track.undone) {
        m_findings.addRow(name, u"It has %1 undone decisions, but the log speaks of %2."_s.arg(
                                    QString::number(undone), QString::number(track.undone)));
    }
    return {};
}

} // namespace countersign
