// SPDX-License-Identifier: Apache-2.0
#include "core/connections/peer_intake.h"

#include "core/engine/engine.h"

#include <set>

namespace countersign {

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto againAfter = 10'000ms;

/// What the engine can take of \p content. What is beyond its limits becomes an item that can only be refused, so that
/// the agent does not hang (MODEL.md section 1).
RoundContent reviewable(RoundContent content)
{
    constexpr qsizetype mostArguments = 1024 * 1024;
    constexpr qsizetype mostName = 256;
    if (content.arguments.size() > mostArguments) {
        content.unreviewable = u"Its arguments are longer than 1 MiB: %1 bytes."_s.arg(content.arguments.size());
        content.arguments.clear();
    }
    if (content.toolName.toUtf8().size() > mostName) {
        content.unreviewable = u"The name of its tool is longer than %1 bytes."_s.arg(mostName);
        content.toolName = content.toolName.left(mostName / 4);
    }
    return content;
}

QString numbered(const QString &key, int number)
{
    return number == 1 ? key : key + u'#' + QString::number(number);
}

} // namespace

QString PeerIntake::baseKey(const QString &key)
{
    const qsizetype mark = key.lastIndexOf(u'#');
    bool isNumber = false;
    if (mark > 0) {
        key.mid(mark + 1).toInt(&isNumber);
    }
    return isNumber ? key.left(mark) : key;
}

void PeerIntake::forgetOthers(const std::vector<Request> &live)
{
    std::set<RequestId> ids;
    for (const Request &request : live) {
        ids.insert(request.id);
    }
    std::erase_if(m_shown, [&](const auto &entry) { return !ids.contains(entry.first); });
}

Submission PeerIntake::submissionOf(const QString &agentName, const PeerItem &item, const QString &key) const
{
    Submission submission;
    submission.agentName = agentName;
    submission.connection = m_connection;
    submission.content = reviewable(item.content);
    submission.idempotencyKey = key;
    submission.correlation = item.correlation;
    submission.parent = item.parent;
    submission.expiresIn = item.expiresIn;
    return submission;
}

Result<PeerIntake::Filed> PeerIntake::file(Engine &engine, const QString &agentName, const PeerItem &item,
                                           std::chrono::milliseconds now)
{
    Store &store = engine.store();
    const Result<std::optional<Principal>> principal = store.principalByName(m_connection, {}, agentName);
    if (!principal) {
        return principal.error();
    }
    std::optional<Request> last;
    int number = 1;
    while (*principal) {
        Result<std::optional<Request>> earlier = store.requestByKey((*principal)->id, numbered(item.key, number));
        if (!earlier) {
            return earlier.error();
        }
        if (!*earlier) {
            break;
        }
        last = std::move(**earlier);
        ++number;
    }
    if (last) {
        return fileAgain(engine, agentName, item, *last, number, now);
    }
    const Result<Submitted> submitted = engine.submit(submissionOf(agentName, item, item.key));
    return submitted ? Result<Filed>({!submitted->existed, true, {}}) : Result<Filed>(submitted.error());
}

/// It was settled here before. Agents announce things again after a restart without meaning it, so that it must go on
/// waiting for a while before a person is asked again.
Result<PeerIntake::Filed> PeerIntake::fileAgain(Engine &engine, const QString &agentName, const PeerItem &item,
                                                const Request &last, int number, std::chrono::milliseconds now)
{
    if (last.state.lifecycle == Lifecycle::Expired) {
        return Filed(); // Its time was up here. Silence never turns into an answer, nor into a second question.
    }
    const auto since = m_waitsAgainSince.try_emplace(item.key, now).first->second;
    if (now - since < againAfter) {
        return Filed{false, false, againAfter - (now - since) + 50ms};
    }
    m_waitsAgainSince.erase(item.key);
    const Result<Submitted> submitted = engine.submit(submissionOf(agentName, item, numbered(item.key, number)));
    return submitted ? Result<Filed>({!submitted->existed, false, {}}) : Result<Filed>(submitted.error());
}

Result<const PeerIntake::Shown *> PeerIntake::shownOf(Engine &engine, const Request &request)
{
    Shown &shown = m_shown[request.id];
    if (shown.round != request.round) {
        Result<std::optional<Round>> round = engine.store().round(request.id, request.round);
        if (!round) {
            return round.error();
        }
        if (!*round) {
            return Error{ErrorCode::Damaged, u"The content of request %1 is missing."_s.arg(request.id.text()), {}};
        }
        shown = {request.round, (*round)->content};
    }
    return &shown;
}

Result<RoundContent> PeerIntake::contentNow(Engine &engine, const Request &request, const PeerItem &item)
{
    const Result<const Shown *> shown = shownOf(engine, request);
    if (!shown) {
        return shown.error();
    }
    RoundContent content = (*shown)->content;
    const RoundContent now = reviewable(item.content);
    content.arguments = now.arguments;
    content.toolName = now.toolName;
    return content;
}

Result<> PeerIntake::reviseIfChanged(Engine &engine, const QString &agentName, const Request &request,
                                     const PeerItem &item)
{
    const Result<const Shown *> shown = shownOf(engine, request);
    if (!shown) {
        return shown.error();
    }
    const RoundContent &content = (*shown)->content;
    const RoundContent now = reviewable(item.content);
    if (content.arguments == now.arguments && content.toolName == now.toolName) {
        return {};
    }
    if (request.state.lifecycle == Lifecycle::Decided) {
        // Staged or held on what it no longer asks: that decision lapses, and the new question is filed.
        return engine.supersede(
            request.id, u"The agent changed what it asks before the decision was released; nothing was sent."_s);
    }
    const Result<Submitted> revised = engine.revise(request.id, submissionOf(agentName, item, request.idempotencyKey));
    return revised ? Result<>() : Result<>(revised.error());
}

} // namespace countersign
