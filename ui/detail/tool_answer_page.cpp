// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/tool_answer_page.h"

#include "core/base/visible_text.h"
#include "core/schema/form_model.h"
#include "ui/detail/answer_sources.h"
#include "ui/detail/fact_cards.h"
#include "ui/detail/kind_row.h"
#include "ui/detail/payload_view.h"
#include "ui/detail/screen_source.h"
#include "ui/detail/wrap_label.h"
#include "ui/forms/form_sheet.h"
#include "ui/forms/segment_switch.h"
#include "ui/shell/key_router.h"
#include "ui/style/card.h"
#include "ui/style/labels.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QApplication>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QScrollBar>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int lowPageSteps = 90;                 ///< Of the grid: 360 px at 100 %.
constexpr qsizetype longestAnswer = 1024 * 1024; ///< MODEL.md section 1.

const std::array<std::string_view, answerKindCount> &kindNames()
{
    static const std::array<std::string_view, answerKindCount> names{"clipboard", "file", "screenshot",
                                                                     "location",  "free", "form"};
    return names;
}

} // namespace

ToolAnswerPage::ToolAnswerPage(const Clock &clock, QWidget *parent)
    : QScrollArea(parent)
    , m_clock(clock)
{
    setObjectName(u"toolAnswer"_s);
    setAccessibleName(tr("Your answer to the tool"));
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::NoFocus);
    build();
    for (QWidget *part : m_page->findChildren<QWidget *>()) {
        if (!m_sheet->isAncestorOf(part)) {
            part->installEventFilter(this);
        }
    }
}

ToolAnswerPage::~ToolAnswerPage()
{
    m_sheet->setModel(nullptr);
}

void ToolAnswerPage::build()
{
    m_page = new QWidget(this);
    auto *rows = new QVBoxLayout(m_page);
    rows->setContentsMargins(grid(6), grid(5), grid(6), grid(5));
    rows->setSpacing(grid(3));
    m_head = new QWidget(m_page);
    m_kinds = new KindRow(m_page);
    m_makeCard = new Card(tr("Your answer"), Card::Edge::Solid, m_page);
    m_sources = {new ClipboardSource(m_makeCard), new FileSource(m_makeCard), new ScreenSource(m_makeCard),
                 new LocationSource(m_makeCard),  new FreeSource(m_makeCard), nullptr};
    for (AnswerSource *source : m_sources) {
        if (source) {
            m_makeCard->body()->addWidget(source);
            connect(source, &AnswerSource::typed, this, [this] {
                update();
                Q_EMIT edited();
            });
            connect(source, &AnswerSource::arrived, this, [this] {
                update();
                Q_EMIT arrived();
            });
        }
    }
    m_sheet = new FormSheet(m_page);
    m_sheet->setProperty("takesText", true); // Letters are the fields', never decisions.
    m_sheet->setMinimumHeight(grid(90));
    m_sendCard = new Card(tr("What will be sent, exactly"), Card::Edge::Solid, m_page);
    m_state = new WrapLabel({}, TextSize::Small, m_sendCard);
    m_state->setObjectName(u"answerState"_s);
    m_state->setInk(WrapLabel::Ink::Dim);
    m_sent = new PayloadView(m_clock, PayloadShape::Fields, PayloadView::Height::AsContent, m_sendCard);
    m_sent->setObjectName(u"answerSent"_s);
    m_sent->setAccessibleName(tr("What will be sent, exactly"));
    m_sendCard->body()->addWidget(m_state);
    m_sendCard->body()->addWidget(m_sent);
    m_continuation = new QWidget(m_page);
    auto *going = new QVBoxLayout(m_continuation);
    going->setContentsMargins(0, 0, 0, 0);
    going->setSpacing(grid(1));
    m_goesOn = new QCheckBox(tr("The agent goes on by itself once it is answered"), m_continuation);
    m_goesOn->setObjectName(u"autoContinue"_s);
    m_goesOnNote = new WrapLabel({}, TextSize::Small, m_continuation);
    m_goesOnNote->setInk(WrapLabel::Ink::Dim);
    going->addWidget(m_goesOn);
    going->addWidget(m_goesOnNote);
    m_continuation->hide();
    for (QWidget *part :
         std::initializer_list<QWidget *>{m_head, m_kinds, m_makeCard, m_sheet, m_sendCard, m_continuation}) {
        rows->addWidget(part);
    }
    rows->addStretch(1);
    setWidget(m_page);
    new QVBoxLayout(m_head);
    m_head->layout()->setContentsMargins(0, 0, 0, 0);
    connect(verticalScrollBar(), &QScrollBar::valueChanged, m_sent, &PayloadView::updateVisible);
    connect(m_sent, &PayloadView::laidOut, this, [this] { viewport()->update(); });
    connect(m_kinds, &KindRow::chosen, this, [this](AnswerKind kind) {
        choose(kind);
        Q_EMIT arrived();
    });
    connect(m_goesOn, &QCheckBox::clicked, this, &ToolAnswerPage::continuationChosen);
    connect(m_sheet, &FormSheet::edited, this, [this] {
        update();
        Q_EMIT edited();
    });
    connect(m_sheet, &FormSheet::leaveWanted, this, &ToolAnswerPage::leaveWanted);
    connect(m_sheet, &FormSheet::submitWanted, this, &ToolAnswerPage::confirmWanted);
}

