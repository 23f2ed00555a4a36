// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/date_time_editors.h"

#include "core/base/visible_text.h"
#include "ui/forms/date_time_text.h"
#include "ui/forms/editor_examples.h"
#include "ui/forms/editor_line.h"
#include "ui/forms/editor_note.h"
#include "ui/style/icons.h"
#include "ui/style/labels.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QTextCharFormat>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QCalendarWidget>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMenu>
#include <QtWidgets/QToolButton>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int dateLength = 10;

QToolButton *makeTool(const QString &icon, const QString &name, QWidget *parent)
{
    auto *button = new QToolButton(parent);
    button->setIcon(themedIcon(icon, IconColour::Dim));
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::StrongFocus);
    button->setAccessibleName(name);
    setPlainToolTip(button, name);
    return button;
}

/// The calendar in a window of its own that closes by itself. Enter takes the day, Escape does not.
class CalendarPopup final : public QFrame
{
public:
    CalendarPopup(const QDate &selected, QWidget *parent)
        : QFrame(parent, Qt::Popup)
        , m_calendar(new QCalendarWidget(this))
    {
        setAttribute(Qt::WA_DeleteOnClose);
        setObjectName(u"calendarPopup"_s);
        setFrameShape(QFrame::StyledPanel);
        m_calendar->setObjectName(u"calendar"_s);
        m_calendar->setGridVisible(false);
        m_calendar->setVerticalHeaderFormat(QCalendarWidget::ISOWeekNumbers);
        m_calendar->setFirstDayOfWeek(QLocale().firstDayOfWeek());
        QTextCharFormat weekday;
        weekday.setForeground(colours().text);
        m_calendar->setWeekdayTextFormat(Qt::Saturday, weekday);
        m_calendar->setWeekdayTextFormat(Qt::Sunday, weekday);
        QTextCharFormat header;
        header.setForeground(colours().dim);
        header.setBackground(colours().panel);
        m_calendar->setHeaderTextFormat(header);
        m_calendar->setSelectedDate(selected);
        quietBar();
        auto *layout = new QVBoxLayout(this);
        layout->setContentsMargins(grid(1), grid(1), grid(1), grid(1));
        layout->addWidget(m_calendar);
        setFocusProxy(m_calendar);
    }

    QCalendarWidget *calendar() { return m_calendar; }

private:
    /// Qt's bar of month and year is a coloured stripe with coloured arrows.
    void quietBar()
    {
        if (auto *bar = m_calendar->findChild<QWidget *>(u"qt_calendar_navigationbar"_s)) {
            bar->setBackgroundRole(QPalette::Base);
            // Its buttons write in the colour for what is selected, each time they are painted.
            QPalette look = bar->palette();
            look.setColor(QPalette::Highlight, colours().selection);
            look.setColor(QPalette::HighlightedText, colours().text);
            bar->setPalette(look);
        }
        const auto arrow = [this](const QString &name, Qt::ArrowType direction, const QString &words) {
            if (auto *button = m_calendar->findChild<QToolButton *>(name)) {
                button->setIcon({});
                button->setArrowType(direction);
                button->setAccessibleName(words);
            }
        };
        arrow(u"qt_calendar_prevmonth"_s, Qt::LeftArrow, DateTimeEditor::tr("Month before"));
        arrow(u"qt_calendar_nextmonth"_s, Qt::RightArrow, DateTimeEditor::tr("Month after"));
    }

    QCalendarWidget *m_calendar;
};

} // namespace

IsoEditor::IsoEditor(FieldKind kind, QWidget *parent)
    : FieldEditor(parent)
    , m_kind(kind)
    , m_line(new EditorLine(kind == FieldKind::DateTime ? 64 : 44, this))
    , m_note(new EditorNote(this))
    , m_examples(new EditorExamples(m_line))
{
    setObjectName(u"dateTimeEditor"_s);
    m_line->setObjectName(u"isoText"_s);
    m_line->setInputMethodHints(Qt::ImhNoPredictiveText | Qt::ImhNoAutoUppercase);
    m_line->installEventFilter(this);
    m_note->setObjectName(u"dateTimeNote"_s);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(grid(1));
    row->addWidget(m_line);
    if (kind == FieldKind::Date || kind == FieldKind::DateTime) {
        m_calendar = makeTool(u"calendar"_s, tr("Open the calendar (Alt+Down)"), this);
        m_calendar->setObjectName(u"openCalendar"_s);
        row->addWidget(m_calendar);
        connect(m_calendar, &QToolButton::clicked, this, &IsoEditor::openCalendar);
    }
    if (kind == FieldKind::Time || kind == FieldKind::DateTime) {
        m_offsets = makeTool(u"clock"_s, tr("Choose the offset from UTC (Ctrl+Shift+O)"), this);
        m_offsets->setObjectName(u"openOffsets"_s);
        m_offsetMenu = new QMenu(this);
        m_offsetMenu->setObjectName(u"offsets"_s);
        row->addWidget(m_offsets);
        connect(m_offsets, &QToolButton::clicked, this, &IsoEditor::openOffsets);
    }
    row->addSpacing(grid(1));
    row->addWidget(m_note, 1);
    setFocusProxy(m_line);
    connect(m_line, &QLineEdit::textEdited, this, &IsoEditor::take);
    connect(m_examples, &EditorExamples::chosen, this, &IsoEditor::take);
}

bool IsoEditor::fits(const FormField &field) const
{
    return field.kind == m_kind;
}

