// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/step_row.h"

#include "core/base/visible_text.h"
#include "core/domain/vocabulary.h"
#include "ui/detail/flow_layout.h"
#include "ui/style/flat_button.h"
#include "ui/style/theme.h"

#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QComboBox>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t mostCodes = 9; ///< One digit each.

} // namespace

StepRow::StepRow(QWidget *parent)
    : QWidget(parent)
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(grid(2));
    m_codes = new QWidget(this);
    m_codes->setAccessibleName(tr("Reason codes"));
    auto *codes = new FlowLayout(grid(1) + 2, grid(1), m_codes);
    for (size_t i = 0; i < reasonCodes().size() && i < mostCodes; ++i) {
        auto *button = new FlatButton(tr(reasonCodes()[i].label.toUtf8().constData()), QString::number(i + 1),
                                      FlatButton::Look::Plain, m_codes);
        button->setCheckable(true);
        button->setObjectName(u"reason-"_s + reasonCodes()[i].id);
        connect(button, &QPushButton::clicked, this, [this, i] { pickCode(static_cast<int>(i)); });
        codes->addWidget(button);
        m_codeButtons.push_back(button);
    }
    m_people = new QComboBox(this);
    m_people->setObjectName(u"delegateTo"_s);
    m_people->setAccessibleName(tr("Delegate to"));
    m_until = new QComboBox(this);
    m_until->setObjectName(u"deferUntil"_s);
    m_until->setAccessibleName(tr("Defer until"));
    m_until->addItem(tr("for 15 minutes"), 15);
    m_until->addItem(tr("for 1 hour"), 60);
    m_until->addItem(tr("for 4 hours"), 240);
    m_until->addItem(tr("until tomorrow, the same time"), 24 * 60);
    m_until->addItem(tr("for a week"), 7 * 24 * 60);
    row->addWidget(m_codes, 1);
    row->addWidget(m_people, 1);
    row->addWidget(m_until, 1);
    hide();
}

void StepRow::ask(Asks what)
{
    m_asks = what;
    m_codes->setVisible(what == Asks::ReasonCode);
    m_people->setVisible(what == Asks::Reviewer);
    m_until->setVisible(what == Asks::Time);
    setVisible(what != Asks::Nothing);
    if (what == Asks::Reviewer) {
        m_people->setFocus(Qt::OtherFocusReason);
    } else if (what == Asks::Time) {
        m_until->setFocus(Qt::OtherFocusReason);
    }
    updateGeometry();
}

void StepRow::setReviewers(const QStringList &names)
{
    if (m_asks == Asks::Reviewer) {
        return;
    }
    m_people->clear();
    for (const QString &name : names) {
        m_people->addItem(displayText(name).text, name);
    }
}

bool StepRow::hasReviewers() const
{
    return m_people->count() > 0;
}

QString StepRow::reviewer() const
{
    return m_people->currentData().toString();
}

std::chrono::minutes StepRow::deferFor() const
{
    return std::chrono::minutes(m_until->currentData().toInt());
}

bool StepRow::pickCode(int index)
{
    if (index < 0 || index >= static_cast<int>(m_codeButtons.size())) {
        return false;
    }
    const int wanted = m_code == index ? -1 : index;
    clearCode();
    if (wanted >= 0) {
        FlatButton *picked = m_codeButtons[static_cast<size_t>(wanted)];
        picked->setChecked(true);
        picked->setLook(FlatButton::Look::Primary);
    }
    m_code = wanted;
    return true;
}

void StepRow::clearCode()
{
    m_code = -1;
    for (FlatButton *button : m_codeButtons) {
        button->setChecked(false);
        button->setLook(FlatButton::Look::Plain);
    }
}

QString StepRow::code() const
{
    return m_code >= 0 ? reasonCodes()[static_cast<size_t>(m_code)].id : QString();
}

bool StepRow::isField(const QObject *widget) const
{
    return widget == m_people || widget == m_until;
}

bool StepRow::hasFieldFocus() const
{
    return m_people->hasFocus() || m_until->hasFocus();
}

std::vector<QWidget *> StepRow::controls() const
{
    std::vector<QWidget *> all(m_codeButtons.begin(), m_codeButtons.end());
    all.push_back(m_people);
    all.push_back(m_until);
    return all;
}

} // namespace countersign::ui
