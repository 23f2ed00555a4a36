// SPDX-License-Identifier: Apache-2.0
#include "core/schema/problem_text.h"

#include <QtCore/QStringList>

namespace countersign::schema {

using namespace Qt::StringLiterals;

namespace {

/// The parameters, read for a sentence.
class Facts
{
public:
    explicit Facts(const JsonValue &parameters)
        : m_parameters(parameters)
    {}
    const JsonValue &value(std::string_view key) const
    {
        static const JsonValue none;
        const JsonValue *found = m_parameters.find(key);
        return found ? *found : none;
    }
    bool has(std::string_view key) const { return m_parameters.find(key) != nullptr; }
    qint64 number(std::string_view key) const { return value(key).toInteger().value_or(0); }
    /// As JSON, but texts in our quotation marks.
    QString shown(std::string_view key) const { return shown(value(key)); }
    static QString shown(const JsonValue &value)
    {
        constexpr qsizetype longest = 80;
        QString text = value.isString() ? value.toString() : QString::fromUtf8(writeJson(value));
        if (text.size() > longest) {
            text = text.left(longest - 1) + u'…';
        }
        return value.isString() ? u'“' + text + u'”' : text;
    }

private:
    const JsonValue &m_parameters;
};

QString typeName(const QString &type)
{
    if (type == u"string"_s) {
        return u"text"_s;
    }
    if (type == u"integer"_s) {
        return u"a whole number"_s;
    }
    if (type == u"number"_s) {
        return u"a number"_s;
    }
    if (type == u"boolean"_s) {
        return u"true or false"_s;
    }
    if (type == u"array"_s) {
        return u"a list"_s;
    }
    return type == u"object"_s ? u"an object"_s : u"null"_s;
}

QString typeText(const Facts &facts)
{
    QStringList names;
    for (const JsonValue &name : facts.value("allowed").items()) {
        names.append(typeName(name.toString()));
    }
    return u"must be %1"_s.arg(names.join(u" or "_s));
}

QString enumText(const Facts &facts)
{
    constexpr size_t fewChoices = 8;
    const JsonValue::Array &choices = facts.value("allowed").items();
    const qint64 count = facts.number("count");
    if (count == 0) {
        return u"can have no value at all: the list of choices is empty"_s;
    }
    if (choices.size() > fewChoices || static_cast<qint64>(choices.size()) < count) {
        return u"must be one of the %1 choices"_s.arg(count);
    }
    QStringList shown;
    for (const JsonValue &choice : choices) {
        shown.append(Facts::shown(choice));
    }
    return (count == 1 ? u"must be %1"_s : u"must be one of %1"_s).arg(shown.join(u", "_s));
}

QString counted(qint64 count, const QString &one, const QString &many)
{
    return QString::number(count) + u' ' + (count == 1 ? one : many);
}

QString boundText(const Facts &facts, bool least, const QString &one, const QString &many)
{
    const QString limit = counted(facts.number("limit"), one, many);
    return (least ? u"must have at least %1, and has %2"_s : u"must have at most %1, and has %2"_s)
        .arg(limit, QString::number(facts.number("actual")));
}

QString containsText(const Facts &facts)
{
    const qint64 found = facts.number("found");
    if (facts.has("atMost") && found > facts.number("atMost")) {
        return u"must have at most %1 of the kind asked for, and has %2"_s.arg(
            counted(facts.number("atMost"), u"item"_s, u"items"_s), QString::number(found));
    }
    return u"must have at least %1 of the kind asked for, and has %2"_s.arg(
        counted(facts.number("atLeast"), u"item"_s, u"items"_s), QString::number(found));
}

QString unionText(const Facts &facts)
{
    if (facts.has("matching")) {
        return u"fits more than one of the %1 kinds allowed here, and must fit exactly one"_s.arg(
            facts.number("branches"));
    }
    const qint64 branches = facts.number("branches");
    return branches == 1 ? u"does not fit the kind allowed here"_s
                         : u"fits none of the %1 kinds allowed here"_s.arg(branches);
}

QString neededText(const Facts &facts)
{
    return facts.has("because")
               ? u"%1 is needed because %2 is set"_s.arg(facts.shown("missing"), facts.shown("because"))
               : u"%1 is needed"_s.arg(facts.shown("missing"));
}

} // namespace

QString problemText(Keyword keyword, const JsonValue &parameters)
{
    const Facts facts(parameters);
    switch (keyword) {
    case Keyword::Type:
        return typeText(facts);
    case Keyword::Const:
        return u"must be %1"_s.arg(facts.shown("wanted"));
    case Keyword::Enum:
        return enumText(facts);
    case Keyword::Minimum:
        return u"must be at least %1"_s.arg(facts.shown("limit"));
    case Keyword::Maximum:
        return u"must be at most %1"_s.arg(facts.shown("limit"));
    case Keyword::ExclusiveMinimum:
        return u"must be more than %1"_s.arg(facts.shown("limit"));
    case Keyword::ExclusiveMaximum:
        return u"must be less than %1"_s.arg(facts.shown("limit"));
    case Keyword::MultipleOf:
        return u"must be a multiple of %1"_s.arg(facts.shown("divisor"));
    case Keyword::MinLength:
    case Keyword::MaxLength:
        return boundText(facts, keyword == Keyword::MinLength, u"character"_s, u"characters"_s);
    case Keyword::MinItems:
    case Keyword::MaxItems:
        return boundText(facts, keyword == Keyword::MinItems, u"item"_s, u"items"_s);
    case Keyword::MinProperties:
    case Keyword::MaxProperties:
        return boundText(facts, keyword == Keyword::MinProperties, u"member"_s, u"members"_s);
    case Keyword::Pattern:
        return u"must have the form %1"_s.arg(facts.shown("pattern"));
    case Keyword::Format:
        return u"must be %1"_s.arg(facts.value("description").toString());
    case Keyword::UniqueItems:
        return u"must have no item twice: items %1 and %2 are the same"_s.arg(
            QString::number(facts.number("first") + 1), QString::number(facts.number("second") + 1));
    case Keyword::Contains:
        return containsText(facts);
    case Keyword::Items:
    case Keyword::AdditionalItems:
    case Keyword::UnevaluatedItems:
        return boundText(facts, false, u"item"_s, u"items"_s);
    case Keyword::Required:
    case Keyword::DependentRequired:
    case Keyword::Dependencies:
        return neededText(facts);
    case Keyword::AdditionalProperties:
    case Keyword::UnevaluatedProperties:
        return u"%1 is not allowed here"_s.arg(facts.shown("property"));
    case Keyword::PropertyNames:
        return u"the name %1 is not allowed here"_s.arg(facts.shown("property"));
    case Keyword::AnyOf:
    case Keyword::OneOf:
        return unionText(facts);
    case Keyword::Not:
        return u"is one of the values that are forbidden here"_s;
    case Keyword::FalseSchema:
        return u"must not be given here"_s;
    default:
        return u"does not fit the schema"_s;
    }
}

QString hindranceText(Hindrance hindrance)
{
    switch (hindrance) {
    case Hindrance::TooMuchWork:
        return u"could not be checked: the schema asks for more work than is allowed"_s;
    case Hindrance::TooDeep:
        return u"could not be checked: the schema refers to itself too often"_s;
    case Hindrance::PatternTooCostly:
        return u"could not be checked: its pattern takes too long, or is of a kind that is not known here"_s;
    }
    return {};
}

} // namespace countersign::schema
