// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/known_places.h"

#include "core/base/visible_text.h"

#include <QtCore/QFile>
#include <QtCore/QRegularExpression>

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 longestTable = 256 * 1024;

/// `+DDMM`, `+DDMMSS`, `+DDDMM` or `+DDDMMSS` in degrees with two decimals: a city is no point.
QString degreesOf(const QString &iso, qsizetype degreeDigits)
{
    const QString digits = iso.mid(1);
    double value = digits.left(degreeDigits).toInt() + digits.mid(degreeDigits, 2).toInt() / 60.0 +
                   digits.mid(degreeDigits + 2, 2).toInt() / 3600.0;
    return QString::number(iso.startsWith(u'-') ? -value : value, 'f', 2);
}

} // namespace

std::vector<KnownPlace> placesOf(const QByteArray &table)
{
    static const QRegularExpression rule(
        u"^[A-Z]{2}\\t([+-]\\d{4}(?:\\d{2})?)([+-]\\d{5}(?:\\d{2})?)\\t([A-Za-z_/+-]+)"_s);
    std::vector<KnownPlace> places;
    for (const QByteArray &line : table.split('\n')) {
        const QRegularExpressionMatch match = rule.match(QString::fromUtf8(line));
        if (match.hasMatch()) {
            QString name = match.captured(3).section(u'/', -1);
            const QString region = match.captured(3).section(u'/', 0, 0);
            name = u"%1 (%2)"_s.arg(name.replace(u'_', u' '), region);
            places.push_back(
                {displayText(name).text, degreesOf(match.captured(1), 2), degreesOf(match.captured(2), 3)});
        }
    }
    std::sort(places.begin(), places.end(),
              [](const KnownPlace &left, const KnownPlace &right) { return left.name < right.name; });
    return places;
}

std::vector<KnownPlace> knownPlaces()
{
    QFile file(u"/usr/share/zoneinfo/zone.tab"_s);
    return file.open(QIODevice::ReadOnly) ? placesOf(file.read(longestTable)) : std::vector<KnownPlace>();
}

} // namespace countersign::ui
