// SPDX-License-Identifier: Apache-2.0
#include "ui/style/app_style.h"

#include "ui/style/icons.h"
#include "ui/style/theme.h"

#include <QtGui/QPainter>
#include <QtGui/QPainterPath>
#include <QtWidgets/QAbstractScrollArea>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QScrollBar>
#include <QtWidgets/QStyleOption>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr qreal cornerRadius = 6;

void drawBox(QPainter *painter, const QRect &rect, const QColor &ground, const QColor &line, qreal radius,
             qreal width = 1)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(line.isValid() ? QPen(line, width) : QPen(Qt::NoPen));
    painter->setBrush(ground.isValid() ? QBrush(ground) : QBrush(Qt::NoBrush));
    const qreal inset = width / 2;
    painter->drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), radius, radius);
    painter->restore();
}

bool has(const QStyleOption *option, QStyle::StateFlag flag)
{
    return option->state.testFlag(flag);
}

QColor mixed(const QColor &ground, const QColor &over, qreal share)
{
    const auto channel = [share](int a, int b) { return static_cast<int>(a + (b - a) * share); };
    return {channel(ground.red(), over.red()), channel(ground.green(), over.green()),
            channel(ground.blue(), over.blue())};
}

/// An input that a form has marked as wrong.
bool isWrong(const QWidget *widget)
{
    return widget && widget->property("wrong").toBool();
}

QColor fieldLine(const QStyleOption *option, const QWidget *widget)
{
    const Colours &c = colours();
    const bool focused = has(option, QStyle::State_HasFocus) && has(option, QStyle::State_Enabled);
    return isWrong(widget) ? c.bad : focused ? c.accent : c.line;
}

void drawField(const QStyleOption *option, QPainter *painter, const QWidget *widget)
{
    const Colours &c = colours();
    const bool enabled = has(option, QStyle::State_Enabled);
    const bool focused = has(option, QStyle::State_HasFocus) && enabled;
    drawBox(painter, option->rect, enabled ? c.field : c.surface, fieldLine(option, widget), cornerRadius,
            focused ? 1.5 : 1);
}

void drawButton(const QStyleOption *option, QPainter *painter)
{
    const Colours &c = colours();
    const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
    const bool enabled = has(option, QStyle::State_Enabled);
    const bool isDefault = button && button->features.testFlag(QStyleOptionButton::DefaultButton) && enabled;
    QColor ground = enabled ? c.panel : c.surface;
    if (has(option, QStyle::State_Sunken) || has(option, QStyle::State_On)) {
        ground = mixed(c.panel, c.text, 0.10);
    } else if (has(option, QStyle::State_MouseOver) && enabled) {
        ground = mixed(c.panel, c.text, 0.04);
    }
    drawBox(painter, option->rect, ground, isDefault ? c.accent : c.line, cornerRadius);
}

void drawCheckBox(const QStyleOption *option, QPainter *painter, const QWidget *widget)
{
    const Colours &c = colours();
    const bool marked = has(option, QStyle::State_On) || has(option, QStyle::State_NoChange);
    const bool enabled = has(option, QStyle::State_Enabled);
    const QColor ground = marked ? (enabled ? c.accent : c.dim) : (enabled ? c.field : c.surface);
    drawBox(painter, option->rect, ground, isWrong(widget) ? c.bad : marked ? ground : c.dim, 4);
    if (has(option, QStyle::State_On)) {
        paintIcon(painter, option->rect.adjusted(1, 1, -1, -1), u"check"_s, c.onAccent);
    } else if (marked) {
        const QRect r = option->rect;
        painter->fillRect(QRect(r.left() + r.width() / 4, r.center().y(), r.width() / 2, 2), c.onAccent);
    }
}

void drawRadioButton(const QStyleOption *option, QPainter *painter)
{
    const Colours &c = colours();
    const bool marked = has(option, QStyle::State_On);
    const qreal radius = option->rect.width() / 2.0;
    drawBox(painter, option->rect, c.field, marked ? c.accent : c.dim, radius, marked ? 1.5 : 1);
    if (marked) {
        const int inset = option->rect.width() / 4;
        drawBox(painter, option->rect.adjusted(inset, inset, -inset, -inset), c.accent, {}, radius);
    }
}

void drawTab(const QStyleOptionTab &tab, QPainter *painter)
{
    if (!has(&tab, QStyle::State_Selected)) {
        return;
    }
    QRect mark = tab.rect;
    mark.setTop(mark.bottom() - 1);
    painter->fillRect(mark, colours().accent);
}

} // namespace

AppStyle::AppStyle()
    : QProxyStyle(u"Fusion"_s)
{
    setObjectName(u"countersign"_s);
}

