// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_model.h"
#include "ui/forms/piece_label.h"

namespace countersign::ui {

/// What a row says about its field, in words. Everything is visible text: what comes from the schema has been through
/// displayText().

/// The title as shown: the schema's; for an item of a list its place ("Item 3", "Attendee 3").
QString titleOf(const FormModel &model, const FormField &field);
/// Title, the star of a required field, and the key where it is another word.
std::vector<PieceLabel::Piece> titlePieces(const FormModel &model, const FormField &field, PieceLabel::Look look);
/// "0.1 to 30", "at most 80 characters", "choose 1 to 2", "e-mail address"; empty: nothing to say.
QString boundsWords(const FormField &field);
/// Help, bounds, default, original, and the marks: the dim line below an editor.
std::vector<PieceLabel::Piece> notePieces(const FormModel &model, const FormField &field);
/// The sentence about passwords; empty unless the field asks for one.
QString secretWarning(const FormField &field);
/// The problems of \p id as one text; empty: none.
QString problemText(const FormModel &model, FieldId id);
/// The same for a table, whose cells have no rows of their own: "Row 2, sku: …", the first few.
QString tableProblemText(const FormModel &model, const FormField &table);
/// For screen readers: "Parcel weight (kg), required".
QString spokenName(const FormModel &model, const FormField &field);
/// For screen readers: the problem (if it is shown), then help and notes.
QString spokenDescription(const FormModel &model, const FormField &field, bool withProblem);
/// A value in a sentence, at most \p length characters.
QString valueWords(const JsonValue &value, int length = 60);
/// May the person go back to the schema's default, or to what stood there before?
bool canReset(const FormModel &model, const FormField &field);
bool canRevert(const FormModel &model, const FormField &field);

} // namespace countersign::ui
