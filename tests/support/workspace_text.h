// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/domain/statements.h"
#include "core/engine/engine.h"

#include <QtCore/QStringList>

namespace countersign::test {

/// A workspace as text that says the same about two runs of one scenario, although their ids, times and salts differ.
/// Requests are named by their idempotency keys. What a new process adds by itself when it finds the staged decisions
/// of a dead one (`decision.held`) is left out.
class WorkspaceText
{
public:
    explicit WorkspaceText(StoreReader &store)
        : m_store(store)
    {}

    QString text()
    {
        QueueQuery all;
        all.view = QueueQuery::View::All;
        QueueWindow window;
        window.rowCount = 1000;
        const QueuePage page = valueOf(m_store.findRequests(all, window));
        for (const QueueRow &row : page.rows) {
            const Request &request = row.request;
            m_names.insert(request.id.text(),
                           request.idempotencyKey.isEmpty() ? request.id.text() : request.idempotencyKey);
        }
        for (const QueueRow &row : page.rows) {
            add(row.request);
        }
        for (const Reviewer &reviewer : valueOf(m_store.reviewers())) {
            m_names.insert(reviewer.id.text(), reviewer.name);
            m_lines += QStringLiteral("reviewer %1 %2%3%4")
                           .arg(reviewer.name, reviewer.key.fingerprint().shortHex(),
                                reviewer.administrator ? QStringLiteral(" administrator") : QString(),
                                reviewer.isActive() ? QString() : QStringLiteral(" disabled"));
        }
        m_lines.sort();
        qint64 entries = 0;
        for (const StoreReader::SealedEvent &sealed : valueOf(m_store.events(1, 100'000))) {
            const AuditEvent &event = sealed.event;
            if (event.kind != QLatin1String("decision.held")) {
                m_lines += QStringLiteral("event %1 %2 %3")
                               .arg(QString::number(++entries), event.kind, m_names.value(event.subject));
            }
        }
        m_lines += m_store.strayRows().value();
        return m_lines.join(u'\n') + u'\n';
    }

private:
    void add(const Request &request)
    {
        const QString name = m_names.value(request.id.text());
        m_lines += QStringLiteral("request %1 %2 round %3 tier %4 claimed %5 deferred %6 delegated %7 place %8 note %9")
                       .arg(name, toText(request.state), QString::number(request.round), toText(request.tier),
                            request.claimedByName, yes(request.deferredUntil.has_value()),
                            yes(request.delegatedTo.has_value()), QString::number(request.settledSequence),
                            request.settledNote);
        if (request.verdict) {
            m_lines += QStringLiteral("request %1 verdict %2").arg(name, toText(*request.verdict));
        }
        for (const Round &round : valueOf(m_store.rounds(request.id))) {
            m_lines += QStringLiteral("request %1 round %2 %3")
                           .arg(name, QString::number(round.number), round.intakeHash.shortHex());
        }
        for (const QString &kind : {QStringLiteral("vote"), QStringLiteral("undo"), QStringLiteral("release")}) {
            const auto count = m_store.statements(kind, request.id.text()).value().size();
            if (count > 0) {
                m_lines += QStringLiteral("request %1 has %2 of %3").arg(name, QString::number(count), kind);
            }
        }
        int number = 0;
        for (const Decision &decision : valueOf(m_store.decisions(request.id))) {
            QStringList attempts;
            for (const DeliveryAttempt &attempt : valueOf(m_store.deliveryAttempts(decision.id))) {
                attempts += attempt.result;
            }
            m_lines +=
                QStringLiteral("request %1 decision %2 %3 by %4 undone %5 released %6 acknowledged %7 attempts %8")
                    .arg(name, QString::number(++number), toText(decision.verdict), decision.reviewerName,
                         yes(decision.undone), yes(decision.release.has_value()),
                         yes(decision.acknowledgedAt.has_value()), attempts.join(u','));
        }
        for (const Outcome &outcome : valueOf(m_store.outcomes(request.id))) {
            m_lines +=
                QStringLiteral("request %1 outcome %2").arg(name, QString::number(outcome.exitCode.value_or(-1)));
        }
        for (const Reviewer &reviewer : valueOf(m_store.reviewers())) {
            if (const auto draft = valueOf(m_store.draft(request.id, reviewer.id))) {
                m_lines += QStringLiteral("request %1 draft of %2: %3")
                               .arg(name, reviewer.name, QString::fromUtf8(draft->body));
            }
        }
    }
    /// By value: a range-for does not keep a Result alive whose value it walks.
    template<typename T>
    static T valueOf(Result<T> result)
    {
        return std::move(result).value();
    }
    static QString yes(bool is) { return is ? QStringLiteral("yes") : QStringLiteral("no"); }

    StoreReader &m_store;
    QHash<QString, QString> m_names;
    QStringList m_lines;
};

inline QString workspaceText(StoreReader &store)
{
    return WorkspaceText(store).text();
}

/// The first line in which two texts differ, for a failure that can be read. Empty: none.
inline QString firstDifference(const QString &actual, const QString &expected)
{
    const QStringList left = actual.split(u'\n');
    const QStringList right = expected.split(u'\n');
    for (qsizetype i = 0; i < std::max(left.size(), right.size()); ++i) {
        if (left.value(i) != right.value(i)) {
            return QStringLiteral("is “%1”, not “%2”").arg(left.value(i), right.value(i));
        }
    }
    return {};
}

} // namespace countersign::test