void IsoEditor::present(const FormField &field, const JsonValue *value, const QString &unfinished)
{
    const bool same = field.id == m_field;
    m_field = field.id;
    m_line->setReadOnly(field.readOnly);
    for (QToolButton *button : {m_calendar, m_offsets}) {
        if (button) {
            button->setEnabled(!field.readOnly);
        }
    }
    m_examples->offer(field);
    const QString text = value && value->isString() ? value->toString(u""_s) : QString();
    if (same && unfinished == m_unfinished &&
        (!unfinished.isEmpty() || (text == m_value && text.isNull() == m_value.isNull()))) {
        return;
    }
    m_value = unfinished.isEmpty() ? text : QString();
    m_unfinished = unfinished;
    const QString shown = displayText(unfinished.isEmpty() ? text : unfinished).text;
    if (m_line->text() != shown) {
        m_line->setText(shown);
        m_line->setCursorPosition(0);
    }
    showNote();
}

QWidget *IsoEditor::focusTarget()
{
    return m_line;
}

std::vector<QWidget *> IsoEditor::tabStops()
{
    std::vector<QWidget *> stops{m_line};
    for (QToolButton *button : {m_calendar, m_offsets}) {
        if (button) {
            stops.push_back(button);
        }
    }
    return stops;
}

void IsoEditor::take(const QString &typed)
{
    const QString text = originalText(typed);
    if (text.isEmpty()) {
        m_value = QString();
        m_unfinished.clear();
        showNote();
        Q_EMIT absentWanted();
        return;
    }
    const QString why = dateTimeProblem(m_kind, text);
    m_value = why.isEmpty() ? text : QString();
    m_unfinished = why.isEmpty() ? QString() : text;
    showNote();
    if (why.isEmpty()) {
        Q_EMIT valueEdited(JsonValue::fromString(text));
    } else {
        Q_EMIT unfinishedEdited(text, why);
    }
}

void IsoEditor::replaceText(const QString &text, int caret)
{
    m_line->setText(text);
    m_line->setCursorPosition(caret);
    take(text);
}

void IsoEditor::openCalendar()
{
    const QDate date = QDate::fromString(m_line->text().left(dateLength), Qt::ISODate);
    auto *popup = new CalendarPopup(date.isValid() ? date : QDate::currentDate(), this);
    connect(popup->calendar(), &QCalendarWidget::activated, this, [this, popup](const QDate &picked) {
        popup->close();
        pickDate(picked);
    });
    connect(popup->calendar(), &QCalendarWidget::clicked, this, [this, popup](const QDate &picked) {
        popup->close();
        pickDate(picked);
    });
    popup->adjustSize();
    popup->move(m_line->mapToGlobal(QPoint(0, m_line->height())));
    popup->show();
    popup->calendar()->setFocus(Qt::PopupFocusReason);
}

void IsoEditor::pickDate(const QDate &date)
{
    const QString picked = date.toString(u"yyyy-MM-dd"_s);
    const QString text = m_line->text();
    QString result = picked;
    if (m_kind == FieldKind::DateTime) {
        const bool hasTime = text.size() > dateLength && text.at(dateLength).toUpper() == u'T';
        result +=
            hasTime ? text.mid(dateLength) : u"T00:00:00"_s + offsetHere(QDateTime(date, QTime(0, 0), Qt::LocalTime));
    }
    m_line->setFocus(Qt::OtherFocusReason);
    if (result != text) {
        replaceText(result, 8);
    }
}

void IsoEditor::openOffsets()
{
    const QString text = m_line->text();
    const std::optional<QDateTime> when = m_kind == FieldKind::DateTime ? momentOf(text) : std::nullopt;
    const QString here = offsetHere(when.value_or(QDateTime::currentDateTime()));
    const QString now = offsetOf(text);
    m_offsetMenu->clear();
    const auto offer = [this](const QString &offset, const QString &words) {
        QAction *action = m_offsetMenu->addAction(words);
        action->setObjectName(u"offset"_s + offset);
        connect(action, &QAction::triggered, this, [this, offset] {
            const QString before = m_line->text();
            const QString after = withOffset(before, offset);
            if (!before.isEmpty() && after != before) {
                replaceText(after, static_cast<int>(after.size()));
            }
        });
    };
    offer(u"Z"_s, tr("Z: this time in UTC"));
    offer(here, tr("%1: this time here").arg(here));
    if (!now.isEmpty() && now != u"Z"_s && now != here) {
        offer(now, tr("%1: as it is").arg(now));
    }
    m_offsetMenu->popup(m_line->mapToGlobal(QPoint(0, m_line->height())));
}

void IsoEditor::showNote()
{
    m_note->setText(dateTimeWords(m_kind, m_value, QLocale()));
}

bool IsoEditor::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_line && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const int code = key->key();
        const Qt::KeyboardModifiers held = key->modifiers() & ~Qt::KeypadModifier;
        if (m_calendar && m_calendar->isEnabled() && code == Qt::Key_Down && held == Qt::AltModifier) {
            openCalendar();
            return true;
        }
        if (m_offsets && m_offsets->isEnabled() && code == Qt::Key_O &&
            held == (Qt::ControlModifier | Qt::ShiftModifier)) {
            openOffsets();
            return true;
        }
        if (held == Qt::NoModifier && (code == Qt::Key_Up || code == Qt::Key_Down) && !m_line->isReadOnly()) {
            const int steps = code == Qt::Key_Up ? 1 : -1;
            if (const auto stepped = steppedDateTime(m_kind, m_line->text(), m_line->cursorPosition(), steps)) {
                replaceText(stepped->text, stepped->from);
                m_line->setSelection(stepped->from + stepped->length, -stepped->length);
            }
            return true;
        }
    }
    return FieldEditor::eventFilter(watched, event);
}

} // namespace countersign::ui
