// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"

#include "core/base/decimal.h"
#include "core/base/visible_text.h"

#include <nlohmann/json.hpp>

#include <cstring>
#include <iterator>
#include <set>

namespace countersign {

using namespace Qt::Literals::StringLiterals;

namespace {

/// Reads the bytes and tells a place outside how far it got, so that our own rules can name the place too.
class CountingIterator
{
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char *;
    using reference = const char &;

    CountingIterator(const char *at, const char **reached)
        : m_at(at)
        , m_reached(reached)
    {}

    reference operator*() const { return *m_at; }
    CountingIterator &operator++()
    {
        *m_reached = ++m_at;
        return *this;
    }
    CountingIterator operator++(int)
    {
        CountingIterator before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const CountingIterator &left, const CountingIterator &right)
    {
        return left.m_at == right.m_at;
    }
    friend bool operator!=(const CountingIterator &left, const CountingIterator &right)
    {
        return left.m_at != right.m_at;
    }

private:
    const char *m_at;
    const char **m_reached;
};

/// `line 3, column 7 (byte 42)`, all counted from 1; columns count code points.
QString placeName(QByteArrayView bytes, qsizetype offset)
{
    const qsizetype end = std::clamp<qsizetype>(offset, 0, bytes.size());
    qsizetype line = 1;
    qsizetype column = 1;
    for (qsizetype i = 0; i < end; ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        if (byte == '\n') {
            ++line;
            column = 1;
        } else if ((byte & 0xC0) != 0x80) {
            ++column;
        }
    }
    return u"line %1, column %2 (byte %3)"_s.arg(QString::number(line), QString::number(column),
                                                 QString::number(end + 1));
}

Error refusedAt(QByteArrayView bytes, qsizetype offset, ErrorCode code, const QString &reason)
{
    return Error{code, u"The JSON is refused at %1: %2."_s.arg(placeName(bytes, offset), reason),
                 u"byte offset %1"_s.arg(offset)};
}

/// A short, visible quotation of outside text for a message.
QString quotation(std::string_view text)
{
    constexpr int longest = 60;
    const QByteArrayView bytes(text.data(), static_cast<qsizetype>(std::min<size_t>(text.size(), 4 * longest)));
    return u'“' + shortened(displayBytes(bytes).text, longest) + u'”';
}

QString numberReason(NumberProblem problem)
{
    switch (problem) {
    case NumberProblem::None:
    case NumberProblem::NotANumber:
        return u"this is not a number"_s;
    case NumberProblem::IntegerOutOfRange:
        return u"this whole number is outside −9223372036854775808 to 18446744073709551615"_s;
    case NumberProblem::TooLong:
        return u"this number has more than 40 characters"_s;
    case NumberProblem::TooLarge:
        return u"this number is larger than any that can be computed with"_s;
    case NumberProblem::TooSmall:
        return u"this number is so small that it would count as zero"_s;
    }
    return {};
}

/// Builds the tree from the parser's events and stops it at the first broken rule.
class TreeBuilder
{
public:
    TreeBuilder(QByteArrayView bytes, const JsonLimits &limits, const char *const &reached)
        : m_bytes(bytes)
        , m_limits(limits)
        , m_reached(reached)
    {}

    JsonValue takeRoot() { return std::move(m_root); }
    /// Set after the parser said no.
    Error error() const
    {
        return m_error.value_or(Error{ErrorCode::Malformed, u"The JSON is refused: it cannot be read."_s, {}});
    }

    // The events of nlohmann's SAX interface; false stops the parser.
    bool null() { return addValue(JsonValue()); }
    bool boolean(bool value) { return addValue(JsonValue::fromBool(value)); }
    bool number_integer(qint64 value) { return addValue(JsonValue::fromInteger(value)); }
    bool number_unsigned(quint64 value) { return addValue(JsonValue::fromNumberText(std::to_string(value))); }

