// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/shell/sheet.h"

class QLabel;

namespace countersign::ui {

class FlatButton;
class WrapLabel;

/// Asks whether another agent may answer at the address of a connection from now on. The focus is on refusing.
class AcceptIdentitySheet : public Sheet
{
    Q_OBJECT
public:
    explicit AcceptIdentitySheet(QWidget *window);

    /// All of it is outside text. \p offered is what is accepted, and nothing that comes later.
    void ask(const QString &name, const QString &pinned, const QString &offered);

Q_SIGNALS:
    void acceptWanted(const QString &name, const QString &offered);

protected:
    QWidget *firstField() override;

private:
    QString m_name;
    QString m_offered;
    WrapLabel *m_question = nullptr;
    WrapLabel *m_effect = nullptr;
    FlatButton *m_refuse = nullptr;
};

} // namespace countersign::ui
