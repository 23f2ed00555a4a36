// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/date_time_text.h"

#include "core/base/visible_text.h"
#include "core/schema/formats.h"
#include "ui/detail/counted.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QLocale>
#include <QtCore/QRegularExpression>
#include <QtCore/QStringList>

#include <array>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int dateLength = 10;
constexpr int longestQuote = 60;
constexpr qsizetype longestTyped = 400;
constexpr int lastYear = 9999;

QString trDate(const char *text, int count = -1)
{
    const QString translated = QCoreApplication::translate("countersign::ui::IsoEditor", text, nullptr, count);
    return count < 0 ? translated : counted(translated, count);
}

QString quoted(const QString &typed)
{
    return shortened(displayText(typed).text, longestQuote);
}

bool isWhole(FieldKind kind, const QString &text)
{
    const std::string utf8 = text.toStdString();
    switch (kind) {
    case FieldKind::Date:
        return schema::isDate(utf8);
    case FieldKind::Time:
        return schema::isTime(utf8);
    case FieldKind::DateTime:
        return schema::isDateTime(utf8);
    default:
        return schema::isDuration(utf8);
    }
}

QString dateProblem(const QString &date)
{
    static const QRegularExpression shape(u"^(\\d{4})-(\\d{2})-(\\d{2})$"_s);
    const QRegularExpressionMatch match = shape.match(date);
    if (!match.hasMatch()) {
        return trDate("“%1” is not finished or no date: write year, month and day, such as 2026-03-31.")
            .arg(quoted(date));
    }
    const int month = match.captured(2).toInt();
    if (month < 1 || month > 12) {
        return trDate("There is no month %1: months go from 01 to 12.").arg(match.captured(2));
    }
    return trDate("There is no day %1 in month %2 of %3.").arg(match.captured(3), match.captured(2), match.captured(1));
}

QString timeProblem(const QString &time)
{
    static const QRegularExpression withoutOffset(u"^\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?$"_s);
    static const QRegularExpression shape(u"^(\\d{2}):(\\d{2}):(\\d{2})(\\.\\d+)?([Zz]|[+-]\\d{2}:\\d{2})$"_s);
    if (withoutOffset.match(time).hasMatch()) {
        return time.size() == 5 ? trDate("“%1” is not finished: seconds and offset are missing, such as 14:30:00Z.")
                                      .arg(quoted(time))
                                : trDate("“%1” is not finished: the offset is missing, Z for UTC or such as +01:00.")
                                      .arg(quoted(time));
    }
    if (shape.match(time).hasMatch()) {
        return trDate("There is no time %1 on the clock.").arg(quoted(time));
    }
    return trDate("“%1” is not finished or no time: write it such as 14:30:00Z or 14:30:00+01:00.").arg(quoted(time));
}

/// Where the parts are that Up and Down step.
struct Part {
    char16_t unit = u'D'; ///< `Y`ear, `M`onth, `D`ay, `h`our, `m`inute, `s`econd, offset `H`our, offset `I` minute.
    int from = 0;
    int length = 2;
};

std::vector<Part> partsOf(FieldKind kind, const QString &text)
{
    std::vector<Part> parts;
    int clock = 0;
    if (kind != FieldKind::Time) {
        parts = {{u'Y', 0, 4}, {u'M', 5, 2}, {u'D', 8, 2}};
        clock = dateLength + 1;
    }
    if (kind != FieldKind::Date) {
        for (const char16_t unit : {u'h', u'm', u's'}) {
            parts.push_back({unit, clock, 2});
            clock += 3;
        }
        if (offsetOf(text).size() == 6) {
            const auto at = static_cast<int>(text.size()) - 6;
            parts.push_back({u'H', at, 3});
            parts.push_back({u'I', at + 4, 2});
        }
    }
    return parts;
}

QString clockText(const QTime &time)
{
    return time.toString(u"HH:mm:ss"_s);
}

QString dateText(const QDate &date)
{
    return date.toString(u"yyyy-MM-dd"_s);
}

