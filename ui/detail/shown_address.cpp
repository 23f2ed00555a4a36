// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/shown_address.h"

#include "core/schema/punycode.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QRegularExpression>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype mostCharacters = 8192;
constexpr qsizetype muchToRead = 300;

QString words(const char *text)
{
    return QCoreApplication::translate("countersign::ui::ShownAddress", text);
}

/// Takes `scheme://authority/rest` apart by its letters: a parser that repairs would show another one.
bool takeApart(const QString &raw, ShownAddress &shown, QString &scheme, QString &user, QString &port)
{
    static const QRegularExpression shape(
        u"^([A-Za-z][A-Za-z0-9+.-]*):(//)([^/?#@]*@)?(\\[[^\\]]*\\]|[^/?#:@]*)(:[0-9]*)?([/?#].*)?$"_s,
        QRegularExpression::DotMatchesEverythingOption);
    const QRegularExpressionMatch match = shape.match(raw);
    if (!match.hasMatch()) {
        return false;
    }
    scheme = match.captured(1).toLower();
    user = match.captured(3);
    port = match.captured(5).mid(1);
    shown.before = match.captured(1) + u':' + match.captured(2) + user;
    shown.host = match.captured(4);
    shown.after = match.captured(5) + match.captured(6);
    return true;
}

/// `[2001:db8::1]`, `192.0.2.7`, and whatever else a browser takes for a number: its last part is one.
bool isNumber(const QString &host)
{
    static const QRegularExpression last(u"(^|\\.)(0x[0-9a-f]*|[0-9]+)\\.?$"_s);
    return host.startsWith(u'[') || last.match(host).hasMatch();
}

bool isLoopback(const QString &host)
{
    static const QRegularExpression here(u"^(localhost|127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}|\\[::1\\])$"_s);
    return here.match(host).hasMatch();
}

bool isPlain(const QString &host)
{
    return std::all_of(host.begin(), host.end(), [](QChar c) { return c.unicode() < 0x80; });
}

void warnOfHost(ShownAddress &shown)
{
    const QString host = shown.host.toLower();
    if (isNumber(host) && !isLoopback(host)) {
        shown.warnings.append(words("The host is a bare number: who runs it cannot be read from it."));
    }
    QStringList decoded;
    bool isCoded = false;
    for (const QString &label : host.split(u'.')) {
        const bool coded = label.startsWith("xn--"_L1);
        const auto text = coded ? schema::fromPunycode(label.mid(4).toStdString()) : std::nullopt;
        decoded.append(text ? QString::fromStdU32String(*text) : label);
        isCoded = isCoded || coded;
    }
    if (isCoded) {
        const VisibleText name = displayText(decoded.join(u'.'));
        shown.warnings.append(
            words("The host is in Punycode; a browser may show it as “%1”. Compare it letter by letter.")
                .arg(name.text));
    }
    const VisibleText visible = displayText(decoded.join(u'.'));
    if (visible.mixedScript) {
        shown.warnings.append(words("The host mixes scripts, so that letters may pass for others: %1")
                                  .arg(mixedScriptExplanation(decoded.join(u'.'))));
    } else if (!isPlain(host)) {
        shown.warnings.append(words("The host has letters outside ASCII: compare it letter by letter."));
    }
}

} // namespace

ShownAddress shownAddressOf(const QString &raw)
{
    ShownAddress shown;
    shown.before = raw;
    QString scheme;
    QString user;
    QString port;
    if (!takeApart(raw, shown, scheme, user, port)) {
        shown.refusal = words("This is no whole address with a host: it is not opened from here.");
        return shown;
    }
    const VisibleText visible = displayText(raw);
    if (scheme != "https"_L1 && scheme != "http"_L1) {
        shown.refusal = words("Only https and http are opened from here; this is “%1”.").arg(displayText(scheme).text);
        return shown;
    }
    if (shown.host.isEmpty()) {
        shown.refusal = words("The address has no host: it is not opened from here.");
        return shown;
    }
    if (visible.replacedCount() > 0 || raw.contains(u' ') || raw.contains(u'\\')) {
        shown.refusal = words("The address has hidden characters, spaces or backslashes: it is not opened from here.");
        return shown;
    }
    if (raw.size() > mostCharacters) {
        shown.refusal =
            words("The address is longer than %1 characters: it is not opened from here.").arg(mostCharacters);
        return shown;
    }
    shown.target = QUrl(raw, QUrl::StrictMode);
    if (!shown.target.isValid() || shown.target.host().isEmpty()) {
        shown.target.clear();
        shown.refusal = words("The address is not well formed: it is not opened from here.");
        return shown;
    }
    // What is shown and what a browser goes to must be one host: percent signs would be decoded on the way.
    const QString leadsTo = shown.target.host(QUrl::FullyEncoded);
    const QString written = shown.host.toLower();
    if (written.contains(u'%') || (isPlain(written) && !isNumber(written) && leadsTo != written)) {
        shown.target.clear();
        shown.refusal =
            words("The host is written so that it leads elsewhere than it reads: it is not opened from here.");
        return shown;
    }
    const bool isHere = isLoopback(written) || isLoopback(leadsTo) || leadsTo == "::1"_L1;
    if (scheme == "http"_L1 && !isHere) {
        shown.warnings.append(words("It is not encrypted (http): others on the way can read and change the page."));
    }
    if (isHere) {
        shown.warnings.append(words("It leads to this very machine."));
    }
    if (!user.isEmpty()) {
        shown.warnings.append(
            words("What stands before the “@” is no host: it leads to “%1”.").arg(displayText(shown.host).text));
    }
    if (!port.isEmpty() && port != "443"_L1 && port != "80"_L1 && !isHere) {
        shown.warnings.append(words("It leads to the unusual port %1.").arg(port));
    }
    if (raw.size() > muchToRead) {
        shown.warnings.append(words("It is %1 characters long; what follows the host may carry data.").arg(raw.size()));
    }
    warnOfHost(shown);
    return shown;
}

} // namespace countersign::ui