    bool number_float(double, const std::string &written)
    {
        std::string text = written;
        for (char &c : text) {
            if (!std::strchr("+-.0123456789eE", c)) {
                c = '.'; // The lexer puts in the decimal point of the locale.
            }
        }
        const NumberProblem problem = numberProblem(text);
        if (problem != NumberProblem::None) {
            return refuse(startOfToken(text), ErrorCode::Malformed, numberReason(problem));
        }
        return addValue(JsonValue::fromNumberText(std::move(text)));
    }

    bool string(std::string &value) { return addValue(JsonValue::fromUtf8(std::move(value))); }
    bool binary(nlohmann::json::binary_t &) { return false; } // Not in JSON text.
    bool start_object(std::size_t) { return open(JsonValue::object()); }
    bool start_array(std::size_t) { return open(JsonValue::array()); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }

    bool key(std::string &name)
    {
        Level &level = m_levels.back();
        const JsonValue::Object &members = level.value.members();
        if (!rememberKey(level, members, name)) {
            return refuse(startOfString(), ErrorCode::Malformed,
                          u"the name %1 is there twice in one object"_s.arg(quotation(name)));
        }
        level.nextKey = std::move(name);
        return true;
    }

    bool parse_error(std::size_t position, const std::string &token, const nlohmann::json::exception &problem)
    {
        constexpr int numberOverflow = 406;
        if (problem.id == numberOverflow) {
            return refuse(offsetBack(position, token.size()), ErrorCode::Malformed,
                          numberReason(NumberProblem::TooLarge));
        }
        const std::string_view what = problem.what();
        const size_t lastRead = what.find("; last read: '");
        const bool wrongByte = lastRead != std::string_view::npos; // Else a whole token in a wrong place.
        const size_t dash = what.find(" - ");
        const std::string_view reason =
            dash == std::string_view::npos ? std::string_view("invalid") : what.substr(dash + 3, lastRead - dash - 3);
        const bool atEnd = reason.find("unexpected end of input") == 0;
        const qsizetype offset = offsetBack(position, wrongByte || atEnd ? 1 : tokenLength(reason, token));
        return refuse(offset, ErrorCode::Malformed,
                      QString::fromLatin1(reason.data(), static_cast<qsizetype>(reason.size())));
    }

private:
    struct Level {
        JsonValue value;
        std::string nextKey;
        std::set<std::string, std::less<>> keys; ///< Only of large objects.
    };

    bool refuse(qsizetype offset, ErrorCode code, const QString &reason)
    {
        if (!m_error) {
            m_error = refusedAt(m_bytes, offset, code, reason);
        }
        return false;
    }

    bool countNode()
    {
        if (++m_nodes <= m_limits.maxNodes) {
            return true;
        }
        return refuse(offsetReached() - 1, ErrorCode::TooLarge,
                      u"there are more than %L1 values"_s.arg(m_limits.maxNodes));
    }

    bool addValue(JsonValue &&value)
    {
        if (!countNode()) {
            return false;
        }
        place(std::move(value));
        return true;
    }

    void place(JsonValue &&value)
    {
        if (m_levels.empty()) {
            m_root = std::move(value);
        } else if (Level &level = m_levels.back(); level.value.isArray()) {
            level.value.append(std::move(value));
        } else {
            level.value.members().push_back({std::move(level.nextKey), std::move(value)});
        }
    }

    bool open(JsonValue &&container)
    {
        if (!countNode()) {
            return false;
        }
        if (static_cast<int>(m_levels.size()) >= m_limits.maxDepth) {
            return refuse(offsetReached() - 1, ErrorCode::TooLarge,
                          u"arrays and objects are nested deeper than %1 levels"_s.arg(m_limits.maxDepth));
        }
        m_levels.push_back({std::move(container), {}, {}});
        return true;
    }

    bool close()
    {
        JsonValue value = std::move(m_levels.back().value);
        m_levels.pop_back();
        place(std::move(value));
        return true;
    }

