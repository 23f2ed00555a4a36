// SPDX-License-Identifier: Apache-2.0
#include "core/base/clock.h"

#include <limits>

namespace countersign {

using namespace std::chrono;

namespace {

/// Reads fixed-width fields of ASCII from left to right.
class FieldReader
{
public:
    explicit FieldReader(QStringView text)
        : m_rest(text)
    {}

    bool atEnd() const { return m_rest.isEmpty(); }

    bool accept(QLatin1StringView oneOf)
    {
        if (m_rest.isEmpty() || m_rest.front().unicode() > 127 || !oneOf.contains(m_rest.front())) {
            return false;
        }
        m_last = m_rest.front();
        m_rest = m_rest.mid(1);
        return true;
    }

    QChar last() const { return m_last; }

    std::optional<int> digits(int count)
    {
        int value = 0;
        for (int i = 0; i < count; ++i) {
            if (!accept(QLatin1StringView("0123456789"))) {
                return {};
            }
            value = value * 10 + (m_last.unicode() - u'0');
        }
        return value;
    }

private:
    QStringView m_rest;
    QChar m_last;
};

void appendDigits(QString &text, int value, int width)
{
    text += QString::number(value).rightJustified(width, QLatin1Char('0'));
}

/// `.` and one or more digits; what is finer than a millisecond is cut off.
std::optional<milliseconds> readFraction(FieldReader &reader)
{
    if (!reader.accept(QLatin1StringView("."))) {
        return milliseconds(0);
    }
    int value = 0;
    int unit = 100;
    int count = 0;
    for (; reader.accept(QLatin1StringView("0123456789")); ++count) {
        value += unit * (reader.last().unicode() - u'0');
        unit /= 10;
    }
    return count > 0 ? std::optional(milliseconds(value)) : std::nullopt;
}

std::optional<minutes> readOffset(FieldReader &reader)
{
    if (reader.accept(QLatin1StringView("Zz"))) {
        return minutes(0);
    }
    if (!reader.accept(QLatin1StringView("+-"))) {
        return {};
    }
    const bool west = reader.last() == QLatin1Char('-');
    const auto hour = reader.digits(2);
    if (!hour || *hour > 23 || !reader.accept(QLatin1StringView(":"))) {
        return {};
    }
    const auto minute = reader.digits(2);
    if (!minute || *minute > 59) {
        return {};
    }
    const minutes offset = hours(*hour) + minutes(*minute);
    return west ? -offset : offset;
}

std::optional<sys_days> readDate(FieldReader &reader)
{
    const auto y = reader.digits(4);
    if (!y || !reader.accept(QLatin1StringView("-"))) {
        return {};
    }
    const auto m = reader.digits(2);
    if (!m || !reader.accept(QLatin1StringView("-"))) {
        return {};
    }
    const auto d = reader.digits(2);
    if (!d) {
        return {};
    }
    const year_month_day date(year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d)));
    return date.ok() ? std::optional(sys_days(date)) : std::nullopt;
}

std::optional<milliseconds> readTime(FieldReader &reader)
{
    const auto h = reader.digits(2);
    if (!h || *h > 23 || !reader.accept(QLatin1StringView(":"))) {
        return {};
    }
    const auto m = reader.digits(2);
    if (!m || *m > 59 || !reader.accept(QLatin1StringView(":"))) {
        return {};
    }
    const auto s = reader.digits(2);
    if (!s || *s > 60) { // 60 is a leap second: the first moment of the next minute, as POSIX counts it.
        return {};
    }
    const auto fraction = readFraction(reader);
    if (!fraction) {
        return {};
    }
    return hours(*h) + minutes(*m) + seconds(*s) + *fraction;
}

} // namespace

Timestamp SystemClock::now() const
{
    return floor<milliseconds>(system_clock::now());
}

milliseconds SystemClock::monotonic() const
{
    return floor<milliseconds>(steady_clock::now().time_since_epoch());
}

QString toRfc3339(Timestamp time)
{
    // RFC 3339 has four digits for the year; what lies outside shows as the first or last moment that can be written.
    constexpr Timestamp first = sys_days(year(0) / January / 1);
    constexpr Timestamp last = sys_days(year(10000) / January / 1) - milliseconds(1);
    const Timestamp shown = std::clamp(time, first, last);
    const sys_days date = floor<days>(shown);
    const year_month_day ymd(date);
    const hh_mm_ss<milliseconds> clock(shown - date);
    QString text;
    text.reserve(24);
    appendDigits(text, static_cast<int>(ymd.year()), 4);
    text += QLatin1Char('-');
    appendDigits(text, static_cast<int>(static_cast<unsigned>(ymd.month())), 2);
    text += QLatin1Char('-');
    appendDigits(text, static_cast<int>(static_cast<unsigned>(ymd.day())), 2);
    text += QLatin1Char('T');
    appendDigits(text, static_cast<int>(clock.hours().count()), 2);
    text += QLatin1Char(':');
    appendDigits(text, static_cast<int>(clock.minutes().count()), 2);
    text += QLatin1Char(':');
    appendDigits(text, static_cast<int>(clock.seconds().count()), 2);
    text += QLatin1Char('.');
    appendDigits(text, static_cast<int>(clock.subseconds().count()), 3);
    text += QLatin1Char('Z');
    return text;
}

std::optional<Timestamp> fromRfc3339(const QString &text)
{
    FieldReader reader(text);
    const auto date = readDate(reader);
    if (!date || !reader.accept(QLatin1StringView("Tt "))) {
        return {};
    }
    const auto time = readTime(reader);
    if (!time) {
        return {};
    }
    const auto offset = readOffset(reader);
    if (!offset || !reader.atEnd()) {
        return {};
    }
    return Timestamp(*date) + *time - *offset;
}

qint64 toUnixMs(Timestamp time)
{
    return time.time_since_epoch().count();
}

Timestamp fromUnixMs(qint64 ms)
{
    return Timestamp(milliseconds(ms));
}

std::optional<milliseconds> parseDuration(const QString &text)
{
    constexpr milliseconds longest = years(10);
    if (text.size() < 2) {
        return {};
    }
    milliseconds unit{};
    switch (text.back().unicode()) {
    case u's':
        unit = seconds(1);
        break;
    case u'm':
        unit = minutes(1);
        break;
    case u'h':
        unit = hours(1);
        break;
    case u'd':
        unit = days(1);
        break;
    case u'w':
        unit = weeks(1);
        break;
    default:
        return {};
    }
    milliseconds sum(0);
    qint64 count = 0;
    for (const QChar c : QStringView(text).chopped(1)) {
        if (c.unicode() < u'0' || c.unicode() > u'9') {
            return {};
        }
        count = count * 10 + (c.unicode() - u'0');
        sum = count * unit; // Cannot overflow: the last round left count × unit within ten years.
        if (sum > longest) {
            return {};
        }
    }
    return sum > milliseconds(0) ? std::optional(sum) : std::nullopt;
}

} // namespace countersign
