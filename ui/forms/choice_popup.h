// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_field.h"

#include <QtWidgets/QFrame>

class QLabel;
class QLineEdit;
class QListView;

namespace countersign::ui {

class ChoiceModel;

/// A filter and the options that match it, in a window that closes by itself: Up and Down move, Enter picks, Escape
/// leaves everything as it was.
class ChoicePopup : public QFrame
{
    Q_OBJECT
public:
    explicit ChoicePopup(QWidget *parent);

    void setOptions(const std::vector<FieldOption> &options);
    /// Opens below \p anchor with \p current marked; \p typed is the filter to begin with.
    void openBelow(QWidget *anchor, int current, const QString &typed);

Q_SIGNALS:
    void picked(int option);
    void closed();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void filter(const QString &words);
    void pick(const QModelIndex &index);
    void showCount();

    QLineEdit *m_filter = nullptr;
    QListView *m_list = nullptr;
    ChoiceModel *m_model = nullptr;
    QLabel *m_count = nullptr;
};

} // namespace countersign::ui
