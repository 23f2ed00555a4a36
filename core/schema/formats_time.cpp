// SPDX-License-Identifier: Apache-2.0
#include "core/schema/formats.h"

#include <array>

namespace countersign::schema {

namespace {

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// Takes exactly \p count digits.
bool takeNumber(std::string_view &rest, size_t count, int &value)
{
    if (rest.size() < count) {
        return false;
    }
    value = 0;
    for (size_t i = 0; i < count; ++i) {
        if (!isDigit(rest[i])) {
            return false;
        }
        value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(count);
    return true;
}

bool take(std::string_view &rest, char wanted)
{
    if (rest.empty() || rest.front() != wanted) {
        return false;
    }
    rest.remove_prefix(1);
    return true;
}

bool takeDigits(std::string_view &rest)
{
    size_t count = 0;
    while (count < rest.size() && isDigit(rest[count])) {
        ++count;
    }
    rest.remove_prefix(count);
    return count > 0;
}

/// Takes `Z` or `+hh:mm`; \p minutes east of UTC.
bool takeOffset(std::string_view &rest, int &minutes)
{
    minutes = 0;
    if (take(rest, 'Z') || take(rest, 'z')) {
        return true;
    }
    const bool west = !rest.empty() && rest.front() == '-';
    int hour = 0;
    int minute = 0;
    if (!(take(rest, '+') || take(rest, '-')) || !takeNumber(rest, 2, hour) || !take(rest, ':') ||
        !takeNumber(rest, 2, minute) || hour > 23 || minute > 59) {
        return false;
    }
    minutes = (hour * 60 + minute) * (west ? -1 : 1);
    return true;
}

/// Takes digits and one of \p units, each unit at most once and in their order without gaps. `1Y2M` and `2M3D`, but not
/// `1Y3D` (RFC 3339 appendix A).
bool takeUnits(std::string_view &rest, std::string_view units)
{
    size_t next = std::string_view::npos;
    while (!rest.empty() && isDigit(rest.front())) {
        takeDigits(rest);
        const size_t unit = rest.empty() ? std::string_view::npos : units.find(rest.front());
        if (unit == std::string_view::npos || (next != std::string_view::npos && unit != next)) {
            return false;
        }
        next = unit + 1;
        rest.remove_prefix(1);
    }
    return next != std::string_view::npos;
}

} // namespace

bool isDate(std::string_view text)
{
    int year = 0;
    int month = 0;
    int day = 0;
    if (!takeNumber(text, 4, year) || !take(text, '-') || !takeNumber(text, 2, month) || !take(text, '-') ||
        !takeNumber(text, 2, day) || !text.empty() || month < 1 || month > 12) {
        return false;
    }
    constexpr std::array<int, 12> lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int last = lengths[static_cast<size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
    return day >= 1 && day <= last;
}

bool isTime(std::string_view text)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    int offset = 0;
    if (!takeNumber(text, 2, hour) || !take(text, ':') || !takeNumber(text, 2, minute) || !take(text, ':') ||
        !takeNumber(text, 2, second) || (take(text, '.') && !takeDigits(text)) || !takeOffset(text, offset) ||
        !text.empty() || hour > 23 || minute > 59) {
        return false;
    }
    constexpr int minutesPerDay = 24 * 60;
    const int utcMinute = (hour * 60 + minute - offset + minutesPerDay) % minutesPerDay;
    return second <= 59 || (second == 60 && utcMinute == minutesPerDay - 1); // A leap second ends a day of UTC.
}

bool isDateTime(std::string_view text)
{
    constexpr size_t dateLength = 10;
    return text.size() > dateLength && (text[dateLength] == 'T' || text[dateLength] == 't') &&
           isDate(text.substr(0, dateLength)) && isTime(text.substr(dateLength + 1));
}

bool isDuration(std::string_view text)
{
    if (!take(text, 'P')) {
        return false;
    }
    std::string_view weeks = text;
    if (takeDigits(weeks) && weeks == "W") {
        return true;
    }
    const bool hasDate = !text.empty() && isDigit(text.front());
    if (hasDate && !takeUnits(text, "YMD")) {
        return false;
    }
    if (text.empty()) {
        return hasDate;
    }
    return take(text, 'T') && takeUnits(text, "HMS") && text.empty();
}

} // namespace countersign::schema
