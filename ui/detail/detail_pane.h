// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/engine/engine_types.h"

#include <QtWidgets/QWidget>

#include <functional>
#include <memory>

namespace countersign {
class ConnectionService;
}

namespace countersign::ui {

class ReviewSession;

/// The right pane: breadcrumb and claim, tabs, facts, the agent's frame, decision bar with arming line. Loads what
/// show() names on the reader thread and follows changes: a new revision disarms, marks what changed and asks again.
class DetailPane : public QWidget
{
    Q_OBJECT
public:
    explicit DetailPane(ReviewSession &session, QWidget *parent = nullptr);
    ~DetailPane() override;

    /// The conversations of \p service, which outlives the pane, are shown live and can be talked into.
    void setConnections(ConnectionService &service);
    /// How an address is opened once a person has agreed; at first by the desktop, which asks no shell. For tests.
    void setBrowser(std::function<bool(const QUrl &address)> open);
    /// Shows \p id because a person selected it; an empty id shows nothing.
    void showRequest(const RequestId &id);
    std::optional<RequestId> shown() const;
    /// Keys that act on the shown request (UX.md section 3). True: it was one of ours and was handled, even if only by
    /// saying why nothing happened. \p fresh: the press began after the window was active (no auto-repeat).
    bool handleKey(QKeyEvent *event);
    void setReadOnly(bool readOnly);  ///< In the history nothing is decided: no bar, and no key of it.
    void setTab(const QString &name); ///< `facts`, `answer`, `context`, `raw` …, for tests and screenshots.

Q_SIGNALS:
    void requestWanted(const countersign::RequestId &id); ///< Another call of the same step.
    void nextWanted(); ///< After a decision: the queue may move on when the reviewer presses N or J; nothing moves by
                       ///< itself.

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace countersign::ui
