// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/command.h"
#include "app/ctl/input.h"
#include "app/ctl/request_report.h"
#include "core/domain/vocabulary.h"

#include <algorithm>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

const Option keyFileOption{u"key-file"_s, u"FILE"_s, u"The reviewer's key"_s};
const Option passphraseOption{u"passphrase-file"_s, u"FILE"_s,
                              u"Its passphrase; else it is asked for on the terminal"_s};

RequestId idOf(const Invocation &call)
{
    return RequestId(call.options.arguments().value(0));
}

/// Unlocks the engine for the reviewer whose key was named.
Result<> unlockReviewer(const Invocation &call, Session &session)
{
    const QString path = call.options.value(u"key-file"_s);
    Result<SigningKey> key = openKey(path, call.options.optional(u"passphrase-file"_s));
    if (!key) {
        return key.error();
    }
    const Result<ReviewerDirectory> people = session.engine().directory();
    if (!people) {
        return people.error();
    }
    const Reviewer *reviewer = people->activeByKey(key->publicKey().fingerprint());
    if (!reviewer) {
        return Error{ErrorCode::NotAllowed,
                     u"The key in “"_s + path +
                         u"” belongs to no active reviewer of this workspace: nothing was decided."_s,
                     {}};
    }
    session.engine().unlock({*reviewer, *std::move(key)});
    return {};
}

Error needs(const QString &what)
{
    return usageError(what + u" is needed; --help shows how."_s);
}

enum class Attention { Delegate, Defer };

struct Order {
    std::optional<Attention> attention; ///< Absent: a verdict.
    Verdict verdict = Verdict::Reject;
};

Result<Order> readWord(const QString &word)
{
    if (word == u"delegate"_s) {
        return Order{Attention::Delegate, {}};
    }
    if (word == u"defer"_s) {
        return Order{Attention::Defer, {}};
    }
    const auto verdict = verdictFromText(word);
    if (verdict && *verdict != Verdict::ApproveEdited) {
        return Order{{}, *verdict};
    }
    return usageError(u"“"_s + word +
                      u"” is no decision; there are approve, reject, answer, request-changes, decline, cancel, "
                      u"delegate and defer."_s);
}

Result<Digest> readPayloadHash(const ParsedOptions &options)
{
    const auto given = options.optional(u"payload-hash"_s);
    if (!given) {
        return needs(u"--payload-hash"_s);
    }
    const auto digest = Digest::fromHex(*given);
    if (!digest || given->size() != 64) {
        return usageError(u"--payload-hash takes all 64 hexadecimal digits, as show prints them."_s);
    }
    return *digest;
}

Result<> checkFits(const ParsedOptions &options, const Order &order)
{
    const bool approve = !order.attention && order.verdict == Verdict::Approve;
    const bool answer = !order.attention && order.verdict == Verdict::Answer;
    const std::pair<QString, bool> rules[] = {{u"args"_s, approve},
                                              {u"content"_s, answer},
                                              {u"to"_s, order.attention == Attention::Delegate},
                                              {u"until"_s, order.attention == Attention::Defer},
                                              {u"stage"_s, !order.attention},
                                              {u"metadata"_s, !order.attention}};
    for (const auto &[name, fits] : rules) {
        if (options.has(name) && !fits) {
            return usageError(u"--"_s + name + u" does not go with this decision; --help shows how."_s);
        }
    }
    const std::pair<QString, bool> needed[] = {{u"content"_s, answer},
                                               {u"to"_s, order.attention == Attention::Delegate},
                                               {u"until"_s, order.attention == Attention::Defer},
                                               {u"key-file"_s, true}};
    for (const auto &[name, wanted] : needed) {
        if (wanted && !options.has(name)) {
            return needs(u"--"_s + name);
        }
    }
    return {};
}

Result<VoteContent> readVoteContent(const ParsedOptions &options)
{
    VoteContent content;
    content.reason = options.value(u"reason"_s);
    const std::pair<QString, QByteArray *> payloads[] = {
        {u"args"_s, &content.arguments}, {u"content"_s, &content.answer}, {u"metadata"_s, &content.metadata}};
    for (const auto &[name, target] : payloads) {
        if (!options.has(name)) {
            continue;
        }
        Result<QByteArray> bytes = jsonOf(u"--"_s + name, options.value(name));
        if (!bytes) {
            return bytes.error();
        }
        *target = *std::move(bytes);
    }
    return content;
}

Result<Timestamp> readUntil(const QString &given, Timestamp now)
{
    if (const auto duration = parseDuration(given)) {
        return now + *duration;
    }
    if (const auto time = fromRfc3339(given)) {
        return *time;
    }
    return usageError(u"--until: “"_s + given + u"” is neither a time (2026-11-24T09:41:00Z) nor a duration (4h)."_s);
}

Result<> castVote(const Invocation &call, Session &session, Verdict verdict)
{
    DecideOrder order;
    order.request = idOf(call);
    const Result<Digest> hash = readPayloadHash(call.options);
    if (!hash) {
        return hash.error();
    }
    order.payloadHash = *hash;
    Result<VoteContent> content = readVoteContent(call.options);
    if (!content) {
        return content.error();
    }
    order.content = *std::move(content);
    order.verdict =
        verdict == Verdict::Approve && !order.content.arguments.isEmpty() ? Verdict::ApproveEdited : verdict;
    order.reasonCode = call.options.value(u"reason-code"_s);
    order.shown = WhatWasShown::nothingOnCommandLine();
    order.staging = call.options.has(u"stage"_s) ? Staging::Stage : Staging::ReleaseAtOnce;
    order.fromCommandLine = true;
    if (const Result<> unlocked = unlockReviewer(call, session); !unlocked) {
        return unlocked.error();
    }
    const Result<Decided> decided = session.engine().decide(order);
    if (!decided) {
        return decided.error();
    }
    // This seat goes away at once: what it staged is held, and says so, until release or undo.
    return order.staging == Staging::Stage ? session.engine().leave() : Result<>();
}

