// SPDX-License-Identifier: Apache-2.0
#include "core/connections/cloudflare/state_adapter.h"

#include "core/base/exact_text.h"
#include "core/base/json_reader.h"
#include "core/base/visible_text.h"

namespace countersign::cloudflare {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr qsizetype longestReason = 64 * 1024; ///< Of a reviewer.

constexpr size_t mostItems = 2000;
constexpr qsizetype longestKey = 200;
const QString keyPrefix = u"state/"_s;

const JsonValue *first(const JsonValue &item, const Pointers &pointers)
{
    for (const std::string &pointer : pointers) {
        const JsonValue *found = item.at(pointer);
        if (found && !found->isNull()) {
            return found;
        }
    }
    return nullptr;
}

/// Texts as they are, numbers and the like as JSON.
QString textOf(const JsonValue *value)
{
    if (!value) {
        return {};
    }
    return value->isString() ? exactText(value->utf8()) : QString::fromUtf8(writeJson(*value));
}

QString keyOf(const StateRule &rule, const QString &id)
{
    const QString key = keyPrefix + QString::fromStdString(rule.items) + u'/' + id;
    return key.toUtf8().size() <= longestKey ? key : keyPrefix + sha256(key.toUtf8()).hex();
}

/// The item without its status: that changes while what is asked stays.
JsonValue withoutStatus(const JsonValue &item, const StateRule &rule)
{
    if (!item.isObject()) {
        return item;
    }
    JsonValue::Object kept;
    for (const JsonValue::Member &member : item.members()) {
        const std::string pointer = "/" + pointerToken(member.key);
        if (std::find(rule.status.begin(), rule.status.end(), pointer) == rule.status.end()) {
            kept.push_back(member);
        }
    }
    return JsonValue::object(std::move(kept));
}

std::optional<std::chrono::milliseconds> timeUntil(const JsonValue *value, Timestamp now)
{
    if (!value) {
        return std::nullopt;
    }
    std::optional<Timestamp> at;
    if (value->isString()) {
        at = fromRfc3339(value->toString());
    } else if (const std::optional<qint64> ms = value->toInteger(); ms && *ms > 0) {
        at = fromUnixMs(*ms);
    }
    if (!at || *at <= now || *at > now + std::chrono::hours(24 * 3650)) {
        return std::nullopt; // Passed already, as far as the peer's clock can be believed: the peer will tell.
    }
    return *at - now;
}

/// The values that the placeholders of a template stand for.
struct Fill {
    JsonValue id;
    JsonValue reason;
    JsonValue reviewer;
    JsonValue approved;
    JsonValue arguments;
    JsonValue metadata;

    const JsonValue *named(std::string_view text) const
    {
        const std::pair<std::string_view, const JsonValue *> all[] = {{"{id}", &id},
                                                                      {"{reason}", &reason},
                                                                      {"{reviewer}", &reviewer},
                                                                      {"{approved}", &approved},
                                                                      {"{arguments}", &arguments},
                                                                      {"{metadata}", &metadata}};
        for (const auto &[name, value] : all) {
            if (name == text) {
                return value;
            }
        }
        return nullptr;
    }
};

/// \p pattern with its placeholders replaced; members whose placeholder has no value are left out.
JsonValue filled(const JsonValue &pattern, const Fill &fill)
{
    if (pattern.isString()) {
        const JsonValue *value = fill.named(pattern.utf8());
        return value ? *value : pattern;
    }
    if (pattern.isArray()) {
        JsonValue array = JsonValue::array();
        for (const JsonValue &item : pattern.items()) {
            array.append(filled(item, fill));
        }
        return array;
    }
    if (pattern.isObject()) {
        JsonValue object = JsonValue::object();
        for (const JsonValue::Member &member : pattern.members()) {
            JsonValue value = filled(member.value, fill);
            if (!value.isNull() || member.value.isNull()) {
                object.set(member.key, std::move(value));
            }
        }
        return object;
    }
    return pattern;
}

} // namespace

bool StateAdapter::isStateItem(const QString &key)
{
    return key.startsWith(keyPrefix);
}

void StateAdapter::connectionOpened()
{
    m_state.reset();
    m_announced.clear();
}

