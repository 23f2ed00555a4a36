// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/form_sheet.h"

#include "core/base/visible_text.h"
#include "core/schema/form_model.h"
#include "ui/detail/counted.h"
#include "ui/detail/text_link.h"
#include "ui/forms/find_bar.h"
#include "ui/forms/form_preview.h"
#include "ui/forms/form_view.h"
#include "ui/forms/json_page.h"
#include "ui/forms/piece_label.h"
#include "ui/forms/problem_list.h"
#include "ui/forms/row_widget.h"
#include "ui/style/card.h"
#include "ui/style/labels.h"
#include "ui/style/pill.h"
#include "ui/style/theme.h"

#include <QtCore/QEvent>
#include <QtGui/QAccessible>
#include <QtWidgets/QApplication>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QPlainTextEdit>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

/// The card's inside up to its edge: the rows have their own margins, and the scroll bar stands in them.
QVBoxLayout *wholeInside(Card *card)
{
    auto *rows = static_cast<QVBoxLayout *>(card->layout());
    rows->removeItem(card->body());
    return rows;
}

int wantedHeight(const QWidget *card, int width)
{
    return card->hasHeightForWidth() ? card->heightForWidth(width) : card->sizeHint().height();
}

} // namespace

FormSheet::FormSheet(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(u"formSheet"_s);
    buildFormCard();
    buildPreviewCard();
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget *, QWidget *now) { watch(now); });
    showState();
}

FormSheet::~FormSheet()
{
    disconnect(qApp, nullptr, this, nullptr); // See ~FormView().
}

void FormSheet::buildFormCard()
{
    m_formCard = new Card(tr("Your answer"), Card::Edge::Solid, this);
    m_formCard->setObjectName(u"formCard"_s);
    m_hint = new Pill(tr("Never type passwords or keys into a form"), Tone::Plain, m_formCard);
    m_hint->setObjectName(u"secretsHint"_s);
    m_formCard->addBesideTitle(m_hint);
    m_state = makeDimLabel({}, TextSize::Small, m_formCard);
    m_state->setObjectName(u"formState"_s);
    m_undo = new TextLink(tr("undo"), m_formCard);
    m_redo = new TextLink(tr("redo"), m_formCard);
    m_toggle = new TextLink(tr("as JSON"), m_formCard);
    m_undo->setObjectName(u"formUndo"_s);
    m_redo->setObjectName(u"formRedo"_s);
    m_toggle->setObjectName(u"formToggle"_s);
    m_formCard->addToHeader(m_state);
    m_formCard->addToHeader(m_undo);
    m_formCard->addToHeader(m_redo);
    m_formCard->addToHeader(m_toggle);
    connect(m_undo, &QAbstractButton::clicked, this, &FormSheet::undo);
    connect(m_redo, &QAbstractButton::clicked, this, &FormSheet::redo);
    connect(m_toggle, &QAbstractButton::clicked, this, [this] { showJson(!showsJson()); });

    auto *above = new QWidget(m_formCard); // What the rows do not scroll away.
    auto *rows = new QVBoxLayout(above);
    rows->setContentsMargins(RowWidget::sidePadding(), grid(2), RowWidget::sidePadding(), grid(1));
    rows->setSpacing(grid(1));
    m_notice = new PieceLabel(TextSize::Small, above);
    m_notice->setObjectName(u"formNotice"_s);
    m_problems = new ProblemList(above);
    m_hintLine = new PieceLabel(TextSize::Small, above);
    m_hintLine->setPieces({PieceLabel::ours(m_hint->text())});
    rows->addWidget(m_hintLine);
    rows->addWidget(m_notice);
    rows->addWidget(m_problems);
    m_notice->hide();
    m_problems->hide();
    above->hide();
    m_find = new FindBar(m_formCard);
    m_view = new FormView(m_formCard);
    m_json = new JsonPage(m_formCard);
    m_json->hide();
    QVBoxLayout *body = wholeInside(m_formCard);
    body->addWidget(above);
    body->addWidget(m_find);
    body->addWidget(m_view, 1);
    body->addWidget(m_json, 1);
    connect(m_problems, &ProblemList::jumpWanted, this, [this](int index) {
        if (m_model && index < static_cast<int>(m_model->problems().size())) {
            showJson(false);
            m_view->focusPointer(std::string(m_model->problems()[static_cast<size_t>(index)].pointer));
        }
    });
    connect(m_view, &FormView::edited, this, &FormSheet::takeEdit);
    connect(m_view, &FormView::contentHeightChanged, this, &FormSheet::place, Qt::QueuedConnection);
    connect(m_json, &JsonPage::edited, this, [this] {
        m_view->applyChanges();
        takeEdit();
    });
    connect(m_json, &JsonPage::stateChanged, this, &FormSheet::showState);
    connect(m_find, &FindBar::wordsChanged, this, [this](const QString &words) {
        m_view->setFilter(words);
        m_find->showCount(m_view->matchCount());
    });
    connect(m_find, &FindBar::entered, m_view, &FormView::focusFirst);
    connect(m_find, &FindBar::closed, this, [this] {
        m_view->setFilter({});
        if (m_view->currentField() == noField || !m_view->focusField(m_view->currentField())) {
            m_view->focusFirst();
        }
        QMetaObject::invokeMethod(this, &FormSheet::place, Qt::QueuedConnection);
    });
}

