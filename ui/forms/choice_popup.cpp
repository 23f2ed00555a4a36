// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/choice_popup.h"

#include "ui/forms/choice_delegate.h"
#include "ui/forms/choice_model.h"
#include "ui/style/labels.h"

#include <QtCore/QCoreApplication>
#include <QtGui/QKeyEvent>
#include <QtGui/QScreen>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QListView>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int rowsShown = 12;

} // namespace

ChoicePopup::ChoicePopup(QWidget *parent)
    : QFrame(parent, Qt::Popup)
    , m_filter(new QLineEdit(this))
    , m_list(new QListView(this))
    , m_model(new ChoiceModel(this))
    , m_count(makeDimLabel({}, TextSize::Small, this))
{
    setObjectName(u"choicePopup"_s);
    setFrameShape(QFrame::StyledPanel);
    m_filter->setObjectName(u"choiceFilter"_s);
    m_filter->setPlaceholderText(tr("Type to filter"));
    m_filter->setAccessibleName(tr("Filter the options"));
    m_filter->setClearButtonEnabled(false);
    m_filter->installEventFilter(this);
    m_list->setObjectName(u"choiceList"_s);
    m_list->setModel(m_model);
    m_list->setItemDelegate(new ChoiceDelegate(m_list));
    m_list->setUniformItemSizes(true);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setAccessibleName(tr("Options"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFocusProxy(m_filter);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(grid(2), grid(2), grid(2), grid(2));
    layout->setSpacing(grid(2));
    layout->addWidget(m_filter);
    layout->addWidget(m_list, 1);
    layout->addWidget(m_count);
    setFocusProxy(m_filter);
    connect(m_filter, &QLineEdit::textEdited, this, &ChoicePopup::filter);
    connect(m_list, &QListView::clicked, this, &ChoicePopup::pick);
}

void ChoicePopup::setOptions(const std::vector<FieldOption> &options)
{
    m_model->setOptions(options);
}

void ChoicePopup::openBelow(QWidget *anchor, int current, const QString &typed)
{
    m_filter->setText(typed);
    m_model->setFilter(typed);
    const int row = m_model->rowOfOption(current);
    const QModelIndex marked = m_model->index(row >= 0 ? row : (typed.isEmpty() ? -1 : 0));
    m_list->setCurrentIndex(marked);
    showCount();
    const int rowHeight = std::max(m_list->sizeHintForRow(0), grid(7));
    const int rows = std::clamp(m_model->optionCount(), 1, rowsShown);
    const int height = rows * rowHeight + m_filter->sizeHint().height() + m_count->sizeHint().height() + grid(8);
    const QRect screen = anchor->screen()->availableGeometry();
    const int width = std::min(std::max(anchor->width(), grid(80)), screen.width());
    QRect place(anchor->mapToGlobal(QPoint(0, anchor->height())), QSize(width, std::min(height, screen.height())));
    if (place.bottom() > screen.bottom()) {
        const int above = anchor->mapToGlobal(QPoint(0, 0)).y() - place.height();
        place.moveTop(above >= screen.top() ? above : std::max(screen.bottom() + 1 - place.height(), screen.top()));
    }
    place.moveLeft(std::max(std::min(place.left(), screen.right() + 1 - width), screen.left()));
    setGeometry(place);
    show();
    m_filter->setFocus(Qt::PopupFocusReason);
    if (marked.isValid()) {
        m_list->scrollTo(marked, QAbstractItemView::PositionAtCenter);
    }
}

void ChoicePopup::filter(const QString &words)
{
    m_model->setFilter(words);
    m_list->setCurrentIndex(m_model->index(m_model->rowCount() > 0 ? 0 : -1));
    showCount();
}

void ChoicePopup::pick(const QModelIndex &index)
{
    if (!index.isValid()) {
        return;
    }
    const int option = m_model->optionAt(index.row());
    close();
    Q_EMIT picked(option);
}

void ChoicePopup::showCount()
{
    const QLocale locale;
    m_count->setText(m_model->rowCount() == 0
                         ? tr("No option contains that · Esc leaves it as it was")
                         : tr("%1 of %2 · Enter picks")
                               .arg(locale.toString(m_model->rowCount()), locale.toString(m_model->optionCount())));
}

bool ChoicePopup::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_filter && event->type() == QEvent::KeyPress) {
        auto *key = static_cast<QKeyEvent *>(event);
        switch (key->key()) {
        case Qt::Key_Up:
        case Qt::Key_Down:
            if (!m_list->currentIndex().isValid()) {
                m_list->setCurrentIndex(m_model->index(0));
                return true;
            }
            [[fallthrough]];
        case Qt::Key_PageUp:
        case Qt::Key_PageDown: {
            // The list has no focus of its own: the filter stays ready for typing.
            QKeyEvent move(QEvent::KeyPress, key->key(), Qt::NoModifier);
            QCoreApplication::sendEvent(m_list, &move);
            return true;
        }
        case Qt::Key_Return:
        case Qt::Key_Enter:
            pick(m_list->currentIndex());
            return true;
        case Qt::Key_Escape:
        case Qt::Key_Tab:
        case Qt::Key_Backtab:
            close();
            return true;
        default:
            break;
        }
    }
    return QFrame::eventFilter(watched, event);
}

void ChoicePopup::hideEvent(QHideEvent *event)
{
    QFrame::hideEvent(event);
    Q_EMIT closed();
}

} // namespace countersign::ui
