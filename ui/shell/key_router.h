// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QObject>

#include <functional>

class QKeyEvent;
class QWidget;

namespace countersign::ui {

/// Sees every key press in one window before the focused widget does, and decides whether it is a command (UX.md
/// section 3). Letters are commands outside text fields only; keys with Ctrl in both. GUI thread.
class KeyRouter : public QObject
{
    Q_OBJECT
public:
    /// Answers for a key outside text fields; true: handled.
    using Handler = std::function<bool(QKeyEvent *)>;

    /// \p letters: keys outside text fields. \p chords: keys with Ctrl or Alt and function keys, anywhere.
    KeyRouter(QWidget *window, Handler letters, Handler chords);

    /// Does \p widget take typed text?
    static bool takesText(const QWidget *widget);

Q_SIGNALS:
    void inputSeen(); ///< A key, click or wheel in the window: somebody is there.

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    bool route(QKeyEvent *event);

    QWidget *m_window;
    Handler m_letters;
    Handler m_chords;
};

} // namespace countersign::ui
