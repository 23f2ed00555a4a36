// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/detail/tool_answer.h"

#include <QtWidgets/QWidget>

#include <array>

namespace countersign::ui {

class SegmentButton;

/// The ways to answer a tool, side by side and on more lines where there is no room. One Tab stop; arrow keys choose.
class KindRow : public QWidget
{
    Q_OBJECT
public:
    explicit KindRow(QWidget *parent);

    void offerForm(bool offered);
    void setCurrent(AnswerKind kind); ///< Emits nothing.
    SegmentButton *button(AnswerKind kind) const { return m_buttons[static_cast<size_t>(kind)]; }

Q_SIGNALS:
    void chosen(countersign::ui::AnswerKind kind); ///< By the person.

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void setStops();

    std::array<SegmentButton *, answerKindCount> m_buttons{};
    bool m_quiet = false;
};

} // namespace countersign::ui
