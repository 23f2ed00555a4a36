// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json_value.h"
#include "core/base/result.h"

#include <QtCore/QTimer>
#include <QtWidgets/QWidget>

class QPlainTextEdit;

namespace countersign {
class FormModel;
}

namespace countersign::ui {

class PieceLabel;

/// The whole value as JSON text, to be edited. What is typed goes into the form as soon as it is JSON; until then the
/// form keeps the last good value, and the page says where reading stopped. Secrets stand there as numbered
/// marks: wherever a mark goes, its secret goes. GUI thread.
class JsonPage : public QWidget
{
    Q_OBJECT
public:
    explicit JsonPage(QWidget *parent);

    /// Null: shows nothing.
    void setModel(FormModel *model);
    void showValue(std::string_view pointer = {}); ///< Writes the text anew; the caret goes to that place.
    bool take();                                   ///< What was typed goes in now. False: it is no JSON.
    bool isBroken() const { return !m_problem.isEmpty(); }
    QString problem() const { return m_problem; }
    std::string pointerAtCaret() const;
    QPlainTextEdit *text() const { return m_text; }

Q_SIGNALS:
    void edited(); ///< The model has another value.
    void stateChanged();

private:
    void typed();
    Result<JsonValue> read() const;

    FormModel *m_model = nullptr;
    QPlainTextEdit *m_text;
    PieceLabel *m_state;
    QTimer m_soon;
    QString m_problem;
    QString m_standIn;                ///< For a secret while its mark is made and read; nobody outside can know it.
    std::vector<JsonValue> m_secrets; ///< Those that the text has marks for.
    bool m_pending = false;
    bool m_writing = false;
};

} // namespace countersign::ui
