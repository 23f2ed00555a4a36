// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"

#include <QtCore/QString>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace countersign {

/// Names a field for the life of its form: it stays with the field when list items move or a member is renamed.
using FieldId = quint32;
inline constexpr FieldId noField = 0;

/// What a field is drawn as. Which of them a schema becomes is decided once, by the form model.
enum class FieldKind {
    Text,
    LongText,
    Number,
    Integer,
    Switch,
    Choice,      ///< One of FormField::options.
    MultiChoice, ///< An array of different values out of FormField::options.
    Date,
    Time,
    DateTime,
    Duration,
    Secret, ///< Masked; its value never enters a draft, a difference or a log.
    Colour,
    File,     ///< A string that holds a file's bytes (`contentEncoding: base64`).
    Constant, ///< `const`: read-only, filled in by the form.
    Null,     ///< Nothing but null is allowed.
    Group,    ///< An object with known members.
    Map,      ///< An object whose member names are free (it may have known members too).
    List,     ///< An array of any length.
    Tuple,    ///< An array whose first places differ (it may go on as a list).
    Table,    ///< A list of flat objects.
    RawJson,  ///< Cannot be drawn: JSON text. FormField::rawReason says why.
};

/// Absent, null and a value are three answers; an empty string is a value.
enum class Presence { Absent, Null, Value };

/// One value that a Choice or MultiChoice offers. Title and description are outside text.
struct FieldOption {
    JsonValue value;
    QString title; ///< The schema's words, or the value as JSON.
    QString description;
};

/// The options of a field, shared among the fields of one kind: a list of Choices has one copy. Reads like a vector.
class FieldOptions
{
public:
    using List = std::vector<FieldOption>;
    FieldOptions() = default;
    explicit FieldOptions(List options)
        : m_options(std::make_shared<const List>(std::move(options)))
    {}
    const List &list() const
    {
        static const List none;
        return m_options ? *m_options : none;
    }
    operator const List &() const { return list(); } // NOLINT(google-explicit-constructor): it is one.
    size_t size() const { return list().size(); }
    bool empty() const { return list().empty(); }
    const FieldOption &operator[](size_t index) const { return list()[index]; }
    const FieldOption &front() const { return list().front(); }
    List::const_iterator begin() const { return list().begin(); }
    List::const_iterator end() const { return list().end(); }

private:
    std::shared_ptr<const List> m_options; ///< Shared by every field that offers them; never changed.
};

/// Bounds as the schema says them. Numbers are source text: `19.99` is not a double.
struct FieldBounds {
    std::string minimum; ///< Empty: none.
    std::string maximum;
    bool exclusiveMinimum = false;
    bool exclusiveMaximum = false;
    std::string multipleOf;
    std::optional<qint64> minLength; ///< Of a text: code points.
    std::optional<qint64> maxLength;
    std::optional<qint64> minItems; ///< Of a list, or members of a map.
    std::optional<qint64> maxItems;
    bool uniqueItems = false;
    QString pattern;
    QString format;
    QString contentEncoding;
    QString contentMediaType;
};

/// One place of the value, as the form shows it. Everything in words comes from the schema: outside text, which goes to
/// a screen only through displayText().
struct FormField {
    FieldId id = noField;
    FieldId parent = noField;
    std::vector<FieldId> children; ///< In the order shown. Empty while collapsed parts were never opened.
    std::string pointer;           ///< RFC 6901, into the value. Changes when items move.
    std::string key;               ///< Member name; for items the index.
    QString title;                 ///< The schema's, or the key.
    QString help;                  ///< `description`.
    FieldKind kind = FieldKind::Text;
    Presence presence = Presence::Absent;
    bool required = false;
    bool nullable = false; ///< Null is allowed beside what \c kind says.
    bool readOnly = false; ///< `readOnly`, or a value that must not be changed.
    bool deprecated = false;
    bool extra = false;         ///< The schema does not name it: a map's member, or one that came with the value.
    bool expandable = false;    ///< Has parts.
    bool expanded = true;       ///< Recursive and very large parts begin collapsed.
    bool notSent = false;       ///< A condition took this field away; its value is kept here but not sent.
    bool asksForSecret = false; ///< Name, title, help or format speak of a password, key, token or card.
    bool isDefault = false;     ///< The value is the default that the form filled in.
    QString neededBecause;      ///< Member whose presence requires this one (`dependentRequired`); empty: none.
    QString rawReason;
    std::optional<JsonValue> defaultValue;
    std::vector<JsonValue> examples;
    FieldOptions options;
    FieldBounds bounds;
    std::vector<QString> variants;       ///< Titles of `oneOf`/`anyOf` branches or of the types to choose from.
    int variant = -1;                    ///< Which of them is shown; -1: none chosen, or there are none.
    std::vector<QString> columns;        ///< Of a Table: titles of its columns.
    std::vector<std::string> columnKeys; ///< Their member names.
};

/// A problem at the field where a person can mend it. \c message quotes outside text.
struct FieldProblem {
    FieldId field = noField; ///< noField: nowhere in particular (the whole form).
    std::string pointer;     ///< Of the value or of the member that is missing.
    std::string keyword;
    std::string schema;
    QString message;
};

enum class FieldChangeKind { Added, Removed, Changed };

/// One difference between the original and what would be sent. Secrets are masked.
struct FieldChange {
    FieldChangeKind kind = FieldChangeKind::Changed;
    std::string pointer;
    std::optional<JsonValue> before;
    std::optional<JsonValue> after;
};

} // namespace countersign
