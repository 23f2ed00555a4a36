// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtWidgets/QWidget>

class QLineEdit;

namespace countersign::ui {

class PieceLabel;

/// Where the name of a member is typed. Enter takes it, Escape does not; what is wrong with it stands below.
class NameEntry : public QWidget
{
    Q_OBJECT
public:
    explicit NameEntry(QWidget *parent);

    void begin(const QString &name); ///< Outside text; selects it all.
    void setPlaceholder(const QString &ours);
    QString name() const;
    void clear();
    void refuse(const QString &sentence); ///< Made visible here.
    QLineEdit *field() const { return m_field; }
    QString refusal() const;
    QSize sizeHint() const override;
    int heightForWidth(int width) const override;
    bool hasHeightForWidth() const override { return true; }

Q_SIGNALS:
    void taken();
    void dropped();
    void heightChanged();

protected:
    void resizeEvent(QResizeEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    QLineEdit *m_field;
    PieceLabel *m_refusal;
};

} // namespace countersign::ui
