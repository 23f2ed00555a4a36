// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtWidgets/QAbstractButton>

namespace countersign::ui {

/// A small underlined act inside a card, such as "copy JSON". Ours only; plain text.
class TextLink : public QAbstractButton
{
    Q_OBJECT
public:
    explicit TextLink(const QString &ours, QWidget *parent = nullptr);

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
};

} // namespace countersign::ui
