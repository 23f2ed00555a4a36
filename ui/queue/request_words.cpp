// SPDX-License-Identifier: Apache-2.0
#include "ui/queue/request_words.h"

#include "core/base/visible_text.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDateTime>
#include <QtCore/QHash>
#include <QtCore/QLocale>

using namespace Qt::Literals::StringLiterals;
using namespace std::chrono_literals;

namespace countersign::ui {
namespace {

QString tr(const char *text, int n = -1)
{
    return QCoreApplication::translate("RequestWords", text, nullptr, n);
}

QDate localDay(Timestamp time)
{
    return QDateTime::fromMSecsSinceEpoch(toUnixMs(time)).date();
}

QString deadlineHeading(const std::optional<Timestamp> &deadline, Timestamp now)
{
    if (deadline && *deadline - now <= 1h) {
        return tr("Due within the hour");
    }
    if (deadline && localDay(*deadline) == localDay(now)) {
        return tr("Today");
    }
    return tr("Later");
}

QString dayHeading(QDate day, QDate today)
{
    if (day == today) {
        return tr("Today");
    }
    if (day == today.addDays(-1)) {
        return tr("Yesterday");
    }
    return QLocale().toString(day, QLocale::LongFormat);
}

} // namespace

QString patternWords(Pattern pattern)
{
    switch (pattern) {
    case Pattern::WorkflowApproval:
        return tr("workflow gate");
    case Pattern::ToolApproval:
        return tr("tool approval");
    case Pattern::ClientTool:
        return tr("client tool");
    case Pattern::Elicitation:
        return tr("form");
    case Pattern::ElicitationUrl:
        return tr("link to open");
    case Pattern::Confirmation:
        return tr("confirmation");
    case Pattern::Gate:
        return tr("command");
    case Pattern::Sampling:
        return tr("model call");
    }
    return {};
}

QString tierWord(Tier tier)
{
    switch (tier) {
    case Tier::Low:
        return tr("Low");
    case Tier::Medium:
        return tr("Medium");
    case Tier::High:
        return tr("High");
    }
    return {};
}

Tone tierTone(Tier tier)
{
    return tier == Tier::High ? Tone::Bad : (tier == Tier::Medium ? Tone::Warn : Tone::Plain);
}

QString tierIcon(Tier tier)
{
    return tier == Tier::High ? u"tier-high"_s : (tier == Tier::Medium ? u"tier-medium"_s : u"tier-low"_s);
}

QString statusWords(const QString &statusWord)
{
    static const QHash<QString, const char *> words{
        {u"pending"_s, QT_TRANSLATE_NOOP("RequestWords", "pending")},
        {u"claimed"_s, QT_TRANSLATE_NOOP("RequestWords", "claimed")},
        {u"changes-requested"_s, QT_TRANSLATE_NOOP("RequestWords", "changes requested")},
        {u"staged"_s, QT_TRANSLATE_NOOP("RequestWords", "not yet released")},
        {u"held"_s, QT_TRANSLATE_NOOP("RequestWords", "held")},
        {u"approved"_s, QT_TRANSLATE_NOOP("RequestWords", "approved")},
        {u"approved-edited"_s, QT_TRANSLATE_NOOP("RequestWords", "approved as edited")},
        {u"rejected"_s, QT_TRANSLATE_NOOP("RequestWords", "rejected")},
        {u"answered"_s, QT_TRANSLATE_NOOP("RequestWords", "answered")},
        {u"declined"_s, QT_TRANSLATE_NOOP("RequestWords", "declined")},
        {u"cancelled"_s, QT_TRANSLATE_NOOP("RequestWords", "cancelled")},
        {u"expired"_s, QT_TRANSLATE_NOOP("RequestWords", "expired")},
        {u"withdrawn"_s, QT_TRANSLATE_NOOP("RequestWords", "withdrawn")},
        {u"superseded"_s, QT_TRANSLATE_NOOP("RequestWords", "superseded")},
        {u"undeliverable"_s, QT_TRANSLATE_NOOP("RequestWords", "undeliverable")},
        {u"unknown"_s, QT_TRANSLATE_NOOP("RequestWords", "unknown")},
    };
    const char *known = words.value(statusWord, nullptr);
    return known ? tr(known) : QString(statusWord).replace(u'-', u' ');
}

Tone statusTone(const QString &statusWord)
{
    static const QHash<QString, Tone> tones{
        {u"staged"_s, Tone::Accent},        {u"held"_s, Tone::Warn},
        {u"approved"_s, Tone::Ok},          {u"answered"_s, Tone::Ok},
        {u"approved-edited"_s, Tone::Warn}, {u"rejected"_s, Tone::Bad},
        {u"undeliverable"_s, Tone::Bad},    {u"unknown"_s, Tone::Bad},
    };
    return tones.value(statusWord, Tone::Plain);
}

QString timeLeft(std::chrono::milliseconds left)
{
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(left).count();
    if (left <= 0ms) {
        return tr("overdue");
    }
    if (minutes < 1) {
        return tr("now");
    }
    if (minutes < 60) {
        return tr("%1 min").arg(minutes);
    }
    if (minutes < 48 * 60) {
        return tr("%1 h").arg(minutes / 60);
    }
    return tr("%1 d").arg(minutes / (24 * 60));
}

Tone urgency(std::chrono::milliseconds left)
{
    return left < 30min ? Tone::Bad : (left <= 1h ? Tone::Warn : Tone::Plain);
}

QString timeLeftSpoken(std::chrono::milliseconds left)
{
    const auto minutes = static_cast<int>(std::chrono::duration_cast<std::chrono::minutes>(left).count());
    if (left <= 0ms) {
        return tr("overdue");
    }
    if (minutes < 1) {
        return tr("in less than a minute");
    }
    if (minutes < 60) {
        return minutes == 1 ? tr("in 1 minute") : tr("in %1 minutes").arg(minutes);
    }
    if (minutes < 48 * 60) {
        return minutes < 120 ? tr("in 1 hour") : tr("in %1 hours").arg(minutes / 60);
    }
    return tr("in %1 days").arg(minutes / (24 * 60));
}

QString visibleStart(const QString &outside, int length)
{
    if (outside.size() <= length) {
        return shortened(displayText(outside).text, 2 * length);
    }
    qsizetype end = length;
    if (outside.at(end - 1).isHighSurrogate()) {
        --end; // Half a character would be shown as one that is not there.
    }
    return shortened(displayText(QStringView(outside).left(end)).text, 2 * length) + u'…';
}

QString groupHeading(QueueQuery::View view, const Request &request, Timestamp now)
{
    switch (view) {
    case QueueQuery::View::Inbox:
    case QueueQuery::View::Claimed:
    case QueueQuery::View::Deferred:
        return deadlineHeading(request.expiresAt, now);
    case QueueQuery::View::Settled:
        return dayHeading(localDay(request.settledAt.value_or(request.createdAt)), localDay(now));
    case QueueQuery::View::All:
        return dayHeading(localDay(request.createdAt), localDay(now));
    case QueueQuery::View::Staged:
        break;
    }
    return {};
}

} // namespace countersign::ui
