// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/brief_clipboard.h"

#include <QtCore/QTimer>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>

namespace countersign::ui {

void copyBriefly(const QString &secret, std::chrono::milliseconds time)
{
    QClipboard *clipboard = QGuiApplication::clipboard();
    clipboard->setText(secret);
    QTimer::singleShot(time, clipboard, [clipboard, secret] {
        if (clipboard->text() == secret) {
            clipboard->clear();
        }
    });
}

} // namespace countersign::ui
