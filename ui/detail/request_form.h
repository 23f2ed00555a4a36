// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/detail/shown_request.h"

#include <QtWidgets/QWidget>

class QScrollArea;

namespace countersign {
class FormModel;
}

namespace countersign::ui {

class FormSheet;

/// The page of the right pane in which a person fills in: the answer to a question, or the arguments to approve as
/// edited. Above the form stands who asks and, for a question, what is asked. GUI thread.
class RequestForm : public QWidget
{
    Q_OBJECT
public:
    explicit RequestForm(const Clock &clock, QWidget *parent = nullptr);
    ~RequestForm() override;

    /// Begins anew, from \p draft if it still fits. \p shown must have a form.
    void open(const SharedRequest &shown, const std::optional<JsonValue> &draft);
    void close();
    bool isOpen() const { return m_model != nullptr; }

    FormSheet *sheet() const { return m_sheet; }
    QWidget *viewport() const; ///< What has to be painted before a decision counts.
    bool isChanged() const;    ///< What would be sent is written otherwise than the original.
    QString problem() const;   ///< Why it cannot be sent, in one visible sentence; empty: fine.
    bool attemptSubmit();      ///< Shows every problem and goes to the first. True: it can be sent.
    QByteArray outgoing() const;
    JsonValue draft() const; ///< Without secrets.
    void focusFirst();
    bool hasFocusInside() const;

Q_SIGNALS:
    void edited();
    void leaveWanted();
    void confirmWanted(quint64 eventTimestamp, bool autoRepeat); ///< Ctrl+Enter.

protected:
    void resizeEvent(QResizeEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void buildHead();
    void placeHead();

    const Clock &m_clock;
    SharedRequest m_shown;
    std::unique_ptr<FormModel> m_model;
    bool m_keepsDraft = true;
    QScrollArea *m_head = nullptr;
    FormSheet *m_sheet = nullptr;
};

} // namespace countersign::ui
