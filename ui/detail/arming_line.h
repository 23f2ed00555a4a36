// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"

#include <QtWidgets/QWidget>

class QLabel;

namespace countersign::ui {

/// The fixed line above the decision buttons: why a key would do nothing now, or that it may act. A refusal stays on it
/// for a moment and is announced assertively; Qt 6.4 has no event for that but QAccessible::Alert.
class ArmingLine : public QWidget
{
    Q_OBJECT
public:
    ArmingLine(const Clock &clock, QWidget *parent = nullptr);

    /// A key or click that did nothing: why.
    void refuse(const QString &why);
    void forgetRefusal();
    /// What stands here: \p standing, unless a refusal is fresh. \p running: the seconds still to wait, as a sentence
    /// that goes on counting while a refusal of that kind stands; empty when there is nothing to wait for.
    void show(const QString &standing, const QString &running);
    QString text() const;

Q_SIGNALS:
    void announced(); ///< An alert was raised for the refusal.

private:
    const Clock &m_clock;
    QString m_refusal;
    bool m_refusalCounts = false; ///< It was about the seconds still to wait.
    QString m_running;
    std::chrono::milliseconds m_refusedAt{0};
    QLabel *m_label = nullptr;
};

} // namespace countersign::ui