void FormSheet::buildPreviewCard()
{
    m_previewCard = new Card(tr("What will be sent"), Card::Edge::Solid, this);
    m_previewCard->setObjectName(u"previewCard"_s);
    m_preview = new FormPreview(m_previewCard);
    auto *kind = makeDimLabel(tr("live preview · JSON"), TextSize::Small, m_previewCard);
    m_fold = new TextLink(tr("hide"), m_previewCard);
    m_fold->setObjectName(u"previewFold"_s);
    m_previewCard->addToHeader(kind);
    m_previewCard->addToHeader(m_fold);
    wholeInside(m_previewCard)->addWidget(m_preview, 1);
    connect(m_preview, &FormPreview::refreshed, this, &FormSheet::place, Qt::QueuedConnection);
    connect(m_fold, &QAbstractButton::clicked, this, [this] {
        m_previewFolded = !m_previewFolded;
        m_fold->setText(m_previewFolded ? tr("show") : tr("hide"));
        m_fold->setAccessibleName(m_previewFolded ? tr("Show what will be sent") : tr("Hide what will be sent"));
        m_preview->setVisible(!m_previewFolded);
        place();
    });
}

void FormSheet::setModel(FormModel *model)
{
    m_model = model;
    m_attempted = false;
    m_find->hide();
    say({}, false);
    m_json->hide();
    m_view->show();
    m_view->setModel(model);
    m_json->setModel(model);
    m_preview->setModel(model);
    showState();
    sayUnchecked();
    place();
}

void FormSheet::setTitle(const QString &title)
{
    m_formCard->setTitle(title);
}

void FormSheet::refresh()
{
    m_view->applyChanges();
    if (showsJson()) {
        m_json->showValue();
    }
    m_preview->refreshSoon();
    showState();
}

void FormSheet::takeEdit()
{
    if (!m_notice->isHidden()) {
        say({}, false);
    }
    m_preview->refreshSoon();
    showState();
    sayUnchecked();
    Q_EMIT edited();
}

/// Fail closed, and say why: without a verdict nothing can be sent.
void FormSheet::sayUnchecked()
{
    if (m_model && m_model->verdict() == SchemaVerdictKind::CouldNotCheck && m_notice->isHidden()) {
        say(tr("This form could not be checked, so it cannot be sent: %1")
                .arg(displayText(m_model->couldNotCheck()).text),
            true);
    }
}

