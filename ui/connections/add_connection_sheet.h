// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/connection_service.h"
#include "ui/connections/way_in_page.h"
#include "ui/shell/sheet.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QScrollArea;
class QStackedWidget;

namespace countersign::ui {

class FlatButton;
class WrapLabel;

/// Asks what a person has, and then for what the new connection needs, or shows what to copy where. The secret is typed
/// into a masked field, given away once and never kept here.
class AddConnectionSheet : public Sheet
{
    Q_OBJECT
public:
    explicit AddConnectionSheet(QWidget *window);

    void openFresh();
    /// Asks only how \p name, which is there already, signs in from now on.
    void openForSignIn(const QString &name);
    /// It could not be added: says why, and keeps what was typed.
    void fail(const QString &visible);

Q_SIGNALS:
    void addWanted(const countersign::ConnectionService::NewConnection &connection);
    void signInWanted(const QString &name, const countersign::SignIn &signIn);

protected:
    QWidget *firstField() override;
    void keyPressEvent(QKeyEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    QLineEdit *addField(QLayout *rows, const QString &label, const QString &objectName, const QString &example);
    QWidget *makeFields();
    QWidget *makeSnippetPage();
    QScrollArea *scrolled(QWidget *page);
    void setShown(QLineEdit *field, bool shown);
    void goTo(WayInPage::Way way);
    void goBack();
    bool isMcp() const;
    void clear();
    QString missing() const;
    void maskSecret(QLineEdit *field);
    TokenAddress readTokenAddress() const;
    Result<> readSignIn(ConnectionService::NewConnection &connection) const;
    void setProblem(const QString &visible);
    void follow();
    void submit();
    Result<ConnectionService::NewConnection> read() const;

    QString m_signInOf; ///< Not empty: of this connection, and nothing else is asked.
    QLabel *m_title = nullptr;
    QStackedWidget *m_pages = nullptr;
    WayInPage *m_wayIn = nullptr;
    QWidget *m_form = nullptr;    ///< The page of fields, in its scroll area.
    QWidget *m_snippet = nullptr; ///< The page of what to copy, likewise.
    WrapLabel *m_explanation = nullptr;
    QPlainTextEdit *m_code = nullptr;
    WayInPage::Way m_way = WayInPage::Way::Agent;
    QLabel *m_startsLabel = nullptr;
    QComboBox *m_starts = nullptr; ///< Of an MCP server: a command or an address.
    QLineEdit *m_command = nullptr;
    QLineEdit *m_folder = nullptr;
    QLineEdit *m_tokenCommand = nullptr;
    QLineEdit *m_tokenAddress = nullptr;
    QLabel *m_tokenMethodLabel = nullptr;
    QComboBox *m_tokenMethod = nullptr; ///< GET or POST.
    QLineEdit *m_tokenHeader = nullptr;
    QLineEdit *m_tokenSecret = nullptr; ///< Masked; may be empty.
    QLabel *m_placeLabel = nullptr;
    QLabel *m_profileLabel = nullptr;
    WrapLabel *m_note = nullptr;
    FlatButton *m_copy = nullptr;
    FlatButton *m_back = nullptr;
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
