// SPDX-License-Identifier: Apache-2.0
// Which rows of a form are shown while something is looked for.
#include "ui/forms/form_view.h"

#include "ui/forms/row_words.h"

namespace countersign::ui {

void FormView::setFilter(const QString &words)
{
    if (words == m_filter) {
        return;
    }
    m_filter = words;
    m_anchorRow = 0;
    m_anchorOffset = 0;
    rebuildRows();
    arrange();
    Q_EMIT contentHeightChanged();
}

bool FormView::matches(const FormRow &row) const
{
    const FormField *field = m_model->field(row.field);
    if (!field || (row.part != RowPart::Field && row.part != RowPart::Header)) {
        return false;
    }
    const auto has = [this](const QString &text) { return text.contains(m_filter, Qt::CaseInsensitive); };
    if (has(titleOf(*m_model, *field)) || has(QString::fromStdString(field->key))) {
        return true;
    }
    const JsonValue *value = row.part == RowPart::Field ? m_model->valueOf(field->id) : nullptr;
    if (value && field->kind != FieldKind::Secret && has(valueWords(*value, 10'000))) {
        return true;
    }
    for (const FieldProblem *problem : m_model->problemsOf(field->id)) {
        if (has(problem->message)) {
            return true;
        }
    }
    return false;
}

std::vector<FormRow> FormView::filteredRows(const std::vector<FormRow> &all)
{
    std::vector<FormRow> kept;
    std::vector<FormRow> headers; // Above the row at hand, not yet kept.
    int wholeDepth = -1;          // Everything in a header that matches is kept.
    m_matchCount = 0;
    for (const FormRow &row : all) {
        while (!headers.empty() && headers.back().depth >= row.depth) {
            headers.pop_back();
        }
        if (wholeDepth >= 0 && row.depth > wholeDepth) {
            kept.push_back(row);
            continue;
        }
        wholeDepth = -1;
        if (matches(row)) {
            ++m_matchCount;
            kept.insert(kept.end(), headers.begin(), headers.end());
            headers.clear();
            kept.push_back(row);
            wholeDepth = row.part == RowPart::Header ? row.depth : -1;
        } else if (row.part == RowPart::Header) {
            headers.push_back(row);
        }
    }
    return kept;
}

} // namespace countersign::ui
