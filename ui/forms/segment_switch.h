// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtWidgets/QAbstractButton>

#include <vector>

namespace countersign::ui {

/// One place of a SegmentSwitch; to a screen reader a radio button.
class SegmentButton : public QAbstractButton
{
    Q_OBJECT
public:
    explicit SegmentButton(QWidget *parent);
    /// \p visible is ours or has been made visible.
    void setLabel(const QString &visible);
    QString label() const { return m_label; }
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_label;
};

/// A few choices side by side, of which one is on or none. One Tab stop; the arrow keys choose.
class SegmentSwitch : public QWidget
{
    Q_OBJECT
public:
    explicit SegmentSwitch(QWidget *parent);

    void setLabels(const std::vector<QString> &visible);
    int count() const { return m_count; }
    int current() const;
    /// -1: none is on. Emits nothing.
    void setCurrent(int index);
    SegmentButton *button(int index) const { return m_buttons[static_cast<size_t>(index)]; }
    QWidget *tabStop() const; ///< The one that is on, or the first.
    /// "Name: label" on every button.
    void setWords(const QString &name, const QString &description);
    QSize sizeHint() const override;

Q_SIGNALS:
    void chosen(int index); ///< By the person.

protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void place();
    void setStops();

    std::vector<SegmentButton *> m_buttons; ///< Those past m_count are hidden.
    int m_count = 0;
    bool m_quiet = false;
};

} // namespace countersign::ui
