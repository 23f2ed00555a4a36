// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/detail/payload_view.h"
#include "ui/detail/shown_request.h"

#include <QtCore/QSet>
#include <QtCore/QUrl>
#include <QtWidgets/QScrollArea>

class QVBoxLayout;
class QLabel;

namespace countersign::ui {

class Card;
class Pill;
class WrapLabel;
class TextLink;

/// The Facts tab: the six facts in our words, exactly what will be executed, why it stopped, who has decided, and last
/// the agent's own words in their dashed frame. GUI thread.
class FactsPage : public QScrollArea
{
    Q_OBJECT
public:
    explicit FactsPage(const Clock &clock, QWidget *parent = nullptr);

    struct Viewer {
        std::optional<Reviewer> reviewer; ///< Signed in.
        bool changedWhileShown = false;   ///< A new round came while the old one was on screen.
    };
    void show(const SharedRequest &shown, const Viewer &viewer);
    void clear();
    /// Counts the deadline down.
    void updateTimes();

    PayloadView *payload() { return m_payload; }
    /// Pages to the next part; at the end, to the next unseen line. Negative: up.
    void page(int direction);
    void focusWhy(); ///< The card that says which rule asked.
    /// The six facts as one sentence for a screen reader.
    QString spokenFacts() const;

    /// The address of this request was opened from here: it may be answered now.
    void noteAddressOpened(const RequestId &id);
    bool wasAddressOpened(const RequestId &id) const { return m_openedAddresses.contains(id); }

Q_SIGNALS:
    void openAddressWanted(const QUrl &address); ///< The person has agreed with it in view.
    void copyAddressWanted();
    void editWanted();
    void copyWanted();

protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void applyGrid();
    void fitHeading();
    void buildHead(const Viewer &viewer);
    void buildCommands();
    void buildAddress();
    void buildArguments();
    void buildCards(const Viewer &viewer);
    void buildAgentFrame();
    void buildOutcome();
    void addPills(QLayout *flow);
    QString deadlineWords() const;

    const Clock &m_clock;
    SharedRequest m_shown;
    QWidget *m_page = nullptr;
    QVBoxLayout *m_rows = nullptr;
    QWidget *m_head = nullptr; ///< Rebuilt with every revision …
    QWidget *m_below = nullptr;
    Card *m_argumentsCard = nullptr; ///< … while the payload stays, with what was seen of it.
    QLabel *m_argumentsHash = nullptr;
    Pill *m_argumentsBadge = nullptr;
    QLabel *m_emptyArguments = nullptr;
    TextLink *m_edit = nullptr;
    QWidget *m_editKey = nullptr;
    QLabel *m_notEditable = nullptr; ///< In the place of the two above.
    PayloadView *m_payload = nullptr;
    WrapLabel *m_heading = nullptr;
    Pill *m_deadline = nullptr;
    Card *m_why = nullptr;
    Digest m_payloadHash;
    QSet<RequestId> m_openedAddresses;
};

} // namespace countersign::ui
