// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/connection_service.h"
#include "ui/shell/sheet.h"

class QComboBox;
class QLabel;
class QLineEdit;

namespace countersign::ui {

class FlatButton;

/// Asks for what a new connection needs. The secret is typed into a masked field, given away once and never kept here.
class AddConnectionSheet : public Sheet
{
    Q_OBJECT
public:
    explicit AddConnectionSheet(QWidget *window);

    void openFresh();
    /// It could not be added: says why, and keeps what was typed.
    void fail(const QString &visible);

Q_SIGNALS:
    void addWanted(const countersign::ConnectionService::NewConnection &connection);

protected:
    QWidget *firstField() override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    QLineEdit *addField(QLayout *rows, const QString &label, const QString &objectName, const QString &example);
    QWidget *makeFields();
    void setProblem(const QString &visible);
    void follow();
    void submit();
    Result<ConnectionService::NewConnection> read() const;

    QLineEdit *m_name = nullptr;
    QLineEdit *m_address = nullptr;
    QComboBox *m_place = nullptr;
    QLineEdit *m_secretName = nullptr;
    QLineEdit *m_secret = nullptr;
    QComboBox *m_profileKind = nullptr;
    QLineEdit *m_profileFile = nullptr;
    QLabel *m_problem = nullptr;
    FlatButton *m_add = nullptr;
    bool m_isAdding = false;
};

} // namespace countersign::ui