QString FormSheet::stateWords() const
{
    if (!m_model) {
        return {};
    }
    int missing = 0;
    bool defaults = false;
    for (const FieldProblem &problem : m_model->problems()) {
        missing += problem.keyword == "required" || problem.keyword == "dependentRequired" ? 1 : 0;
    }
    for (const FormRow &row : m_model->rows().first(std::min<size_t>(m_model->rows().size(), 500))) {
        const FormField *field = m_model->field(row.field);
        defaults = defaults || (field && field->isDefault);
    }
    QStringList words;
    words += tr("%1 of %2 filled").arg(QString::number(m_model->filledCount()), QString::number(m_model->fieldCount()));
    const int wrong = static_cast<int>(m_model->problems().size()) - missing;
    if (wrong > 0) {
        words += counted(tr("%n problem(s)", nullptr, wrong), wrong);
    }
    if (missing > 0) {
        words += tr("%1 still needed").arg(missing);
    }
    if (m_model->verdict() == SchemaVerdictKind::CouldNotCheck) {
        words += tr("could not be checked");
    }
    if (m_model->mode() == FormMode::Edit) {
        words += m_model->isChanged() ? tr("changed by you") : tr("nothing changed yet");
    }
    if (defaults) {
        words += tr("defaults are marked");
    }
    return words.join(u" · "_s);
}

void FormSheet::showState()
{
    m_stateText = m_json->isBroken() ? tr("not JSON yet") : stateWords();
    m_undo->setEnabled(m_model && m_model->canUndo());
    m_redo->setEnabled(m_model && m_model->canRedo());
    m_toggle->setText(showsJson() ? tr("as form") : tr("as JSON"));
    m_toggle->setAccessibleName(showsJson() ? tr("Show as form") : tr("Show as JSON text"));
    m_toggle->updateGeometry();
    showProblems();
    showHint();
}

void FormSheet::showProblems()
{
    const bool shown = m_attempted && m_model && !m_model->problems().empty();
    if (shown) {
        m_problems->present(*m_model);
    }
    m_problems->setVisible(shown);
    QWidget *above = m_problems->parentWidget();
    const bool wanted = shown || !m_notice->isHidden() || !m_hintLine->isHidden();
    if (above->isHidden() == wanted || shown) {
        above->setVisible(wanted);
        QMetaObject::invokeMethod(this, &FormSheet::place, Qt::QueuedConnection);
    }
}

void FormSheet::say(const QString &sentence, bool bad)
{
    m_notice->setPieces({PieceLabel::ours(sentence, bad ? PieceLabel::Look::Bad : PieceLabel::Look::Dim)});
    m_notice->setVisible(!sentence.isEmpty());
    showProblems();
    if (!sentence.isEmpty()) {
        QAccessibleEvent alert(m_notice, QAccessible::Alert);
        QAccessible::updateAccessibility(&alert);
    }
}

QString FormSheet::problem() const
{
    if (!m_model) {
        return tr("There is no form to send.");
    }
    if (m_json->isBroken()) {
        return tr("The text is no JSON yet: %1").arg(m_json->problem());
    }
    if (m_model->canSend()) {
        return {};
    }
    if (!m_model->problems().empty()) {
        const FieldProblem &first = m_model->problems().front();
        const QString title = problemTitle(*m_model, first);
        const QString message = displayText(first.message).text;
        return title.isEmpty() ? message : title + u": "_s + message;
    }
    const QString reason = displayText(m_model->couldNotCheck()).text;
    return reason.isEmpty() ? tr("The form cannot be sent yet.") : tr("The form could not be checked: %1").arg(reason);
}

