// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/detail/shown_request.h"

#include <QtWidgets/QWidget>

namespace countersign::ui {

class WrapLabel;

/// Says that a call belongs together with others of the same step of its agent, and leads to them. Hidden when there is
/// no other. GUI thread.
class StepLine : public QWidget
{
    Q_OBJECT
public:
    explicit StepLine(QWidget *parent);

    void show(const SharedRequest &shown);

Q_SIGNALS:
    void requestWanted(const countersign::RequestId &id);

private:
    WrapLabel *m_words = nullptr;
    QWidget *m_links = nullptr;
};

} // namespace countersign::ui
