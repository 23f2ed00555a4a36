// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/engine_types.h"

#include <QtWidgets/QScrollArea>

class QCheckBox;
class QLabel;
class QLineEdit;
class QStackedWidget;

namespace countersign::ui {

class FlatButton;

/// The first minute with a new workspace: makes the reviewer's key, then shows the recovery code once. Escape leaves it
/// before the key is made; nothing here is a default.
class FirstRunPage : public QScrollArea
{
    Q_OBJECT
public:
    explicit FirstRunPage(const QString &suggestedName, QWidget *parent = nullptr);

    void setProblem(const QString &sentence); ///< The key was not made: why.
    void showRecoveryCode(const FirstAdministrator &made);
    bool isShowingCode() const;
    void focusField();
    /// The name of a key file for \p reviewerName in \p folder that is not taken yet. Only harmless characters.
    static QString keyFilePath(const QString &folder, const QString &reviewerName);

Q_SIGNALS:
    void keyWanted(const QString &name, const QByteArray &passphrase); ///< Empty passphrase: chosen explicitly.
    void done();                                                       ///< The code has been written down.
    void postponed();                                                  ///< Escape, or "Later".

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    QWidget *makeForm(const QString &suggestedName);
    QWidget *makeCodePage();
    void follow();
    void submit();
    void applyGrid();

    QWidget *m_page = nullptr;
    QStackedWidget *m_steps = nullptr;
    QLineEdit *m_name = nullptr;
    QLineEdit *m_passphrase = nullptr;
    QLineEdit *m_again = nullptr;
    QLabel *m_strength = nullptr;
    QCheckBox *m_without = nullptr;
    QLabel *m_withoutNote = nullptr;
    QLabel *m_problem = nullptr;
    FlatButton *m_make = nullptr;
    QLineEdit *m_code = nullptr;
    QLabel *m_copied = nullptr;
};

} // namespace countersign::ui
