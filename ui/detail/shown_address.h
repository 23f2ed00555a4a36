// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/visible_text.h"

#include <QtCore/QStringList>
#include <QtCore/QUrl>

namespace countersign::ui {

/// An address that somebody outside wants opened, taken apart for the eye. Nothing is looked up or fetched. A value.
struct ShownAddress {
    QString before; ///< Up to the host, as written; with what follows, the whole. Outside text.
    QString host;   ///< As written. Empty: there is none.
    QString after;
    QStringList warnings; ///< Ours, each one sentence.
    QString refusal;      ///< Not empty: why it is never opened from here.
    QUrl target;          ///< Exactly what is written; only when there is no refusal.

    bool mayOpen() const { return refusal.isEmpty(); }
};

/// MCP, security best practices: https or http, absolute, without control characters; everything that can mislead about
/// where it leads is said.
ShownAddress shownAddressOf(const QString &raw);

} // namespace countersign::ui
