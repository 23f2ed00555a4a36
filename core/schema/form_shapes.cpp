// SPDX-License-Identifier: Apache-2.0
#include "core/schema/form_expander.h"
#include "core/schema/schema_validator.h"

#include <algorithm>
#include <set>

namespace countersign::schema {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 budgetOfAnEdit = 4'000'000; ///< Validator steps: about 100 ms.
constexpr qint64 budgetOfACheck = 200'000;
constexpr size_t mostRemembered = 50'000;

void appendKey(std::string &key, const FormPart &part)
{
    const quint32 numbers[] = {part.node, part.scope};
    key.append(reinterpret_cast<const char *>(numbers), sizeof numbers);
    key += part.inBranch ? 'b' : '-';
}

std::string keyOf(const FormParts &base)
{
    std::string key;
    for (const FormPart &part : base) {
        appendKey(key, part);
    }
    return key;
}

bool namesSecret(const JsonValue &source)
{
    const JsonValue *format = source.find("format");
    const JsonValue *hidden = source.find("writeOnly");
    return (format && format->utf8() == "password") || (hidden && hidden->toBool());
}

QString shortText(const JsonValue &value)
{
    constexpr qsizetype longest = 60;
    const QString text = value.isString() ? value.toString() : QString::fromUtf8(writeJson(value));
    return text.size() > longest ? text.left(longest - 1) + u'…' : text;
}

} // namespace

QString kindTitle(Kinds kinds)
{
    static constexpr std::pair<Kinds, const char16_t *> names[] = {
        {StringBit, u"Text"},           {NumberBit, u"Number"}, {IntegerBit, u"Whole number"},
        {BooleanBit, u"True or false"}, {ObjectBit, u"Object"}, {ArrayBit, u"List"}};
    for (const auto &[bit, name] : names) {
        if (kinds & bit) {
            return QString::fromUtf16(name);
        }
    }
    return {};
}

FormShapes::FormShapes(const Program &program)
    : m_program(program)
    , m_scopes(program)
{
    m_hasSecrets = std::any_of(program.nodes.begin(), program.nodes.end(),
                               [](const Node &node) { return node.compiled && namesSecret(*node.source); });
    m_known.reserve(std::min(program.nodes.size(), mostRemembered));
    renewBudget();
}

void FormShapes::renewBudget()
{
    m_budget = budgetOfAnEdit;
}

FormParts FormShapes::rootBase()
{
    return {{m_program.root, m_scopes.entered(0, m_program.nodes[m_program.root].resource), false}};
}

bool FormShapes::isFalse(NodeIndex node) const
{
    const JsonValue &source = *m_program.nodes[node].source;
    return source.isBool() && !source.toBool();
}

bool FormShapes::holds(NodeIndex node, const JsonValue &value)
{
    const ValidateOptions options{.maxSteps = std::min(budgetOfACheck, m_budget), .maxProblems = 0};
    qint64 steps = 0;
    const SchemaVerdictKind kind = SchemaValidator(m_program, options).decide(node, value, steps);
    m_budget = std::max<qint64>(0, m_budget - steps);
    return kind == SchemaVerdictKind::Valid;
}

std::shared_ptr<FormShape> FormShapes::shapeOf(const FormParts &base, const JsonValue *value)
{
    std::string key = keyOf(base);
    if (const auto known = m_known.find(key); known != m_known.end() && !known->second->conditional) {
        return known->second;
    }
    auto shape = std::make_shared<FormShape>();
    FormExpander(*this, value, *shape).run(base);
    if (m_known.size() > mostRemembered) {
        m_known.clear();
    }
    if (shape->conditional) {
        m_known.try_emplace(key, shape); // So that it is known to depend on the value.
        key += '?';
        key.append(shape->decisions.begin(), shape->decisions.end());
        if (const auto known = m_known.find(key); known != m_known.end()) {
            return known->second;
        }
    }
    makeTitles(*shape);
    for (const FormVariant &variant : shape->variants) {
        shape->secret =
            shape->secret || std::any_of(variant.parts.begin(), variant.parts.end(), [this](const FormPart &part) {
                return namesSecret(*m_program.nodes[part.node].source);
            });
    }
    m_known.insert_or_assign(std::move(key), shape);
    return shape;
}

const FormLook &FormShapes::lookOf(FormShape &shape, size_t variant)
{
    FormVariant &one = shape.variants[variant];
    if (!one.look) {
        one.look = makeLook(shape, one);
    }
    return *one.look;
}

/// The words of the branch, else what tells it from the others.
QString FormShapes::branchTitle(const FormShape &shape, const FormChoice &choice) const
{
    const NodeIndex end = referenceEnd(m_program, choice.target);
    for (const NodeIndex node : {choice.target, end}) {
        const JsonValue *title = m_program.nodes[node].source->find("title");
        if (title && title->isString() && !title->utf8().empty()) {
            return title->toString();
        }
    }
    const Instruction *rules = findInstruction(m_program, end, Keyword::Properties);
    for (const std::string &key : shape.discriminators) {
        const int at = rules ? m_program.members[rules->first].find(key, 0) : -1;
        if (at < 0) {
            continue;
        }
        const NodeIndex member = m_program.members[rules->first].properties[static_cast<size_t>(at)].node;
        if (const Instruction *one = findInstruction(m_program, referenceEnd(m_program, member), Keyword::Const)) {
            return shortText(*m_program.constants[one->first]);
        }
    }
    const std::string_view name = m_program.nodes[end].name;
    return end != choice.target && name.data() ? QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()))
                                               : QString();
}

