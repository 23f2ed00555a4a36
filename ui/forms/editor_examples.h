// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_field.h"

#include <QtCore/QObject>

class QCompleter;
class QLineEdit;
class QStringListModel;

namespace countersign::ui {

/// The schema's examples at a line edit: the first as placeholder, all of them as completions while typing.
class EditorExamples : public QObject
{
    Q_OBJECT
public:
    explicit EditorExamples(QLineEdit *edit);

    /// Strings as they are, other values as JSON; at most 100. Without examples the placeholder of an optional field
    /// says that it is not set.
    void offer(const FormField &field);

Q_SIGNALS:
    void chosen(const QString &shown); ///< By the person; visible text, which stands in the line edit already.

private:
    QLineEdit *m_edit;
    QStringListModel *m_model;
    QCompleter *m_completer;
};

} // namespace countersign::ui
