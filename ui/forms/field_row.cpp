// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/field_row.h"

#include "ui/detail/text_link.h"
#include "ui/forms/field_editor.h"
#include "ui/forms/icon_button.h"
#include "ui/forms/name_entry.h"
#include "ui/forms/row_words.h"
#include "ui/forms/table_editor.h"
#include "ui/forms/variant_switch.h"
#include "ui/style/theme.h"

#include <QtCore/QEvent>
#include <QtWidgets/QApplication>
#include <QtWidgets/QLineEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;
using Look = PieceLabel::Look;

namespace {

int heightOf(const QWidget *widget, int width)
{
    return widget->hasHeightForWidth() ? widget->heightForWidth(width) : widget->sizeHint().height();
}

bool isTextual(FieldKind kind)
{
    return kind == FieldKind::Text || kind == FieldKind::LongText;
}

/// The emptiest value of a kind, for what cannot be absent.
std::optional<JsonValue> emptyValue(const FormField &field)
{
    switch (field.kind) {
    case FieldKind::Text:
    case FieldKind::LongText:
    case FieldKind::Secret:
        return JsonValue::fromString({});
    case FieldKind::Switch:
        return JsonValue::fromBool(false);
    case FieldKind::MultiChoice:
    case FieldKind::Table:
    case FieldKind::List:
        return JsonValue::array();
    default:
        return std::nullopt;
    }
}

} // namespace

FieldRow::FieldRow(QWidget *parent)
    : RowWidget(parent)
    , m_title(new PieceLabel(TextSize::Body, this))
    , m_notes(new PieceLabel(TextSize::Small, this))
    , m_menu(new IconButton(IconButton::Drawing::More, tr("More about this field"), this))
{
    m_title->setObjectName(u"title"_s);
    m_notes->setObjectName(u"notes"_s);
    m_menu->setObjectName(u"more"_s);
    m_menu->setShy(true);
    m_menu->setFocusPolicy(Qt::NoFocus); // The keyboard has the context menu key, and a key for every act.
    connect(m_menu, &QAbstractButton::clicked, this,
            [this] { Q_EMIT menuWanted(m_menu->mapToGlobal(QPoint(0, m_menu->height()))); });
}

bool FieldRow::fits(const FormModel &model, const FormRow &row) const
{
    const FormField *field = model.field(row.field);
    if (row.part != RowPart::Field || !field) {
        return false;
    }
    return !m_editor || (neededKind(*field) == m_kind && m_editor->fits(*field));
}

FieldKind FieldRow::neededKind(const FormField &field) const
{
    const JsonValue *value = hasModel() ? model().valueOf(field.id) : nullptr;
    const bool shownByRow = field.presence == Presence::Null && field.kind != FieldKind::Choice;
    const FieldKind kind = shownAs(field, shownByRow ? nullptr : value);
    // A text does not change its widget under the hand because it grew long.
    return field.id == this->field() && isTextual(kind) && isTextual(m_kind) && m_editor ? m_kind : kind;
}

void FieldRow::makeEditor(FieldKind kind, const FormField &field)
{
    if (m_editor) {
        m_editor->hide();
        m_editor->disconnect(this);
        m_editor->deleteLater(); // It may be the one that is speaking.
    }
    m_kind = kind;
    m_editor = makeFieldEditor(kind, field, this);
    if (!m_editor) {
        m_kind = FieldKind::RawJson;
        m_editor = makeFieldEditor(FieldKind::RawJson, field, this);
    }
    m_editor->setObjectName(u"editor"_s);
    if (auto *table = qobject_cast<TableEditor *>(m_editor)) {
        connect(table, &TableEditor::formEdited, this, &RowWidget::edited);
    }
    connect(m_editor, &FieldEditor::valueEdited, this, [this](const JsonValue &value) {
        if (hasModel()) {
            model().setValue(this->field(), value);
            Q_EMIT edited();
        }
    });
    connect(m_editor, &FieldEditor::unfinishedEdited, this, [this](const QString &typed, const QString &why) {
        if (hasModel()) {
            model().setUnfinished(this->field(), typed, why);
            Q_EMIT edited();
        }
    });
    connect(m_editor, &FieldEditor::absentWanted, this, [this] {
        if (hasModel()) {
            model().setAbsent(this->field());
            Q_EMIT edited();
        }
    });
    connect(m_editor, &FieldEditor::nullWanted, this, &FieldRow::setNull);
    connect(m_editor, &FieldEditor::heightChanged, this, &RowWidget::heightChanged);
    m_editor->show();
}