bool FormSheet::attemptSubmit()
{
    if (!m_model) {
        return false;
    }
    m_view->finishEditing();
    const bool isJson = m_json->take();
    m_attempted = true;
    m_view->setShowsAllProblems(true);
    m_view->applyChanges();
    m_preview->refreshSoon();
    showState();
    if (isJson && m_model->canSend()) {
        return true;
    }
    if (m_model->problems().empty() || !isJson) {
        say(problem(), true);
        return false;
    }
    QAccessibleEvent alert(m_problems, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
    if (!showsJson()) {
        place();
        m_view->focusPointer(std::string(m_model->problems().front().pointer));
    }
    return false;
}

void FormSheet::focusFirst()
{
    if (showsJson()) {
        m_json->text()->setFocus(Qt::OtherFocusReason);
    } else if (!m_view->focusFirst()) {
        m_view->setFocus(Qt::OtherFocusReason);
    }
}

bool FormSheet::hasFocusInside() const
{
    const QWidget *now = QApplication::focusWidget();
    return now && (now == this || isAncestorOf(now));
}

bool FormSheet::showsJson() const
{
    return !m_json->isHidden();
}

QSize FormSheet::sizeHint() const
{
    const int width = grid(180);
    return {width, wantedHeight(m_formCard, width) + grid(4) + wantedHeight(m_previewCard, width)};
}

QSize FormSheet::minimumSizeHint() const
{
    return {grid(80), grid(60)};
}

/// In the header where there is room for it, else on a line of its own.
void FormSheet::showHint()
{
    const int title =
        QFontMetrics(uiFont(TextSize::Small, QFont::DemiBold)).horizontalAdvance(m_formCard->accessibleName());
    int taken = title + 7 * grid(2) + 2 * RowWidget::sidePadding();
    for (const TextLink *link : {m_undo, m_redo, m_toggle}) {
        taken += link->sizeHint().width();
    }
    const QFontMetrics small(uiFont(TextSize::Small));
    const int words = small.horizontalAdvance(m_stateText) + 2;
    const int room = std::clamp(width() - taken, 0, words);
    m_state->setText(small.elidedText(m_stateText, Qt::ElideRight, room));
    m_state->setAccessibleName(m_stateText);
    m_state->setFixedWidth(room);
    const bool fits = taken + words + m_hint->sizeHint().width() <= width();
    if (m_hint->isHidden() == fits || m_hintLine->isHidden() != fits) {
        m_hint->setVisible(fits);
        m_hintLine->setVisible(!fits);
        showProblems();
    }
}

/// The form has what it needs first; the preview gives way down to a few lines.
void FormSheet::place()
{
    if (m_placing || width() <= 0) {
        return;
    }
    m_placing = true;
    m_view->updateGeometry(); // Its rows may want another height than the card remembers.
    showHint();
    const int gap = grid(4);
    const int form = showsJson() ? std::max(height() * 2 / 3, grid(60)) : wantedHeight(m_formCard, width());
    const int preview = wantedHeight(m_previewCard, width());
    const int header = wantedHeight(m_previewCard, width()) - (m_previewFolded ? 0 : m_preview->sizeHint().height());
    int previewHeight = preview;
    if (form + gap + preview > height()) {
        const int least = m_previewFolded ? preview : header + m_preview->minimumSizeHint().height();
        previewHeight = std::max({least, height() * 28 / 100, height() - gap - form});
        previewHeight = std::min(previewHeight, preview);
    }
    const int formHeight = std::max(std::min(form, height() - gap - previewHeight), grid(30));
    m_formCard->setGeometry(0, 0, width(), formHeight);
    m_previewCard->setGeometry(0, formHeight + gap, width(), previewHeight);
    m_placing = false;
    if (const int wanted = showsJson() ? QWIDGETSIZE_MAX : std::max(form, grid(30)) + gap + preview;
        wanted != m_wholeHeight) {
        m_wholeHeight = wanted;
        Q_EMIT wholeHeightChanged();
    }
}

bool FormSheet::event(QEvent *event)
{
    if (event->type() == QEvent::LayoutRequest) {
        place();
    }
    return QWidget::event(event);
}

void FormSheet::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    place();
}

void FormSheet::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_previewCard) {
        QMetaObject::invokeMethod(this, &FormSheet::place, Qt::QueuedConnection);
    }
}

} // namespace countersign::ui
