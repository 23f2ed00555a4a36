// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/time_words.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDateTime>

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;
using namespace std::chrono;

QString durationWords(milliseconds duration)
{
    const qint64 left = std::max<qint64>(duration_cast<seconds>(duration).count(), 0);
    if (left < 60) {
        return QCoreApplication::translate("countersign::ui", "%1 s").arg(left);
    }
    if (left < 60 * 60) {
        return QCoreApplication::translate("countersign::ui", "%1 min").arg(left / 60);
    }
    if (left < 48 * 60 * 60) {
        return QCoreApplication::translate("countersign::ui", "%1 h").arg(left / (60 * 60));
    }
    return QCoreApplication::translate("countersign::ui", "%1 d").arg(left / (24 * 60 * 60));
}

QString countdown(milliseconds duration)
{
    const qint64 left = std::max<qint64>(duration_cast<seconds>(duration).count(), 0);
    const auto twoDigits = [](qint64 number) { return QString::number(number).rightJustified(2, u'0'); };
    if (left < 60 * 60) {
        return QString::number(left / 60) + u':' + twoDigits(left % 60);
    }
    return QString::number(left / 3600) + u':' + twoDigits(left / 60 % 60) + u':' + twoDigits(left % 60);
}

QString localTime(Timestamp time, Timestamp now)
{
    const QDateTime local = QDateTime::fromMSecsSinceEpoch(toUnixMs(time)).toLocalTime();
    const QDateTime today = QDateTime::fromMSecsSinceEpoch(toUnixMs(now)).toLocalTime();
    return local.toString(local.date() == today.date() ? u"HH:mm:ss"_s : u"yyyy-MM-dd HH:mm:ss"_s);
}

} // namespace countersign::ui