void FieldRow::showRow(const FormField &field)
{
    setObjectName(u"row"_s + QString::fromStdString(field.pointer));
    m_title->setPieces(titlePieces(model(), field, field.notSent ? Look::Dim : Look::Plain));
    const FieldKind kind = neededKind(field);
    const bool hadFocus = m_editor && m_editor->isAncestorOf(QApplication::focusWidget());
    const bool another = !m_editor || kind != m_kind || !m_editor->fits(field);
    if (another) {
        makeEditor(kind, field);
    }
    const bool chosen = field.variants.empty() || field.variant >= 0;
    m_isNull = field.presence == Presence::Null && field.kind != FieldKind::Choice && field.kind != FieldKind::Null &&
               field.kind != FieldKind::RawJson && field.kind != FieldKind::Constant;
    m_editor->setVisible(chosen && !m_isNull);
    if (auto *table = qobject_cast<TableEditor *>(m_editor)) {
        table->setForm(&model());
    }
    if (chosen && !m_isNull) {
        m_editor->present(field, model().valueOf(field.id), model().unfinished(field.id));
    }
    showVariants(field);
    showNull(field);
    showNotes(field);
    showWords(field);
    // What was typed made it another field, or null: the hands stay on it.
    if (QWidget *target = hadFocus && (another || m_editor->isHidden()) ? focusTarget() : nullptr) {
        target->setFocus(Qt::OtherFocusReason);
    }
}

void FieldRow::showVariants(const FormField &field)
{
    if (field.variants.empty()) {
        if (m_variants) {
            m_variants->hide();
        }
        return;
    }
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
    m_variants->show();
}

void FieldRow::showNull(const FormField &)
{
    if (!m_isNull) {
        if (m_null) {
            m_null->hide();
            m_fromNull->hide();
        }
        return;
    }
    if (!m_null) {
        auto *words = new PieceLabel(TextSize::Body, this);
        words->setPieces({PieceLabel::ours(tr("null: explicitly nothing"))});
        words->setObjectName(u"null"_s);
        m_null = words;
        m_fromNull = new TextLink(tr("give a value"), this);
        m_fromNull->setObjectName(u"fromNull"_s);
        connect(m_fromNull, &QAbstractButton::clicked, this, &FieldRow::leaveNull);
    }
    m_null->show();
    m_fromNull->show();
}

void FieldRow::leaveNull()
{
    if (!hasModel()) {
        return;
    }
    const FieldId id = field();
    model().setAbsent(id);
    if (const FormField *now = model().field(id); now && now->presence == Presence::Null) {
        if (const std::optional<JsonValue> empty = emptyValue(*now)) {
            model().setValue(id, *empty);
        }
    }
    Q_EMIT edited();
    Q_EMIT focusWanted(id);
}

TextLink *FieldRow::link(TextLink *&slot, const QString &label, const QString &name, void (FieldRow::*act)())
{
    if (!slot) {
        slot = new TextLink(label, this);
        slot->setObjectName(name);
        slot->setFocusPolicy(Qt::ClickFocus); // Tab goes from editor to editor; the context menu has these too.
        connect(slot, &QAbstractButton::clicked, this, act);
    }
    return slot;
}

void FieldRow::reset()
{
    if (hasModel()) {
        model().resetToDefault(field());
        Q_EMIT edited();
    }
}

void FieldRow::revert()
{
    if (hasModel()) {
        model().resetToOriginal(field());
        Q_EMIT edited();
    }
}

void FieldRow::setNull()
{
    if (hasModel()) {
        model().setNull(field());
        Q_EMIT edited();
    }
}

