// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/detail/shown_request.h"
#include "ui/detail/tool_answer.h"

#include <QtWidgets/QScrollArea>

#include <array>

class QCheckBox;

namespace countersign {
class FormModel;
}

namespace countersign::ui {

class AnswerSource;
class Card;
class FormSheet;
class KindRow;
class PayloadView;
class WrapLabel;

/// The page of the right pane in which a reviewer serves a tool of an agent: chooses how to answer, makes the answer,
/// and sees what will be sent, exactly. Nothing is read or taken unless the reviewer does it here. GUI thread.
class ToolAnswerPage : public QScrollArea
{
    Q_OBJECT
public:
    explicit ToolAnswerPage(const Clock &clock, QWidget *parent = nullptr);
    ~ToolAnswerPage() override;

    /// Begins anew, with the kind of answer that the tool's name suggests, or from \p draft.
    void open(const SharedRequest &shown, const std::optional<JsonValue> &draft);
    void close(); ///< Forgets everything that was taken.
    bool isOpen() const { return m_shown != nullptr; }

    AnswerKind kind() const { return m_kind; }
    void choose(AnswerKind kind);
    bool hasForm() const { return m_model != nullptr; }
    AnswerSource *source(AnswerKind kind) const; ///< Null for the form.

    QString problem() const; ///< Why it cannot be sent, in one visible sentence; empty: fine.
    bool attemptSubmit();    ///< Takes in what is being typed and goes to what is wrong. True: it can be sent.
    QByteArray outgoing() const;
    JsonValue draft() const; ///< Of what was typed; nothing that was taken from elsewhere, and no secrets.
    void focusFirst();
    bool hasFocusInside() const; ///< In something that takes text.
    bool isLaidOut() const;      ///< All of what will be sent can be on screen.
    void setWatching(bool watching);
    /// Does the agent go on by itself once it is answered? Absent: it is not known here, and nothing is offered.
    void setContinuation(std::optional<bool> goesOn, const QString &connection);

Q_SIGNALS:
    void edited();
    void arrived();     ///< Something came from elsewhere: it has to be looked at before it is sent.
    void leaveWanted(); ///< Escape.
    void confirmWanted(quint64 eventTimestamp, bool autoRepeat); ///< Ctrl+Enter.
    void continuationChosen(bool goesOn);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void build();
    void buildHead();
    void adapt();
    void update();
    const CompiledSchema *schema() const;

    const Clock &m_clock;
    SharedRequest m_shown;
    std::unique_ptr<FormModel> m_model;
    AnswerKind m_kind = AnswerKind::Free;
    std::optional<JsonValue> m_value;
    QString m_problem;
    QWidget *m_page = nullptr;
    WrapLabel *m_heading = nullptr;     ///< Of what is open.
    WrapLabel *m_explanation = nullptr; ///< Below it.
    QWidget *m_head = nullptr;
    KindRow *m_kinds = nullptr;
    Card *m_makeCard = nullptr;
    Card *m_sendCard = nullptr;
    PayloadView *m_sent = nullptr;
    WrapLabel *m_state = nullptr;
    FormSheet *m_sheet = nullptr;
    QWidget *m_continuation = nullptr;
    QCheckBox *m_goesOn = nullptr;
    WrapLabel *m_goesOnNote = nullptr;
    std::array<AnswerSource *, answerKindCount> m_sources{};
};

} // namespace countersign::ui