void ToolAnswerPage::changeEvent(QEvent *event)
{
    QScrollArea::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_page) {
        adapt();
    }
}

void ToolAnswerPage::resizeEvent(QResizeEvent *event)
{
    QScrollArea::resizeEvent(event);
    adapt();
}

/// In a low window the controls get the room: the heading is a line, and what is to be done here is not told again.
void ToolAnswerPage::adapt()
{
    const bool low = height() < grid(lowPageSteps);
    m_page->layout()->setContentsMargins(grid(6), grid(low ? 2 : 5), grid(6), grid(low ? 2 : 5));
    m_page->layout()->setSpacing(grid(low ? 2 : 3));
    m_sheet->setMinimumHeight(std::min(grid(90), std::max(height() - grid(4), grid(40))));
    if (m_heading) {
        m_heading->setSize(low ? TextSize::Body : TextSize::Heading);
        m_explanation->setVisible(!low);
    }
}

AnswerSource *ToolAnswerPage::source(AnswerKind kind) const
{
    return m_sources[static_cast<size_t>(kind)];
}

const CompiledSchema *ToolAnswerPage::schema() const
{
    return m_shown && m_shown->form ? m_shown->form.get() : nullptr;
}

void ToolAnswerPage::open(const SharedRequest &shown, const std::optional<JsonValue> &draft)
{
    close();
    m_shown = shown;
    const JsonValue *kept = draft ? draft->find("form") : nullptr;
    if (shown->form) {
        FormStart start;
        start.mode = FormMode::Answer;
        if (kept) {
            start.draft = *kept;
        }
        Result<std::unique_ptr<FormModel>> model = FormModel::create(shown->form, start);
        if (model) { // Else it is too large to be drawn; a free answer is held to the schema all the same.
            m_model = *std::move(model);
        }
    }
    m_sheet->setModel(m_model.get());
    m_kinds->offerForm(hasForm());
    AnswerKind kind = suggestedKind(shown->round().content.toolName, hasForm());
    const JsonValue *named = draft ? draft->find("kind") : nullptr;
    for (size_t i = 0; named && i < kindNames().size(); ++i) {
        const auto one = static_cast<AnswerKind>(i);
        if (named->utf8() == kindNames()[i] && (one != AnswerKind::Form || hasForm())) {
            kind = one;
        }
        if (const JsonValue *own = draft->find(kindNames()[i]); own && m_sources[i]) {
            m_sources[i]->takeDraft(*own);
        }
    }
    buildHead();
    choose(kind);
    verticalScrollBar()->setValue(0);
}

void ToolAnswerPage::close()
{
    m_sheet->setModel(nullptr);
    m_model.reset();
    m_shown.reset();
    for (AnswerSource *source : m_sources) {
        if (source) {
            source->forget();
        }
    }
    m_value.reset();
    m_sent->setRows({});
}

void ToolAnswerPage::buildHead()
{
    qDeleteAll(m_head->findChildren<QWidget *>(QString(), Qt::FindDirectChildrenOnly));
    m_heading = nullptr;
    auto *rows = static_cast<QVBoxLayout *>(m_head->layout());
    rows->setSpacing(grid(2));
    m_heading = new WrapLabel(tr("Answer %1").arg(m_shown->tool), TextSize::Heading, m_head);
    m_heading->setObjectName(u"toolAnswerHeading"_s);
    m_heading->setWeight(QFont::DemiBold);
    rows->addWidget(m_heading);
    m_explanation =
        new WrapLabel(tr("%1 waits for what this tool gives. You serve it: choose how, look at what will be "
                         "sent, then send it. Nothing is taken by itself.")
                          .arg(m_shown->agent),
                      TextSize::Body, m_head);
    m_explanation->setInk(WrapLabel::Ink::Dim);
    rows->addWidget(m_explanation);
    if (!m_shown->formNotice.isEmpty()) {
        auto *notice = new WrapLabel(m_shown->formNotice, TextSize::Small, m_head);
        notice->setInk(WrapLabel::Ink::Dim);
        rows->addWidget(notice);
    }
    adapt();
}

