// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/style/theme.h"

#include <QtWidgets/QWidget>

namespace countersign::ui {

/// The little key cap as a drawing.
QSize keyHintSize(const QString &key);
void paintKeyHint(QPainter *painter, const QRect &rect, const QString &key, const QColor &ink, const QColor &line);

/// A key cap beside a control, such as `/` beside the search field.
class KeyHint : public QWidget
{
    Q_OBJECT
public:
    explicit KeyHint(const QString &key, QWidget *parent = nullptr);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    QString m_key;
};

} // namespace countersign::ui
