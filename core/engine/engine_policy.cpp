// SPDX-License-Identifier: Apache-2.0
// Policies: which one is in force, what it says to a new round, and that a decision by it is really its own. A row says
// nothing here; the signature of an administrator does.
#include "core/base/log.h"
#include "core/base/visible_text.h"
#include "core/engine/engine_private.h"

using namespace Qt::Literals::StringLiterals;

namespace countersign {

namespace {

constexpr size_t keptPolicies = 16;

Error notSigned(const QString &why)
{
    return {ErrorCode::NotAllowed,
            u"The policy of this workspace does not carry an administrator's signature, so nothing happens under it: "
            "%1 Run “countersignctl audit verify”."_s.arg(why),
            {}};
}

Error doesNotVerify(const QString &what)
{
    return {
        ErrorCode::NotAllowed, u"The decision by the policy does not verify, so nothing is done: %1"_s.arg(what), {}};
}

Error roundDoesNotVerify(const QString &what)
{
    return {ErrorCode::NotAllowed,
            u"The request does not verify, so nothing is decided: %1 Run “countersignctl audit verify”."_s.arg(what),
            {}};
}

QString shown(const QString &text)
{
    return displayText(text).text;
}

/// An entry of the log that puts a policy into force.
struct AppliedEntry {
    QString version;
    int number = 0;
    HeldRow statement;
    Actor actor;
    qint64 sequence = 0; ///< Its place in the log.
};

/// In the order of the log, by which versions only ever grow.
Result<std::vector<AppliedEntry>> appliedEntries(StoreReader &reader)
{
    const Result<std::vector<StoreReader::SealedEvent>> entries = reader.eventsAbout(policyLogSubject());
    if (!entries) {
        return entries.error();
    }
    std::vector<AppliedEntry> applied;
    for (const StoreReader::SealedEvent &entry : *entries) {
        const Result<EventFacts> facts = decodeEvent(entry.event.body);
        const JsonValue *version = facts ? facts->more.find("version") : nullptr;
        if (!version || facts->kind != "policy.applied"_L1 || facts->statements.size() != 1 ||
            leafHashOf(entry.event.body) != entry.seal.leafHash) {
            return notSigned(u"an entry of the log about a policy was changed."_s);
        }
        AppliedEntry one{version->toString(), 0, facts->statements.front(), facts->actor, entry.seal.sequence};
        one.number = policyNumberOf(one.version).value_or(0);
        if (one.number <= (applied.empty() ? 0 : applied.back().number)) {
            return notSigned(u"the log puts %1 into force after a newer one."_s.arg(shown(one.version)));
        }
        applied.push_back(std::move(one));
    }
    return applied;
}

/// What the log says was in force where it files \p round.
Result<QString> policyWhenFiled(StoreReader &reader, const Request &request, const Round &round)
{
    const Result<std::vector<AppliedEntry>> applied = appliedEntries(reader);
    if (!applied) {
        return applied.error();
    }
    if (applied->empty()) {
        return builtinPolicyVersion();
    }
    const Result<std::vector<StoreReader::SealedEvent>> entries = reader.eventsAbout(request.id.text());
    if (!entries) {
        return entries.error();
    }
    for (const StoreReader::SealedEvent &entry : *entries) {
        const Result<EventFacts> facts = decodeEvent(entry.event.body);
        const bool files = facts && (facts->kind == "request.filed"_L1 || facts->kind == "request.revised"_L1);
        if (!files || !facts->request || facts->request->round != round.number ||
            leafHashOf(entry.event.body) != entry.seal.leafHash) {
            continue;
        }
        QString version = builtinPolicyVersion();
        for (const AppliedEntry &one : *applied) {
            if (one.sequence < entry.seal.sequence) {
                version = one.version;
            }
        }
        return version;
    }
    return roundDoesNotVerify(u"no entry of the log files its round %1."_s.arg(round.number));
}

/// Every row was put into force by an entry, and of every entry the row is there.
Result<> compareRows(const std::vector<PolicyVersion> &rows, const std::vector<AppliedEntry> &applied)
{
    for (const PolicyVersion &row : rows) {
        if (std::none_of(applied.begin(), applied.end(),
                         [&](const AppliedEntry &one) { return one.version == row.version; })) {
            return notSigned(u"no entry of the log puts %1 into force."_s.arg(shown(row.version)));
        }
    }
    for (const AppliedEntry &one : applied) {
        if (std::none_of(rows.begin(), rows.end(),
                         [&](const PolicyVersion &row) { return row.version == one.version; })) {
            return notSigned(u"%1 is gone, though the log puts it into force."_s.arg(shown(one.version)));
        }
    }
    return {};
}

bool isSignedByAdministratorNow(const ReviewerDirectory &people, const Statement &statement)
{
    const Reviewer *signer = people.activeByKey(statement.keyId);
    return signer && signer->administrator && people.verifyCurrent(statement, signer->id);
}

/// What the agent is told, and the record keeps.
VoteContent wordsOf(const PolicyVerdict &verdict)
{
    VoteContent words;
    words.reason = verdict.action == PolicyAction::Deny ? verdict.message : verdict.trace;
    return words;
}

FrozenPolicy builtinPolicy(const RoundContent &content)
{
    FrozenPolicy policy;
    policy.version = builtinPolicyVersion();
    policy.tier = builtinTier(content);
    policy.trace = content.requestedTier
                       ? u"Built-in rule: everything is asked; the tier is the one the asker named."_s
                       : u"Built-in rule: everything is asked; the tier is the default of this kind of request."_s;
    return policy;
}

} // namespace

Result<Engine::Private::SignedPolicy> Engine::Private::matchingPolicy(StoreReader &reader, const QString &version)
{
    const Result<WorkspaceInfo> info = workspace();
    const Result<std::vector<PolicyVersion>> rows = reader.policies();
    if (!info || !rows) {
        return info ? rows.error() : info.error();
    }
    const auto row =
        std::find_if(rows->begin(), rows->end(), [&](const PolicyVersion &one) { return one.version == version; });
    if (row == rows->end()) {
        return notSigned(u"%1 is not in this workspace."_s.arg(shown(version)));
    }
    const Result<std::optional<Statement>> statement = reader.statement(row->statement);
    if (!statement) {
        return statement.error();
    }
    if (!*statement || (*statement)->kind != "policy"_L1 || (*statement)->subject != version) {
        return notSigned(u"the signed statement of %1 is missing."_s.arg(shown(version)));
    }
    const Digest hash = sha256(row->body);
    const Result<PolicyBody> body = decodePolicy((*statement)->body);
    if (!body || body->workspace != info->id || body->version != version || body->policyHash != hash ||
        body->at != row->activeFrom) {
        return notSigned(u"%1 is not the text that was signed."_s.arg(shown(version)));
    }
    if (compiledPolicies.size() >= keptPolicies) {
        compiledPolicies.clear();
    }
    std::shared_ptr<const CompiledPolicy> &compiled = compiledPolicies[hash.toByteArray()];
    if (!compiled) {
        Result<std::shared_ptr<const CompiledPolicy>> read = CompiledPolicy::read(row->body);
        if (!read) {
            return Error{ErrorCode::NewerVersion,
                         u"This workspace has a signed policy that this version of Countersign cannot apply: %1"_s.arg(
                             read.error().message),
                         read.error().detail};
        }
        compiled = *std::move(read);
    }
    return SignedPolicy{*row, std::move(**statement), compiled};
}

Result<std::optional<Engine::Private::SignedPolicy>> Engine::Private::policyInForce(StoreReader &reader)
{
    const Result<std::optional<Digest>> pinned = pinnedAdministrator();
    const Result<ChangeMark> mark = pinned ? reader.changeMark() : Result<ChangeMark>(pinned.error());
    if (!mark) {
        return mark.error();
    }
    const int noted = q.m_parts.trust.newestPolicyNoted(workspaceInfo->id);
    if (const Known &now = knownAt(*mark, *pinned); now.inForce && now.notedWhenInForce == noted) {
        return *now.inForce;
    }
    Result<std::optional<SignedPolicy>> found = readPolicyInForce(reader, noted);
    if (found) {
        Known &now = knownAt(*mark, *pinned);
        now.inForce = *found;
        now.notedWhenInForce = noted;
    }
    return found;
}

Result<std::optional<Engine::Private::SignedPolicy>> Engine::Private::readPolicyInForce(StoreReader &reader, int noted)
{
    const Result<WorkspaceInfo> info = workspace();
    const Result<std::vector<PolicyVersion>> rows = reader.policies();
    if (!info || !rows) {
        return info ? rows.error() : info.error();
    }
    // Also where there is no policy: nothing is filed in a workspace whose administrator is not the one trusted here.
    const Result<ReviewerDirectory> people = directory(reader);
    const Result<std::vector<AppliedEntry>> applied = appliedEntries(reader);
    if (!people || !applied) {
        return people ? applied.error() : people.error();
    }
    if (const Result<> compared = compareRows(*rows, *applied); !compared) {
        return compared.error();
    }
    const int newest = applied->empty() ? 0 : applied->back().number;
    if (newest < noted) {
        return notSigned(u"this machine has seen %1, which is not there any more."_s.arg(policyVersionOf(noted)));
    }
    if (newest == 0) {
        return std::optional<SignedPolicy>();
    }
    Result<SignedPolicy> found = matchingPolicy(reader, applied->back().version);
    if (!found) {
        return found.error();
    }
    const HeldRow &held = applied->back().statement;
    if (held.id != found->statement.id.text() || held.digest != found->statement.digest()) {
        return notSigned(u"%1 names another statement than the log."_s.arg(shown(found->row.version)));
    }
    // Always against the current keys: who was an administrator when it was signed is written in rows that anybody who
    // can write the file may have edited.
    if (!isSignedByAdministratorNow(*people, found->statement)) {
        return notSigned(u"%1 was signed with a key that is no active administrator's, or no longer. An administrator "
                         "who knows it can apply it again."_s.arg(shown(found->row.version)));
    }
    if (newest > noted) {
        if (const Result<> written = q.m_parts.trust.notePolicy(info->id, newest); !written) {
            qCWarning(logEngine) << "the newest policy could not be noted:" << written.error().detail;
        }
    }
    return std::optional(*std::move(found));
}

Result<Engine::Private::SignedPolicy> Engine::Private::policyOfRound(StoreReader &reader, const QString &version)
{
    const Result<std::optional<Digest>> pinned = pinnedAdministrator();
    const Result<ChangeMark> mark = pinned ? reader.changeMark() : Result<ChangeMark>(pinned.error());
    if (!mark) {
        return mark.error();
    }
    const Known &now = knownAt(*mark, *pinned);
    if (const auto found = now.ofRounds.find(version); found != now.ofRounds.end()) {
        return found->second;
    }
    Result<SignedPolicy> found = readPolicyOfRound(reader, version);
    if (found) {
        std::map<QString, SignedPolicy> &kept = knownAt(*mark, *pinned).ofRounds;
        if (kept.size() >= keptPolicies) {
            kept.clear();
        }
        kept.insert_or_assign(version, *found);
    }
    return found;
}

Result<Engine::Private::SignedPolicy> Engine::Private::readPolicyOfRound(StoreReader &reader, const QString &version)
{
    Result<SignedPolicy> found = matchingPolicy(reader, version);
    const Result<ReviewerDirectory> people = found ? directory(reader) : Result<ReviewerDirectory>(found.error());
    if (!people) {
        return people.error();
    }
    // Its time may be that of a clock set back, so a key that counts now is enough.
    if (!isSignedByAdministratorNow(*people, found->statement)) {
        if (const Result<> good = people->verifyAdministrator(found->statement, found->row.activeFrom); !good) {
            return notSigned(good.error().message);
        }
    }
    return found;
}

Result<Engine::Private::Judgement> Engine::Private::judge(StoreReader &reader, const Request &request, Round &round)
{
    Result<std::optional<SignedPolicy>> inForce = policyInForce(reader);
    if (!inForce) {
        return inForce.error();
    }
    Judgement judgement;
    if (!*inForce) {
        round.policy = builtinPolicy(round.content);
        return judgement;
    }
    judgement.by = *std::move(inForce);
    judgement.verdict = judgement.by->policy->evaluate({round.content, request.agentName, request.connection});
    round.policy = {judgement.by->row.version, judgement.verdict.trace, judgement.verdict.tier, 1};
    return judgement;
}

Result<> Engine::Private::decideByPolicy(StoreWriter &writer, Request &request, const Round &round,
                                         const Judgement &judgement)
{
    const std::optional<Verdict> verdict =
        judgement.by ? automaticVerdict(judgement.verdict.action, round.content) : std::nullopt;
    if (!verdict) {
        return {};
    }
    const VoteContent words = wordsOf(judgement.verdict);
    const ContentRow content = newContent(u"policy"_s, encodeVoteContent(words));
    Decision decision;
    decision.id = DecisionId(newId());
    decision.request = request.id;
    decision.round = round.number;
    decision.verdict = *verdict;
    decision.decidingVote = judgement.by->statement.id;
    decision.reviewer = ReviewerId(judgement.by->row.version);
    decision.reviewerName = policyDeciderName(judgement.by->policy->policy().name, judgement.by->row.version);
    decision.payloadHash = round.payloadHash;
    decision.effectiveHash = effectiveHash(round.payloadHash, *verdict, round.content, words);
    decision.decidedAt = now();
    decision.seat = q.m_seat;
    decision.release = decision.decidingVote;
    decision.releasedAt = decision.decidedAt;
    // Decided and released in one step: nobody has to look, so there is nothing to take back.
    if (const Result<> decided = step(request, RequestEvent::Decide); !decided) {
        return decided;
    }
    const int revision = request.revision;
    if (const Result<> released = step(request, RequestEvent::Release); !released) {
        return released;
    }
    request.revision = revision;
    request.decision = decision.id;
    request.verdict = verdict;
    request.settledAt = decision.decidedAt;
    request.deferredUntil.reset();
    if (const Result<> settled = settle(writer, request, {}); !settled) {
        return settled;
    }
    EventFacts facts = this->facts(u"decision.automatic"_s, request, {u"policy"_s, judgement.by->row.version, {}});
    facts.payloadHash = decision.payloadHash;
    facts.effectiveHash = decision.effectiveHash;
    facts.statements = {{judgement.by->statement.id.text(), judgement.by->statement.digest()}};
    facts.contents = {{content.id.text(), content.commitment()}};
    Result<> written = writer.insertContent(content);
    written = written ? writer.insertDecision(decision) : written;
    written = written ? writer.updateRequest(request) : written;
    written = written ? writer.removeTimers(request.id, u"expire"_s) : written;
    return written ? append(writer, facts) : written;
}

Result<std::optional<bool>> Engine::Private::checkFrozenPolicy(StoreReader &reader, const Request &request,
                                                               const Round &round, Verdict verdict)
{
    const Result<QString> expected = policyWhenFiled(reader, request, round);
    if (!expected) {
        return expected.error();
    }
    if (round.policy.version != *expected) {
        return roundDoesNotVerify(u"its round %1 names the policy %2, but %3 was in force when it was filed."_s.arg(
            QString::number(round.number), shown(round.policy.version), shown(*expected)));
    }
    if (round.policy.version == builtinPolicyVersion()) {
        return std::optional<bool>();
    }
    const Result<SignedPolicy> frozen = policyOfRound(reader, round.policy.version);
    if (!frozen) {
        return frozen.error();
    }
    const PolicyVerdict says = frozen->policy->evaluate({round.content, request.agentName, request.connection});
    if (says.tier != round.policy.tier) {
        return notSigned(u"the request stands in another tier than %1 says."_s.arg(shown(round.policy.version)));
    }
    if (says.action == PolicyAction::Deny && letsItHappen(verdict)) {
        return Error{ErrorCode::NotAllowed, u"The policy of this workspace denies this: "_s + says.message, {}};
    }
    const ToolPolicy *tool = frozen->policy->policy().tool(round.content.toolName);
    return tool ? tool->commandLine : std::nullopt;
}

Result<> Engine::Private::verifyByPolicy(StoreReader &reader, VerifiedOutcome &outcome, const RoundContent &content)
{
    const Round &round = outcome.round;
    const Decision &decision = outcome.decision;
    const Result<SignedPolicy> frozen = policyOfRound(reader, round.policy.version);
    const Result<std::optional<Principal>> asker = reader.principal(outcome.request.principal);
    if (!frozen || !asker) {
        return frozen ? asker.error() : frozen.error();
    }
    if (decision.decidingVote != frozen->statement.id || decision.release != frozen->statement.id ||
        decision.reviewer.text() != round.policy.version || round.policy.quorum != 1) {
        return doesNotVerify(u"it names another policy than the one its request was filed under."_s);
    }
    if (!*asker || (*asker)->name != outcome.request.agentName || (*asker)->connection != outcome.request.connection) {
        return doesNotVerify(u"its rows disagree about who asked."_s);
    }
    const Digest payload = payloadHash(workspaceInfo->id, decision.request, round.number, intakeHash(content),
                                       round.policy, round.expiresAt);
    if (payload != round.payloadHash || payload != decision.payloadHash) {
        return doesNotVerify(u"the stored content is not what was decided on."_s);
    }
    const PolicyQuestion question{content, outcome.request.agentName, outcome.request.connection};
    const PolicyVerdict says = frozen->policy->evaluate(question);
    const VoteContent words = wordsOf(says);
    const Digest effective = effectiveHash(payload, decision.verdict, content, words);
    if (automaticVerdict(says.action, content) != decision.verdict || says.tier != round.policy.tier ||
        effective != decision.effectiveHash) {
        return doesNotVerify(u"%1 does not say so."_s.arg(shown(round.policy.version)));
    }
    if (letsItHappen(decision.verdict)) {
        // An older policy stays in the workspace with a good signature; what it allowed must not outlive it.
        const Result<std::optional<SignedPolicy>> inForce = policyInForce(reader);
        if (!inForce) {
            return inForce.error();
        }
        if (!*inForce || (*inForce)->policy->evaluate(question).action != PolicyAction::Allow) {
            return doesNotVerify(
                u"%1 allowed it, but the policy in force now does not. Ask again."_s.arg(shown(round.policy.version)));
        }
    }
    Vote &vote = outcome.vote;
    vote.request = decision.request;
    vote.round = round.number;
    vote.payloadHash = payload;
    vote.effectiveHash = effective;
    vote.verdict = decision.verdict;
    vote.shown.view = u"nothing: policy"_s;
    vote.reviewer = decision.reviewer;
    vote.reviewerName = decision.reviewerName;
    vote.at = decision.decidedAt;
    vote.content = words;
    outcome.releaseToken = policyReleaseToken(workspaceInfo->id, decision.request, round.number, payload, effective);
    outcome.policyVersion = round.policy.version;
    return {};
}

Result<PolicyRecord> Engine::applyPolicy(const QByteArray &file, const SigningKey &by)
{
    const Result<std::shared_ptr<const CompiledPolicy>> compiled = CompiledPolicy::readToApply(file);
    if (!compiled) {
        return compiled.error();
    }
    PolicyRecord record;
    record.policy = (*compiled)->policy();
    int number = 0;
    const Result<> done = m_parts.store.transact([&](StoreWriter &writer) -> Result<> {
        const Result<ReviewerDirectory> people = d->directory(writer);
        const Result<std::vector<PolicyVersion>> rows = writer.policies();
        const Result<std::vector<AppliedEntry>> applied = appliedEntries(writer);
        if (!people || !rows || !applied) {
            return !people ? people.error() : !rows ? rows.error() : applied.error();
        }
        const Reviewer *administering = people->activeByKey(by.publicKey().fingerprint());
        if (!administering || !administering->administrator) {
            return Error{ErrorCode::NotAllowed, u"Only an administrator of this workspace can apply a policy."_s, {}};
        }
        // Beyond whatever this machine or the workspace knows, so that no other policy has the same name.
        number = m_parts.trust.newestPolicyNoted(d->workspaceInfo->id);
        for (const PolicyVersion &row : *rows) {
            number = std::max(number, policyNumberOf(row.version).value_or(0));
        }
        number = std::max(number, applied->empty() ? 0 : applied->back().number) + 1;
        record.version = policyVersionOf(number);
        record.appliedBy = administering->name;
        record.appliedAt = d->now();
        record.active = true;
        const PolicyBody body{d->workspaceInfo->id, record.version, sha256(file), record.appliedAt};
        const Statement statement =
            signStatement(StatementId(d->newId()), u"policy"_s, record.version, encodeBody(body), by);
        EventFacts facts = d->facts(u"policy.applied"_s, policyLogSubject(),
                                    {u"reviewer"_s, administering->id.text(), by.publicKey().fingerprint()});
        facts.statements = {{statement.id.text(), statement.digest()}};
        facts.more = JsonValue::object();
        facts.more.set("version", JsonValue::fromString(record.version));
        Result<> written = writer.insertStatement(statement);
        written = written ? writer.insertPolicy({record.version, file, statement.id, record.appliedAt}) : written;
        return written ? d->append(writer, facts) : written;
    });
    if (!done) {
        return done.error();
    }
    whenCommitted([this, number] {
        if (const Result<> noted = m_parts.trust.notePolicy(d->workspaceInfo->id, number); !noted) {
            qCWarning(logEngine) << "the newest policy could not be noted:" << noted.error().detail;
        }
    });
    return record;
}

Result<std::vector<PolicyRecord>> Engine::policies()
{
    std::vector<PolicyRecord> records;
    const Result<> done = m_parts.store.readConsistently([&]() -> Result<> {
        const Result<std::vector<PolicyVersion>> rows = m_parts.store.policies();
        const Result<ReviewerDirectory> people = d->directory(m_parts.store);
        if (!rows || !people) {
            return rows ? people.error() : rows.error();
        }
        const Result<std::optional<Private::SignedPolicy>> inForce = d->policyInForce(m_parts.store);
        for (const PolicyVersion &row : *rows) {
            PolicyRecord record;
            record.version = row.version;
            record.appliedAt = row.activeFrom;
            record.active = inForce && *inForce && (*inForce)->row.version == row.version;
            const Result<Private::SignedPolicy> found = d->policyOfRound(m_parts.store, row.version);
            if (found) {
                record.policy = found->policy->policy();
                const Reviewer *signer = people->activeByKey(found->statement.keyId);
                record.appliedBy = signer ? signer->name : QString();
            } else {
                record.problem = found.error().message;
            }
            records.push_back(std::move(record));
        }
        if (!inForce && (records.empty() || records.back().problem.isEmpty())) {
            // Also where every row is gone: what is wrong is told, not shown as an empty list.
            records.push_back({.version = {},
                               .policy = {},
                               .appliedBy = {},
                               .appliedAt = {},
                               .active = false,
                               .problem = inForce.error().message});
        }
        return {};
    });
    return done ? Result<std::vector<PolicyRecord>>(std::move(records))
                : Result<std::vector<PolicyRecord>>(done.error());
}

} // namespace countersign
