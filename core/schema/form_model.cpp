// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_model.h"

#include "core/schema/form_state.h"

namespace countersign {

using namespace Qt::StringLiterals;
using namespace schema;

FormModel::Private::Private(std::shared_ptr<const CompiledSchema> checked)
    : schema(std::move(checked))
    , shapes(schema->program())
{}

FormModel::FormModel(std::unique_ptr<Private> parts)
    : d(std::move(parts))
{}

FormModel::~FormModel() = default;

Result<std::unique_ptr<FormModel>> FormModel::create(std::shared_ptr<const CompiledSchema> schema, FormStart start)
{
    auto parts = std::make_unique<Private>(std::move(schema));
    parts->mode = start.mode;
    parts->original = std::move(start.original);
    parts->begin(start.draft);
    if (parts->tooLarge) {
        return Error{
            ErrorCode::TooLarge, u"The form would have more than 200,000 fields. Edit the value as JSON."_s, {}};
    }
    // NOLINTNEXTLINE(modernize-make-unique): the constructor is private.
    return std::unique_ptr<FormModel>(new FormModel(std::move(parts)));
}

void FormModel::Private::begin(const std::optional<JsonValue> &draft)
{
    filling = mode == FormMode::Answer;
    value = original;
    FormNode &top = make(nullptr, {}, shapes.rootBase());
    root = top.field.id;
    appeared.clear();
    project(top, value ? &*value : nullptr, Depth::Deep, Pick::Best);
    if (!value) {
        value = rootStart(top);
        if (value) {
            project(top, &*value, Depth::Deep, Pick::Best);
        }
    }
    touched.push_back(root);
    settle();
    filling = false;
    appeared.clear();
    made.clear();
    initial = value;
    if (original) {
        loadSecrets();
        for (const std::string &pointer : secretsIn(*node(root))) {
            originalSecrets.insert(pointer);
        }
    }
    if (draft) {
        loadDraft(*draft);
    }
    check();
    changed.clear();
    everythingChanged = false;
    makeRows();
    rowsChanged = false;
}

FieldId FormModel::root() const
{
    return d->root;
}

const FormField *FormModel::field(FieldId id) const
{
    const FormNode *at = d->node(id);
    return at ? &at->field : nullptr;
}

FieldId FormModel::find(std::string_view pointer) const
{
    if (!pointer.empty() && pointer.front() != '/') {
        return noField;
    }
    const FormNode *at = d->nearest(pointer);
    return at && at->field.pointer == pointer ? at->field.id : noField;
}

const JsonValue *FormModel::valueOf(FieldId id) const
{
    const FormNode *at = d->node(id);
    return at && at->field.presence != Presence::Absent ? std::as_const(*d).valueOf(*at) : nullptr;
}

const JsonValue &FormModel::value() const
{
    return d->value ? *d->value : d->nothing;
}

JsonValue FormModel::outgoing() const
{
    return d->sentCopy();
}

FormMode FormModel::mode() const
{
    return d->mode;
}

const CompiledSchema &FormModel::schema() const
{
    return *d->schema;
}

int FormModel::filledCount() const
{
    int count = 0;
    for (const auto &one : d->nodes) {
        count += one && !isContainer(one->field.kind) && !one->field.notSent && one->field.presence != Presence::Absent
                     ? 1
                     : 0;
    }
    return count;
}

int FormModel::fieldCount() const
{
    int count = 0;
    for (const auto &one : d->nodes) {
        count += one && !isContainer(one->field.kind) && !one->field.notSent ? 1 : 0;
    }
    return count;
}

} // namespace countersign
