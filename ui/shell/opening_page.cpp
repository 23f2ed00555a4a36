// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/opening_page.h"

#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtWidgets/QBoxLayout>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {

OpeningPage::OpeningPage(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(u"openingPage"_s);
    m_heading = makeLabel({}, TextSize::Title, this);
    m_sentence = makeDimLabel(tr("Opening the workspace…"), TextSize::Body, this);
    m_sentence->setObjectName(u"openFailure"_s);
    m_place = makeDimLabel({}, TextSize::Small, this);
    for (QLabel *label : {m_heading, m_sentence, m_place}) {
        label->setAlignment(Qt::AlignHCenter);
        label->setWordWrap(true);
    }
    auto *close = new FlatButton(tr("Close"), {}, FlatButton::Look::Plain, this);
    close->setObjectName(u"closeWindow"_s);
    connect(close, &FlatButton::clicked, this, &OpeningPage::closeWanted);
    m_close = close;
    m_close->hide();
    m_heading->hide();
    m_place->hide();
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(grid(10), grid(4), grid(10), grid(4));
    rows->setSpacing(grid(3));
    rows->addStretch(2);
    rows->addWidget(m_heading);
    rows->addWidget(m_sentence);
    rows->addWidget(m_place);
    rows->addWidget(m_close, 0, Qt::AlignHCenter);
    rows->addStretch(3);
}

void OpeningPage::showFailure(const QString &sentence, const QString &place)
{
    m_heading->setText(tr("The workspace is not open"));
    m_heading->show();
    m_sentence->setText(sentence);
    m_place->setText(tr("Workspace: %1").arg(displayText(place).text));
    m_place->show();
    m_close->show();
    setAccessibleName(sentence);
}

} // namespace countersign::ui
