// SPDX-License-Identifier: Apache-2.0
#include "core/audit/outcome_content.h"

#include "core/domain/body_fields.h"

namespace countersign {

using namespace Qt::StringLiterals;

QByteArray encodeOutcomeContent(const Outcome &outcome)
{
    // Whatever a program prints is kept byte for byte, also where a JSON string cannot hold it.
    const bool isText = outcome.output.isValidUtf8();
    BodyWriter writer(u"outcome-content"_s);
    writer.value("exitCode", outcome.exitCode ? JsonValue::fromInteger(*outcome.exitCode) : JsonValue())
        .text("error", outcome.error)
        .text(isText ? "output" : "outputHex",
              isText ? QString::fromUtf8(outcome.output) : QString::fromLatin1(outcome.output.toHex()))
        .text("note", outcome.note);
    return writer.canonical();
}

} // namespace countersign