bool StateAdapter::take(const ServerMessage &message)
{
    if (const auto *sent = std::get_if<StateSent>(&message)) {
        m_state = sent->state;
        m_announced.clear(); // The state is the whole truth again.
        return true;
    }
    const auto *own = std::get_if<ApplicationMessage>(&message);
    if (!own) {
        return false;
    }
    bool announced = false;
    for (size_t i = 0; i < m_rules.size(); ++i) {
        const StateRule &rule = m_rules[i];
        const JsonValue *item =
            rule.announcedBy.isEmpty() || rule.announcedBy != own->type ? nullptr : own->body.at(rule.announcedItem);
        const QString id = item ? textOf(first(*item, rule.id)) : QString();
        if (!id.isEmpty() && m_announced.size() < mostItems) {
            m_announced.insert_or_assign(keyOf(rule, id), std::pair(i, *item));
            announced = true;
        }
    }
    return announced;
}

std::vector<StateAdapter::Named> StateAdapter::entries(const std::string &pointer, const Pointers &id,
                                                       const JsonValue &in) const
{
    std::vector<Named> found;
    const JsonValue *items = in.at(pointer);
    if (!items) {
        return found;
    }
    for (const JsonValue &item : items->items()) {
        const JsonValue *value = first(item, id);
        if (value && found.size() < mostItems) {
            found.push_back({textOf(value), *value, &item});
        }
    }
    for (const JsonValue::Member &member : items->members()) {
        const JsonValue *value = first(member.value, id);
        const JsonValue named = value ? *value : JsonValue::fromUtf8(member.key);
        if (found.size() < mostItems) {
            found.push_back({textOf(&named), named, &member.value});
        }
    }
    return found;
}

std::vector<StateAdapter::Named> StateAdapter::listed(const StateRule &rule) const
{
    return m_state ? entries(rule.items, rule.id, *m_state) : std::vector<Named>();
}

std::vector<PeerItem> StateAdapter::items(Timestamp now, std::chrono::milliseconds monotonic) const
{
    std::vector<PeerItem> items;
    for (size_t i = 0; i < m_rules.size(); ++i) {
        for (const Named &named : listed(m_rules[i])) {
            if (named.id.isEmpty()) {
                continue;
            }
            items.push_back(itemOf(i, named, now));
            items.back().knownAt = monotonic; // A state is pushed whenever it changes.
        }
        addSettled(i, items);
    }
    for (const auto &[key, announced] : m_announced) {
        const auto known =
            std::any_of(items.begin(), items.end(), [&](const PeerItem &item) { return item.key == key; });
        if (!known) {
            const JsonValue *id = first(announced.second, m_rules[announced.first].id);
            items.push_back(itemOf(announced.first, {textOf(id), *id, &announced.second}, now));
            items.back().knownAt = monotonic;
        }
    }
    return items;
}

