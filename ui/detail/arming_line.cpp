// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/arming_line.h"

#include "ui/style/labels.h"

#include <QtGui/QAccessible>
#include <QtWidgets/QBoxLayout>

namespace countersign::ui {

using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds refusalStays{2500};

/// "reading… 0.6 s" and "reading… 0.5 s" say the same.
bool sameButSeconds(const QString &one, const QString &other)
{
    const qsizetype numbers = one.indexOf(u'…');
    return numbers > 0 && QStringView(one).left(numbers + 1) == QStringView(other).left(numbers + 1);
}

} // namespace

ArmingLine::ArmingLine(const Clock &clock, QWidget *parent)
    : QWidget(parent)
    , m_clock(clock)
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    m_label = makeDimLabel({}, TextSize::Small, this);
    m_label->setObjectName(u"armingLine"_s);
    m_label->setWordWrap(true);
    m_label->setMinimumHeight(grid(6));
    row->addWidget(m_label);
}

void ArmingLine::refuse(const QString &why)
{
    m_refusal = why;
    m_refusalCounts = sameButSeconds(why, m_running);
    m_refusedAt = m_clock.monotonic();
    show(text(), m_running);
    QAccessibleEvent event(m_label, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
    Q_EMIT announced();
}

void ArmingLine::forgetRefusal()
{
    m_refusal.clear();
}

void ArmingLine::show(const QString &standing, const QString &running)
{
    m_running = running;
    const bool fresh = !m_refusal.isEmpty() && m_clock.monotonic() - m_refusedAt < refusalStays;
    if (!fresh) {
        m_refusal.clear();
    }
    const QString text = !fresh ? standing : m_refusalCounts && !running.isEmpty() ? running : m_refusal;
    if (m_label->text() != text) {
        m_label->setText(text);
        m_label->setAccessibleName(text);
    }
    QPalette look = m_label->palette();
    const QColor colour = fresh ? colours().warn : colours().dim;
    if (look.color(QPalette::WindowText) != colour) {
        look.setColor(QPalette::WindowText, colour);
        m_label->setPalette(look);
    }
}

QString ArmingLine::text() const
{
    return m_label->text();
}

} // namespace countersign::ui