void FieldRow::showNotes(const FormField &field)
{
    if (m_kind == FieldKind::Table) {
        m_notes->setPieces({}); // The header above says it all.
        return;
    }
    m_notes->setPieces(notePieces(model(), field));
    const auto offer = [this](TextLink *&slot, bool wanted, const QString &label, const QString &name,
                              void (FieldRow::*act)()) {
        if (wanted) {
            link(slot, label, name, act)->show();
        } else if (slot) {
            slot->hide();
        }
    };
    const bool absent = field.presence == Presence::Absent;
    offer(m_reset, canReset(model(), field) && !absent, tr("reset"), u"reset"_s, &FieldRow::reset);
    offer(m_revert, canRevert(model(), field), tr("revert"), u"revert"_s, &FieldRow::revert);
    const bool takesNull = (field.nullable && field.kind != FieldKind::Choice && field.kind != FieldKind::RawJson) ||
                           field.kind == FieldKind::Null;
    offer(m_toNull, takesNull && field.presence != Presence::Null && !field.readOnly, tr("set to null"), u"toNull"_s,
          &FieldRow::setNull);
}

void FieldRow::showWords(const FormField &field)
{
    const auto say = [this](PieceLabel *&slot, const QString &text, Look look, const QString &name) {
        if (!slot) {
            if (text.isEmpty()) {
                return;
            }
            slot = new PieceLabel(TextSize::Small, this);
            slot->setObjectName(name);
        }
        slot->setPieces({PieceLabel::ours(text, look)});
        slot->setVisible(!text.isEmpty());
    };
    const QString problem = !problemsShown()             ? QString()
                            : m_kind == FieldKind::Table ? tableProblemText(model(), field)
                                                         : problemText(model(), field.id);
    say(m_problem, problem, Look::Bad, u"problem"_s);
    say(m_warning, secretWarning(field), Look::Warn, u"warning"_s);
    m_editor->setWrong(!problem.isEmpty());
    const QString name = spokenName(model(), field);
    const QString description = spokenDescription(model(), field, problemsShown());
    m_editor->setWords(name, description);
    setAccessibleName(name);
    if (m_variants) {
        m_variants->setWords(name, description);
    }
    if (m_fromNull) {
        m_fromNull->setAccessibleName(tr("%1: null. Give a value").arg(name));
        m_fromNull->setAccessibleDescription(description);
    }
    m_menu->setAccessibleName(tr("More about %1").arg(name));
}

QString FieldRow::shownProblem() const
{
    return m_problem && !m_problem->isHidden() ? m_problem->text() : QString();
}

QWidget *FieldRow::focusTarget()
{
    if (const NameEntry *rename = renaming()) {
        return rename->field();
    }
    if (m_isNull) {
        return m_fromNull;
    }
    if (m_editor && !m_editor->isHidden()) {
        return m_editor->focusTarget();
    }
    return m_variants && !m_variants->isHidden() ? m_variants->tabStop() : nullptr;
}

std::vector<QWidget *> FieldRow::tabStops()
{
    std::vector<QWidget *> stops;
    if (const NameEntry *rename = renaming()) {
        stops.push_back(rename->field());
    }
    if (m_variants && !m_variants->isHidden()) {
        stops.push_back(m_variants->tabStop());
    }
    if (m_isNull) {
        stops.push_back(m_fromNull);
    } else if (m_editor && !m_editor->isHidden()) {
        const std::vector<QWidget *> parts = m_editor->tabStops();
        stops.insert(stops.end(), parts.begin(), parts.end());
    }
    return stops;
}

void FieldRow::finish()
{
    if (m_editor && !m_editor->isHidden() && hasModel()) {
        m_editor->finish();
    }
}

