// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/schema.h"

#include <vector>

namespace countersign::ui {

/// Ways to answer a tool that the reviewer serves. Nothing of them happens by itself: a person takes, sees, then sends.
enum class AnswerKind { Clipboard, File, Screenshot, Location, Free, Form };
inline constexpr int answerKindCount = 6;

/// What the name of the tool hints at; the form of its schema, if there is one, when the name says nothing.
AnswerKind suggestedKind(const QString &toolName, bool hasForm);

/// Values that say the same in the shapes that tools usually take; the plainest first.
std::vector<JsonValue> textShapes(const QString &text);
/// \p name empty: it is not told. \p mediaType may be empty.
std::vector<JsonValue> fileTextShapes(const QString &text, const QString &name);
std::vector<JsonValue> fileBytesShapes(const QByteArray &bytes, const QString &name);
std::vector<JsonValue> pictureShapes(const QByteArray &png, int width, int height);
std::vector<JsonValue> placeShapes(const std::string &latitude, const std::string &longitude);
std::vector<JsonValue> placeWordShapes(const QString &words);

/// The first of \p shapes that \p schema takes, else the first. \p schema may be null.
JsonValue shapedFor(const std::vector<JsonValue> &shapes, const CompiledSchema *schema);
/// Why \p schema does not take \p value, in one visible sentence; empty: it does. \p schema may be null.
QString misfit(const JsonValue &value, const CompiledSchema *schema);

/// `52.52`, `52,52` or `52.52 N` as the text of a JSON number; absent: it is none, or beyond \p most degrees.
std::optional<std::string> degrees(const QString &typed, int most, QChar positive, QChar negative);

} // namespace countersign::ui
