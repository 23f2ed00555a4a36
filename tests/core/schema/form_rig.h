// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_reader.h"
#include "core/schema/form_model.h"

#include <QtTest/QTest>

namespace countersign::test {

inline JsonValue json(const QByteArray &text)
{
    const Result<JsonValue> value =
        readJson(text, {.maxBytes = 64 * 1024 * 1024, .maxNodes = 5'000'000, .maxDepth = 128});
    if (!value) {
        qFatal("%s in %s", qPrintable(value.error().message), text.left(200).constData());
    }
    return *value;
}

inline std::shared_ptr<const CompiledSchema> compiled(const QByteArray &schema, const CompileOptions &options = {})
{
    const auto ready = CompiledSchema::compile(json(schema), options);
    if (!ready) {
        qFatal("%s", qPrintable(ready.error().message));
    }
    return *ready;
}

/// A form, with words for what a test wants to see.
class FormRig
{
public:
    explicit FormRig(const QByteArray &schema, FormStart start = {})
        : FormRig(compiled(schema), std::move(start))
    {}
    explicit FormRig(std::shared_ptr<const CompiledSchema> schema, FormStart start = {})
    {
        auto made = FormModel::create(std::move(schema), std::move(start));
        if (!made) {
            qFatal("%s", qPrintable(made.error().message));
        }
        m_form = std::move(*made);
    }
    static FormRig editing(const QByteArray &schema, const QByteArray &value)
    {
        return FormRig(schema, {.mode = FormMode::Edit, .original = json(value)});
    }

    FormModel *operator->() { return m_form.get(); }
    FormModel &operator*() { return *m_form; }
    FieldId at(std::string_view pointer)
    {
        const FieldId id = m_form->find(pointer);
        if (id == noField) {
            qWarning("no field at %s", std::string(pointer).c_str());
        }
        return id;
    }
    const FormField &field(std::string_view pointer)
    {
        static const FormField none;
        const FormField *found = m_form->field(at(pointer));
        return found ? *found : none;
    }
    void set(std::string_view pointer, const QByteArray &value) { m_form->setValue(at(pointer), json(value)); }
    QByteArray sent() { return writeJson(m_form->outgoing()); }
    /// Members of the field at \p pointer, in the order shown.
    QByteArray keys(std::string_view pointer)
    {
        QByteArrayList names;
        for (const FieldId id : field(pointer).children) {
            const FormField &child = *m_form->field(id);
            names.append(QByteArray::fromStdString(child.key) + (child.notSent ? "(not sent)" : ""));
        }
        return names.join(' ');
    }
    /// `/a required; /b maximum`.
    QByteArray problems()
    {
        QByteArrayList lines;
        for (const FieldProblem &problem : m_form->problems()) {
            const FormField *shown = m_form->field(problem.field);
            lines.append(QByteArray::fromStdString((shown ? shown->pointer : "?") + " " + problem.keyword));
        }
        return lines.join("; ");
    }
    QByteArray variants(std::string_view pointer)
    {
        QByteArrayList titles;
        for (const QString &title : field(pointer).variants) {
            titles.append(title.toUtf8());
        }
        return titles.join('|') + ' ' + QByteArray::number(field(pointer).variant);
    }
    QByteArray rows()
    {
        static const char *const parts[] = {"", " header", " +item", " +member"};
        QByteArrayList lines;
        for (const FormRow &row : m_form->rows()) {
            const FormField &shown = *m_form->field(row.field);
            lines.append(QByteArray(row.depth, '>') + QByteArray::fromStdString(shown.key) +
                         parts[static_cast<int>(row.part)]);
        }
        return lines.join(", ");
    }

private:
    std::unique_ptr<FormModel> m_form;
};

} // namespace countersign::test
