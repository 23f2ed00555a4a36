// SPDX-License-Identifier: Apache-2.0
#include "ui/connections/accept_identity_sheet.h"

#include "core/base/visible_text.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/flat_button.h"

#include <QtWidgets/QBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {

AcceptIdentitySheet::AcceptIdentitySheet(QWidget *window)
    : Sheet(Place::Centre, window)
{
    setObjectName(u"acceptIdentitySheet"_s);
    setAccessibleName(tr("Accept a new identity"));
    m_question = new WrapLabel({}, TextSize::Title, card());
    m_question->setObjectName(u"identityQuestion"_s);
    m_effect = new WrapLabel({}, TextSize::Body, card());
    m_effect->setObjectName(u"identityEffect"_s);
    m_refuse = new FlatButton(tr("Keep refusing it"), u"Esc"_s, FlatButton::Look::Plain, card());
    m_refuse->setObjectName(u"keepRefusing"_s);
    auto *accept = new FlatButton(tr("Accept the new identity"), {}, FlatButton::Look::Danger, card());
    accept->setObjectName(u"acceptIdentityNow"_s);
    connect(m_refuse, &FlatButton::clicked, this, &AcceptIdentitySheet::close);
    connect(accept, &FlatButton::clicked, this, [this] {
        close();
        Q_EMIT acceptWanted(m_name, m_offered);
    });
    auto *acts = new QHBoxLayout;
    acts->setSpacing(grid(2));
    acts->addWidget(m_refuse);
    acts->addWidget(accept);
    acts->addStretch(1);
    auto *rows = new QVBoxLayout(card());
    rows->setContentsMargins(grid(6), grid(5), grid(6), grid(5));
    rows->setSpacing(grid(3));
    rows->addWidget(m_question);
    rows->addWidget(m_effect);
    rows->addSpacing(grid(2));
    rows->addLayout(acts);
    setCardSize(560, 320);
    setFitsContents(true);
}

void AcceptIdentitySheet::ask(const QString &name, const QString &pinned, const QString &offered)
{
    m_name = name;
    m_offered = offered;
    const auto shown = [](const QString &outside) { return displayText(outside.left(300)).text; };
    m_question->setText(tr("Let “%1” answer for “%2” from now on?").arg(shown(offered), shown(name)));
    m_effect->setText(tr("Until now “%1” answered at this address. Accept only if you know why it is another one: it "
                         "was renamed, or moved here. It gets the secrets of this connection, and your decisions on "
                         "what waits. Whoever answers after it is refused again.")
                          .arg(shown(pinned)));
    open();
}

QWidget *AcceptIdentitySheet::firstField()
{
    return m_refuse;
}

} // namespace countersign::ui
