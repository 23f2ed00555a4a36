// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_state.h"

#include <algorithm>

namespace countersign {

FormMarks FormModel::Private::marks() const
{
    FormMarks found;
    found.variants.reserve(choosers.size());
    for (const FieldId id : choosers) {
        const FormNode &at = *node(id);
        found.variants.push_back({at.field.pointer, at.chosen, at.kept});
    }
    for (const FieldId id : hidden) {
        const FormNode &at = *node(id);
        found.hidden.push_back({at.field.pointer, at.base});
    }
    return found;
}

/// Puts back which variants were chosen, what was kept of the others, and what was not sent.
void FormModel::Private::restore(const FormMarks &marks)
{
    std::vector<FormMarks::Variant> variants = marks.variants;
    std::stable_sort(variants.begin(), variants.end(),
                     [](const auto &a, const auto &b) { return a.pointer.size() < b.pointer.size(); });
    for (const FormMarks::Variant &mark : variants) {
        FormNode *at = nearest(mark.pointer);
        if (!at || at->field.pointer != mark.pointer || choosers.count(at->field.id) == 0) {
            continue;
        }
        if (at->chosen != mark.chosen) {
            at->forced = mark.chosen;
            project(*at, valueOf(*at), Depth::Deep, Pick::Best);
            touched.push_back(at->field.id);
        }
        at->kept = mark.kept;
    }
    const std::set<FieldId> before = hidden;
    std::set<std::string> wanted;
    for (const FormMarks::Hidden &mark : marks.hidden) {
        wanted.insert(mark.pointer);
        FormNode *at = nearest(mark.pointer);
        if (at && at->field.pointer == mark.pointer && !at->field.notSent) {
            at->base = mark.base;
            at->field.extra = false;
            at->slot = false;
            project(*at, valueOf(*at), Depth::Deep, Pick::Best);
            hide(*at);
            touched.push_back(at->field.parent);
        }
    }
    for (const FieldId id : before) {
        FormNode *at = node(id);
        if (at && at->field.notSent && wanted.count(at->field.pointer) == 0) {
            at->field.notSent = false;
            at->field.extra = false; // So that it is looked at again.
            at->allowed = false;
            hidden.erase(id);
            FormNode *around = parentOf(*at);
            touched.push_back(around->field.id);
            project(*around, valueOf(*around), Depth::Deep, Pick::Keep);
        }
    }
}

} // namespace countersign