int FieldRow::layOut(int width, bool apply)
{
    const bool stacked = isStacked(width);
    const int left = sidePadding() + indentOf(depth());
    const int right = width - rightPadding();
    const int column = std::clamp(width * 24 / 100, grid(32), grid(52));
    const int labelWidth = stacked ? right - left : std::max(column - indentOf(depth()), grid(22));
    const bool isTable = m_kind == FieldKind::Table;
    const int editorLeft = stacked || isTable ? left : left + labelWidth + grid(3);
    const int editorWidth = std::max(right - editorLeft, grid(20));
    const int line = grid(7);
    const int gap = grid(1);
    const auto place = [apply](QWidget *widget, int x, int y, int w, int h) {
        if (apply) {
            widget->setGeometry(x, y, w, h);
        }
    };

    int y = grid(1) + 2;
    const int menuWidth = m_menu->sizeHint().width();
    const int titleWidth = std::max(labelWidth - menuWidth - gap, grid(10));
    NameEntry *const rename = renaming();
    const int titleTop = stacked ? y : y + std::max((line - m_title->lineHeight()) / 2, 0);
    const int titleHeight = rename ? rename->heightForWidth(titleWidth) : m_title->heightForWidth(titleWidth);
    if (apply) {
        m_title->setVisible(!rename && !isTable);
        m_menu->setVisible(!isTable);
    }
    place(rename ? static_cast<QWidget *>(rename) : m_title, left, rename && !stacked ? y : titleTop, titleWidth,
          titleHeight);
    place(m_menu, left + labelWidth - menuWidth, titleTop + (m_title->lineHeight() - menuWidth) / 2, menuWidth,
          menuWidth);
    const int labelBottom = isTable ? y : titleTop + titleHeight;
    if (stacked && !isTable) {
        y = labelBottom + gap;
    }
    bool first = true;
    const auto below = [&](QWidget *widget, int height) {
        y += first ? 0 : gap;
        first = false;
        place(widget, editorLeft, y, editorWidth, height);
        y += height;
    };
    if (m_variants && !m_variants->isHidden()) {
        below(m_variants, m_variants->heightForWidth(editorWidth));
    }
    if (m_isNull) {
        const int height = std::max(line, m_null->sizeHint().height());
        const int words = m_null->sizeHint().width();
        const int top = y + (first ? 0 : gap);
        place(m_null, editorLeft, top + (height - m_null->sizeHint().height()) / 2, words, m_null->sizeHint().height());
        const QSize button = m_fromNull->sizeHint();
        place(m_fromNull, editorLeft + words + grid(2), top + (height - button.height()) / 2, button.width(),
              button.height());
        y = top + height;
        first = false;
    } else if (m_editor && !m_editor->isHidden()) {
        below(m_editor, std::max(heightOf(m_editor, editorWidth), 1));
    }
    for (PieceLabel *words : {m_problem, m_warning}) {
        if (words && !words->isHidden()) {
            below(words, words->heightForWidth(editorWidth));
        }
    }
    // The links stand behind the last words, or below when there is no room.
    int linksWidth = 0;
    for (const TextLink *one : {m_reset, m_revert, m_toNull}) {
        linksWidth += one && !one->isHidden() ? one->sizeHint().width() + grid(2) : 0;
    }
    if (!m_notes->isEmpty() || linksWidth > 0) {
        y += first ? 0 : gap;
        const int room = editorWidth - linksWidth;
        const bool beside =
            linksWidth > 0 && room > grid(15) && m_notes->heightForWidth(room) <= m_notes->lineHeight() + 2;
        const int notesWidth = beside ? room : editorWidth;
        const int notesHeight = m_notes->heightForWidth(notesWidth);
        place(m_notes, editorLeft, y, notesWidth, notesHeight);
        int x = editorLeft;
        int linkTop = y;
        if (beside) {
            x += m_notes->isEmpty() ? 0 : m_notes->widthWithin(room) + grid(2);
        } else {
            linkTop += m_notes->isEmpty() ? 0 : notesHeight;
        }
        int bottom = y + notesHeight;
        for (TextLink *one : {m_reset, m_revert, m_toNull}) {
            if (one && !one->isHidden()) {
                const QSize size = one->sizeHint();
                place(one, x, linkTop - 1, size.width(), size.height());
                x += size.width() + grid(2);
                bottom = std::max(bottom, linkTop - 1 + size.height());
            }
        }
        y = bottom;
    }
    return std::max(y, labelBottom) + grid(1) + 2;
}

void FieldRow::enterEvent(QEnterEvent *event)
{
    RowWidget::enterEvent(event);
    m_menu->setRevealed(true);
}

void FieldRow::leaveEvent(QEvent *event)
{
    RowWidget::leaveEvent(event);
    m_menu->setRevealed(false);
}

} // namespace countersign::ui
