// SPDX-License-Identifier: Apache-2.0
#include "ui/queue/empty_queue.h"

#include "ui/style/flat_button.h"
#include "ui/style/labels.h"

#include <QtCore/QEvent>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QPlainTextEdit>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

struct Words {
    QString heading;
    QString explanation;
};

Words wordsFor(QueueQuery::View view, bool filtered)
{
    using View = QueueQuery::View;
    if (filtered) {
        return {EmptyQueue::tr("Nothing matches"),
                EmptyQueue::tr("No request in this list matches the filter. Clear it to see all of them.")};
    }
    switch (view) {
    case View::Inbox:
        return {EmptyQueue::tr("Nothing waits for you"),
                EmptyQueue::tr("When an agent or a script asks, its request appears here. Send yourself one from a "
                               "terminal:")};
    case View::Claimed:
        return {EmptyQueue::tr("Nothing is claimed by you"),
                EmptyQueue::tr("Claim a request in the inbox to keep it for yourself for a few minutes.")};
    case View::Deferred:
        return {EmptyQueue::tr("Nothing is deferred"),
                EmptyQueue::tr("A request that you defer leaves the inbox and comes back at the time you choose.")};
    case View::Staged:
        return {EmptyQueue::tr("Everything is released"),
                EmptyQueue::tr("A decision stands here until it goes to the agent; so long it can be taken back.")};
    case View::Settled:
    case View::All:
        break;
    }
    return {EmptyQueue::tr("Nothing has happened yet"),
            EmptyQueue::tr("Every request that was decided, has expired or was withdrawn stays here.")};
}

} // namespace

QString EmptyQueue::firstCommand()
{
    return u"countersignctl gate -- echo hello"_s;
}

EmptyQueue::EmptyQueue(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(u"emptyQueue"_s);
    m_heading = makeLabel({}, TextSize::Title, this);
    m_heading->setWordWrap(true);
    m_heading->setAlignment(Qt::AlignHCenter);
    m_explanation = makeDimLabel({}, TextSize::Body, this);
    m_explanation->setWordWrap(true);
    m_explanation->setAlignment(Qt::AlignHCenter);

    m_teaching = new QWidget(this);
    m_command = new QPlainTextEdit(firstCommand(), m_teaching);
    m_command->setReadOnly(true);
    m_command->setObjectName(u"firstCommand"_s);
    m_command->setAccessibleName(tr("Command that sends a first request"));
    m_command->setTabChangesFocus(true);
    m_command->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    m_command->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_command->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_copy = new FlatButton(tr("Copy"), {}, FlatButton::Look::Plain, m_teaching);
    m_copy->setObjectName(u"copyCommand"_s);
    m_copy->setIconName(u"copy"_s);
    connect(m_copy, &FlatButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(firstCommand());
        m_copy->setLabel(tr("Copied"));
    });
    auto *teaching = new QVBoxLayout(m_teaching);
    teaching->setContentsMargins(0, 0, 0, 0);
    teaching->setSpacing(grid(2));
    teaching->addWidget(m_command);
    teaching->addWidget(m_copy, 0, Qt::AlignHCenter);

    m_clear = new FlatButton(tr("Clear filter"), u"Esc"_s, FlatButton::Look::Plain, this);
    m_clear->setObjectName(u"clearFilter"_s);
    connect(m_clear, &FlatButton::clicked, this, &EmptyQueue::filterClearWanted);

    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(grid(6), grid(12), grid(6), grid(6));
    rows->setSpacing(grid(3));
    rows->addWidget(m_heading);
    rows->addWidget(m_explanation);
    rows->addWidget(m_teaching);
    rows->addWidget(m_clear, 0, Qt::AlignHCenter);
    rows->addStretch(1);
    applyFonts();
}

void EmptyQueue::explain(QueueQuery::View view, bool filtered)
{
    const Words words = wordsFor(view, filtered);
    m_heading->setText(words.heading);
    m_explanation->setText(words.explanation);
    m_teaching->setVisible(view == QueueQuery::View::Inbox && !filtered);
    layout()->activate();
    fitCommand();
    m_clear->setVisible(filtered);
    m_copy->setLabel(tr("Copy"));
}

void EmptyQueue::applyFonts()
{
    m_command->setFont(monoFont(TextSize::Small));
    m_command->document()->setDocumentMargin(grid(2));
    fitCommand();
}

/// As many lines as the command needs at this width: it is shown whole.
void EmptyQueue::fitCommand()
{
    const int lines = std::max(1, static_cast<int>(m_command->document()->size().height()));
    m_command->setFixedHeight(lines * QFontMetrics(m_command->font()).lineSpacing() + 2 * grid(2) + 4);
}

void EmptyQueue::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    layout()->activate();
    fitCommand();
}

void EmptyQueue::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::StyleChange && m_command) {
        applyFonts();
    }
}

} // namespace countersign::ui
