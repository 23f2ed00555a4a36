// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtWidgets/QWidget>

namespace countersign::ui {

/// A dim line beside an input, in the room that the input leaves; what does not fit stands in the tooltip. \p visible
/// is ours or has been made visible. Takes no focus; its words belong into the description of its input.
class EditorNote : public QWidget
{
    Q_OBJECT
    Q_PROPERTY(QString text READ text)
public:
    explicit EditorNote(QWidget *parent = nullptr);

    QString text() const { return m_text; }
    void setText(const QString &visible);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    QString m_text;
};

} // namespace countersign::ui
