// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/domain/policy.h"
#include "core/domain/request.h"

#include <memory>

namespace countersign {

/// What a policy's conditions are asked about: a round's content and who asks.
struct PolicyQuestion {
    const RoundContent &content;
    QString agentName;
    QString connection;
};

/// The request as the schemas of `when` see it: agent, connection, pattern, title, message, and where there are any
/// tool, arguments and the tier that the agent named.
JsonValue policyView(const PolicyQuestion &question);

/// The tier without a policy: as the asker named it, else the default of this kind of request.
Tier builtinTier(const RoundContent &content);

/// The verdict by which a policy settles a request: a refusal that its asker can take, or an approval. Absent: a person
/// decides.
std::optional<Verdict> automaticVerdict(PolicyAction action, const RoundContent &content);

/// Reads a policy file strictly, without making its conditions ready. InvalidInput: it is no policy; the message names
/// the place as a JSON Pointer. NewerVersion: its format is a later one. TooLarge: more than 1 MiB.
Result<Policy> readPolicy(QByteArrayView file);

/// A policy made ready for asking. Immutable: any number of threads may ask.
class CompiledPolicy
{
public:
    /// Errors: those of readPolicy(), and InvalidInput for a condition that is no JSON Schema.
    static Result<std::shared_ptr<const CompiledPolicy>> read(QByteArrayView file);
    /// The same for a policy that is yet to be put into force. InvalidInput also for a rule that names what no request
    /// has, and for one that allows what lacks a member or is of another type than its author had in mind.
    static Result<std::shared_ptr<const CompiledPolicy>> readToApply(QByteArrayView file);
    ~CompiledPolicy();
    CompiledPolicy(const CompiledPolicy &) = delete;
    CompiledPolicy &operator=(const CompiledPolicy &) = delete;

    const Policy &policy() const { return m_policy; }
    /// What becomes of the request. Depends on nothing but the policy and \p question. A rule that could not be checked
    /// within \p maxSteps (all rules together) never allows: a person decides, in the high tier.
    PolicyVerdict evaluate(const PolicyQuestion &question, qint64 maxSteps = 250'000) const;

private:
    struct Conditions;
    CompiledPolicy(Policy policy, std::unique_ptr<const Conditions> conditions);

    Policy m_policy;
    std::unique_ptr<const Conditions> m_conditions;
};

} // namespace countersign
