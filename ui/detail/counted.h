// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QString>

namespace countersign::ui {

/// A `tr("… %n item(s)", nullptr, count)` without a translation, as English says it. Translated text has no "(s)".
inline QString counted(QString text, int count)
{
    return text.replace(QStringLiteral("(s)"), count == 1 ? QString() : QStringLiteral("s"));
}

} // namespace countersign::ui
