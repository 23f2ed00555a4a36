// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtWidgets/QWidget>

#include <chrono>
#include <vector>

class QComboBox;

namespace countersign::ui {

class FlatButton;

/// What a decision asks for in between, above the reason: a reason code, whom to delegate to, until when to defer.
/// One of the three at a time; hidden when none is asked for. Decides nothing.
class StepRow : public QWidget
{
    Q_OBJECT
public:
    enum class Asks { Nothing, ReasonCode, Reviewer, Time };

    explicit StepRow(QWidget *parent = nullptr);

    void ask(Asks what);
    /// Whom to delegate to. Ignored while that is being chosen: the list does not change under the hand.
    void setReviewers(const QStringList &names);
    bool hasReviewers() const;
    QString reviewer() const;
    std::chrono::minutes deferFor() const;
    /// Picks the code of that place, or lets it go if it is picked already. False: there is no such place.
    bool pickCode(int index);
    void clearCode();
    QString code() const; ///< Empty: none is picked.
    /// A list to choose from: Enter and Escape mean the step, not the list.
    bool isField(const QObject *widget) const;
    bool hasFieldFocus() const;
    std::vector<QWidget *> controls() const; ///< In tab order.

private:
    Asks m_asks = Asks::Nothing;
    int m_code = -1;
    QWidget *m_codes = nullptr;
    QComboBox *m_people = nullptr;
    QComboBox *m_until = nullptr;
    std::vector<FlatButton *> m_codeButtons;
};

} // namespace countersign::ui
