// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QByteArray>
#include <QtCore/QString>

#include <optional>
#include <vector>

namespace countersign {

/// How deep JSON may nest that is only walked over.
inline constexpr int maxSliceDepth = 512;

/// The members of one JSON object as stretches of the very bytes they were written in. What stands below them is
/// checked for its grammar and its UTF-8, but never stored: a message can be passed on untouched however large it is.
/// The views are those of the bytes given, which must outlive them.
class JsonSlices
{
public:
    struct Member {
        QString name; ///< Decoded.
        QByteArrayView value;
    };

    /// Malformed: \p text is not exactly one JSON object, or a name of its own stands there twice. Of names further
    /// down nothing is known. TooLarge: more than 1000 members, or too deep.
    static Result<JsonSlices> ofObject(QByteArrayView text);

    const std::vector<Member> &members() const { return m_members; }
    /// Absent when there is no such member.
    std::optional<QByteArrayView> find(QStringView name) const;
    /// The same, empty when there is none.
    QByteArrayView value(QStringView name) const { return find(name).value_or(QByteArrayView()); }
    /// The decoded text of a member that is a string, else empty.
    QString text(QStringView name) const;
    /// A name that a reader who ignores case would take for one of \p names, but which is none of them: two readers
    /// would then read two different messages. Empty: there is none.
    QString lookAlike(const std::vector<QStringView> &names) const;

private:
    std::vector<Member> m_members;
};

/// The items of one JSON array, in the same way. Malformed: \p text is none. TooLarge: more than \p maxItems.
Result<std::vector<QByteArrayView>> jsonItems(QByteArrayView text, size_t maxItems);

/// The text that \p token, a JSON string with its quotes, stands for. Absent: it is none, or has a lone surrogate.
std::optional<QString> jsonStringText(QByteArrayView token);

/// \p whole with \p slice, a view into it, replaced by \p by.
QByteArray withSliceReplaced(QByteArrayView whole, QByteArrayView slice, QByteArrayView by);

/// \p object, the text of a JSON object, with one member more. \p name must not be there.
QByteArray withMemberAdded(QByteArrayView object, QByteArrayView name, QByteArrayView value);

} // namespace countersign
