// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/header_row.h"

#include "ui/detail/counted.h"
#include "ui/detail/text_link.h"
#include "ui/forms/icon_button.h"
#include "ui/forms/name_entry.h"
#include "ui/forms/row_acts.h"
#include "ui/forms/row_words.h"
#include "ui/forms/variant_switch.h"
#include "ui/style/theme.h"

#include <QtGui/QMouseEvent>
#include <QtWidgets/QLineEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;
using Look = PieceLabel::Look;

HeaderRow::HeaderRow(QWidget *parent)
    : RowWidget(parent)
    , m_fold(new IconButton(IconButton::Drawing::Unfolded, {}, this))
    , m_title(new PieceLabel(TextSize::Body, this))
    , m_notes(new PieceLabel(TextSize::Small, this))
    , m_problem(new PieceLabel(TextSize::Small, this))
    , m_presence(new TextLink({}, this))
    , m_menu(new IconButton(IconButton::Drawing::More, {}, this))
{
    m_fold->setObjectName(u"fold"_s);
    m_fold->setFocusPolicy(Qt::StrongFocus);
    m_title->setObjectName(u"title"_s);
    m_notes->setObjectName(u"notes"_s);
    m_problem->setObjectName(u"problem"_s);
    m_presence->setObjectName(u"presence"_s);
    m_presence->setFocusPolicy(Qt::ClickFocus); // The context menu has it too.
    m_menu->setObjectName(u"more"_s);
    m_menu->setFocusPolicy(Qt::NoFocus);
    m_menu->setShy(true);
    connect(m_fold, &QAbstractButton::clicked, this, &HeaderRow::fold);
    connect(m_menu, &QAbstractButton::clicked, this,
            [this] { Q_EMIT menuWanted(m_menu->mapToGlobal(QPoint(0, m_menu->height()))); });
    connect(m_presence, &QAbstractButton::clicked, this, [this] {
        if (hasModel()) {
            act(model(), this->field(), RowAct::Kind::SetEmpty);
            Q_EMIT edited();
        }
    });
}

bool HeaderRow::fits(const FormModel &, const FormRow &row) const
{
    return row.part == RowPart::Header;
}

QString HeaderRow::contentWords(const FormField &field) const
{
    if (field.presence == Presence::Null) {
        return tr("null: explicitly nothing");
    }
    const JsonValue *value = model().valueOf(field.id);
    if (!value) {
        return field.required ? tr("missing") : tr("not set");
    }
    if (value->isArray()) {
        const auto count = static_cast<int>(value->items().size());
        return count == 0 ? tr("no items") : counted(tr("%n item(s)", nullptr, count), count);
    }
    const auto count = static_cast<int>(value->members().size());
    return count == 0                     ? tr("empty")
           : field.kind == FieldKind::Map ? counted(tr("%n member(s)", nullptr, count), count)
                                          : QString();
}

void HeaderRow::showRow(const FormField &field)
{
    setObjectName(u"header"_s + QString::fromStdString(field.pointer));
    const bool foldable = field.expandable;
    m_fold->setVisible(foldable);
    m_fold->setDrawing(field.expanded ? IconButton::Drawing::Unfolded : IconButton::Drawing::Folded);
    std::vector<PieceLabel::Piece> title = titlePieces(model(), field, field.notSent ? Look::Dim : Look::Strong);
    if (const QString words = contentWords(field); !words.isEmpty()) {
        title.push_back(PieceLabel::ours(u"   "_s + words));
    }
    m_title->setPieces(std::move(title));
    m_notes->setPieces(notePieces(model(), field));
    const bool tableSaysIt = field.kind == FieldKind::Table && field.expanded;
    const QString problem = problemsShown() && !tableSaysIt ? problemText(model(), field.id) : QString();
    m_problem->setPieces({PieceLabel::ours(problem, Look::Bad)});
    m_problem->setVisible(!problem.isEmpty());
    showLinks(field);

    const QString name = spokenName(model(), field);
    const QString description = spokenDescription(model(), field, problemsShown());
    if (field.variants.empty()) {
        if (m_variants) {
            m_variants->hide();
        }
    } else {
        if (!m_variants) {
            m_variants = new VariantSwitch(this);
            m_variants->setObjectName(u"variantSwitch"_s);
            connect(m_variants, &VariantSwitch::chosen, this, [this](int variant) {
                if (hasModel()) {
                    model().chooseVariant(this->field(), variant);
                    Q_EMIT edited();
                }
            });
        }
        m_variants->present(field);
        m_variants->setWords(name, description);
        m_variants->show();
    }
    setAccessibleName(name);
    m_fold->setAccessibleName((field.expanded ? tr("Fold %1") : tr("Unfold %1")).arg(name));
    m_fold->setAccessibleDescription(description);
    m_menu->setAccessibleName(tr("More about %1").arg(name));
}