void FormShapes::makeTitles(FormShape &shape)
{
    if (shape.variants.size() < 2) {
        return;
    }
    findDiscriminators(shape);
    std::set<QString> used;
    for (FormVariant &variant : shape.variants) {
        QStringList words;
        for (const FormChoice &choice : variant.choices) {
            const QString word = branchTitle(shape, choice);
            if (!word.isEmpty() && !words.contains(word)) {
                words.append(word);
            }
        }
        QString title = words.join(u" · "_s);
        if (title.isEmpty()) {
            title = variant.title.isEmpty() ? kindTitle(variant.kinds) : variant.title;
        } else if (!variant.title.isEmpty()) {
            title += u": "_s + variant.title;
        }
        const QString plain = title;
        for (int n = 2; !used.insert(title).second; ++n) {
            title = u"%1 (%2)"_s.arg(plain, QString::number(n));
        }
        variant.title = title;
    }
}

/// Members that are a constant of its own in each of several branches.
void FormShapes::findDiscriminators(FormShape &shape)
{
    shape.discriminatorsKnown = true;
    std::unordered_map<std::string_view, std::vector<const JsonValue *>> constants;
    for (const FormVariant &variant : shape.variants) {
        for (const FormPart &part : variant.parts) {
            const Instruction *rules =
                part.inBranch ? findInstruction(m_program, part.node, Keyword::Properties) : nullptr;
            if (!rules) {
                continue;
            }
            for (const MemberRules::Property &property : m_program.members[rules->first].properties) {
                const NodeIndex node = referenceEnd(m_program, property.node);
                if (const Instruction *constant = findInstruction(m_program, node, Keyword::Const)) {
                    constants[property.name].push_back(m_program.constants[constant->first]);
                } else if (const Instruction *set = findInstruction(m_program, node, Keyword::Enum)) {
                    const JsonValue::Array &values = m_program.sets[set->first].values();
                    if (!values.empty()) {
                        constants[property.name].push_back(&values.front());
                    }
                }
            }
        }
    }
    for (const auto &[name, values] : constants) {
        const bool differ = std::any_of(values.begin(), values.end(),
                                        [&v = values](const JsonValue *one) { return !(*one == *v.front()); });
        if (differ) {
            shape.discriminators.emplace_back(name);
        }
    }
    std::sort(shape.discriminators.begin(), shape.discriminators.end());
}

/// 0: it fits. Else how far it is from fitting, the best first.
int FormShapes::score(const FormVariant &variant, const JsonValue &value, qint64 &problems, qint64 &depth)
{
    problems = 0;
    depth = 0;
    for (const FormChoice &choice : variant.choices) {
        if (holds(choice.target, value)) {
            continue;
        }
        const ValidateOptions options{.maxSteps = std::min(budgetOfACheck, m_budget), .maxProblems = 50};
        const SchemaVerdict verdict = SchemaValidator(m_program, options).run(choice.target, value);
        m_budget = std::max<qint64>(0, m_budget - verdict.steps);
        for (const Problem &problem : verdict.problems) {
            ++problems;
            depth += std::count(problem.instance.begin(), problem.instance.end(), '/');
        }
        problems += verdict.problems.empty() ? 1 : 0;
    }
    return problems == 0 ? 0 : 1;
}

int FormShapes::bestVariant(FormShape &shape, const JsonValue &value)
{
    std::vector<size_t> fitting;
    for (size_t i = 0; i < shape.variants.size(); ++i) {
        if (!shape.variants[i].raw && hasKind(value, shape.variants[i].kinds)) {
            fitting.push_back(i);
        }
    }
    if (value.isObject()) {
        for (const std::string &key : shape.discriminators) {
            const JsonValue *given = value.find(key);
            if (!given || fitting.size() < 2) {
                continue;
            }
            std::vector<size_t> meant;
            for (const size_t i : fitting) {
                bool forbidden = false;
                const FormParts base = memberBase(lookOf(shape, i), key, forbidden);
                bool fits = !forbidden;
                for (const FormPart &part : base) {
                    fits = fits && holds(part.node, *given);
                }
                if (fits) {
                    meant.push_back(i);
                }
            }
            if (meant.empty()) {
                return -1;
            }
            fitting = std::move(meant);
        }
    }
    if (fitting.size() <= 1) {
        return fitting.empty() ? -1 : static_cast<int>(fitting.front());
    }
    int best = -1;
    qint64 fewest = 0;
    qint64 deepest = 0;
    constexpr size_t mostCompared = 64;
    size_t compared = 0;
    for (const size_t i : fitting) {
        qint64 problems = 0;
        qint64 depth = 0;
        if (compared++ > mostCompared) {
            const auto &choices = shape.variants[i].choices;
            const auto fits = [this, &value](const FormChoice &choice) { return holds(choice.target, value); };
            if (std::all_of(choices.begin(), choices.end(), fits)) {
                return static_cast<int>(i);
            }
            continue;
        }
        if (score(shape.variants[i], value, problems, depth) == 0) {
            return static_cast<int>(i);
        }
        if (best < 0 || problems < fewest || (problems == fewest && depth > deepest)) {
            best = static_cast<int>(i);
            fewest = problems;
            deepest = depth;
        }
    }
    return best;
}

QString FormShapes::nameProblem(const FormLook &look, std::string_view key)
{
    const JsonValue name = JsonValue::fromUtf8(std::string(key));
    for (const FormPart &part : look.parts) {
        const Instruction *names = findInstruction(m_program, part.node, Keyword::PropertyNames);
        if (!names) {
            continue;
        }
        const SchemaVerdict verdict = SchemaValidator(m_program, {.maxSteps = budgetOfACheck}).run(names->first, name);
        if (verdict.kind != SchemaVerdictKind::Valid) {
            return verdict.problems.empty() ? u"it is not allowed here"_s : verdict.problems.front().message;
        }
    }
    return {};
}

} // namespace countersign::schema
