// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/detail/payload_rows.h"

#include <QtCore/QStringList>
#include <QtGui/QImage>

#include <vector>

namespace countersign::ui {

/// What a tool gave back, made ready to be looked at. A value; all text in it is ours or visible.
struct ToolResult {
    struct Picture {
        QImage image; ///< Null: it is not shown.
        QString note; ///< Ours: its size, or why it is not shown.
    };
    PayloadRows text; ///< Texts and, as text, whatever is neither table nor picture.
    PayloadRows json; ///< The whole, member by member; as text where it is beyond what is read as a tree.
    QStringList columns;
    std::vector<QStringList> cells; ///< A table; empty: there is nothing that is one.
    std::vector<Picture> pictures;
    QString note; ///< Ours: what was left out. Empty: nothing.

    bool hasTable() const { return !columns.isEmpty(); }
};

/// Limits: 1 MiB and 100,000 parts as a tree, 4 MiB of text, 5,000 rows of 50 columns, 8 pictures of 12,000 pixels a
/// side. What is beyond is named in the note. Any thread; slow.
ToolResult readToolResult(const QByteArray &result);

/// A PNG or JPEG by its first bytes, whatever it is called.
ToolResult::Picture readPicture(const QByteArray &bytes);

} // namespace countersign::ui
