// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/add_row.h"

#include "ui/detail/text_link.h"
#include "ui/forms/name_entry.h"
#include "ui/forms/piece_label.h"
#include "ui/forms/row_words.h"
#include "ui/style/theme.h"

#include <QtWidgets/QLineEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;

AddRow::AddRow(QWidget *parent)
    : RowWidget(parent)
    , m_add(new TextLink({}, this))
    , m_limit(new PieceLabel(TextSize::Small, this))
{
    m_add->setObjectName(u"add"_s);
    m_add->setFocusPolicy(Qt::StrongFocus);
    m_limit->setObjectName(u"limit"_s);
    connect(m_add, &QAbstractButton::clicked, this, &AddRow::add);
}

bool AddRow::fits(const FormModel &, const FormRow &row) const
{
    return row.part == RowPart::AddItem || row.part == RowPart::AddMember;
}

void AddRow::showRow(const FormField &field)
{
    const bool named = part() == RowPart::AddMember;
    setObjectName((named ? u"addMember"_s : u"addItem"_s) + QString::fromStdString(field.pointer));
    const QString title = titleOf(model(), field);
    const JsonValue *value = model().valueOf(field.id);
    const auto count = static_cast<qint64>(!value ? 0 : named ? value->members().size() : value->items().size());
    const std::optional<qint64> most = field.bounds.maxItems;
    const bool full = most && count >= *most;
    m_add->setEnabled(!full && !field.readOnly);
    m_add->setText(named ? tr("add") : tr("add item"));
    m_add->setAccessibleName(named ? tr("Add the member to %1").arg(title) : tr("Add an item to %1").arg(title));
    const QString limit = !full   ? QString()
                          : named ? tr("%1 members are the most").arg(*most)
                                  : tr("%1 items are the most").arg(*most);
    m_limit->setPieces({PieceLabel::ours(limit)});
    m_add->setAccessibleDescription(limit);
    if (named && !m_name) {
        m_name = new NameEntry(this);
        m_name->setPlaceholder(tr("name of a new member"));
        connect(m_name, &NameEntry::taken, this, &AddRow::add);
        connect(m_name, &NameEntry::dropped, m_name, &NameEntry::clear);
        connect(m_name, &NameEntry::heightChanged, this, &RowWidget::heightChanged);
    }
    if (m_name) {
        m_name->setVisible(named);
        m_name->setEnabled(!full && !field.readOnly);
        m_name->field()->setAccessibleName(tr("Name of a new member of %1").arg(title));
        if (m_shown != field.id) {
            m_name->clear();
        }
    }
    m_shown = field.id;
    setAccessibleName(m_add->accessibleName());
}

void AddRow::add()
{
    if (!hasModel()) {
        return;
    }
    FieldId made = noField;
    if (part() == RowPart::AddMember) {
        const Result<FieldId> added = model().addMember(field(), m_name->name());
        if (!added) {
            m_name->refuse(added.error().message);
            m_name->field()->setFocus(Qt::OtherFocusReason);
            return;
        }
        m_name->clear();
        made = *added;
    } else {
        made = model().addItem(field());
    }
    Q_EMIT edited();
    if (made != noField) {
        Q_EMIT focusWanted(made);
    }
}

QWidget *AddRow::focusTarget()
{
    const std::vector<QWidget *> stops = tabStops();
    return stops.empty() ? nullptr : stops.front();
}

std::vector<QWidget *> AddRow::tabStops()
{
    std::vector<QWidget *> stops;
    if (m_name && !m_name->isHidden() && m_name->isEnabled()) {
        stops.push_back(m_name->field());
    }
    if (m_add->isEnabled()) {
        stops.push_back(m_add);
    }
    return stops;
}

QString AddRow::shownProblem() const
{
    return m_name && !m_name->isHidden() ? m_name->refusal() : QString();
}

int AddRow::layOut(int width, bool apply)
{
    const auto place = [apply](QWidget *widget, int x, int y, int w, int h) {
        if (apply) {
            widget->setGeometry(x, y, w, h);
        }
    };
    const int left = sidePadding() + indentOf(depth());
    const int right = width - rightPadding();
    const int top = grid(1);
    const QSize link = m_add->sizeHint();
    int x = left;
    int height = std::max(grid(6), link.height());
    int line = height;
    if (m_name && !m_name->isHidden()) {
        const int room = std::max(std::min(right - left - link.width() - grid(3), grid(70)), grid(20));
        line = m_name->field()->sizeHint().height();
        height = m_name->heightForWidth(room);
        place(m_name, x, top, room, height);
        x += std::min(room, grid(70)) + grid(2);
    }
    place(m_add, x, top + (line - link.height()) / 2, link.width(), link.height());
    x += link.width() + grid(2);
    const int room = std::max(right - x, grid(10));
    const int words = m_limit->heightForWidth(room);
    place(m_limit, x, top + std::max((line - words) / 2, 0), room, words);
    return top + std::max({height, line, words}) + grid(2);
}

} // namespace countersign::ui
