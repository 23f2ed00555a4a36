// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/multi_choice_editor.h"

#include "core/base/canonical_json.h"
#include "core/base/visible_text.h"
#include "ui/detail/flow_layout.h"
#include "ui/forms/choice_delegate.h"
#include "ui/forms/choice_editors.h"
#include "ui/forms/choice_model.h"
#include "ui/forms/editor_note.h"
#include "ui/style/labels.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QListView>

#include <algorithm>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int rowsShown = 8;

bool holds(const JsonValue &list, const JsonValue &item)
{
    return std::find(list.items().begin(), list.items().end(), item) != list.items().end();
}

} // namespace

MultiChoiceEditor::MultiChoiceEditor(QWidget *parent)
    : FieldEditor(parent)
    , m_count(new EditorNote(this))
{
    setObjectName(u"multiChoiceEditor"_s);
    m_count->setObjectName(u"multiChoiceCount"_s);
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, grid(1), 0, 0);
    rows->setSpacing(grid(1));
    rows->addWidget(m_count);
}

bool MultiChoiceEditor::fits(const FormField &field) const
{
    return field.kind == FieldKind::MultiChoice;
}

void MultiChoiceEditor::present(const FormField &field, const JsonValue *value, const QString &)
{
    m_presenting = true;
    m_present = value != nullptr;
    m_value = value && value->isArray() ? *value : JsonValue::array();
    m_bounds = field.bounds;
    m_readOnly = field.readOnly;
    if (takeEntries(field)) {
        rebuild();
    }
    m_page->setEnabled(!m_readOnly);
    showChecks();
    showCount();
    m_presenting = false;
}

int MultiChoiceEditor::entryOf(const JsonValue &item) const
{
    return m_entryOf.value(canonicalJson(item), -1);
}

/// The entries stay while they are enough: one that was unticked can be ticked again.
bool MultiChoiceEditor::takeEntries(const FormField &field)
{
    const bool keeps = m_page && field.id == m_field && &field.options.list() == &m_options.list();
    m_field = field.id;
    m_options = field.options;
    if (!keeps) {
        m_entries = m_options.list();
        m_entryOf.clear();
        for (size_t i = m_entries.size(); i-- > 0;) {
            m_entryOf.insert(canonicalJson(m_entries[i].value), static_cast<int>(i));
        }
    }
    const size_t before = m_entries.size();
    for (const JsonValue &item : m_value.items()) {
        if (const QByteArray key = canonicalJson(item); !m_entryOf.contains(key)) {
            m_entryOf.insert(key, static_cast<int>(m_entries.size()));
            m_entries.push_back({item, tr("%1 · not one of the options").arg(optionValueText(item)), {}});
        }
    }
    return !keeps || m_entries.size() != before;
}

void MultiChoiceEditor::rebuild()
{
    if (m_page) {
        m_page->hide();
        m_page->deleteLater(); // One of its boxes may be the one that was just pressed.
    }
    m_page = new QWidget(this);
    m_boxes.clear();
    m_filter = nullptr;
    m_view = nullptr;
    m_model = nullptr;
    if (m_entries.size() <= mostComboItems) {
        makeBoxes();
    } else {
        makeList();
    }
    static_cast<QVBoxLayout *>(layout())->insertWidget(0, m_page);
    m_page->show();
    setWords(m_name, m_description);
    setWrong(m_wrong);
    updateGeometry();
    Q_EMIT heightChanged();
}

void MultiChoiceEditor::makeBoxes()
{
    auto *flow = new FlowLayout(grid(4), grid(1), m_page);
    const QStringList names = optionNames(m_entries);
    for (size_t i = 0; i < m_entries.size(); ++i) {
        QString name = names[static_cast<qsizetype>(i)];
        auto *box = new QCheckBox(m_page);
        box->setObjectName(u"option%1"_s.arg(i));
        box->setProperty("option", name);
        box->setText(name.replace(u'&', u"&&"_s)); // An ampersand is no mnemonic here.
        setPlainToolTip(box, displayText(m_entries[i].description).text);
        flow->addWidget(box);
        m_boxes.push_back(box);
        connect(box, &QCheckBox::toggled, this, [this, i](bool on) {
            if (!m_presenting) {
                toggle(static_cast<int>(i), on);
            }
        });
    }
}

