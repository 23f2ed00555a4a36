// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/connections/conversation.h"

#include <QtWidgets/QPlainTextEdit>

namespace countersign::ui {

/// A conversation as plain text, newest at the bottom. Who speaks stands in our own bold lines; what was said stands
/// beside a bar in the margin, where no text of an agent can reach. Long chats cost what is on screen; what streams in
/// is added, and neither a selection nor the place that is being read moves. GUI thread.
class ConversationView : public QPlainTextEdit
{
    Q_OBJECT
public:
    explicit ConversationView(QWidget *parent);

    /// \p markedCall: the call that the shown request is about; empty: none.
    void show(const Conversation &conversation, const QString &markedCall);
    void clearAll();
    void setDense(bool dense); ///< With less air, for low windows.
    /// One page up or down. False: at the end already.
    bool page(int direction);
    size_t lineCount() const { return m_shown.lines.size(); }

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void append(const ConversationLine &line);
    void appendBlock(const QString &visible, int kind, const QTextCharFormat &format);
    void appendText(const QString &outside, int kind);
    void appendJson(const QByteArray &json);
    bool growLast(const ConversationLine &now);
    void cutFrom(size_t line);
    void applyLook();

    Conversation m_shown;
    QString m_markedCall;
    std::vector<int> m_firstBlocks; ///< Of every line.
    bool m_isEmpty = true;
    bool m_isDense = false;
};

} // namespace countersign::ui
