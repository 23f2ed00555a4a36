// SPDX-License-Identifier: Apache-2.0
#include "ui/forms/problem_list.h"

#include "core/base/visible_text.h"
#include "core/schema/form_model.h"
#include "ui/detail/counted.h"
#include "ui/forms/row_words.h"
#include "ui/style/theme.h"

#include <QtGui/QPainter>
#include <QtWidgets/QBoxLayout>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t mostLinks = 5;
constexpr int longestMessage = 240;

} // namespace

QString problemTitle(const FormModel &model, const FieldProblem &problem)
{
    const FormField *field = model.field(problem.field);
    return field && field->parent != noField ? titleOf(model, *field) : QString();
}

ProblemLink::ProblemLink(QWidget *parent)
    : QAbstractButton(parent)
    , m_words(new PieceLabel(TextSize::Small, this))
{
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setAttribute(Qt::WA_Hover);
    m_words->setAttribute(Qt::WA_TransparentForMouseEvents);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void ProblemLink::setWords(const QString &title, const QString &message)
{
    std::vector<PieceLabel::Piece> pieces;
    if (!title.isEmpty()) {
        pieces.push_back(PieceLabel::ours(title + u": "_s, PieceLabel::Look::Plain));
    }
    pieces.push_back(PieceLabel::ours(message, PieceLabel::Look::Bad));
    m_words->setPieces(std::move(pieces));
    setAccessibleName(m_words->text());
    updateGeometry();
}

int ProblemLink::heightForWidth(int width) const
{
    return m_words->heightForWidth(std::max(width - grid(4), grid(10))) + 2;
}

QSize ProblemLink::sizeHint() const
{
    return m_words->sizeHint() + QSize(grid(4), 2);
}

void ProblemLink::paintEvent(QPaintEvent *)
{
    const Colours &c = colours();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (hasFocus() || underMouse()) {
        painter.setPen(hasFocus() ? QPen(c.accent) : QPen(Qt::NoPen));
        painter.setBrush(c.panel);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    }
    const int middle = 1 + m_words->lineHeight() / 2;
    painter.setPen(Qt::NoPen);
    painter.setBrush(c.bad);
    painter.drawEllipse(QPointF(grid(2), middle), grid(1) / 2.0, grid(1) / 2.0);
}

void ProblemLink::resizeEvent(QResizeEvent *event)
{
    QAbstractButton::resizeEvent(event);
    m_words->setGeometry(grid(4), 1, std::max(width() - grid(4), 1), height() - 2);
}

void ProblemLink::enterEvent(QEnterEvent *event)
{
    QAbstractButton::enterEvent(event);
    update();
}

ProblemList::ProblemList(QWidget *parent)
    : QWidget(parent)
    , m_rows(new QVBoxLayout(this))
    , m_more(new PieceLabel(TextSize::Small, this))
{
    setObjectName(u"problemList"_s);
    setAccessibleName(tr("Problems of this form"));
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setSpacing(1);
    for (size_t i = 0; i < mostLinks; ++i) {
        auto *link = new ProblemLink(this);
        connect(link, &QAbstractButton::clicked, this, [this, i] { Q_EMIT jumpWanted(static_cast<int>(i)); });
        m_rows->addWidget(link);
        m_links.push_back(link);
    }
    m_rows->addWidget(m_more);
}

void ProblemList::present(const FormModel &model)
{
    const std::vector<FieldProblem> &problems = model.problems();
    for (size_t i = 0; i < mostLinks; ++i) {
        m_links[i]->setVisible(i < problems.size());
        if (i < problems.size()) {
            const QString message = displayText(problems[i].message).text;
            m_links[i]->setWords(problemTitle(model, problems[i]), shortened(message, longestMessage));
        }
    }
    const auto rest = static_cast<int>(problems.size()) - static_cast<int>(mostLinks);
    m_more->setVisible(rest > 0);
    if (rest > 0) {
        m_more->setPieces(
            {PieceLabel::ours(counted(tr("and %n more problem(s): F8 goes to the next one", nullptr, rest), rest))});
    }
    updateGeometry();
}

int ProblemList::linkCount() const
{
    int count = 0;
    for (const ProblemLink *link : m_links) {
        count += link->isHidden() ? 0 : 1;
    }
    return count;
}

} // namespace countersign::ui
