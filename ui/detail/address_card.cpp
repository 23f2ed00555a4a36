// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/address_card.h"

#include "ui/detail/flow_layout.h"
#include "ui/detail/text_link.h"
#include "ui/detail/wrap_label.h"
#include "ui/forms/piece_label.h"
#include "ui/style/flat_button.h"
#include "ui/style/pill.h"

#include <QtCore/QTimer>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QScrollArea>

namespace countersign::ui {

using namespace Qt::StringLiterals;

void addShownAddress(QBoxLayout &rows, const ShownAddress &address, QWidget *parent)
{
    auto *whole = new PieceLabel(TextSize::Body, parent);
    whole->setObjectName(u"wholeAddress"_s);
    whole->setPieces(
        {{displayText(address.before), address.host.isEmpty() ? PieceLabel::Look::Plain : PieceLabel::Look::Key},
         {displayText(address.host), PieceLabel::Look::Strong},
         {displayText(address.after), PieceLabel::Look::Key}});
    rows.addWidget(whole);
    for (const QString &warning : address.warnings) {
        auto *line = new PieceLabel(TextSize::Body, parent);
        line->setObjectName(u"addressWarning"_s);
        line->setPieces({PieceLabel::ours(warning, PieceLabel::Look::Warn)});
        rows.addWidget(line);
    }
}

AddressCard::AddressCard(const QString &raw, bool opened, bool canAnswer, QWidget *parent)
    : Card(tr("The address to open"), Edge::Solid, parent)
    , m_address(shownAddressOf(raw))
    , m_opened(opened)
{
    setObjectName(u"addressCard"_s);
    if (!m_address.host.isEmpty()) {
        auto *host = new Pill(tr("leads to %1").arg(shortened(displayText(m_address.host).text, 60)),
                              m_address.warnings.isEmpty() ? Tone::Accent : Tone::Warn, this);
        host->setObjectName(u"addressHost"_s);
        addBesideTitle(host);
    }
    auto *copy = new TextLink(tr("copy address"), this);
    copy->setObjectName(u"copyAddress"_s);
    connect(copy, &QAbstractButton::clicked, this, &AddressCard::copyWanted);
    addToHeader(copy);
    addShownAddress(*body(), m_address, this);
    m_words = new WrapLabel({}, TextSize::Body, this);
    m_words->setObjectName(u"addressWords"_s);
    body()->addWidget(m_words);
    auto *row = new QWidget(this);
    auto *flow = new FlowLayout(grid(2), grid(2), row);
    m_open = new FlatButton(tr("Open in the browser…"), {}, FlatButton::Look::Plain, row);
    m_open->setObjectName(u"openAddress"_s);
    m_agree = new FlatButton(tr("Open this address"), {}, FlatButton::Look::Primary, row);
    m_agree->setObjectName(u"agreeToOpen"_s);
    m_leave = new FlatButton(tr("Not now"), {}, FlatButton::Look::Plain, row);
    m_leave->setObjectName(u"doNotOpen"_s);
    flow->addWidget(m_open);
    flow->addWidget(m_agree);
    flow->addWidget(m_leave);
    body()->addWidget(row);
    row->setVisible(canAnswer);
    if (!m_address.mayOpen()) {
        m_open->setDisabledReason(m_address.refusal);
    }
    connect(m_open, &FlatButton::clicked, this, &AddressCard::askForConsent);
    connect(m_agree, &FlatButton::clicked, this, &AddressCard::openWanted);
    connect(m_leave, &FlatButton::clicked, this, [this] {
        m_asks = false;
        showStep();
        m_open->setFocus(Qt::OtherFocusReason);
    });
    showStep();
}

void AddressCard::askForConsent()
{
    if (m_address.mayOpen()) {
        m_asks = true;
        showStep();
        m_leave->setFocus(Qt::OtherFocusReason); // Nothing happens by an Enter too many.
        QTimer::singleShot(0, this, &AddressCard::showAnswers);
    }
}

/// In a low window they are below what is on screen.
void AddressCard::showAnswers()
{
    for (QWidget *around = parentWidget(); around; around = around->parentWidget()) {
        if (auto *scroll = qobject_cast<QScrollArea *>(around)) {
            scroll->ensureWidgetVisible(m_leave);
        }
    }
}

void AddressCard::showStep()
{
    m_open->setVisible(!m_asks);
    m_agree->setVisible(m_asks);
    m_leave->setVisible(m_asks);
    m_open->setLabel(m_opened ? tr("Open it again…") : tr("Open in the browser…"));
    m_words->setText(
        !m_address.mayOpen() ? m_address.refusal
        : m_asks ? tr("Your browser will open exactly this address, which leads to %1. What you enter there goes to "
                      "that host, "
                      "not through Countersign. Do you know it, and did you expect it?")
                       .arg(displayText(m_address.host).text)
        : m_opened ? tr("It was opened in your browser. When you have finished there, Answer tells the server that you "
                        "agreed; what you did there only the page knows.")
                   : tr("Nothing was opened or fetched. Answer tells the server that you agreed and opened it; Decline "
                        "says no; Cancel says that you leave it."));
}

} // namespace countersign::ui