std::optional<QString> offsetStepped(const QString &offset, char16_t unit, int steps)
{
    const bool west = offset.startsWith(u'-');
    const int minutes = (offset.mid(1, 2).toInt() * 60 + offset.mid(4, 2).toInt()) * (west ? -1 : 1);
    const int moved = minutes + steps * (unit == u'H' ? 60 : 15);
    constexpr int most = 24 * 60 - 1;
    if (moved < -most || moved > most) {
        return {};
    }
    const int size = std::abs(moved);
    return u"%1%2:%3"_s.arg(moved < 0 ? u"-"_s : u"+"_s, QString::number(size / 60).rightJustified(2, u'0'),
                            QString::number(size % 60).rightJustified(2, u'0'));
}

std::optional<SteppedText> steppedDuration(const QString &text, int caret, int steps)
{
    static const QRegularExpression number(u"\\d+"_s);
    QRegularExpressionMatch chosen;
    for (auto found = number.globalMatch(text); found.hasNext();) {
        const QRegularExpressionMatch match = found.next();
        chosen = match;
        if (caret <= match.capturedEnd() + 1) {
            break; // The unit behind belongs to its number.
        }
    }
    bool ok = false;
    const qint64 value = chosen.captured().toLongLong(&ok) + steps;
    if (!ok || value < 0) {
        return {};
    }
    const QString digits = QString::number(value).rightJustified(chosen.capturedLength(), u'0');
    QString result = text;
    result.replace(chosen.capturedStart(), chosen.capturedLength(), digits);
    return SteppedText{result, static_cast<int>(chosen.capturedStart()), static_cast<int>(digits.size())};
}

QString durationWords(const QString &text)
{
    static const QRegularExpression part(u"(T)|(\\d+)([YMWDHS])"_s);
    QStringList words;
    bool clock = false;
    for (auto found = part.globalMatch(text); found.hasNext();) {
        const QRegularExpressionMatch match = found.next();
        if (!match.captured(1).isEmpty()) {
            clock = true;
            continue;
        }
        bool ok = false;
        const int count = match.captured(2).toInt(&ok);
        if (!ok) {
            return {};
        }
        switch (match.captured(3).at(0).unicode()) {
        case u'Y':
            words += trDate("%n year(s)", count);
            break;
        case u'M':
            words += clock ? trDate("%n minute(s)", count) : trDate("%n month(s)", count);
            break;
        case u'W':
            words += trDate("%n week(s)", count);
            break;
        case u'D':
            words += trDate("%n day(s)", count);
            break;
        case u'H':
            words += trDate("%n hour(s)", count);
            break;
        default:
            words += trDate("%n second(s)", count);
        }
    }
    return words.join(u' ');
}

int offsetSeconds(const QString &offset)
{
    if (offset.size() != 6) {
        return 0;
    }
    const int seconds = offset.mid(1, 2).toInt() * 3600 + offset.mid(4, 2).toInt() * 60;
    return offset.startsWith(u'-') ? -seconds : seconds;
}

} // namespace

QString dateTimeProblem(FieldKind kind, const QString &typed)
{
    if (isWhole(kind, typed)) {
        return {};
    }
    if (typed.size() > longestTyped) {
        return trDate("This is too long for a date, a time or a duration.");
    }
    switch (kind) {
    case FieldKind::Date:
        return dateProblem(typed);
    case FieldKind::Time:
        return timeProblem(typed);
    case FieldKind::DateTime: {
        const QString date = typed.left(dateLength);
        if (typed.size() <= dateLength) {
            return schema::isDate(date.toStdString())
                       ? trDate("“%1” is not finished: the time is missing, such as T14:30:00Z.").arg(quoted(typed))
                       : dateProblem(date);
        }
        if (typed.at(dateLength).toUpper() != u'T') {
            return trDate("A “T” stands between date and time, such as 2026-03-31T14:30:00Z.");
        }
        return schema::isDate(date.toStdString()) ? timeProblem(typed.mid(dateLength + 1)) : dateProblem(date);
    }
    default:
        return trDate("“%1” is not finished or no duration: write it such as P3D (3 days), PT4H30M (4 hours 30 "
                      "minutes) or P2W (2 weeks).")
            .arg(quoted(typed));
    }
}

