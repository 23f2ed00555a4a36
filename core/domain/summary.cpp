// SPDX-License-Identifier: Apache-2.0
#include "core/domain/summary.h"

#include "core/base/exact_text.h"
#include "core/base/json_reader.h"
#include "core/base/visible_text.h"
#include "core/domain/policy.h"

#include <QtCore/QLocale>
#include <QtCore/QUrl>

#include <algorithm>
#include <initializer_list>

namespace countersign {

using namespace Qt::StringLiterals;

namespace {

constexpr int headingLength = 200;
constexpr int partLength = 80; ///< So that one long value does not push the others out of the heading.
constexpr size_t shownArguments = 3;

QString shownPart(const QString &outside)
{
    // Making text visible never makes it shorter, so what lies further back cannot show.
    return shortened(displayText(QStringView(outside).left(2 * partLength)).text, partLength);
}

/// The words of a tool's name in lower case: `payments.createRefund` is payments, create, refund.
QStringList wordsOf(const QString &toolName)
{
    QStringList words;
    QString word;
    for (const QChar character : toolName) {
        const bool startsWord = character.isUpper() && !word.isEmpty() && word.back().isLower();
        if (!character.isLetterOrNumber() || startsWord) {
            words.append(word.toLower());
            word.clear();
        }
        if (character.isLetterOrNumber()) {
            word.append(character);
        }
    }
    words.append(word.toLower());
    words.removeAll(QString());
    return words;
}

/// A number's source text or a string's text. Absent: not a scalar with a text of its own.
std::optional<QString> scalarText(const JsonValue &value)
{
    if (value.isNumber()) {
        const std::string_view text = value.numberText();
        return QString::fromLatin1(text.data(), static_cast<qsizetype>(text.size()));
    }
    if (value.isString() && !value.utf8().empty()) {
        return value.toString();
    }
    return {};
}

bool isPlainNumber(const QString &text)
{
    const auto isPart = [](QChar character) {
        return (character >= u'0' && character <= u'9') || character == u'.' || character == u'-';
    };
    return !text.isEmpty() && std::ranges::all_of(text, isPart);
}

bool isCurrency(const QString &text)
{
    return text.size() == 3 && std::ranges::all_of(text, [](QChar letter) { return letter >= u'A' && letter <= u'Z'; });
}

/// The member called \p key, whatever its case, that has a text; null when there is none.
const JsonValue *scalarMember(const JsonValue &object, QLatin1StringView key)
{
    for (const JsonValue::Member &member : object.members()) {
        const QLatin1StringView name(member.key.data(), static_cast<qsizetype>(member.key.size()));
        if (name.compare(key, Qt::CaseInsensitive) == 0 && scalarText(member.value)) {
            return &member.value;
        }
    }
    return nullptr;
}

QString firstMemberText(const JsonValue &object, std::initializer_list<QLatin1StringView> keys)
{
    for (const QLatin1StringView key : keys) {
        if (const JsonValue *value = scalarMember(object, key)) {
            return *scalarText(*value);
        }
    }
    return {};
}

/// The same JSON literal that a reader would write: a text with a comma or a quote cannot pass for two arguments.
QString quotedUnlessPlain(const QString &text, QStringView alsoPlain)
{
    const auto isPlain = [alsoPlain](QChar character) {
        return character.isLetterOrNumber() || character.isSurrogate() || alsoPlain.contains(character);
    };
    if (!text.isEmpty() && std::ranges::all_of(text, isPlain)) {
        return text;
    }
    return QString::fromUtf8(writeJson(JsonValue::fromString(text)));
}

QString argumentText(const JsonValue &value)
{
    switch (value.kind()) {
    case JsonValue::Kind::Null:
        return u"null"_s;
    case JsonValue::Kind::Boolean:
        return value.toBool() ? u"true"_s : u"false"_s;
    case JsonValue::Kind::Number:
        return scalarText(value).value_or(QString());
    case JsonValue::Kind::String:
        return quotedUnlessPlain(value.toString(), u" _@%+=:./-#&'()");
    case JsonValue::Kind::Array:
    case JsonValue::Kind::Object:
        break;
    }
    return {};
}

QString firstArguments(const JsonValue &arguments)
{
    QStringList parts;
    for (const JsonValue::Member &member : arguments.members()) {
        if (parts.size() == shownArguments) {
            break;
        }
        if (!member.value.isArray() && !member.value.isObject()) {
            const QString key = quotedUnlessPlain(exactText(member.key), u"_.-");
            parts.append(shownPart(key) + u' ' + shownPart(argumentText(member.value)));
        }
    }
    return parts.join(u", "_s);
}

QString toolHeading(const RoundContent &content, const JsonValue &arguments, const QString &withoutTool)
{
    const QString tool =
        content.toolName.isEmpty() ? withoutTool : shownPart(quotedUnlessPlain(content.toolName, u"_.:/-@"));
    const QString details = content.unreviewable.isEmpty() ? firstArguments(arguments) : u"cannot be reviewed"_s;
    return details.isEmpty() ? tool : tool + u" · "_s + details;
}

/// As a POSIX shell would have to read it to get the same words.
QString shellWord(const QString &word)
{
    const auto isSafe = [](QChar character) {
        return character.unicode() < 0x80 &&
               (character.isLetterOrNumber() || QStringView(u"_@%+=:,./-").contains(character));
    };
    if (!word.isEmpty() && std::ranges::all_of(word, isSafe)) {
        return word;
    }
    return u'\'' + QString(word).replace(u'\'', u"'\\''"_s) + u'\'';
}

/// The words of a gate's command; empty when the arguments do not hold one.
QStringList commandOf(const JsonValue &arguments)
{
    QStringList command;
    const JsonValue *words = arguments.find("command");
    if (words && words->isArray()) {
        for (const JsonValue &word : words->items()) {
            if (!word.isString()) {
                return {};
            }
            command.append(word.toString());
        }
    }
    return command;
}

QString gateHeading(const JsonValue &arguments)
{
    QString heading;
    for (const QString &word : commandOf(arguments)) {
        if (heading.size() > headingLength) {
            break;
        }
        heading += u' ' + displayText(QStringView(shellWord(word)).left(2 * headingLength)).text;
    }
    return heading.isEmpty() ? QString() : u"Run"_s + heading;
}

/// "Pay 4200.00 EUR to Nordwind GmbH". Only when the tool's name says that money goes out: cancel_payment has the same
/// members.
QString paymentHeading(const RoundContent &content, const JsonValue &arguments)
{
    const QString amount = firstMemberText(arguments, {"amount"_L1});
    const QString currency = firstMemberText(arguments, {"currency"_L1});
    const QString recipient = firstMemberText(arguments, {"recipient"_L1, "payee"_L1, "to"_L1});
    if (!isPlainNumber(amount) || !isCurrency(currency) || recipient.isEmpty()) {
        return {};
    }
    static constexpr QLatin1StringView otherDoings[] = {
        "cancel"_L1, "undo"_L1, "revert"_L1, "reverse"_L1, "get"_L1,     "list"_L1,   "check"_L1,    "find"_L1,
        "search"_L1, "stop"_L1, "delete"_L1, "remove"_L1,  "request"_L1, "update"_L1, "validate"_L1, "block"_L1};
    static constexpr struct {
        QLatin1StringView word;
        QLatin1StringView verb;
    } doings[] = {{"refund"_L1, "Refund"_L1},      {"refunds"_L1, "Refund"_L1}, {"transfer"_L1, "Transfer"_L1},
                  {"transfers"_L1, "Transfer"_L1}, {"wire"_L1, "Transfer"_L1},  {"pay"_L1, "Pay"_L1},
                  {"payment"_L1, "Pay"_L1},        {"payments"_L1, "Pay"_L1},   {"payout"_L1, "Pay"_L1},
                  {"send"_L1, "Send"_L1},          {"remit"_L1, "Pay"_L1}};
    const QStringList words = wordsOf(content.toolName);
    for (const QString &word : words) {
        if (std::ranges::find(otherDoings, word) != std::end(otherDoings)) {
            return {};
        }
    }
    for (const auto &doing : doings) {
        if (words.contains(doing.word)) {
            // Concatenated, not arg(): the recipient may contain %1.
            return doing.verb + u' ' + shownPart(amount) + u' ' + currency + u" to "_s +
                   shownPart(quotedUnlessPlain(recipient, u" _@%+=:./-#&'(),"));
        }
    }
    return {};
}

/// "Delete 12,408 rows from customers_old".
QString deletionHeading(const RoundContent &content, const JsonValue &arguments)
{
    const QStringList words = wordsOf(content.toolName);
    if (words.isEmpty() || words.front() != "delete"_L1) {
        return {};
    }
    const JsonValue *rows = scalarMember(arguments, "rows"_L1);
    const JsonValue *count = rows ? rows : scalarMember(arguments, "count"_L1);
    const std::optional<qint64> number = count ? count->toInteger() : std::nullopt;
    const JsonValue *table = scalarMember(arguments, "table"_L1);
    if (!number || *number < 0 || !table || !table->isString()) {
        return {};
    }
    const QString noun = *number == 1 ? u" row"_s : u" rows"_s;
    return u"Delete "_s + QLocale(QLocale::English, QLocale::UnitedStates).toString(*number) + noun + u" from "_s +
           shownPart(quotedUnlessPlain(table->toString(), u"_.-"));
}

QString linkHeading(const RoundContent &content, const QString &agent)
{
    // The host in its encoded form: a look-alike letter shows as xn--….
    const QString host = QUrl(content.url, QUrl::StrictMode).host(QUrl::FullyEncoded);
    return (host.isEmpty() ? u"Open a link"_s : u"Open "_s + shownPart(host)) + u" for "_s + agent;
}

/// Members that decide what is at stake, most important first.
struct CriticalMember {
    QLatin1StringView key;
    QLatin1StringView label;
    bool wholeNumber = false;
};
constexpr CriticalMember criticalMembers[] = {
    {"amount"_L1, "amount"_L1},   {"recipient"_L1, "recipient"_L1}, {"to"_L1, "recipient"_L1},
    {"target"_L1, "target"_L1},   {"table"_L1, "table"_L1},         {"database"_L1, "database"_L1},
    {"host"_L1, "host"_L1},       {"path"_L1, "path"_L1},           {"count"_L1, "count"_L1, true},
    {"rows"_L1, "rows"_L1, true},
};

/// In \p arguments themselves, else in an object directly inside: `{"payment":{"amount":…}}`.
const JsonValue *findCritical(const JsonValue &arguments, const CriticalMember &wanted)
{
    const auto fits = [&wanted](const JsonValue *value) {
        return value && (!wanted.wholeNumber || value->toInteger().has_value());
    };
    if (const JsonValue *direct = scalarMember(arguments, wanted.key); fits(direct)) {
        return direct;
    }
    for (const JsonValue::Member &member : arguments.members()) {
        if (const JsonValue *inner = scalarMember(member.value, wanted.key); fits(inner)) {
            return inner;
        }
    }
    return nullptr;
}

JsonValue argumentsOf(const RoundContent &content)
{
    return readJson(content.arguments, JsonLimits::decisionPayload()).valueOr(JsonValue());
}

/// The scalar that a policy means by \p field: the name of a member, or a JSON Pointer; null when there is none.
const JsonValue *policyField(const JsonValue &arguments, std::string_view field)
{
    const JsonValue *value = field.starts_with('/') ? arguments.at(field) : arguments.find(field);
    return value && !value->isNull() && !value->isArray() && !value->isObject() ? value : nullptr;
}

/// The administrator's words with the agent's values in them, each visible, shortened, and quoted unless it is plain.
/// Empty: a field has no value.
QString templateHeading(const QString &summary, const JsonValue &arguments)
{
    const std::optional<std::vector<std::string>> fields = templateFields(summary);
    if (!fields) {
        return {};
    }
    QString heading;
    qsizetype from = 0;
    for (const std::string &field : *fields) {
        const JsonValue *value = policyField(arguments, field);
        if (!value || (value->isString() && value->utf8().empty())) {
            return {};
        }
        const qsizetype open = summary.indexOf(u'{', from);
        heading += displayText(summary.mid(from, open - from)).text + shownPart(argumentText(*value));
        from = summary.indexOf(u'}', open) + 1;
    }
    return heading + displayText(summary.mid(from)).text;
}

/// What an administrator wants typed, in their order. Empty: none of the fields is there.
CriticalValue criticalFields(const std::vector<std::string> &pointers, const JsonValue &arguments)
{
    QStringList labels;
    QStringList values;
    for (const std::string &pointer : pointers) {
        const JsonValue *value = policyField(arguments, pointer);
        const QString text =
            value ? (value->isBool() ? argumentText(*value) : scalarText(*value).value_or(QString())) : QString();
        if (!text.trimmed().isEmpty()) {
            const size_t last = pointer.rfind('/');
            labels.append(displayText(exactText(std::string_view(pointer).substr(last + 1))).text);
            // One line edit takes it: spaces at the ends cannot be typed there.
            values.append(displayText(text.trimmed()).text);
        }
    }
    return {labels.join(u" and "_s), values.join(u' ')};
}

} // namespace

QString summarize(const RoundContent &content, const QString &agentName, const ToolPolicy *policy)
{
    const QString agent = agentName.isEmpty() ? u"an unnamed agent"_s : shownPart(agentName);
    const JsonValue arguments = argumentsOf(content);
    if (policy && !policy->summary.isEmpty() && content.unreviewable.isEmpty()) {
        if (const QString own = templateHeading(policy->summary, arguments); !own.isEmpty()) {
            return shortened(own, headingLength);
        }
    }
    QString heading;
    switch (content.pattern) {
    case Pattern::Elicitation:
        heading = u"Answer a question from "_s + agent;
        break;
    case Pattern::ElicitationUrl:
        heading = linkHeading(content, agent);
        break;
    case Pattern::Sampling:
        heading = u"Let "_s + agent + u" ask the language model"_s;
        break;
    case Pattern::Gate:
        heading = gateHeading(arguments);
        break;
    case Pattern::WorkflowApproval:
    case Pattern::ToolApproval:
    case Pattern::ClientTool:
    case Pattern::Confirmation:
        heading = content.unreviewable.isEmpty() ? paymentHeading(content, arguments) : QString();
        if (heading.isEmpty() && content.unreviewable.isEmpty()) {
            heading = deletionHeading(content, arguments);
        }
        break;
    }
    if (heading.isEmpty()) {
        heading = toolHeading(content, arguments, u"Request from "_s + agent);
    }
    return shortened(heading, headingLength);
}

CriticalValue criticalValue(const RoundContent &content, const ToolPolicy *policy)
{
    const JsonValue arguments = argumentsOf(content);
    if (policy && !policy->critical.empty()) {
        if (const CriticalValue own = criticalFields(policy->critical, arguments); !own.value.isEmpty()) {
            return own;
        }
    }
    if (content.pattern == Pattern::Gate) {
        // The members of a gate's payload are its own: none of them is a target that the command names.
        const QStringList command = commandOf(arguments);
        if (!command.isEmpty() && !command.last().isEmpty()) {
            return {u"last word of the command"_s, displayText(command.last()).text};
        }
    } else {
        for (const CriticalMember &wanted : criticalMembers) {
            if (const JsonValue *value = findCritical(arguments, wanted)) {
                return {wanted.label, displayText(*scalarText(*value)).text};
            }
        }
    }
    if (!content.toolName.isEmpty()) {
        return {u"tool"_s, displayText(content.toolName).text};
    }
    return {};
}

} // namespace countersign
