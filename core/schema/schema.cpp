// SPDX-License-Identifier: Apache-2.0
#include "core/schema/schema.h"

#include "core/schema/schema_compiler.h"
#include "core/schema/schema_validator.h"

namespace countersign {

using namespace Qt::StringLiterals;

CompiledSchema::CompiledSchema(std::unique_ptr<const schema::Program> program)
    : m_program(std::move(program))
{}

CompiledSchema::~CompiledSchema() = default;

Result<std::shared_ptr<const CompiledSchema>> CompiledSchema::compile(const JsonValue &schema,
                                                                      const CompileOptions &options)
{
    Result<std::unique_ptr<const schema::Program>> program = schema::SchemaCompiler(options).compile(schema);
    if (!program) {
        return program.error();
    }
    // NOLINTNEXTLINE(modernize-make-shared): the constructor is private.
    return std::shared_ptr<const CompiledSchema>(new CompiledSchema(std::move(*program)));
}

SchemaVerdict CompiledSchema::validate(const JsonValue &instance, const ValidateOptions &options) const
{
    return schema::SchemaValidator(*m_program, options).run(m_program->root, instance);
}

Result<SchemaVerdict> CompiledSchema::validateAt(std::string_view pointer, const JsonValue &part,
                                                 const ValidateOptions &options) const
{
    const JsonValue *place = source().at(pointer);
    const auto node = place ? m_program->nodeOf.find(place) : m_program->nodeOf.end();
    if (node == m_program->nodeOf.end() || !m_program->nodes[node->second].compiled) {
        const QString shown = QString::fromUtf8(pointer.data(), static_cast<qsizetype>(pointer.size()));
        return Error{ErrorCode::NotFound, u"The schema has no part in use at “%1”."_s.arg(shown), {}};
    }
    return schema::SchemaValidator(*m_program, options).run(node->second, part);
}

const JsonValue &CompiledSchema::source() const
{
    return *m_program->documents.front();
}

Dialect CompiledSchema::dialect() const
{
    return m_program->resources[m_program->nodes[m_program->root].resource].dialect;
}

} // namespace countersign
