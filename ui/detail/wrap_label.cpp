// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/wrap_label.h"

#include <QtCore/QEvent>
#include <QtGui/QPainter>

#include <cmath>

namespace countersign::ui {

namespace {

constexpr int preferredWidth = 100; ///< In grid steps.

/// How many characters of \p line stay on it so that it ends at a joint of a name; 0: leave it as it is.
int lengthToJoint(const QString &text, const QTextLine &line)
{
    const int end = line.textStart() + line.textLength();
    if (end >= text.size() || text[end - 1].isSpace() || text[end - 1] == QChar::LineSeparator) {
        return 0;
    }
    for (int at = end - 1; at > line.textStart(); --at) {
        if (text[at].isSpace()) {
            return 0;
        }
        if (QStringView(u"_-./:").contains(text[at])) {
            return at + 1 - line.textStart();
        }
    }
    return 0;
}

} // namespace

WrapLabel::WrapLabel(const QString &ours, TextSize size, QWidget *parent)
    : QWidget(parent)
    , m_size(size)
    , m_weight(size == TextSize::Heading || size == TextSize::Title ? QFont::DemiBold : QFont::Normal)
{
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    setText(ours);
}

WrapLabel *WrapLabel::outside(const QString &outsideText, TextSize size, QWidget *parent)
{
    auto *label = new WrapLabel({}, size, parent);
    label->setVisibleText(displayText(outsideText, TextShape::Lines));
    return label;
}

void WrapLabel::setText(const QString &ours)
{
    setVisibleText({.text = ours, .tokens = {}, .mixedScript = false});
}

void WrapLabel::setVisibleText(const VisibleText &text)
{
    m_text = text;
    setAccessibleName(text.text);
    updateGeometry();
    update();
}

void WrapLabel::setMono(bool mono)
{
    m_mono = mono;
    updateGeometry();
    update();
}

void WrapLabel::setSize(TextSize size)
{
    if (size != m_size) {
        m_size = size;
        updateGeometry();
        update();
    }
}

void WrapLabel::setWeight(QFont::Weight weight)
{
    m_weight = weight;
    updateGeometry();
    update();
}

void WrapLabel::setInk(Ink ink)
{
    m_ink = ink;
    update();
}

void WrapLabel::setBreaksAtJoints(bool breaks)
{
    m_breaksAtJoints = breaks;
    updateGeometry();
    update();
}

int WrapLabel::oneLineWidth() const
{
    return QFontMetrics(textFont()).horizontalAdvance(m_text.text) + 1;
}

QFont WrapLabel::textFont() const
{
    QFont font = m_mono ? monoFont(m_size) : uiFont(m_size, m_weight);
    if (m_mono && m_weight != QFont::Normal) {
        font.setWeight(m_weight);
    }
    return font;
}

qreal WrapLabel::layOut(QTextLayout &layout, int width) const
{
    QString text = m_text.text;
    text.replace(u'\n', QChar::LineSeparator); // One character for another: the tokens keep their places.
    layout.setText(text);
    layout.setFont(textFont());
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTextDirection(Qt::LeftToRight);
    layout.setTextOption(option);
    QList<QTextLayout::FormatRange> formats;
    for (const VisibleText::Token &token : m_text.tokens) {
        QTextLayout::FormatRange range;
        range.start = static_cast<int>(token.start);
        range.length = static_cast<int>(token.length);
        range.format.setForeground(colours().bad);
        range.format.setBackground(colours().badBack);
        formats.append(range);
    }
    layout.setFormats(formats);
    qreal y = 0;
    layout.beginLayout();
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(std::max(width, 1));
        if (const int length = m_breaksAtJoints ? lengthToJoint(text, line) : 0; length > 0) {
            line.setNumColumns(length, std::max(width, 1));
        }
        line.setPosition({0, y});
        y += line.height();
    }
    layout.endLayout();
    return y;
}

int WrapLabel::heightForWidth(int width) const
{
    QTextLayout layout;
    return static_cast<int>(std::ceil(layOut(layout, width)));
}

QSize WrapLabel::sizeHint() const
{
    QTextLayout layout;
    const int widest = grid(preferredWidth);
    layOut(layout, widest);
    qreal width = 0;
    for (int i = 0; i < layout.lineCount(); ++i) {
        width = std::max(width, layout.lineAt(i).naturalTextWidth());
    }
    const int wanted = std::min(static_cast<int>(std::ceil(width)) + 1, widest);
    return {wanted, heightForWidth(wanted)};
}

QSize WrapLabel::minimumSizeHint() const
{
    return {std::min(grid(15), sizeHint().width()), QFontMetrics(textFont()).height()};
}

void WrapLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setPen(m_ink == Ink::Dim ? colours().dim : colours().text);
    QTextLayout layout;
    layOut(layout, width());
    layout.draw(&painter, {0, 0});
}

void WrapLabel::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    // A layout that does not ask for the height at this width would cut the last lines off.
    if (height() < heightForWidth(width())) {
        updateGeometry();
    }
}

void WrapLabel::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange) {
        updateGeometry();
        update();
    }
}

} // namespace countersign::ui
