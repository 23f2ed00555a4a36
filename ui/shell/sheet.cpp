// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/sheet.h"

#include "ui/style/theme.h"

#include <QtCore/QTimer>
#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QApplication>
#include <QtWidgets/QLayout>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QScrollBar>

#include <utility>

namespace countersign::ui {
namespace {

constexpr int gridStep = 4;

/// The ground of a sheet's contents.
class SheetCard final : public QWidget
{
public:
    explicit SheetCard(QWidget *parent)
        : QWidget(parent)
    {
        setFocusPolicy(Qt::NoFocus);
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(colours().line, 1));
        painter.setBrush(colours().panel);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    }
    void mousePressEvent(QMouseEvent *event) override { event->accept(); } // Beside the card closes, on it does not.
};

} // namespace

Sheet::Sheet(Place place, QWidget *window)
    : QWidget(window)
    , m_place(place)
    , m_card(new SheetCard(this))
{
    setFocusPolicy(Qt::StrongFocus);
    window->installEventFilter(this);
    m_card->installEventFilter(this);
    hide();
}

void Sheet::setCardSize(int width, int height)
{
    m_size = QSize(width, height);
    placeCard();
}

void Sheet::open()
{
    if (!isOpen()) {
        m_focusBefore = QApplication::focusWidget();
    }
    placeCard();
    show();
    raise();
    window()->setProperty("coveredBy", accessibleName()); // Nothing below counts as read, and no decision is armed.
    QWidget *first = firstField();
    (first->focusPolicy() == Qt::NoFocus ? this : first)->setFocus(Qt::OtherFocusReason);
    if (m_fits) { // What came on screen now may want another height than what was only made.
        QTimer::singleShot(0, this, &Sheet::placeCard);
    }
}

void Sheet::close()
{
    if (!isOpen()) {
        return;
    }
    hide();
    window()->setProperty("coveredBy", QString());
    if (m_focusBefore && m_focusBefore->isVisible()) {
        m_focusBefore->setFocus(Qt::OtherFocusReason);
    }
    Q_EMIT closed();
}

/// A page that scrolls counts as if it did not. The contents stand below each other.
int Sheet::contentsHeight(int width) const
{
    const QLayout *contents = m_card->layout();
    const QMargins margins = contents->contentsMargins();
    const int room = width - margins.left() - margins.right();
    int height = margins.top() + margins.bottom();
    bool isFirst = true;
    for (int i = 0; i < contents->count(); ++i) {
        QLayoutItem *item = contents->itemAt(i);
        if (item->isEmpty()) {
            height += item->spacerItem() ? item->sizeHint().height() : 0;
            continue;
        }
        const auto *scroll = qobject_cast<const QScrollArea *>(item->widget());
        QLayout *page = scroll ? scroll->widget()->layout() : nullptr;
        // A bar that was needed once goes away only where the page would fit beside it.
        const int beside = scroll ? room - scroll->verticalScrollBar()->sizeHint().width() : room;
        const int own = page && page->hasHeightForWidth() ? page->totalHeightForWidth(beside)
                        : page                            ? page->totalSizeHint().height()
                        : item->hasHeightForWidth()       ? item->heightForWidth(room)
                                                          : item->sizeHint().height();
        if (page) {
            scroll->widget()->setMinimumHeight(own); // Its labels, asked without a width, would want more.
        }
        height += own + (std::exchange(isFirst, false) ? 0 : contents->spacing());
    }
    return height;
}

void Sheet::placeCard()
{
    setGeometry(parentWidget()->rect());
    const int margin = grid(4);
    const QSize wanted(grid(m_size.width() / gridStep), grid(m_size.height() / gridStep));
    QSize size = wanted.boundedTo(this->size() - QSize(2 * margin, 2 * margin));
    if (m_fits && m_card->layout()) {
        size.setHeight(std::min(height() - 2 * margin, contentsHeight(size.width())));
    }
    const int left = (width() - size.width()) / 2;
    const int centred = (height() - size.height()) / 2;
    m_card->setGeometry(QRect(QPoint(left, m_place == Place::Centre ? centred : std::min(centred, grid(20))), size));
}

bool Sheet::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == parentWidget() && event->type() == QEvent::Resize && isOpen()) {
        placeCard();
    }
    if (watched == m_card && event->type() == QEvent::LayoutRequest && isOpen() && m_fits) {
        placeCard(); // Something was said, or taken back.
    }
    return QWidget::eventFilter(watched, event);
}

void Sheet::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        close();
    }
    event->accept(); // Nothing below the sheet hears of it.
}

void Sheet::mousePressEvent(QMouseEvent *)
{
    close();
}

void Sheet::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    QColor veil = colours().dark ? QColor(Qt::black) : colours().text;
    veil.setAlphaF(colours().dark ? 0.55F : 0.28F);
    painter.fillRect(rect(), veil);
}

void Sheet::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_card) {
        placeCard();
    }
}

bool Sheet::focusNextPrevChild(bool next)
{
    QWidget *current = QApplication::focusWidget();
    if (!current || (current != this && !isAncestorOf(current))) {
        current = this;
    }
    QWidget *candidate = current;
    do {
        candidate = next ? candidate->nextInFocusChain() : candidate->previousInFocusChain();
        const bool takesTab = candidate->focusPolicy() & Qt::TabFocus;
        if (isAncestorOf(candidate) && takesTab && candidate->isVisible() && candidate->isEnabled()) {
            candidate->setFocus(next ? Qt::TabFocusReason : Qt::BacktabFocusReason);
            return true;
        }
    } while (candidate != current);
    return true; // Alone in here: the focus stays.
}

} // namespace countersign::ui
