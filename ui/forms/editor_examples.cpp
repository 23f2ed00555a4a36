// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/editor_examples.h"

#include "core/base/visible_text.h"

#include <QtCore/QStringListModel>
#include <QtWidgets/QAbstractItemView>
#include <QtWidgets/QCompleter>
#include <QtWidgets/QLineEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t mostExamples = 100;
constexpr int longestPlaceholder = 80;

} // namespace

EditorExamples::EditorExamples(QLineEdit *edit)
    : QObject(edit)
    , m_edit(edit)
    , m_model(new QStringListModel(this))
    , m_completer(new QCompleter(this))
{
    m_completer->setModel(m_model);
    m_completer->setCaseSensitivity(Qt::CaseInsensitive);
    m_completer->setFilterMode(Qt::MatchContains);
    connect(m_completer, qOverload<const QString &>(&QCompleter::activated), this, &EditorExamples::chosen);
}

void EditorExamples::offer(const FormField &field)
{
    QStringList shown;
    for (size_t i = 0; i < std::min(field.examples.size(), mostExamples); ++i) {
        const JsonValue &example = field.examples[i];
        const QString text = example.isString() ? example.toString() : QString::fromUtf8(writeJson(example));
        if (!text.isEmpty()) {
            shown += displayText(text).text;
        }
    }
    m_edit->setPlaceholderText(!shown.isEmpty() ? tr("such as %1").arg(shortened(shown.first(), longestPlaceholder))
                                                : (field.required ? QString() : tr("not set")));
    if (shown != m_model->stringList()) {
        m_model->setStringList(shown);
        // A completer without words would still take the keys of its list.
        m_edit->setCompleter(shown.isEmpty() ? nullptr : m_completer);
    }
}

} // namespace countersign::ui
