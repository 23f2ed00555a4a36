// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtWidgets/QWidget>

class QLabel;

namespace countersign::ui {

/// Stands in the window until the workspace is open, and says why when it cannot be.
class OpeningPage : public QWidget
{
    Q_OBJECT
public:
    explicit OpeningPage(QWidget *parent = nullptr);

    /// \p sentence is ours; \p place is the workspace's file, outside text.
    void showFailure(const QString &sentence, const QString &place);

Q_SIGNALS:
    void closeWanted();

private:
    QLabel *m_heading = nullptr;
    QLabel *m_sentence = nullptr;
    QLabel *m_place = nullptr;
    QWidget *m_close = nullptr;
};

} // namespace countersign::ui
