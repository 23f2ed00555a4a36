// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QObject>

namespace countersign::ui {
class MainWindow;
}

namespace countersign::desktop {

/// Notices when the window is of use for the first time: the first answer to the list's question is on screen, or, when
/// nobody can be signed in without a person, the page that asks for one.
class FirstPaint : public QObject
{
    Q_OBJECT
public:
    FirstPaint(ui::MainWindow &window, QObject *parent = nullptr);

Q_SIGNALS:
    void painted(); ///< Once.

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    ui::MainWindow &m_window;
    bool m_listAnswered = false;
    bool m_done = false;
};

} // namespace countersign::desktop
