// SPDX-License-Identifier: Apache-2.0
#include "core/audit/people_rows.h"

#include "core/audit/request_track.h"

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

QStringList differences(const Reviewer &row, const Reviewer &signedOne)
{
    QStringList wrong;
    const auto compare = [&wrong](bool same, const QString &what) {
        if (!same) {
            wrong.append(what);
        }
    };
    compare(row.name == signedOne.name, u"name"_s);
    compare(row.key == signedOne.key, u"key"_s);
    compare(row.groups == signedOne.groups, u"groups"_s);
    compare(row.administrator == signedOne.administrator, u"administrator"_s);
    compare(sameMoment(row.enrolledAt, signedOne.enrolledAt), u"time of enrolment"_s);
    const bool sameEnd = row.disabledAt.has_value() == signedOne.disabledAt.has_value() &&
                         (!row.disabledAt || sameMoment(*row.disabledAt, *signedOne.disabledAt));
    compare(sameEnd, u"disabled"_s);
    return wrong;
}

} // namespace

Result<> compareReviewers(AuditSource &source, const ReviewerDirectory &directory, AuditFindings &findings)
{
    const Result<std::vector<Reviewer>> rows = source.reviewers();
    if (!rows) {
        return rows.error();
    }
    QSet<ReviewerId> found;
    for (const Reviewer &row : *rows) {
        const QString name = u"reviewer "_s + shownId(row.id.text());
        const Reviewer *enrolled = directory.find(row.id);
        found.insert(row.id);
        if (!enrolled) {
            findings.addRow(name, u"No signed statement enrols this reviewer: the row was put there by hand."_s);
        } else if (const QStringList wrong = differences(row, *enrolled); !wrong.isEmpty()) {
            findings.addRow(name, u"Its row is not what the signed statements say: %1."_s.arg(wrong.join(u", "_s)));
        }
    }
    for (const Reviewer &enrolled : directory.reviewers()) {
        if (!found.contains(enrolled.id)) {
            findings.addRow(u"reviewer "_s + shownId(enrolled.id.text()),
                            u"It is gone, though a signed statement enrols this reviewer."_s);
        }
    }
    return {};
}

Result<> comparePolicies(AuditSource &source, const std::vector<AppliedPolicy> &applied, AuditFindings &findings)
{
    const Result<std::vector<PolicyRow>> rows = source.policies();
    if (!rows) {
        return rows.error();
    }
    QSet<QString> found;
    for (const PolicyRow &row : *rows) {
        const QString name = u"policy "_s + shownId(row.version);
        const auto signedOne = std::find_if(applied.begin(), applied.end(), [&row](const AppliedPolicy &one) {
            return one.body.version == row.version;
        });
        found.insert(row.version);
        if (signedOne == applied.end()) {
            findings.addRow(name, u"No entry puts it into force with an administrator's signature: the row was put "
                                  "there by hand."_s);
        } else if (row.statement != signedOne->statement || sha256(row.body) != signedOne->body.policyHash ||
                   row.activeFrom != signedOne->body.at) {
            findings.addRow(name, u"Its row is not what the administrator signed (text, statement, time)."_s);
        }
    }
    for (const AppliedPolicy &one : applied) {
        if (!found.contains(one.body.version)) {
            findings.addRow(u"policy "_s + shownId(one.body.version),
                            u"It is gone, though an entry puts it into force."_s);
        }
    }
    return {};
}

} // namespace countersign
