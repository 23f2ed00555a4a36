// SPDX-License-Identifier: Apache-2.0
#include "ui/queue/queue_view.h"

#include "ui/queue/queue_delegate.h"
#include "ui/style/flat_button.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtGui/QWheelEvent>
#include <QtWidgets/QScrollBar>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int barRange = 100'000;  ///< Steps of the scroll bar when it stands for a whole long list.
constexpr int rowsBeforeEdge = 60; ///< So near the end of the window the next page is asked for.

} // namespace

QueueView::QueueView(QueueModel &model, QWidget *parent)
    : QListView(parent)
    , m_model(model)
    , m_bar(new QScrollBar(Qt::Vertical, this))
    , m_arrivals(new FlatButton({}, u"U"_s, FlatButton::Look::Primary, this))
{
    setObjectName(u"queueView"_s);
    setAccessibleName(tr("Requests"));
    setFrameShape(QFrame::NoFrame);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSelectionMode(SingleSelection);
    setEditTriggers(NoEditTriggers);
    setTextElideMode(Qt::ElideNone);
    setItemDelegate(new QueueDelegate(this));
    setMinimumWidth(grid(60));
    m_bar->setObjectName(u"queueScrollBar"_s);
    m_bar->setFocusPolicy(Qt::NoFocus);
    m_arrivals->setObjectName(u"newRows"_s);
    m_arrivals->setFocusPolicy(Qt::NoFocus);
    m_arrivals->hide();
    setModel(&model);

    connect(m_bar, &QScrollBar::actionTriggered, this, &QueueView::dragTo);
    connect(m_bar, &QScrollBar::valueChanged, this, [this](int value) {
        if (m_model.isWhole()) {
            setOffset(value);
        }
    });
    connect(m_arrivals, &FlatButton::clicked, &m_model, &QueueModel::showArrivals);
    connect(&m_model, &QueueModel::arrivalsChanged, this, &QueueView::placeArrivals);
    connect(&m_model, &QueueModel::rowsSettled, this, &QueueView::layOut);
    connect(&m_model, &QueueModel::arrivalsShown, this, [this](const RequestId &first) {
        layOut();
        scrollTo(m_model.index(m_model.rowOf(first)));
    });
}

// Layout

void QueueView::layOut()
{
    m_places.assign(static_cast<size_t>(m_model.rowCount()), {});
    const int plain = QueueDelegate::rowHeight(false);
    const int quoting = QueueDelegate::rowHeight(true);
    const int heading = QueueDelegate::headingHeight();
    int y = 0;
    for (int row = 0; row < m_model.rowCount(); ++row) {
        const QModelIndex index = m_model.index(row);
        Place &place = m_places[static_cast<size_t>(row)];
        place.top = y;
        place.heading = index.data(QueueModel::HeadingRole).toString().isEmpty() ? 0 : heading;
        place.height = index.data(QueueModel::QuoteRole).toString().isEmpty() ? plain : quoting;
        y = place.bottom();
    }
    if (std::exchange(m_wasReset, false)) { // Other rows: their beginning, unless somebody went to the end.
        m_offset = m_model.hasMoreBefore() && !m_model.hasMoreAfter() ? greatestOffset() : 0;
    } else {
        for (const auto &[id, height] : m_anchors) {
            if (const int row = m_model.rowOf(id); row >= 0) {
                const Place &place = m_places[static_cast<size_t>(row)];
                m_offset = place.top + place.heading - height;
                break;
            }
        }
    }
    m_offset = std::clamp(m_offset, 0, greatestOffset());
    mirrorSelection();
    syncBar();
    rememberAnchors();
    loadNearEdges();
    viewport()->update();
}

void QueueView::doItemsLayout()
{
    layOut();
}

void QueueView::reset()
{
    m_mirroring = true;
    QListView::reset();
    m_mirroring = false;
    m_places.clear();
    m_wasReset = true; // rowsSettled() comes right after.
}

