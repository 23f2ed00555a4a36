// SPDX-License-Identifier: Apache-2.0
#include "ui/style/labels.h"

#include <QtCore/QEvent>
#include <QtGui/QTextDocument>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int longestToolTip = 2000;
constexpr int toolTipColumns = 80;

/// Keeps its font on the type scale and its colour on the table when the theme changes.
class ThemedLabel final : public QLabel
{
public:
    ThemedLabel(const QString &text, TextSize size, bool dim, QWidget *parent)
        : QLabel(parent)
        , m_size(size)
        , m_dim(dim)
    {
        setTextFormat(Qt::PlainText);
        setTextInteractionFlags(Qt::NoTextInteraction);
        setOpenExternalLinks(false);
        setText(text);
        applyLook();
    }

protected:
    void changeEvent(QEvent *event) override
    {
        QLabel::changeEvent(event);
        const bool themeChanged = event->type() == QEvent::StyleChange;
        if (themeChanged) {
            applyLook();
        }
    }

private:
    void applyLook()
    {
        const bool heading = m_size == TextSize::Heading || m_size == TextSize::Title;
        // A weight that somebody has set stays.
        const auto weight =
            m_styled ? static_cast<QFont::Weight>(font().weight()) : (heading ? QFont::DemiBold : QFont::Normal);
        m_styled = true;
        setFont(uiFont(m_size, weight));
        if (m_dim) {
            QPalette dimmed = palette();
            dimmed.setColor(QPalette::WindowText, colours().dim);
            setPalette(dimmed);
        }
    }

    TextSize m_size;
    bool m_dim;
    bool m_styled = false;
};

/// Breaks lines at spaces, so that a plain tooltip is not as wide as the screen.
QString wrapped(const QString &text)
{
    QString lines;
    qsizetype column = 0;
    for (const QString &word : text.split(u' ')) {
        const qsizetype length = word.size();
        if (column > 0 && column + 1 + length > toolTipColumns) {
            lines += u'\n';
            column = 0;
        } else if (!lines.isEmpty()) {
            lines += u' ';
            ++column;
        }
        lines += word;
        const qsizetype lastBreak = word.lastIndexOf(u'\n');
        column = lastBreak < 0 ? column + length : length - lastBreak - 1;
    }
    return lines;
}

} // namespace

QLabel *makeLabel(const QString &ours, TextSize size, QWidget *parent)
{
    return new ThemedLabel(ours, size, false, parent);
}

QLabel *makeDimLabel(const QString &ours, TextSize size, QWidget *parent)
{
    return new ThemedLabel(ours, size, true, parent);
}

QLabel *makeOutsideLabel(const QString &outside, TextSize size, QWidget *parent)
{
    return new ThemedLabel(displayText(outside, TextShape::Lines).text, size, false, parent);
}

void setPlainToolTip(QWidget *widget, const QString &ours)
{
    QString text = wrapped(shortened(ours, longestToolTip));
    if (Qt::mightBeRichText(text)) {
        // QToolTip guesses the format and cannot be told; without these two characters there is nothing to guess.
        text.replace(u'<', u"⟨U+003C⟩"_s).replace(u"&lt;"_s, u"⟨U+0026⟩lt;"_s);
    }
    widget->setToolTip(text);
}

} // namespace countersign::ui