std::optional<SteppedText> steppedDateTime(FieldKind kind, const QString &text, int caret, int steps)
{
    if (!isWhole(kind, text)) {
        return {};
    }
    if (kind == FieldKind::Duration) {
        return steppedDuration(text, caret, steps);
    }
    const std::vector<Part> parts = partsOf(kind, text);
    Part part = parts.front();
    for (const Part &candidate : parts) {
        if (caret >= candidate.from) {
            part = candidate;
        }
    }
    QString result = text;
    if (part.unit == u'H' || part.unit == u'I') {
        const std::optional<QString> offset = offsetStepped(offsetOf(text), part.unit, steps);
        if (!offset) {
            return {};
        }
        result = withOffset(text, *offset);
    } else {
        const int clock = kind == FieldKind::Time ? 0 : dateLength + 1;
        // A day of no meaning for a time alone: it goes round.
        const QDate date =
            kind == FieldKind::Time ? QDate(2000, 1, 15) : QDate::fromString(text.left(dateLength), Qt::ISODate);
        const QTime time = kind == FieldKind::Date ? QTime(0, 0) : QTime::fromString(text.mid(clock, 8), u"HH:mm:ss"_s);
        if (!date.isValid() || !time.isValid()) {
            return {}; // The year 0, or a leap second.
        }
        QDateTime moved(date, time, Qt::UTC);
        switch (part.unit) {
        case u'Y':
            moved = moved.addYears(steps);
            break;
        case u'M':
            moved = moved.addMonths(steps);
            break;
        case u'D':
            moved = moved.addDays(steps);
            break;
        default:
            moved = moved.addSecs(qint64(steps) * (part.unit == u'h' ? 3600 : part.unit == u'm' ? 60 : 1));
        }
        if (!moved.isValid() || moved.date().year() < 1 || moved.date().year() > lastYear) {
            return {};
        }
        if (kind != FieldKind::Time) {
            result.replace(0, dateLength, dateText(moved.date()));
        }
        if (kind != FieldKind::Date) {
            result.replace(clock, 8, clockText(moved.time()));
        }
    }
    return isWhole(kind, result) ? std::optional(SteppedText{result, part.from, part.length}) : std::nullopt;
}

QString dateTimeWords(FieldKind kind, const QString &text, const QLocale &locale)
{
    if (!isWhole(kind, text)) {
        return {};
    }
    if (kind == FieldKind::Duration) {
        return durationWords(text);
    }
    if (kind == FieldKind::Time) {
        const QString offset = offsetOf(text).toUpper();
        return offset == u"Z"_s ? trDate("in UTC") : trDate("at offset %1 of UTC").arg(offset);
    }
    const QDate date = QDate::fromString(text.left(dateLength), Qt::ISODate);
    if (!date.isValid()) {
        return {};
    }
    if (kind == FieldKind::Date) {
        return locale.toString(date, QLocale::LongFormat);
    }
    const std::optional<QDateTime> moment = momentOf(text);
    if (!moment) {
        return {};
    }
    const QDateTime here = moment->toLocalTime();
    return trDate("here: %1, %2")
        .arg(locale.toString(here.date(), QLocale::LongFormat), locale.toString(here.time(), u"HH:mm:ss"_s));
}

std::optional<QDateTime> momentOf(const QString &text)
{
    // Not by Qt's reader of ISO texts, which knows neither a small “t” nor more than three decimals.
    const QDate date = QDate::fromString(text.left(dateLength), Qt::ISODate);
    const QTime time = QTime::fromString(text.mid(dateLength + 1, 8), u"HH:mm:ss"_s);
    if (!isWhole(FieldKind::DateTime, text) || !date.isValid() || !time.isValid()) {
        return {};
    }
    return QDateTime(date, time, Qt::OffsetFromUTC, offsetSeconds(offsetOf(text)));
}

QString offsetOf(const QString &text)
{
    static const QRegularExpression offset(u"([Zz]|[+-]\\d{2}:\\d{2})$"_s);
    const QRegularExpressionMatch match = offset.match(text);
    // The end of a date alone (`-03-31`) has no colon, so that it is none.
    return match.captured(1);
}

QString withOffset(const QString &text, const QString &offset)
{
    return text.left(text.size() - offsetOf(text).size()) + offset;
}

QString offsetHere(const QDateTime &when)
{
    const int minutes = when.toLocalTime().offsetFromUtc() / 60;
    const int size = std::abs(minutes);
    return u"%1%2:%3"_s.arg(minutes < 0 ? u"-"_s : u"+"_s, QString::number(size / 60).rightJustified(2, u'0'),
                            QString::number(size % 60).rightJustified(2, u'0'));
}

} // namespace countersign::ui