void QueueView::rememberAnchors()
{
    m_anchors.clear();
    const QPoint pointer = viewport()->mapFromGlobal(QCursor::pos());
    const bool hovering = isVisible() && viewport()->rect().contains(pointer) && viewport()->underMouse();
    if (const QModelIndex under = hovering ? indexAt(pointer) : QModelIndex(); under.isValid()) {
        m_anchors.emplace_back(m_model.idAt(under.row()), visualRect(under).top());
    }
    for (int row = rowAtHeight(m_offset); row >= 0 && row < static_cast<int>(m_places.size()); ++row) {
        const int top = visualRect(m_model.index(row)).top();
        if (top > viewport()->height()) {
            break;
        }
        m_anchors.emplace_back(m_model.idAt(row), top);
    }
}

int QueueView::greatestOffset() const
{
    return std::max(0, contentHeight() - viewport()->height());
}

int QueueView::rowAtHeight(int y) const
{
    const auto found = std::upper_bound(m_places.begin(), m_places.end(), y,
                                        [](int height, const Place &place) { return height < place.bottom(); });
    return found == m_places.end() ? -1 : static_cast<int>(found - m_places.begin());
}

QRect QueueView::visualRect(const QModelIndex &index) const
{
    if (!index.isValid() || index.row() >= static_cast<int>(m_places.size())) {
        return {};
    }
    const Place &place = m_places[static_cast<size_t>(index.row())];
    return {0, place.top + place.heading - m_offset, viewport()->width(), place.height};
}

QRect QueueView::headingRect(int row) const
{
    if (row < 0 || row >= static_cast<int>(m_places.size()) || m_places[static_cast<size_t>(row)].heading == 0) {
        return {};
    }
    const Place &place = m_places[static_cast<size_t>(row)];
    return {0, place.top - m_offset, viewport()->width(), place.heading};
}

QModelIndex QueueView::indexAt(const QPoint &point) const
{
    const int row = rowAtHeight(point.y() + m_offset);
    const QModelIndex index = m_model.index(row);
    return row >= 0 && visualRect(index).contains(point) ? index : QModelIndex();
}

void QueueView::resizeEvent(QResizeEvent *event)
{
    QAbstractItemView::resizeEvent(event);
    updateGeometries();
}

void QueueView::updateGeometries()
{
    if (!m_bar) {
        return;
    }
    const int width = m_bar->sizeHint().width();
    m_bar->setGeometry(this->width() - width, 0, width, height());
    m_offset = std::clamp(m_offset, 0, greatestOffset());
    placeArrivals();
    syncBar();
    rememberAnchors();
    loadNearEdges();
}

void QueueView::placeArrivals()
{
    const int count = m_model.arrivals();
    m_arrivals->setVisible(count > 0);
    if (count > 0) {
        m_arrivals->setLabel(tr("%n new", "requests that wait to be shown", count));
        // Beside the first heading: it hides no row while the list stands at its top.
        const QSize size(m_arrivals->sizeHint().width(), QueueDelegate::headingHeight() - 2);
        m_arrivals->setGeometry(QRect(QPoint(width() - size.width() - grid(3), 1), size));
        m_arrivals->raise();
    }
}

// Scrolling

void QueueView::setOffset(int offset)
{
    const int bounded = std::clamp(offset, 0, greatestOffset());
    if (bounded != m_offset) {
        m_offset = bounded;
        viewport()->update();
    }
    syncBar();
    rememberAnchors();
    loadNearEdges();
}

void QueueView::loadNearEdges()
{
    if (m_places.empty()) {
        return;
    }
    const int top = rowAtHeight(m_offset);
    const int bottom = rowAtHeight(m_offset + viewport()->height());
    if (m_model.hasMoreAfter() && (bottom < 0 || bottom > m_model.rowCount() - rowsBeforeEdge)) {
        m_model.extend(QueueModel::End::After);
    } else if (m_model.hasMoreBefore() && top < rowsBeforeEdge) {
        m_model.extend(QueueModel::End::Before);
    }
}

