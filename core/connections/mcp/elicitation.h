// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <QtCore/QByteArray>
#include <QtCore/QString>

namespace countersign::mcp {

/// What `elicitation/create` asks for, as far as it can be put to a person.
struct Elicitation {
    enum class Mode { Form, Url };
    Mode mode = Mode::Form;
    QString message;
    QByteArray schema; ///< Of a form: JSON text as received.
    QString url;       ///< Exactly as received.
    QString id;        ///< `elicitationId` (revision 2025-11-25); empty: none.
};
/// Malformed: a part is missing. InvalidInput: a mode that nobody knows.
Result<Elicitation> readElicitation(QByteArrayView params);

/// Does \p answer fit \p schema? Malformed, with the first thing that does not.
Result<> checkFormAnswer(QByteArrayView schema, QByteArrayView answer);

/// What a sampling request says, in words for people.
struct Sampling {
    QString prompt; ///< The whole conversation, one paragraph for each block, and the system prompt.
    int maxTokens = 0;
};
Result<Sampling> readSampling(QByteArrayView params);
/// The result of `sampling/createMessage` that a person wrote.
QByteArray samplingResult(const QString &text);
/// Malformed: it is no result of a sampling.
Result<> checkSamplingResult(QByteArrayView result);

} // namespace countersign::mcp
