// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtWidgets/QWidget>

class QLabel;
class QLineEdit;

namespace countersign::ui {

/// Narrows the form to the fields with some words. Enter goes to the first of them, Escape shows all again.
class FindBar : public QWidget
{
    Q_OBJECT
public:
    explicit FindBar(QWidget *parent);

    void open();
    void close();
    void showCount(int matches);
    QLineEdit *field() const { return m_words; }

Q_SIGNALS:
    void wordsChanged(const QString &words);
    void entered();
    void closed();

private:
    QLineEdit *m_words;
    QLabel *m_count;
};

} // namespace countersign::ui
