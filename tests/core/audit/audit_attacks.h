// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/core/audit/memory_audit_log.h"

#include <functional>

namespace countersign {

/// One of everything, in few entries.
inline void writeSmall(AuditLogBuilder &log)
{
    log.create();
    log.enrolAdministrator();
    const RequestId paid = log.file(u"pay"_s, R"({"amount":4200.00})");
    log.claim(paid);
    log.vote(paid, Verdict::ApproveEdited, log.admin, true, R"({"amount":42})");
    log.release(paid, log.admin);
    log.deliver(paid);
}

/// About 200 entries of every kind, with three reviewers.
inline void writeLarge(AuditLogBuilder &log)
{
    log.create();
    log.enrolAdministrator();
    Person bea = log.enrol(u"Bea"_s);
    const Person cem = log.enrol(u"Cem"_s, true);
    const Person dan = log.enrol(u"Dan"_s);
    for (int i = 0; i < 18; ++i) {
        const QByteArray arguments = "{\"n\":" + QByteArray::number(i) + '}';
        const RequestId first = log.file(u"tool_a"_s, arguments, i % 2 + 1);
        log.claim(first);
        if (i % 2 == 1) {
            log.vote(first, Verdict::Approve, cem, false);
        }
        log.vote(first, Verdict::Approve, bea);
        if (i % 3 == 0) {
            log.undo(first, bea);
            log.vote(first, i % 2 == 1 ? Verdict::Approve : Verdict::Reject, bea);
        }
        log.release(first, bea);
        log.deliver(first);
        log.outcome(first);
        const RequestId second = log.file(u"tool_b"_s, arguments);
        if (i % 4 == 0) {
            log.vote(second, Verdict::RequestChanges, dan);
            log.revise(second, R"({"better":true})");
        } else {
            log.step(second, u"request.withdrawn"_s, RequestEvent::Withdraw);
        }
        if (i == 8) {
            log.rotate(bea);
        }
    }
    log.disable(dan);
    const RequestId last = log.file(u"tool_c"_s, "{}");
    log.step(last, u"request.expired"_s, RequestEvent::Expire);
}

inline QString printed(const AuditReport &report)
{
    QString text;
    for (const AuditFinding &finding : report.findings) {
        text += u"%1 (%2): %3\n"_s.arg(QString::number(finding.sequence), finding.entry, finding.what);
    }
    return text;
}

inline AuditReport verify(MemoryAuditSource &source, const std::optional<Digest> &pin)
{
    return verifyAudit(source, pin).value();
}

template<typename Value>
inline void flip(Value &bytes, qsizetype at, int bit)
{
    bytes.data()[at] = static_cast<char>(bytes.data()[at] ^ (1 << bit));
}
inline void flip(Digest &digest, size_t at, int bit)
{
    digest.bytes.at(at) = static_cast<unsigned char>(digest.bytes.at(at) ^ (1 << bit));
}

inline AuditSource::SealedEvent &entryOf(MemoryAuditSource &source, const QString &kind)
{
    const auto found = std::find_if(source.log.begin(), source.log.end(),
                                    [&](const auto &sealed) { return sealed.event.kind == kind; });
    Q_ASSERT(found != source.log.end());
    return *found;
}

/// Replaces an entry's facts and hides it by sealing the whole log again.
inline void edit(MemoryAuditSource &source, const QString &kind, const std::function<void(EventFacts &)> &change)
{
    AuditSource::SealedEvent &sealed = entryOf(source, kind);
    EventFacts facts = decodeEvent(sealed.event.body).value();
    change(facts);
    sealed.event = toAuditEvent(facts);
    source.sealAgain();
}

inline Statement &statementOf(MemoryAuditSource &source, const QString &kind)
{
    for (auto &[id, statement] : source.statements) {
        if (statement.kind == kind) {
            return statement;
        }
    }
    qFatal("no such statement");
}

} // namespace countersign
