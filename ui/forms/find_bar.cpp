// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/find_bar.h"

#include "ui/detail/counted.h"
#include "ui/detail/text_link.h"
#include "ui/forms/row_widget.h"
#include "ui/style/labels.h"
#include "ui/style/theme.h"

#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QLineEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;

FindBar::FindBar(QWidget *parent)
    : QWidget(parent)
    , m_words(new QLineEdit(this))
    , m_count(makeDimLabel({}, TextSize::Small, this))
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(RowWidget::sidePadding(), grid(2), RowWidget::sidePadding(), 0);
    row->setSpacing(grid(2));
    auto *leave = new TextLink(tr("show all"), this);
    row->addWidget(m_words, 1);
    row->addWidget(m_count);
    row->addWidget(leave);
    m_words->setObjectName(u"findWords"_s);
    m_words->setPlaceholderText(tr("Find a field by title, key, value or problem"));
    m_words->setAccessibleName(tr("Find a field"));
    m_count->setObjectName(u"findCount"_s);
    connect(m_words, &QLineEdit::textEdited, this, &FindBar::wordsChanged);
    connect(m_words, &QLineEdit::returnPressed, this, &FindBar::entered);
    connect(leave, &QAbstractButton::clicked, this, &FindBar::close);
    hide();
}

void FindBar::open()
{
    show();
    m_words->setFocus(Qt::ShortcutFocusReason);
    m_words->selectAll();
}

void FindBar::close()
{
    m_words->clear();
    m_count->clear();
    Q_EMIT closed(); // The focus goes before this is hidden.
    hide();
}

void FindBar::showCount(int matches)
{
    m_count->setText(m_words->text().isEmpty() ? QString()
                     : matches == 0            ? tr("no field")
                                               : counted(tr("%n field(s)", nullptr, matches), matches));
    m_words->setAccessibleDescription(m_count->text());
}

} // namespace countersign::ui
