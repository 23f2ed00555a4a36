// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/variant_switch.h"

#include "core/base/visible_text.h"
#include "ui/forms/field_editor.h"
#include "ui/forms/segment_switch.h"
#include "ui/style/theme.h"

#include <QtWidgets/QComboBox>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int mostSegments = 4;
constexpr int longestTitle = 200;

} // namespace

VariantSwitch::VariantSwitch(QWidget *parent)
    : QWidget(parent)
    , m_segments(new SegmentSwitch(this))
    , m_list(new QComboBox(this))
{
    m_segments->setObjectName(u"variants"_s);
    m_list->setObjectName(u"variantList"_s);
    m_list->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_list->setFocusPolicy(Qt::StrongFocus);
    m_list->installEventFilter(new WheelGuard(this));
    connect(m_segments, &SegmentSwitch::chosen, this, &VariantSwitch::chosen);
    connect(m_list, &QComboBox::activated, this, &VariantSwitch::chosen);
}

void VariantSwitch::present(const FormField &field)
{
    m_count = static_cast<int>(field.variants.size());
    std::vector<QString> labels;
    QStringList items;
    for (const QString &variant : field.variants) {
        items += shortened(displayText(variant).text, longestTitle);
    }
    if (m_count <= mostSegments) {
        m_segments->setLabels({items.begin(), items.end()});
        m_segments->setCurrent(field.variant);
    } else {
        m_segments->setLabels({});
    }
    QStringList now;
    for (int i = 0; i < m_list->count(); ++i) {
        now += m_list->itemText(i);
    }
    if (now != items) {
        m_list->clear();
        m_list->addItems(items);
    }
    m_list->setPlaceholderText(tr("choose one"));
    m_list->setCurrentIndex(field.variant);
    m_list->setEnabled(!field.readOnly);
    m_segments->setEnabled(!field.readOnly);
    place();
}

void VariantSwitch::setWords(const QString &name, const QString &description)
{
    const QString words = tr("Kind of %1").arg(name);
    m_segments->setWords(words, description);
    m_list->setAccessibleName(words);
    m_list->setAccessibleDescription(description);
}

QWidget *VariantSwitch::tabStop() const
{
    return m_list->isHidden() ? m_segments->tabStop() : m_list;
}

bool VariantSwitch::usesList(int width) const
{
    return m_count > mostSegments || m_segments->sizeHint().width() > width;
}

int VariantSwitch::heightForWidth(int width) const
{
    return usesList(width) ? m_list->sizeHint().height() : m_segments->sizeHint().height();
}

QSize VariantSwitch::sizeHint() const
{
    return usesList(grid(100)) ? m_list->sizeHint() : m_segments->sizeHint();
}

void VariantSwitch::place()
{
    const bool list = usesList(width());
    m_list->setVisible(list);
    m_segments->setVisible(!list);
    m_list->setGeometry(0, 0, std::min(width(), grid(90)), m_list->sizeHint().height());
    m_segments->setGeometry(0, 0, std::min(width(), m_segments->sizeHint().width()), m_segments->sizeHint().height());
}

void VariantSwitch::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    place();
}

} // namespace countersign::ui
