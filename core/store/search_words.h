// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QStringList>

namespace countersign {

/// The words of a search that can find anything: those with a letter or digit, at most 32 of at most 256 characters.
QStringList searchableWords(const QStringList &words);

/// The words as an FTS5 expression of quoted tokens, each a prefix: nothing in them is an operator.
QString fullTextExpression(const QStringList &searchable);

/// Does \p text match every word as the index would find it? For the store without an index.
bool matchesFullText(const QString &text, const QStringList &searchable);

} // namespace countersign
