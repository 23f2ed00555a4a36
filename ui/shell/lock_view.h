// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/shell/sign_in.h"

#include <QtWidgets/QWidget>

class QComboBox;
class QLabel;
class QLineEdit;

namespace countersign::ui {

class Card;
class FlatButton;

/// What stands in the window while nobody is signed in: queue and detail are hidden, timers and connections go on.
class LockView : public QWidget
{
    Q_OBJECT
public:
    explicit LockView(QWidget *parent = nullptr);

    /// \p keyFolder: named when there is no key to choose.
    void setStanding(const SignInStanding &standing, const QString &keyFolder);
    void setProblem(const QString &sentence); ///< Why the last try failed; the passphrase is asked again.
    void clearFields();
    void focusField();

Q_SIGNALS:
    void unlockWanted(const QString &keyFile, const QByteArray &passphrase);
    void setUpWanted(); ///< The workspace has no administrator yet.
    void lookAgainWanted();

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void submit();
    void setBusy(bool busy);
    void followChoice();
    void applyGrid();

    std::vector<KeyChoice> m_keys;
    bool m_setUp = false;
    Card *m_card = nullptr;
    QLabel *m_heading = nullptr;
    QLabel *m_explanation = nullptr;
    QComboBox *m_who = nullptr;
    QLineEdit *m_passphrase = nullptr;
    QLabel *m_problem = nullptr;
    FlatButton *m_act = nullptr;
};

} // namespace countersign::ui