void QueueView::syncBar()
{
    const QSignalBlocker quiet(m_bar);
    const int rowHeight = QueueDelegate::rowHeight(false);
    m_bar->setSingleStep(rowHeight);
    if (m_model.isWhole()) {
        m_bar->setPageStep(std::max(1, viewport()->height()));
        m_bar->setRange(0, greatestOffset());
        m_bar->setValue(m_offset);
    } else {
        const double shown = static_cast<double>(viewport()->height()) / rowHeight;
        const auto all = static_cast<double>(std::max<qint64>(m_model.extent().count, m_model.rowCount()));
        m_bar->setRange(0, barRange);
        m_bar->setPageStep(std::max(1, static_cast<int>(barRange * shown / all)));
        int value = static_cast<int>(barRange * m_model.placeOf(std::max(0, rowAtHeight(m_offset))));
        if (!m_model.hasMoreBefore() && m_offset == 0) {
            value = 0;
        } else if (!m_model.hasMoreAfter() && m_offset == greatestOffset()) {
            value = barRange;
        } else {
            value = std::clamp(value, 1, barRange - 1);
        }
        if (!m_bar->isSliderDown()) {
            m_bar->setValue(value);
        }
    }
    m_bar->setVisible(m_bar->maximum() > 0);
}

void QueueView::dragTo(int action)
{
    if (m_model.isWhole()) {
        return; // The bar's value is the offset itself.
    }
    const int page = std::max(1, viewport()->height() - QueueDelegate::rowHeight(false));
    switch (action) {
    case QAbstractSlider::SliderMove:
        m_model.goTo(static_cast<double>(m_bar->sliderPosition()) / barRange);
        return;
    case QAbstractSlider::SliderSingleStepAdd:
        setOffset(m_offset + m_bar->singleStep());
        break;
    case QAbstractSlider::SliderSingleStepSub:
        setOffset(m_offset - m_bar->singleStep());
        break;
    case QAbstractSlider::SliderPageStepAdd:
        setOffset(m_offset + page);
        break;
    case QAbstractSlider::SliderPageStepSub:
        setOffset(m_offset - page);
        break;
    default:
        break;
    }
    m_bar->setSliderPosition(m_bar->value()); // The step has been made in rows, not in the bar's own units.
}

void QueueView::wheelEvent(QWheelEvent *event)
{
    const int lines = QueueDelegate::rowHeight(false);
    const int pixels = event->pixelDelta().isNull() ? event->angleDelta().y() * lines / 120 : event->pixelDelta().y();
    setOffset(m_offset - pixels);
    event->accept();
}

void QueueView::scrollTo(const QModelIndex &index, ScrollHint)
{
    if (!index.isValid() || index.row() >= static_cast<int>(m_places.size())) {
        return;
    }
    const Place &place = m_places[static_cast<size_t>(index.row())];
    if (place.top < m_offset) {
        setOffset(place.top); // With its heading.
    } else if (place.bottom() > m_offset + viewport()->height()) {
        setOffset(place.bottom() - viewport()->height());
    }
}

// Painting

void QueueView::paintEvent(QPaintEvent *event)
{
    QPainter painter(viewport());
    painter.fillRect(event->rect(), colours().panel);
    QStyleOptionViewItem option;
    initViewItemOption(&option);
    const int first = std::max(0, rowAtHeight(m_offset + event->rect().top()));
    for (int row = first; row < static_cast<int>(m_places.size()); ++row) {
        const QModelIndex index = m_model.index(row);
        option.rect = visualRect(index);
        const QRect heading = headingRect(row);
        if (std::min(option.rect.top(), heading.isEmpty() ? option.rect.top() : heading.top()) >
            event->rect().bottom()) {
            break;
        }
        if (!heading.isEmpty()) {
            QueueDelegate::paintHeading(&painter, heading, index.data(QueueModel::HeadingRole).toString());
        }
        const bool chosen = m_selected && m_model.idAt(row) == *m_selected;
        option.state.setFlag(QStyle::State_Selected, chosen);
        option.state.setFlag(QStyle::State_HasFocus, chosen && hasFocus());
        itemDelegate()->paint(&painter, option, index);
    }
}

void QueueView::changeEvent(QEvent *event)
{
    QListView::changeEvent(event);
    const bool themeChanged = event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange ||
                              event->type() == QEvent::PaletteChange;
    if (themeChanged && m_bar) {
        updateGeometries();
        layOut();
    }
}

bool QueueView::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip || event->type() == QEvent::WhatsThis) {
        return true; // Nothing that an agent wrote pops up.
    }
    return QListView::viewportEvent(event);
}

} // namespace countersign::ui
