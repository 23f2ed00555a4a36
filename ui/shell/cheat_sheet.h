// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/shell/sheet.h"

namespace countersign::ui {

/// All keys of the window, for the `?` key.
class CheatSheet : public Sheet
{
    Q_OBJECT
public:
    explicit CheatSheet(QWidget *window);

protected:
    QWidget *firstField() override;

private:
    QWidget *m_scroll = nullptr;
};

} // namespace countersign::ui
