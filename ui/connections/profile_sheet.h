// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/connection_service.h"
#include "ui/shell/sheet.h"

#include <QtCore/QTimer>

class QGridLayout;
class QLabel;
class QPlainTextEdit;
class QTableWidget;

namespace countersign::ui {

class FlatButton;
class WrapLabel;

/// What the state of one agent means: its live state beside the profile, and what the profile would make of it now.
/// Nothing is sent while it is edited; what is typed stays when the sheet is closed without saving. GUI thread.
class ProfileSheet : public Sheet
{
    Q_OBJECT
public:
    /// \p service outlives it.
    ProfileSheet(ConnectionService &service, QWidget *window);

    void edit(const QString &name);

Q_SIGNALS:
    void saved(const QString &name);

protected:
    QWidget *firstField() override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    QPlainTextEdit *makeText(const QString &objectName, const QString &accessibleName);
    QWidget *makePage();
    QByteArray typed() const;
    void follow();
    void showState();
    void showItems(const std::vector<PeerItem> &items);
    void setProblem(const QString &visible);
    void save();
    void applyFonts();
    void arrange();

    ConnectionService &m_service;
    QString m_name;
    QByteArray m_kept; ///< As it was when editing began.
    WrapLabel *m_title = nullptr;
    QGridLayout *m_parts = nullptr;
    QLabel *m_stateTitle = nullptr;
    QLabel *m_textTitle = nullptr;
    QPlainTextEdit *m_state = nullptr;
    QPlainTextEdit *m_text = nullptr;
    WrapLabel *m_problem = nullptr;
    WrapLabel *m_count = nullptr;
    QTableWidget *m_items = nullptr;
    FlatButton *m_save = nullptr;
    QTimer m_soon;  ///< Typing comes to rest.
    QTimer m_watch; ///< The state goes on changing.
    QByteArray m_shownState;
    QByteArray m_readText; ///< Of what \c m_profile was read.
    std::optional<cloudflare::Profile> m_profile;
    bool m_isSaving = false;
};

} // namespace countersign::ui
