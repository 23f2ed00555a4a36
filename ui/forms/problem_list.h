// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_field.h"

#include <QtWidgets/QAbstractButton>

#include <vector>

class QVBoxLayout;

namespace countersign {
class FormModel;
}

namespace countersign::ui {

class PieceLabel;

/// One problem to jump to.
class ProblemLink : public QAbstractButton
{
    Q_OBJECT
public:
    explicit ProblemLink(QWidget *parent);
    /// Both visible text.
    void setWords(const QString &title, const QString &message);
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void enterEvent(QEnterEvent *event) override;

private:
    PieceLabel *m_words;
};

/// What still has to be mended before the form can be sent: the first few as links, the rest as a number.
class ProblemList : public QWidget
{
    Q_OBJECT
public:
    explicit ProblemList(QWidget *parent);

    void present(const FormModel &model);
    int linkCount() const; ///< That are shown.

Q_SIGNALS:
    void jumpWanted(int problem); ///< Index into FormModel::problems().

private:
    QVBoxLayout *m_rows;
    std::vector<ProblemLink *> m_links;
    PieceLabel *m_more;
};

/// "Recipient e-mail" and the sentence, visible; the title is empty for the whole form.
QString problemTitle(const FormModel &model, const FieldProblem &problem);

} // namespace countersign::ui