void ToolAnswerPage::choose(AnswerKind kind)
{
    m_kind = kind;
    m_kinds->setCurrent(kind);
    const bool isForm = kind == AnswerKind::Form;
    for (size_t i = 0; i < m_sources.size(); ++i) {
        if (m_sources[i]) {
            m_sources[i]->setVisible(static_cast<AnswerKind>(i) == kind);
        }
    }
    m_makeCard->setVisible(!isForm);
    m_sheet->setVisible(isForm);
    m_sendCard->setVisible(!isForm); // The form shows what it sends beside its fields.
    update();
}

/// What stands in the controls becomes what will be sent, and is shown.
void ToolAnswerPage::update()
{
    m_value.reset();
    m_problem.clear();
    if (!m_shown) {
        return;
    }
    if (m_kind == AnswerKind::Form) {
        m_problem = m_sheet->problem();
        if (m_model) {
            m_value = m_model->outgoing();
        }
        return;
    }
    const AnswerSource *from = source(m_kind);
    const std::vector<JsonValue> shapes = from->shapes();
    if (shapes.empty()) {
        m_problem = from->lacking();
    } else {
        m_value = shapedFor(shapes, schema());
        m_problem = writeJson(*m_value).size() > longestAnswer
                        ? tr("This is too long to be sent: an answer holds at most 1 MiB.")
                        : misfit(*m_value, schema());
    }
    m_state->setText(!m_problem.isEmpty() ? m_problem
                                          : tr("%1 bytes of JSON. This is what your key signs and the agent gets.")
                                                .arg(QLocale().toString(writeJson(*m_value).size())));
    m_sent->setVisible(m_value.has_value());
    m_sent->setRows(m_value ? rowsOf(*m_value) : PayloadRows());
}

QString ToolAnswerPage::problem() const
{
    return m_problem;
}

bool ToolAnswerPage::attemptSubmit()
{
    if (m_kind == AnswerKind::Form && m_model) {
        m_sheet->attemptSubmit();
        update();
    }
    return m_problem.isEmpty();
}

QByteArray ToolAnswerPage::outgoing() const
{
    return m_value ? writeJson(*m_value) : QByteArray();
}

JsonValue ToolAnswerPage::draft() const
{
    JsonValue draft = JsonValue::object();
    draft.set("kind", JsonValue::fromUtf8(std::string(kindNames()[static_cast<size_t>(m_kind)])));
    for (size_t i = 0; i < m_sources.size(); ++i) {
        if (JsonValue own = m_sources[i] ? m_sources[i]->draft() : JsonValue(); !own.isNull()) {
            draft.set(kindNames()[i], std::move(own));
        }
    }
    if (m_model) {
        draft.set("form", m_model->draft());
    }
    return draft;
}

void ToolAnswerPage::focusFirst()
{
    if (m_kind == AnswerKind::Form) {
        m_sheet->focusFirst();
    } else {
        source(m_kind)->firstControl()->setFocus(Qt::OtherFocusReason);
    }
}

bool ToolAnswerPage::hasFocusInside() const
{
    const QWidget *focus = QApplication::focusWidget();
    return focus && isAncestorOf(focus) && KeyRouter::takesText(focus);
}

bool ToolAnswerPage::isLaidOut() const
{
    return m_kind == AnswerKind::Form || !m_value || m_sent->isLaidOut();
}

void ToolAnswerPage::setWatching(bool watching)
{
    m_sent->setWatching(watching);
}

void ToolAnswerPage::setContinuation(std::optional<bool> goesOn, const QString &connection)
{
    m_continuation->setVisible(goesOn.has_value());
    m_goesOn->setChecked(goesOn.value_or(true));
    m_goesOnNote->setText(tr("A setting of the connection %1, for every answer sent from here. Without it the agent "
                             "waits for the next message of its chat.")
                              .arg(displayText(connection).text));
}

bool ToolAnswerPage::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::KeyPress && isOpen()) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
        if (enter && key->modifiers().testFlag(Qt::ControlModifier)) {
            Q_EMIT confirmWanted(key->timestamp(), key->isAutoRepeat());
            return true;
        }
        if (key->key() == Qt::Key_Escape) {
            Q_EMIT leaveWanted();
            return true;
        }
    }
    return QScrollArea::eventFilter(watched, event);
}

} // namespace countersign::ui