void HeaderRow::showLinks(const FormField &field)
{
    const bool empties = field.presence != Presence::Value && !field.readOnly;
    m_presence->setVisible(empties);
    if (empties) {
        const bool list = field.kind != FieldKind::Group && field.kind != FieldKind::Map;
        const QString label = field.presence == Presence::Null ? tr("give a value")
                              : list                           ? tr("send an empty list")
                                                               : tr("send it empty");
        m_presence->setText(label);
        m_presence->setAccessibleName(label);
    }
}

void HeaderRow::fold()
{
    if (!hasModel()) {
        return;
    }
    if (const FormField *now = model().field(field())) {
        model().setExpanded(now->id, !now->expanded);
        Q_EMIT edited();
    }
}

QWidget *HeaderRow::focusTarget()
{
    const std::vector<QWidget *> stops = tabStops();
    return stops.empty() ? nullptr : stops.front();
}

std::vector<QWidget *> HeaderRow::tabStops()
{
    std::vector<QWidget *> stops;
    if (const NameEntry *rename = renaming()) {
        stops.push_back(rename->field());
    }
    if (!m_fold->isHidden()) {
        stops.push_back(m_fold);
    }
    if (m_variants && !m_variants->isHidden()) {
        stops.push_back(m_variants->tabStop());
    }
    return stops;
}

QString HeaderRow::shownProblem() const
{
    return m_problem->isHidden() ? QString() : m_problem->text();
}

int HeaderRow::layOut(int width, bool apply)
{
    const int gap = grid(1);
    const int markWidth = m_fold->sizeHint().width();
    const int left = sidePadding() + indentOf(depth());
    const int right = width - rightPadding();
    const int textLeft = left + (m_fold->isHidden() ? 0 : markWidth + gap);
    const auto place = [apply](QWidget *widget, int x, int y, int w, int h) {
        if (apply) {
            widget->setGeometry(x, y, w, h);
        }
    };
    int y = grid(2);
    const int line = std::max(grid(6), m_title->lineHeight());
    int titleRight = right - markWidth - gap;
    if (!m_presence->isHidden()) {
        titleRight -= m_presence->sizeHint().width() + grid(2);
    }
    const int titleWidth = std::max(titleRight - textLeft, grid(15));
    NameEntry *const rename = renaming();
    const int titleHeight = rename ? rename->heightForWidth(titleWidth) : m_title->heightForWidth(titleWidth);
    const int titleTop = y + std::max((line - (rename ? titleHeight : m_title->lineHeight())) / 2, 0);
    if (apply) {
        m_title->setVisible(!rename);
    }
    const int used = rename ? titleWidth : m_title->widthWithin(titleWidth);
    place(m_fold, left, y + (line - markWidth) / 2, markWidth, markWidth);
    place(rename ? static_cast<QWidget *>(rename) : m_title, textLeft, titleTop, used, titleHeight);
    const QSize link = m_presence->sizeHint();
    place(m_presence, textLeft + used + grid(2), y + (line - link.height()) / 2, link.width(), link.height());
    place(m_menu, right - markWidth, y + (line - markWidth) / 2, markWidth, markWidth);
    y = std::max(y + line, titleTop + titleHeight);
    const int room = right - textLeft;
    if (!m_notes->isEmpty()) {
        const int height = m_notes->heightForWidth(room);
        place(m_notes, textLeft, y, room, height);
        y += height;
    }
    if (m_variants && !m_variants->isHidden()) {
        y += gap;
        const int height = m_variants->heightForWidth(room);
        place(m_variants, textLeft, y, room, height);
        y += height;
    }
    if (!m_problem->isHidden()) {
        y += gap;
        const int height = m_problem->heightForWidth(room);
        place(m_problem, textLeft, y, room, height);
        y += height;
    }
    return y + gap;
}

void HeaderRow::enterEvent(QEnterEvent *event)
{
    RowWidget::enterEvent(event);
    m_menu->setRevealed(true);
}

void HeaderRow::leaveEvent(QEvent *event)
{
    RowWidget::leaveEvent(event);
    m_menu->setRevealed(false);
}

void HeaderRow::mousePressEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton && !m_fold->isHidden() && event->position().y() < grid(2) + grid(6)) {
        fold();
        event->accept();
        return;
    }
    RowWidget::mousePressEvent(event);
}

} // namespace countersign::ui
