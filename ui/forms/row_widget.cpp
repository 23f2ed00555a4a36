// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/row_widget.h"

#include "ui/forms/name_entry.h"
#include "ui/forms/row_words.h"
#include "ui/style/theme.h"

#include <QtGui/QContextMenuEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QLineEdit>

namespace countersign::ui {

namespace {

constexpr int deepestIndent = 8;
constexpr int narrowGrid = 125; ///< In grid steps: below that, labels stand above their editors.

} // namespace

bool isStacked(int width)
{
    return width < grid(narrowGrid);
}

RowWidget::RowWidget(QWidget *parent)
    : QWidget(parent)
{}

void RowWidget::present(FormModel &model, const FormRow &row, bool problemsShown)
{
    if (m_rename && m_row.field != row.field) {
        m_rename->hide();
    }
    m_model = &model;
    m_row = row;
    m_problemsShown = problemsShown;
    if (const FormField *field = model.field(row.field)) {
        showRow(*field);
    }
    if (width() > 0) {
        layOut(width(), true); // The parts may want other places in the same height.
    }
    update();
}

void RowWidget::release()
{
    m_model = nullptr;
    m_row = {};
}

NameEntry *RowWidget::renaming() const
{
    return m_rename && !m_rename->isHidden() ? m_rename : nullptr;
}

bool RowWidget::startRename()
{
    const FormField *field = m_model ? m_model->field(m_row.field) : nullptr;
    const FormField *parent = field ? m_model->field(field->parent) : nullptr;
    const bool isNamed = parent && (parent->kind == FieldKind::Map || parent->kind == FieldKind::Group);
    if (!isNamed || !field->extra || m_row.part == RowPart::AddItem || m_row.part == RowPart::AddMember) {
        return false;
    }
    if (!m_rename) {
        m_rename = new NameEntry(this);
        m_rename->setObjectName(QStringLiteral("rename"));
        connect(m_rename, &NameEntry::heightChanged, this, &RowWidget::heightChanged);
        connect(m_rename, &NameEntry::taken, this, &RowWidget::takeName);
        connect(m_rename, &NameEntry::dropped, this, [this] {
            m_rename->hide();
            Q_EMIT heightChanged();
            Q_EMIT focusWanted(m_row.field);
        });
    }
    m_rename->field()->setAccessibleName(tr("New name of %1").arg(titleOf(*m_model, *field)));
    m_rename->begin(QString::fromStdString(field->key));
    m_rename->show();
    m_rename->field()->setFocus(Qt::OtherFocusReason);
    Q_EMIT heightChanged();
    return true;
}

void RowWidget::takeName()
{
    if (!m_model) {
        return;
    }
    const FieldId field = m_row.field;
    if (const Result<> renamed = m_model->renameMember(field, m_rename->name()); !renamed) {
        m_rename->refuse(renamed.error().message);
        return;
    }
    m_rename->hide();
    Q_EMIT edited();
    Q_EMIT focusWanted(field);
}

int RowWidget::heightForWidth(int width) const
{
    return const_cast<RowWidget *>(this)->layOut(width, false); // Measures only.
}

int RowWidget::sidePadding()
{
    return grid(3) + 2;
}

int RowWidget::rightPadding()
{
    return grid(1);
}

int RowWidget::indentOf(int depth)
{
    return std::min(depth, deepestIndent) * grid(4);
}

bool RowWidget::event(QEvent *event)
{
    if (event->type() == QEvent::LayoutRequest && m_model && width() > 0) {
        if (layOut(width(), false) != height()) {
            Q_EMIT heightChanged();
        } else {
            layOut(width(), true);
        }
    }
    return QWidget::event(event);
}

void RowWidget::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    layOut(width(), true);
}

void RowWidget::paintEvent(QPaintEvent *)
{
    // A thin line for every group that the row lies in.
    QPainter painter(this);
    for (int level = 0; level < std::min(depth(), deepestIndent); ++level) {
        const int x = sidePadding() + indentOf(level) + grid(1) + 1;
        painter.fillRect(QRect(x, 0, 1, height()), colours().line);
    }
}

void RowWidget::contextMenuEvent(QContextMenuEvent *event)
{
    Q_EMIT menuWanted(event->globalPos());
    event->accept();
}

} // namespace countersign::ui
