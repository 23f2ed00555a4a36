// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/form_field.h"

#include <QtWidgets/QWidget>

class QComboBox;

namespace countersign::ui {

class SegmentSwitch;

/// Chooses one of the schema's branches (or types): side by side where they fit, else in a list.
class VariantSwitch : public QWidget
{
    Q_OBJECT
public:
    explicit VariantSwitch(QWidget *parent);

    void present(const FormField &field);
    void setWords(const QString &name, const QString &description);
    QWidget *tabStop() const;
    int heightForWidth(int width) const override; ///< Decides by the width which of the two is shown.
    bool hasHeightForWidth() const override { return true; }
    QSize sizeHint() const override;

Q_SIGNALS:
    void chosen(int variant); ///< By the person.

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    bool usesList(int width) const;
    void place();

    SegmentSwitch *m_segments;
    QComboBox *m_list;
    int m_count = 0;
};

} // namespace countersign::ui
