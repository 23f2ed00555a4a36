// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/request_form.h"

#include "core/base/visible_text.h"
#include "core/schema/form_model.h"
#include "ui/detail/fact_cards.h"
#include "ui/detail/flow_layout.h"
#include "ui/detail/wrap_label.h"
#include "ui/forms/form_sheet.h"
#include "ui/forms/form_view.h"
#include "ui/style/labels.h"

#include <QtWidgets/QApplication>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QScrollArea>

namespace countersign::ui {

using namespace Qt::StringLiterals;

RequestForm::RequestForm(const Clock &clock, QWidget *parent)
    : QWidget(parent)
    , m_clock(clock)
{
    setObjectName(u"requestForm"_s);
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(grid(6), grid(5), grid(6), grid(4));
    rows->setSpacing(grid(3));
    m_head = new QScrollArea(this);
    m_head->setObjectName(u"formHead"_s);
    m_head->setFrameShape(QFrame::NoFrame);
    m_head->setWidgetResizable(true);
    m_head->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_head->setFocusPolicy(Qt::NoFocus);
    m_head->viewport()->setAutoFillBackground(false);
    m_sheet = new FormSheet(this);
    m_sheet->setProperty("takesText", true); // Letters are the fields', never decisions.
    rows->addWidget(m_head);
    rows->addWidget(m_sheet, 1);
    connect(m_sheet, &FormSheet::edited, this, &RequestForm::edited);
    connect(m_sheet, &FormSheet::leaveWanted, this, &RequestForm::leaveWanted);
    connect(m_sheet, &FormSheet::submitWanted, this, &RequestForm::confirmWanted);
}

RequestForm::~RequestForm()
{
    m_sheet->setModel(nullptr);
}

void RequestForm::open(const SharedRequest &shown, const std::optional<JsonValue> &draft)
{
    m_shown = shown;
    m_keepsDraft = true;
    m_sheet->setModel(nullptr);
    FormStart start;
    start.mode = shown->asksForForm() ? FormMode::Answer : FormMode::Edit;
    if (start.mode == FormMode::Edit) {
        start.original = shown->arguments;
    }
    start.draft = draft;
    Result<std::unique_ptr<FormModel>> model = FormModel::create(shown->form, start);
    if (!model) {
        // Too large to be drawn field by field: the whole as JSON, which the engine holds to the schema. What is secret
        // in it is not known here, so that no draft is kept.
        start.draft.reset();
        m_keepsDraft = false;
        model = FormModel::create(CompiledSchema::compile(JsonValue::fromBool(true)).value(), start);
    }
    if (!model) {
        return; // An object of over 200,000 parts is beyond what a request may hold.
    }
    m_model = *std::move(model);
    m_sheet->setTitle(start.mode == FormMode::Answer ? tr("Your answer") : tr("Edit the arguments"));
    m_sheet->setModel(m_model.get());
    buildHead();
}

void RequestForm::close()
{
    m_sheet->setModel(nullptr);
    m_model.reset();
    m_shown.reset();
    delete m_head->takeWidget();
}

void RequestForm::buildHead()
{
    auto *page = new QWidget;
    page->setAutoFillBackground(false);
    auto *rows = new QVBoxLayout(page);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(grid(2));
    const bool question = m_shown->asksForForm();
    auto *heading =
        new WrapLabel(question ? m_shown->heading : tr("Edit: %1").arg(m_shown->heading), TextSize::Heading, page);
    heading->setObjectName(u"formHeading"_s);
    rows->addWidget(heading);
    auto *line = new QWidget(page);
    auto *flow = new FlowLayout(grid(1) + 2, grid(1), line);
    const auto addDim = [flow, line](const QString &visible) { // Long ones are broken, never cut off.
        auto *label = new WrapLabel(visible, TextSize::Body, line);
        label->setInk(WrapLabel::Ink::Dim);
        flow->addWidget(label);
    };
    const RequestDetail &detail = m_shown->detail;
    if (question) {
        auto *agent = new WrapLabel(m_shown->agent, TextSize::Body, line);
        agent->setWeight(QFont::DemiBold);
        flow->addWidget(agent);
        const bool local = detail.principal.connection == u"local"_s;
        addDim(local ? tr("asks, from this machine (user %1)").arg(displayText(detail.principal.osUser).text)
                     : tr("asks, through %1").arg(displayText(detail.principal.connection).text));
        if (!m_shown->tool.isEmpty()) {
            addDim(tr("while running"));
            auto *tool = new WrapLabel(m_shown->tool, TextSize::Body, line);
            tool->setMono(true);
            flow->addWidget(tool);
        }
    } else {
        addDim(tr("The agent gets what stands here, and is told that it was edited."));
    }
    rows->addWidget(line);
    if (!m_shown->formNotice.isEmpty()) {
        auto *notice = new WrapLabel(m_shown->formNotice, TextSize::Small, page);
        notice->setObjectName(u"formOrigin"_s);
        notice->setInk(WrapLabel::Ink::Dim);
        rows->addWidget(notice);
    }
    if (question) {
        const RoundContent &content = m_shown->round().content;
        QString words = content.title;
        if (!content.message.isEmpty() && content.message != content.title) {
            words += (words.isEmpty() ? u""_s : u"\n\n"_s) + content.message;
        }
        if (!words.isEmpty()) {
            rows->addWidget(new AgentFrame(m_clock, m_shown->agent, words, page));
        }
    }
    m_head->setWidget(page);
    page->installEventFilter(this);
    placeHead();
}

bool RequestForm::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::LayoutRequest && watched == m_head->widget()) {
        placeHead(); // Something was unfolded, or the letters grew.
    }
    return QWidget::eventFilter(watched, event);
}

/// The head takes what it needs, but never the room of the fields.
void RequestForm::placeHead()
{
    QWidget *page = m_head->widget();
    if (!page) {
        return;
    }
    const int width = m_head->viewport()->width();
    const int wanted = page->layout()->hasHeightForWidth() ? page->layout()->totalHeightForWidth(width)
                                                           : page->layout()->totalSizeHint().height();
    page->setMinimumHeight(wanted); // Its labels, asked without a width, would want more.
    m_head->setFixedHeight(std::min(wanted, std::max(height() * 2 / 5, grid(8))));
}

void RequestForm::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    placeHead();
}

QWidget *RequestForm::viewport() const
{
    return m_sheet->view()->viewport();
}

bool RequestForm::isChanged() const
{
    return m_model && m_model->isChanged();
}

QString RequestForm::problem() const
{
    return m_model ? m_sheet->problem() : QString();
}

bool RequestForm::attemptSubmit()
{
    return m_model && m_sheet->attemptSubmit();
}

QByteArray RequestForm::outgoing() const
{
    return m_model ? writeJson(m_model->outgoing()) : QByteArray();
}

JsonValue RequestForm::draft() const
{
    return m_model && m_keepsDraft ? m_model->draft() : JsonValue::object();
}

void RequestForm::focusFirst()
{
    m_sheet->focusFirst();
    if (auto *line = qobject_cast<QLineEdit *>(QApplication::focusWidget())) {
        line->end(false); // Typing goes on behind what is there.
    }
}

bool RequestForm::hasFocusInside() const
{
    return m_sheet->hasFocusInside();
}

} // namespace countersign::ui