    /// False when the object has the key already. A set only where comparing with each would be slow.
    static bool rememberKey(Level &level, const JsonValue::Object &members, const std::string &name)
    {
        constexpr size_t small = 16;
        if (members.size() < small) {
            return std::none_of(members.begin(), members.end(),
                                [&name](const JsonValue::Member &member) { return member.key == name; });
        }
        if (level.keys.empty()) {
            for (const JsonValue::Member &member : members) {
                level.keys.insert(member.key);
            }
        }
        return level.keys.insert(name).second;
    }

    qsizetype offsetReached() const { return static_cast<qsizetype>(m_reached - m_bytes.data()); }

    static qsizetype offsetBack(std::size_t position, std::size_t count)
    {
        return static_cast<qsizetype>(position) - static_cast<qsizetype>(count);
    }

    /// The length of the token that \p reason calls unexpected. The lexer's record of it, \p token, is right for
    /// strings and numbers only.
    static std::size_t tokenLength(std::string_view reason, const std::string &token)
    {
        if (reason.starts_with("unexpected string") || reason.starts_with("unexpected number")) {
            return token.size();
        }
        if (reason.starts_with("unexpected true") || reason.starts_with("unexpected null")) {
            return 4;
        }
        return reason.starts_with("unexpected false") ? 5 : 1;
    }

    /// The offset of the number just read: the lexer may have looked at one byte more.
    qsizetype startOfToken(const std::string &text) const
    {
        const auto length = static_cast<qsizetype>(text.size());
        const qsizetype start = offsetReached() - length;
        const bool lookedAhead = start < 0 || m_bytes.sliced(start, length) != QByteArrayView(text.data(), length);
        return lookedAhead ? start - 1 : start;
    }

    /// The offset of the opening quote of the string just read.
    qsizetype startOfString() const
    {
        qsizetype quote = offsetReached() - 2;
        while (quote > 0) {
            qsizetype slashes = 0;
            while (m_bytes[quote] == '"' && quote - slashes > 0 && m_bytes[quote - slashes - 1] == '\\') {
                ++slashes;
            }
            if (m_bytes[quote] == '"' && slashes % 2 == 0) {
                break;
            }
            --quote;
        }
        return quote;
    }

    QByteArrayView m_bytes;
    const JsonLimits m_limits;
    const char *const &m_reached;
    JsonValue m_root;
    std::vector<Level> m_levels;
    int m_nodes = 0;
    std::optional<Error> m_error;
};

/// What the parser would take without a word: a byte order mark, and a zero byte as the end of the text.
std::optional<Error> refusedBeforeReading(QByteArrayView bytes, const JsonLimits &limits)
{
    if (bytes.size() > limits.maxBytes) {
        return Error{ErrorCode::TooLarge,
                     u"The JSON is refused: it has %L1 bytes, and %L2 is the most that is taken."_s.arg(
                         QString::number(bytes.size()), QString::number(limits.maxBytes)),
                     {}};
    }
    if (bytes.isEmpty()) {
        return refusedAt(bytes, 0, ErrorCode::Malformed, u"the text is empty"_s);
    }
    if (bytes.startsWith("\xEF\xBB\xBF")) {
        return refusedAt(bytes, 0, ErrorCode::Malformed, u"the text begins with a byte order mark"_s);
    }
    if (const void *zero = std::memchr(bytes.data(), 0, static_cast<size_t>(bytes.size()))) {
        return refusedAt(bytes, static_cast<qsizetype>(static_cast<const char *>(zero) - bytes.data()),
                         ErrorCode::Malformed, u"there is a zero byte"_s);
    }
    return {};
}

} // namespace

Result<JsonValue> readJson(QByteArrayView bytes, const JsonLimits &limits)
{
    if (auto refused = refusedBeforeReading(bytes, limits)) {
        return *std::move(refused);
    }
    const char *reached = bytes.data();
    TreeBuilder builder(bytes, limits, reached);
    const bool read = nlohmann::json::sax_parse(CountingIterator(bytes.begin(), &reached),
                                                CountingIterator(bytes.end(), &reached), &builder);
    if (!read) {
        return builder.error();
    }
    return builder.takeRoot();
}

} // namespace countersign