int AppStyle::pixelMetric(PixelMetric metric, const QStyleOption *option, const QWidget *widget) const
{
    switch (metric) {
    case PM_ScrollBarExtent:
        return grid(2) + 2;
    case PM_ScrollBarSliderMin:
        return grid(8);
    case PM_SplitterWidth:
        return 1;
    case PM_DefaultFrameWidth:
        // The contents of a scroll area are square: they stay inside the rounded corners.
        return qobject_cast<const QAbstractScrollArea *>(widget) ? 3 : 1;
    case PM_SmallIconSize:
    case PM_ButtonIconSize:
    case PM_TabBarIconSize:
        return grid(4);
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
    case PM_ExclusiveIndicatorWidth:
    case PM_ExclusiveIndicatorHeight:
        return grid(4);
    case PM_TabBarTabHSpace:
        return grid(5);
    case PM_TabBarTabVSpace:
        return grid(4);
    case PM_TabBarBaseOverlap:
    case PM_TabBarTabShiftVertical:
    case PM_TabBarTabShiftHorizontal:
        return 0;
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical:
        return 0;
    case PM_ToolTipLabelFrameWidth:
        return grid(1);
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

int AppStyle::styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget,
                        QStyleHintReturn *returned) const
{
    switch (hint) {
    case SH_Widget_Animate:
    case SH_Widget_Animation_Duration:
        return 0;
    case SH_EtchDisabledText:
    case SH_DitherDisabledText:
        return 0;
    case SH_UnderlineShortcut:
        return 0;
    case SH_ScrollBar_LeftClickAbsolutePosition:
        return 1;
    case SH_ScrollView_FrameOnlyAroundContents:
        return 0;
    case SH_TabBar_Alignment:
        return Qt::AlignLeft;
    case SH_DialogButtonBox_ButtonsHaveIcons:
        return 0;
    case SH_Table_GridLineColor:
        return static_cast<int>(colours().line.rgba());
    case SH_ComboBox_Popup:
        return 0;
    default:
        return QProxyStyle::styleHint(hint, option, widget, returned);
    }
}

void AppStyle::drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                             const QWidget *widget) const
{
    const Colours &c = colours();
    switch (element) {
    case PE_PanelLineEdit:
        if (const auto *frame = qstyleoption_cast<const QStyleOptionFrame *>(option); frame && frame->lineWidth > 0) {
            drawField(option, painter, widget);
        } else {
            painter->fillRect(option->rect, option->palette.brush(QPalette::Base));
        }
        return;
    case PE_FrameLineEdit:
        drawField(option, painter, widget);
        return;
    case PE_Frame:
    case PE_FrameGroupBox:
    case PE_FrameTabWidget: {
        const bool filled = qobject_cast<const QAbstractScrollArea *>(widget) != nullptr;
        const QColor ground = filled ? option->palette.color(QPalette::Base) : QColor();
        drawBox(painter, option->rect, ground, fieldLine(option, widget), cornerRadius);
        return;
    }
    case PE_FrameMenu:
    case PE_PanelMenu:
        painter->fillRect(option->rect, c.panel);
        drawBox(painter, option->rect, c.panel, c.line, 0);
        return;
    case PE_PanelTipLabel:
        drawBox(painter, option->rect, c.panel, c.line, 0);
        return;
    case PE_PanelButtonCommand:
        drawButton(option, painter);
        return;
    case PE_PanelButtonTool:
        if (has(option, State_MouseOver) || has(option, State_Sunken) || has(option, State_On)) {
            drawBox(painter, option->rect, mixed(c.panel, c.text, has(option, State_Sunken) ? 0.12 : 0.06), {},
                    cornerRadius);
        }
        return;
    case PE_FrameFocusRect:
        drawBox(painter, option->rect, {}, c.accent, cornerRadius - 1, 1.5);
        return;
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck:
        drawCheckBox(option, painter, widget);
        return;
    case PE_IndicatorRadioButton:
        drawRadioButton(option, painter);
        return;
    case PE_FrameTabBarBase: {
        QRect line = option->rect;
        line.setTop(line.bottom());
        painter->fillRect(line, c.line);
        return;
    }
    case PE_FrameStatusBarItem:
    case PE_PanelStatusBar:
        return;
    default:
        QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

void AppStyle::drawControl(ControlElement element, const QStyleOption *option, QPainter *painter,
                           const QWidget *widget) const
{
    const Colours &c = colours();
    switch (element) {
    case CE_Splitter:
        painter->fillRect(option->rect, c.line);
        return;
    case CE_TabBarTabShape:
        if (const auto *tab = qstyleoption_cast<const QStyleOptionTab *>(option)) {
            drawTab(*tab, painter);
            return;
        }
        break;
    case CE_TabBarTabLabel:
        if (const auto *tab = qstyleoption_cast<const QStyleOptionTab *>(option)) {
            QStyleOptionTab quiet(*tab);
            const bool selected = has(tab, State_Selected);
            quiet.palette.setColor(QPalette::WindowText, selected || has(tab, State_MouseOver) ? c.text : c.dim);
            QFont font = painter->font();
            font.setWeight(selected ? QFont::DemiBold : QFont::Normal);
            painter->setFont(font);
            QProxyStyle::drawControl(element, &quiet, painter, widget);
            return;
        }
        break;
    case CE_HeaderSection: {
        painter->fillRect(option->rect, c.panel);
        painter->fillRect(QRect(option->rect.left(), option->rect.bottom(), option->rect.width(), 1), c.line);
        return;
    }
    case CE_HeaderEmptyArea:
        painter->fillRect(option->rect, c.panel);
        return;
    case CE_ProgressBarGroove:
        drawBox(painter, option->rect, c.line, {}, option->rect.height() / 2.0);
        return;
    default:
        break;
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

void AppStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex *option, QPainter *painter,
                                  const QWidget *widget) const
{
    const Colours &c = colours();
    if (control == CC_ScrollBar) {
        const QRect thumb = subControlRect(CC_ScrollBar, option, SC_ScrollBarSlider, widget);
        const bool active = has(option, State_MouseOver) || option->activeSubControls == SC_ScrollBarSlider;
        const int inset = 2;
        const QRect pill = thumb.adjusted(inset, inset, -inset, -inset);
        const auto *bar = qstyleoption_cast<const QStyleOptionSlider *>(option);
        const bool scrolls = bar && bar->maximum > bar->minimum;
        if (scrolls && has(option, State_Enabled) && pill.isValid()) {
            const qreal radius = std::min(pill.width(), pill.height()) / 2.0;
            drawBox(painter, pill, mixed(c.panel, c.dim, active ? 0.8 : 0.45), {}, radius);
        }
        return;
    }
    if (control == CC_ComboBox) {
        const auto *combo = qstyleoption_cast<const QStyleOptionComboBox *>(option);
        if (combo && combo->frame) {
            drawField(option, painter, widget);
            const int size = grid(2) + 2;
            const QPointF centre(option->rect.right() - grid(4), option->rect.center().y() + 1);
            QPainterPath arrow(centre + QPointF(-size / 2.0, -size / 4.0));
            arrow.lineTo(centre + QPointF(0, size / 4.0));
            arrow.lineTo(centre + QPointF(size / 2.0, -size / 4.0));
            painter->save();
            painter->setRenderHint(QPainter::Antialiasing);
            painter->setPen(
                QPen(has(option, State_Enabled) ? c.text : c.dim, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
            painter->drawPath(arrow);
            painter->restore();
            return;
        }
    }
    QProxyStyle::drawComplexControl(control, option, painter, widget);
}

QRect AppStyle::subControlRect(ComplexControl control, const QStyleOptionComplex *option, SubControl part,
                               const QWidget *widget) const
{
    const auto *bar = control == CC_ScrollBar ? qstyleoption_cast<const QStyleOptionSlider *>(option) : nullptr;
    if (!bar) {
        const QRect plain = QProxyStyle::subControlRect(control, option, part, widget);
        if (control == CC_ComboBox && part == SC_ComboBoxEditField) {
            return option->rect.adjusted(grid(2), 1, -grid(7), -1);
        }
        return plain;
    }
    // No arrows: the groove is the whole bar.
    const bool upright = bar->orientation == Qt::Vertical;
    const int length = upright ? bar->rect.height() : bar->rect.width();
    const qint64 range = static_cast<qint64>(bar->maximum) - bar->minimum;
    int thumb = length;
    if (range > 0) {
        thumb = static_cast<int>(qint64(bar->pageStep) * length / std::max<qint64>(range + bar->pageStep, 1));
        thumb = std::clamp(thumb, std::min(length, pixelMetric(PM_ScrollBarSliderMin, option, widget)), length);
    }
    const int start =
        sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition, length - thumb, bar->upsideDown);
    const auto stretch = [&](int from, int size) {
        return upright ? QRect(bar->rect.left(), bar->rect.top() + from, bar->rect.width(), size)
                       : QRect(bar->rect.left() + from, bar->rect.top(), size, bar->rect.height());
    };
    switch (part) {
    case SC_ScrollBarSlider:
        return stretch(start, thumb);
    case SC_ScrollBarGroove:
        return bar->rect;
    case SC_ScrollBarSubPage:
        return stretch(0, start);
    case SC_ScrollBarAddPage:
        return stretch(start + thumb, length - start - thumb);
    default:
        return {};
    }
}

QRect AppStyle::subElementRect(SubElement element, const QStyleOption *option, const QWidget *widget) const
{
    const QRect plain = QProxyStyle::subElementRect(element, option, widget);
    if (element == SE_LineEditContents) {
        const auto *frame = qstyleoption_cast<const QStyleOptionFrame *>(option);
        return frame && frame->lineWidth > 0 ? plain.adjusted(grid(1) + 1, 0, -grid(1) - 1, 0) : plain;
    }
    return plain;
}

QSize AppStyle::sizeFromContents(ContentsType type, const QStyleOption *option, const QSize &size,
                                 const QWidget *widget) const
{
    const QSize whole = QProxyStyle::sizeFromContents(type, option, size, widget);
    switch (type) {
    case CT_ComboBox:
        return {size.width() + grid(11), std::max(whole.height(), grid(7))};
    case CT_PushButton:
        return {std::max(whole.width(), size.width() + 2 * grid(3)), std::max(whole.height(), grid(7))};
    case CT_LineEdit:
    case CT_SpinBox:
        return {whole.width(), std::max(whole.height(), grid(7))};
    default:
        return whole;
    }
}

} // namespace countersign::ui
