// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/visible_once.h"

#include <QtCore/QRegularExpression>

namespace countersign::ctl {

using namespace Qt::StringLiterals;

QString visibleOnce(const QString &text, TextShape shape)
{
    static const QRegularExpression token(u"⟨(U\\+[0-9A-F]{4,6}|0x[0-9A-F]{2})⟩"_s);
    QString visible;
    qsizetype from = 0;
    for (auto found = token.globalMatch(text); found.hasNext();) {
        const QRegularExpressionMatch match = found.next();
        visible +=
            displayText(QStringView(text).mid(from, match.capturedStart() - from), shape).text + match.captured();
        from = match.capturedEnd();
    }
    return visible + displayText(QStringView(text).mid(from), shape).text;
}

} // namespace countersign::ctl
