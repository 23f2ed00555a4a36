// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/style/icons.h"
#include "ui/style/theme.h"

#include <QtWidgets/QPushButton>

#include <utility>
#include <vector>

namespace countersign::ui {

/// The button of the product: flat, one-pixel line, with the key that does the same drawn on it. Never a dialog's
/// default, so that Enter never presses it from elsewhere; no mnemonics.
class FlatButton : public QPushButton
{
    Q_OBJECT
public:
    enum class Look {
        Primary, ///< Filled with the accent: at most one per pane.
        Plain,
        Danger, ///< Red line and text.
    };
    /// \p label is ours or visible text; \p key is what to draw as key cap, empty for none.
    explicit FlatButton(const QString &label, const QString &key = {}, Look look = Look::Plain,
                        QWidget *parent = nullptr);

    QString label() const { return m_label; }
    void setLabel(const QString &label);
    QString keyHint() const { return m_key; }
    void setKeyHint(const QString &key);
    void setLook(Look look);
    /// Keeps room for another label that the button will bear, so that it and its neighbours never move.
    void reserveFor(const QString &label, const QString &key);
    /// Draws `:/icons/NAME.svg` before the label.
    void setIconName(const QString &name);
    /// Disables the button and says why in its tooltip and to the screen reader; empty enables it.
    void setDisabledReason(const QString &reason);
    QString disabledReason() const { return m_reason; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    struct Ink;
    Ink ink() const;
    int widthOf(const QString &label, const QString &key, const QFont &font) const;

    QString m_label;
    QString m_key;
    QString m_iconName;
    QString m_reason;
    Look m_look;
    std::vector<std::pair<QString, QString>> m_reserved;
};

} // namespace countersign::ui
