// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/detail/shown_request.h"

#include <QtWidgets/QWidget>

class QLabel;

namespace countersign::ui {

class FlatButton;

/// The row above the tabs: which request this is, who has claimed it and for how long, and what else can be done.
class CrumbRow : public QWidget
{
    Q_OBJECT
public:
    explicit CrumbRow(QWidget *parent = nullptr);

    void show(const SharedRequest &shown, const std::optional<Reviewer> &reviewer, Timestamp now);
    void clear();

Q_SIGNALS:
    void claimWanted();
    void releaseClaimWanted();
    void copyIdWanted();
    void copyHashWanted();
    void copyJsonWanted();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void elide();

    QString m_heading;
    bool m_mine = false;
    QLabel *m_view = nullptr;
    QLabel *m_title = nullptr;
    QLabel *m_claim = nullptr;
    FlatButton *m_claimButton = nullptr;
    FlatButton *m_more = nullptr;
};

} // namespace countersign::ui
