// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QStringView>

#include <string>
#include <string_view>

namespace countersign::ui {

/// The place (RFC 6901) of the value around \p offset in JSON text as people see it; of the last whole part when the
/// text ends early.
std::string pointerAt(QStringView json, qsizetype offset);
/// Where the value of \p pointer begins; -1: there is no such place.
qsizetype offsetOf(QStringView json, std::string_view pointer);

} // namespace countersign::ui