void MultiChoiceEditor::makeList()
{
    auto *column = new QVBoxLayout(m_page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(grid(1));
    m_filter = new QLineEdit(m_page);
    m_filter->setObjectName(u"multiChoiceFilter"_s);
    m_filter->setPlaceholderText(tr("Type to filter"));
    m_filter->installEventFilter(this);
    m_model = new ChoiceModel(m_page);
    m_model->setOptions(m_entries);
    m_model->setChecks(checks());
    m_view = new QListView(m_page);
    m_view->setObjectName(u"multiChoiceList"_s);
    m_view->setModel(m_model);
    m_view->setItemDelegate(new ChoiceDelegate(m_view));
    m_view->setUniformItemSizes(true);
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setTabKeyNavigation(false);
    m_view->setProperty("takesText", true); // Its letters are no commands of the window.
    auto *guard = new WheelGuard(m_view);
    m_view->viewport()->installEventFilter(guard);
    m_view->setFixedHeight(rowsShown * std::max(m_view->sizeHintForRow(0), grid(7)) + 2 * m_view->frameWidth());
    column->addWidget(m_filter);
    column->addWidget(m_view);
    connect(m_filter, &QLineEdit::textEdited, this, [this](const QString &words) {
        m_model->setFilter(words);
        m_view->setCurrentIndex(m_model->index(0));
        showCount();
    });
    connect(m_model, &ChoiceModel::checkWanted, this, &MultiChoiceEditor::toggle);
}

void MultiChoiceEditor::toggle(int entry, bool on)
{
    if (m_readOnly) {
        return;
    }
    const JsonValue &item = m_entries[static_cast<size_t>(entry)].value;
    JsonValue::Array &items = m_value.items();
    if (!on) {
        items.erase(std::remove(items.begin(), items.end(), item), items.end());
    } else if (!holds(m_value, item)) {
        // In front of the first one that stands behind it among the options: ticking what was unticked changes nothing.
        const auto behind = std::find_if(items.begin(), items.end(),
                                         [this, entry](const JsonValue &present) { return entryOf(present) > entry; });
        items.insert(behind, item);
    }
    m_present = true;
    m_presenting = true;
    showChecks();
    m_presenting = false;
    showCount();
    const JsonValue value = m_value;
    Q_EMIT valueEdited(value);
}

std::vector<bool> MultiChoiceEditor::checks() const
{
    std::vector<bool> checks(m_entries.size());
    for (const JsonValue &item : m_value.items()) {
        if (const int entry = entryOf(item); entry >= 0) {
            checks[static_cast<size_t>(entry)] = true;
        }
    }
    return checks;
}

void MultiChoiceEditor::showChecks()
{
    const std::vector<bool> now = checks();
    for (size_t i = 0; i < m_boxes.size(); ++i) {
        static_cast<QCheckBox *>(m_boxes[i])->setChecked(now[i]);
    }
    if (m_model) {
        m_model->setChecks(now);
    }
}

void MultiChoiceEditor::showCount()
{
    const QLocale locale;
    const auto number = [&locale](qint64 count) { return locale.toString(count); };
    const qint64 least = m_bounds.minItems.value_or(0);
    const std::optional<qint64> most = m_bounds.maxItems;
    QString words = !m_present ? tr("not set")
                               : tr("%1 of %2 chosen")
                                     .arg(number(static_cast<qint64>(m_value.items().size())),
                                          number(static_cast<qint64>(m_entries.size())));
    if (least > 0 && most) {
        words += u" · "_s + (least == *most ? tr("choose %1").arg(number(least))
                                            : tr("choose %1 to %2").arg(number(least), number(*most)));
    } else if (least > 0) {
        words += u" · "_s + tr("choose at least %1").arg(number(least));
    } else if (most) {
        words += u" · "_s + tr("choose at most %1").arg(number(*most));
    }
    if (m_model && m_model->rowCount() != m_model->optionCount()) {
        words += u" · "_s + tr("%1 shown").arg(number(m_model->rowCount()));
    }
    m_count->setText(words);
}

void MultiChoiceEditor::setWrong(bool wrong)
{
    m_wrong = wrong;
    for (QWidget *box : m_boxes) {
        markWrong(box, wrong);
    }
    markWrong(m_view, wrong);
}

void MultiChoiceEditor::setWords(const QString &name, const QString &description)
{
    m_name = name;
    m_description = description;
    for (QWidget *box : m_boxes) {
        const QString option = box->property("option").toString();
        box->setAccessibleName(name.isEmpty() ? option : u"%1: %2"_s.arg(name, option));
        box->setAccessibleDescription(u"%1 %2"_s.arg(box->toolTip(), description).trimmed());
    }
    if (m_view) {
        m_view->setAccessibleName(name);
        m_view->setAccessibleDescription(description);
        m_filter->setAccessibleName(tr("Filter of %1").arg(name));
        m_filter->setAccessibleDescription(description);
    }
}

QWidget *MultiChoiceEditor::focusTarget()
{
    return m_filter ? static_cast<QWidget *>(m_filter) : m_boxes.empty() ? this : m_boxes.front();
}

std::vector<QWidget *> MultiChoiceEditor::tabStops()
{
    return m_filter ? std::vector<QWidget *>{m_filter, m_view} : m_boxes;
}

bool MultiChoiceEditor::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_filter && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        if (key->key() == Qt::Key_Down && key->modifiers() == Qt::NoModifier && m_model->rowCount() > 0) {
            if (!m_view->currentIndex().isValid()) {
                m_view->setCurrentIndex(m_model->index(0));
            }
            m_view->setFocus(Qt::OtherFocusReason);
            return true;
        }
    }
    return FieldEditor::eventFilter(watched, event);
}

} // namespace countersign::ui
