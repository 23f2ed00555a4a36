// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/store_types.h"

#include <QtWidgets/QWidget>

class QLabel;
class QPlainTextEdit;

namespace countersign::ui {

class FlatButton;

/// What stands in place of a list without rows: a sentence, and in an empty inbox the command that fills it.
class EmptyQueue : public QWidget
{
    Q_OBJECT
public:
    explicit EmptyQueue(QWidget *parent = nullptr);

    void explain(QueueQuery::View view, bool filtered);
    static QString firstCommand(); ///< What the Copy button puts on the clipboard.

Q_SIGNALS:
    void filterClearWanted();

protected:
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void applyFonts();
    void fitCommand();

    QLabel *m_heading = nullptr;
    QLabel *m_explanation = nullptr;
    QWidget *m_teaching = nullptr;
    QPlainTextEdit *m_command = nullptr;
    FlatButton *m_copy = nullptr;
    FlatButton *m_clear = nullptr;
};

} // namespace countersign::ui
