// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/step_line.h"

#include "ui/detail/flow_layout.h"
#include "ui/detail/text_link.h"
#include "ui/detail/wrap_label.h"

#include <QtWidgets/QBoxLayout>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int mostLinks = 8;

} // namespace

StepLine::StepLine(QWidget *parent)
    : QWidget(parent)
    , m_words(new WrapLabel({}, TextSize::Small, this))
{
    setObjectName(u"stepLine"_s);
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::Base);
    m_words->setObjectName(u"stepWords"_s);
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(grid(6), grid(1), grid(6), grid(2));
    rows->setSpacing(grid(1));
    rows->addWidget(m_words);
    hide();
}

void StepLine::show(const SharedRequest &shown)
{
    delete std::exchange(m_links, nullptr);
    const std::vector<StepCall> none;
    const std::vector<StepCall> &calls = shown ? shown->stepCalls : none;
    if (calls.size() < 2) {
        hide();
        return;
    }
    m_links = new QWidget(this);
    auto *flow = new FlowLayout(grid(3), grid(1), m_links);
    int own = 0;
    int links = 0;
    for (size_t i = 0; i < calls.size(); ++i) {
        if (calls[i].id == shown->request().id) {
            own = static_cast<int>(i) + 1;
        } else if (links < mostLinks) {
            ++links;
            auto *link = new TextLink(tr("go to call %1: %2").arg(QString::number(i + 1), calls[i].words), m_links);
            link->setObjectName(u"otherCall%1"_s.arg(i + 1));
            link->setFocusPolicy(Qt::StrongFocus);
            connect(link, &TextLink::clicked, this, [this, id = calls[i].id] { Q_EMIT requestWanted(id); });
            flow->addWidget(link);
        }
    }
    m_words->setText(tr("%1 of %2 calls of this step: the agent goes on when all of them are answered.")
                         .arg(QString::number(own), QString::number(calls.size())));
    layout()->addWidget(m_links);
    QWidget::show();
}

} // namespace countersign::ui
