// SPDX-License-Identifier: Apache-2.0
#include "ui/connections/sign_in_sheet.h"

#include "core/base/visible_text.h"
#include "ui/detail/address_card.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/flat_button.h"

#include <QtGui/QClipboard>
#include <QtGui/QKeyEvent>
#include <QtWidgets/QApplication>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QScrollArea>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

QString shown(const QString &outside)
{
    return displayText(outside.left(500)).text;
}

} // namespace

SignInSheet::SignInSheet(SignIns &signIns, QWidget *window)
    : Sheet(Place::Centre, window)
    , m_signIns(signIns)
{
    setObjectName(u"signInSheet"_s);
    setAccessibleName(tr("Sign in at a server"));
    m_scroll = new QScrollArea(card()); // The address is long, and with large letters it is more than the card.
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::StrongFocus);
    m_scroll->setAccessibleName(tr("What you are asked"));
    m_scroll->viewport()->setAutoFillBackground(false);
    auto *page = new QWidget(m_scroll);
    m_page = new QVBoxLayout(page);
    m_page->setContentsMargins(0, 0, grid(2), 0);
    m_page->setSpacing(grid(3));
    m_question = new WrapLabel({}, TextSize::Title, page);
    m_question->setObjectName(u"signInQuestion"_s);
    m_facts = new WrapLabel({}, TextSize::Body, page);
    m_facts->setObjectName(u"signInFacts"_s);
    m_page->addWidget(m_question);
    m_page->addWidget(m_facts);
    m_page->addStretch(1);
    m_scroll->setWidget(page);
    page->setAutoFillBackground(false);
    m_said = new WrapLabel({}, TextSize::Body, card());
    m_said->setObjectName(u"signInSaid"_s);
    m_said->setWeight(QFont::DemiBold);
    m_refuse = new FlatButton(tr("Not now"), u"Esc"_s, FlatButton::Look::Plain, card());
    m_refuse->setObjectName(u"signInNotNow"_s);
    m_copy = new FlatButton(tr("Copy address"), {}, FlatButton::Look::Plain, card());
    m_copy->setObjectName(u"signInCopy"_s);
    m_open = new FlatButton(tr("Open browser"), {}, FlatButton::Look::Primary, card());
    m_open->setObjectName(u"signInOpen"_s);
    connect(m_refuse, &FlatButton::clicked, this, &SignInSheet::refuse);
    connect(m_copy, &FlatButton::clicked, this, [this] {
        QApplication::clipboard()->setText(QString::fromLatin1(m_waiting.question.address.toEncoded()));
        m_said->setText(tr("The address was copied. Open it in a browser on this computer."));
        m_said->show();
    });
    connect(m_open, &FlatButton::clicked, this, &SignInSheet::openBrowser);
    connect(&signIns, &SignIns::changed, this, [this] {
        if (!m_signIns.waits(m_waiting.number)) {
            close();
        }
    });
    auto *acts = new QHBoxLayout;
    acts->setSpacing(grid(2));
    acts->addWidget(m_refuse);
    acts->addWidget(m_copy);
    acts->addWidget(m_open);
    acts->addStretch(1);
    auto *rows = new QVBoxLayout(card());
    rows->setContentsMargins(grid(6), grid(5), grid(6), grid(5));
    rows->setSpacing(grid(3));
    rows->addWidget(m_scroll, 1);
    rows->addWidget(m_said);
    rows->addLayout(acts);
    setCardSize(680, 440);
    setFitsContents(true);
}

void SignInSheet::ask(const QString &name, const SignIns::Waiting &waiting)
{
    m_waiting = waiting;
    const mcp::SignInQuestion &question = waiting.question;
    m_question->setText(tr("Sign in for “%1”?").arg(shown(name)));
    const QString scope = question.scope.isEmpty() ? tr("It asks for no scope: you get whatever the server gives.")
                                                   : tr("It asks for the scope: %1").arg(shown(question.scope));
    m_facts->setText(
        tr("The server %1 wants you to sign in at %2. %3 Your browser opens exactly the address below; what "
           "you enter there does not go through Countersign. The connection goes on once you have signed "
           "in.")
            .arg(shown(question.server.toString(QUrl::RemoveQuery | QUrl::RemoveUserInfo)), shown(question.issuer),
                 scope.endsWith(u'.') ? scope : scope + u'.'));
    delete std::exchange(m_address, new QWidget(m_scroll->widget()));
    auto *rows = new QVBoxLayout(m_address);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(grid(2));
    const ShownAddress address = shownAddressOf(QString::fromLatin1(question.address.toEncoded()));
    addShownAddress(*rows, address, m_address);
    m_page->insertWidget(2, m_address);
    m_open->setLabel(waiting.isOpened ? tr("Open again") : tr("Open browser"));
    m_open->setDisabledReason(address.refusal);
    m_said->setText(address.refusal);
    m_said->setVisible(!address.refusal.isEmpty());
    m_scroll->ensureVisible(0, 0);
    open();
}

void SignInSheet::openBrowser()
{
    const Result<> opened = m_signIns.open(m_waiting.number);
    if (opened) {
        close();
        return;
    }
    m_said->setText(opened.error().message);
    m_said->show();
}

void SignInSheet::refuse()
{
    close();
    m_signIns.refuse(m_waiting.number);
}

QWidget *SignInSheet::firstField()
{
    return m_refuse;
}

void SignInSheet::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        event->accept();
        refuse();
        return;
    }
    Sheet::keyPressEvent(event);
}

} // namespace countersign::ui
