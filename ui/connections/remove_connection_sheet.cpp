// SPDX-License-Identifier: Apache-2.0
#include "ui/connections/remove_connection_sheet.h"

#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtWidgets/QBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {

RemoveConnectionSheet::RemoveConnectionSheet(QWidget *window)
    : Sheet(Place::Centre, window)
{
    setObjectName(u"removeConnectionSheet"_s);
    setAccessibleName(tr("Remove a connection"));
    m_question = makeLabel({}, TextSize::Title, card());
    m_question->setWordWrap(true);
    m_effect = makeDimLabel({}, TextSize::Body, card());
    m_effect->setObjectName(u"removeEffect"_s);
    m_effect->setWordWrap(true);
    m_cancel = new FlatButton(tr("Keep it"), u"Esc"_s, FlatButton::Look::Plain, card());
    m_cancel->setObjectName(u"keepConnection"_s);
    auto *remove = new FlatButton(tr("Remove"), {}, FlatButton::Look::Danger, card());
    remove->setObjectName(u"removeNow"_s);
    connect(m_cancel, &FlatButton::clicked, this, &RemoveConnectionSheet::close);
    connect(remove, &FlatButton::clicked, this, [this] {
        close();
        Q_EMIT removeWanted(m_name);
    });
    auto *acts = new QHBoxLayout;
    acts->setSpacing(grid(2));
    acts->addWidget(m_cancel);
    acts->addWidget(remove);
    acts->addStretch(1);
    auto *rows = new QVBoxLayout(card());
    rows->setContentsMargins(grid(6), grid(5), grid(6), grid(5));
    rows->setSpacing(grid(3));
    rows->addWidget(m_question);
    rows->addWidget(m_effect);
    rows->addSpacing(grid(2));
    rows->addLayout(acts);
    setCardSize(480, 240);
    setFitsContents(true);
}

void RemoveConnectionSheet::ask(const QString &name, int waiting)
{
    m_name = name;
    const QString visible = displayText(name).text;
    m_question->setText(tr("Remove “%1”?").arg(visible));
    const QString effect = tr("The agent is listened to no longer, and its secret is deleted from this machine.");
    m_effect->setText(waiting > 0 ? effect + u' ' +
                                        (waiting == 1 ? tr("1 request of it stays in the queue and can no longer be "
                                                           "answered.")
                                                      : tr("%1 requests of it stay in the queue and can no longer be "
                                                           "answered.")
                                                            .arg(waiting))
                                  : effect);
    open();
}

QWidget *RemoveConnectionSheet::firstField()
{
    return m_cancel;
}

} // namespace countersign::ui
