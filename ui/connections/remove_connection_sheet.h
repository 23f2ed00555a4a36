// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/shell/sheet.h"

class QLabel;

namespace countersign::ui {

class FlatButton;

/// Asks once more before a connection is removed. The focus is on Cancel.
class RemoveConnectionSheet : public Sheet
{
    Q_OBJECT
public:
    explicit RemoveConnectionSheet(QWidget *window);

    /// \p name as it is kept; \p waiting: requests of it that wait for people.
    void ask(const QString &name, int waiting);

Q_SIGNALS:
    void removeWanted(const QString &name);

protected:
    QWidget *firstField() override;

private:
    QString m_name;
    QLabel *m_question = nullptr;
    QLabel *m_effect = nullptr;
    FlatButton *m_cancel = nullptr;
};

} // namespace countersign::ui