Result<> moveAttention(const Invocation &call, Session &session, Attention attention)
{
    if (call.options.has(u"payload-hash"_s)) {
        const Result<Digest> hash = readPayloadHash(call.options);
        const Result<RequestDetail> detail = loadDetail(session.store(), idOf(call));
        if (!hash || !detail) {
            return hash ? detail.error() : hash.error();
        }
        if (detail->round().payloadHash != *hash) {
            return Error{ErrorCode::ContentChanged,
                         u"The request is not the one you named: it changed meanwhile. Read it again."_s,
                         {}};
        }
    }
    Timestamp until{};
    if (attention == Attention::Defer) {
        const Result<Timestamp> read = readUntil(call.options.value(u"until"_s), session.clock().now());
        if (!read) {
            return read.error();
        }
        until = *read;
    }
    if (const Result<> unlocked = unlockReviewer(call, session); !unlocked) {
        return unlocked.error();
    }
    const Result<Request> moved = attention == Attention::Delegate
                                      ? session.engine().delegate(idOf(call), call.options.value(u"to"_s))
                                      : session.engine().defer(idOf(call), until);
    return moved ? Result<>() : Result<>(moved.error());
}

Result<> checkReasonCode(const ParsedOptions &options)
{
    const auto given = options.optional(u"reason-code"_s);
    if (!given) {
        return {};
    }
    QStringList known;
    for (const ReasonCode &code : reasonCodes()) {
        known.append(code.id);
    }
    return known.contains(*given)
               ? Result<>()
               : Result<>(usageError(u"--reason-code takes one of: "_s + known.join(u", "_s) + u'.'));
}

int runDecide(Invocation &call)
{
    const Result<Order> order = readWord(call.options.arguments().value(1));
    if (!order) {
        return call.console.fail(order.error());
    }
    for (const Result<> &checked : {checkFits(call.options, *order), checkReasonCode(call.options)}) {
        if (!checked) {
            return call.console.fail(checked.error());
        }
    }
    if (!order->attention) {
        if (const Result<Digest> hash = readPayloadHash(call.options); !hash) {
            return call.console.fail(hash.error());
        }
    }
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    const Result<> done = order->attention ? moveAttention(call, **session, *order->attention)
                                           : castVote(call, **session, order->verdict);
    return done ? printCurrent(call.console, **session, idOf(call)) : call.console.fail(done.error());
}

int runOnDecision(Invocation &call, Result<Request> (Engine::*act)(const RequestId &))
{
    if (!call.options.has(u"key-file"_s)) {
        return call.console.fail(needs(u"--key-file"_s));
    }
    Result<std::unique_ptr<Session>> session = call.open(u"command line"_s);
    if (!session) {
        return call.console.fail(session.error());
    }
    if (const Result<> unlocked = unlockReviewer(call, **session); !unlocked) {
        return call.console.fail(unlocked.error());
    }
    const Result<Request> request = ((*session)->engine().*act)(idOf(call));
    return request ? printCurrent(call.console, **session, idOf(call)) : call.console.fail(request.error());
}

int runUndo(Invocation &call)
{
    return runOnDecision(call, &Engine::undo);
}

int runRelease(Invocation &call)
{
    return runOnDecision(call, &Engine::release);
}

std::vector<Option> decideOptions()
{
    return {{u"payload-hash"_s, u"H"_s, u"What is decided on, as show prints it"_s},
            keyFileOption,
            passphraseOption,
            {u"reason"_s, u"R"_s, u"For the agent and the record"_s},
            {u"reason-code"_s, u"C"_s, u"A code for evaluation, such as wrong-target"_s},
            {u"args"_s, u"JSON"_s, u"approve: the arguments as edited"_s},
            {u"content"_s, u"JSON"_s, u"answer: what is sent back"_s},
            {u"metadata"_s, u"JSON"_s, u"An object that goes with the decision"_s},
            {u"to"_s, u"NAME"_s, u"delegate: to which reviewer"_s},
            {u"until"_s, u"T"_s, u"defer: a time (RFC 3339) or a duration (4h)"_s},
            {u"stage"_s, {}, u"Is not released at once: it is held until release or undo"_s}};
}

} // namespace

std::vector<Command> decidingCommands()
{
    return {
        {u"decide"_s,
         u"Decides as a reviewer on exactly the payload named."_s,
         u"DECISION is approve, reject, answer, request-changes, decline, cancel, delegate or defer. It is recorded as "
         u"shown: nothing,\ncommand line. A request of the high tier is decided in the window."_s,
         {u"ID DECISION"_s, 2, 2, false, decideOptions()},
         runDecide},
        {u"undo"_s,
         u"Takes a staged or held decision back."_s,
         {},
         {u"ID"_s, 1, 1, false, {keyFileOption, passphraseOption}},
         runUndo},
        {u"release"_s,
         u"Releases a staged or held decision now."_s,
         {},
         {u"ID"_s, 1, 1, false, {keyFileOption, passphraseOption}},
         runRelease},
    };
}

} // namespace countersign::ctl