PeerItem StateAdapter::itemOf(size_t index, const Named &named, Timestamp now) const
{
    const StateRule &rule = m_rules[index];
    const JsonValue &item = *named.item;
    PeerItem result;
    result.key = keyOf(rule, named.id);
    result.repliesDirectly = !rule.approve.isMessage() && !rule.reject.isMessage();
    result.correlation =
        writeJson(JsonValue::object({{"rule", JsonValue::fromString(rule.name)}, {"id", named.idValue}}));
    const JsonValue *arguments = first(item, rule.arguments);
    result.content.arguments = writeJson(arguments ? *arguments : withoutStatus(item, rule));
    result.content.toolName = textOf(first(item, rule.tool)).left(200);
    if (result.content.toolName.isEmpty()) {
        result.content.toolName = rule.toolName;
    }
    const QString status = textOf(first(item, rule.status));
    if (!status.isEmpty() && !rule.waiting.isEmpty() && !rule.waiting.contains(status)) {
        result.stand = PeerItem::Stand::Settled;
        const auto outcome = rule.outcomes.find(status);
        result.verdict = outcome == rule.outcomes.end() ? std::nullopt : outcome->second;
        result.words = u"“"_s + displayText(status.left(100)).text + u'”';
        const QString detail = textOf(first(item, rule.detail));
        if (!detail.isEmpty() && detail != "{}"_L1) {
            result.words += u" (“"_s + displayText(detail.left(200)).text + u"”)"_s;
            // A workflow that was rejected looks like one that failed; only its error has the reviewer's words.
            result.answer = result.verdict ? QString() : detail.left(longestReason);
        }
        return result;
    }
    result.content.pattern = rule.pattern;
    result.content.title = textOf(first(item, rule.title)).left(2000);
    result.content.message = textOf(first(item, rule.message)).left(20'000);
    result.content.allowed = {Verdict::Approve};
    if (rule.approve.carriesArguments()) {
        result.content.allowed.push_back(Verdict::ApproveEdited);
    }
    result.content.allowed.push_back(Verdict::Reject);
    result.parent.workflowInstance = rule.pattern == Pattern::WorkflowApproval ? named.id.left(200) : QString();
    result.expiresIn = timeUntil(first(item, rule.expiresAt), now);
    return result;
}

void StateAdapter::addSettled(size_t index, std::vector<PeerItem> &items) const
{
    const StateRule &rule = m_rules[index];
    if (!rule.history || !m_state) {
        return;
    }
    for (const Named &named : entries(rule.history->items, rule.history->id, *m_state)) {
        PeerItem item;
        item.key = keyOf(rule, named.id);
        const bool waits =
            std::any_of(items.begin(), items.end(), [&](const PeerItem &other) { return other.key == item.key; });
        if (waits || items.size() >= 2 * mostItems) {
            continue; // It waits again: that counts.
        }
        item.stand = PeerItem::Stand::Settled;
        const QString decision = textOf(first(*named.item, rule.history->decision));
        const auto outcome = rule.outcomes.find(decision);
        item.verdict = outcome == rule.outcomes.end() ? std::nullopt : outcome->second;
        item.words = decision.isEmpty() ? u"settled"_s : u"“"_s + displayText(decision.left(100)).text + u'”';
        const QString by = textOf(first(*named.item, rule.history->by));
        if (!by.isEmpty()) {
            item.words += u" by “"_s + displayText(by.left(100)).text + u'”';
        }
        items.push_back(std::move(item));
    }
}

Result<ClientMessage> StateAdapter::answer(const DeliveryOrder &order, const QString &callId) const
{
    const Result<JsonValue> correlation = readJson(order.correlation);
    const JsonValue *name = correlation ? correlation->find("rule") : nullptr;
    const JsonValue *id = correlation ? correlation->find("id") : nullptr;
    const auto rule = std::find_if(m_rules.begin(), m_rules.end(),
                                   [&](const StateRule &one) { return name && one.name == name->toString(); });
    if (!id || rule == m_rules.end()) {
        return Error{ErrorCode::NotFound,
                     u"The profile of this connection no longer says how such a request is answered."_s,
                     {}};
    }
    const bool approves = letsItHappen(order.verdict);
    const AnswerTemplate &answer = approves ? rule->approve : rule->reject;
    if (order.verdict == Verdict::ApproveEdited && !answer.carriesArguments()) {
        return Error{ErrorCode::InvalidInput, u"This agent cannot take edited arguments."_s, {}};
    }
    const QString &reason = order.content.reason;
    Fill fill;
    fill.id = *id;
    fill.reason = reason.isEmpty() ? JsonValue() : JsonValue::fromString(reason);
    fill.reviewer = JsonValue::fromString(order.reviewer);
    fill.approved = JsonValue::fromBool(approves);
    const QByteArray arguments =
        order.verdict == Verdict::ApproveEdited ? order.content.arguments : order.round.arguments;
    for (const auto &[value, bytes] :
         {std::pair(&fill.arguments, arguments), std::pair(&fill.metadata, order.content.metadata)}) {
        if (bytes.isEmpty()) {
            continue;
        }
        Result<JsonValue> read = readJson(bytes);
        if (!read) {
            return read.error();
        }
        *value = std::move(*read);
    }
    if (answer.isMessage()) {
        return ClientMessage(ApplicationAnswer{filled(answer.message, fill)});
    }
    JsonValue::Array values = filled(JsonValue::array(answer.arguments), fill).items();
    while (!values.empty() && values.back().isNull()) {
        values.pop_back(); // An optional argument at the end that has no value.
    }
    return ClientMessage(RpcRequest{callId, answer.method, std::move(values)});
}

} // namespace countersign::cloudflare
