// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/detail/shown_address.h"
#include "ui/style/card.h"

class QBoxLayout;

namespace countersign::ui {

class FlatButton;
class WrapLabel;

/// Adds to \p rows the whole of \p address, its host marked, and a line for everything that can mislead about it.
void addShownAddress(QBoxLayout &rows, const ShownAddress &address, QWidget *parent);

/// The address of a question that is answered at an address: whole, its host marked, with what can mislead about it.
/// Opening takes two acts: asking for it, and agreeing with the address in view. It opens nothing itself. GUI thread.
class AddressCard : public Card
{
    Q_OBJECT
public:
    /// \p opened: it was opened from here before.
    AddressCard(const QString &raw, bool opened, bool canAnswer, QWidget *parent = nullptr);

    const ShownAddress &address() const { return m_address; }
    bool asksForConsent() const { return m_asks; }
    void askForConsent(); ///< As the first button does.

Q_SIGNALS:
    void openWanted(); ///< The person has agreed.
    void copyWanted();

private:
    void showStep();
    void showAnswers();

    ShownAddress m_address;
    bool m_opened = false;
    bool m_asks = false;
    WrapLabel *m_words = nullptr;
    FlatButton *m_open = nullptr;
    FlatButton *m_agree = nullptr;
    FlatButton *m_leave = nullptr;
};

} // namespace countersign::ui
