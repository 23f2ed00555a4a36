// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QString>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace countersign {

/// JSON that somebody else wrote: members in the order received, numbers as their source text, strings as valid UTF-8.
/// Made by readJson() (which enforces the limits) or by our own code; a value type, cheap to move.
class JsonValue
{
public:
    struct Member;
    using Array = std::vector<JsonValue>;
    using Object = std::vector<Member>;
    enum class Kind { Null, Boolean, Number, String, Array, Object };

    JsonValue() = default; ///< null
    static JsonValue fromBool(bool value);
    static JsonValue fromInteger(qint64 value);
    /// \p text must be a JSON number within MODEL.md section 1; asserted, since only the reader and the form make it.
    static JsonValue fromNumberText(std::string text);
    static JsonValue fromString(const QString &value); ///< Lone surrogates become U+FFFD: for our own text only.
    static JsonValue fromUtf8(std::string value);      ///< \p value must be valid UTF-8.
    static JsonValue array();
    static JsonValue array(Array items);
    static JsonValue object();
    static JsonValue object(Object members);

    Kind kind() const { return static_cast<Kind>(m_data.index()); }
    bool isNull() const { return kind() == Kind::Null; }
    bool isBool() const { return kind() == Kind::Boolean; }
    bool isNumber() const { return kind() == Kind::Number; }
    bool isString() const { return kind() == Kind::String; }
    bool isArray() const { return kind() == Kind::Array; }
    bool isObject() const { return kind() == Kind::Object; }

    bool toBool(bool other = false) const;
    std::string_view numberText() const;     ///< Empty when not a number.
    std::optional<qint64> toInteger() const; ///< Absent when not a number with an integral value in range (`3.0` is 3).
    double toDouble(double other = 0) const;
    std::string_view utf8() const; ///< Empty when not a string.
    QString toString(const QString &other = {}) const;

    const Array &items() const;                        ///< Empty when not an array.
    const Object &members() const;                     ///< Empty when not an object.
    Array &items();                                    ///< Asserts that it is an array.
    Object &members();                                 ///< Asserts that it is an object.
    const JsonValue *find(std::string_view key) const; ///< Null when absent or not an object.
    JsonValue *find(std::string_view key);
    /// find() by RFC 6901 pointer; null when there is nothing there or \p pointer is malformed.
    const JsonValue *at(std::string_view pointer) const;
    JsonValue *at(std::string_view pointer);
    void append(JsonValue item); ///< Asserts that it is an array.
    void set(std::string_view key,
             JsonValue value); ///< Replaces in place or adds at the end. Asserts that it is an object.

    /// Equal as JSON values: members in any order, numbers by decimal value (`1.0` equals `1`), strings by code points.
    friend bool operator==(const JsonValue &left, const JsonValue &right);

private:
    struct Number {
        std::string text;
    };
    std::variant<std::monostate, bool, Number, std::string, Array, Object> m_data;
};

struct JsonValue::Member {
    std::string key;
    JsonValue value;
};

/// Are two JSON number texts the same decimal value? Exact: no double is involved.
bool sameDecimal(std::string_view left, std::string_view right);

/// Is \p text a number that fromNumberText() takes: JSON's grammar, within MODEL.md section 1?
bool isJsonNumber(std::string_view text);

/// RFC 6901 escaping of one reference token (`~` and `/`).
std::string pointerToken(std::string_view key);

/// Compact JSON with members in order and number text untouched. Not the canonical form.
QByteArray writeJson(const JsonValue &value);
/// The same, indented by two spaces, for people to read.
QByteArray writeJsonIndented(const JsonValue &value);

} // namespace countersign
