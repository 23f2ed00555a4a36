// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/forms/json_lines.h"

#include <QtCore/QTimer>
#include <QtWidgets/QAbstractScrollArea>

namespace countersign {
class FormModel;
}

namespace countersign::ui {

/// The JSON that would be sent now, read-only: what is wrong stands in the bad colour, secrets are dots. Only what is
/// visible is drawn. GUI thread.
class FormPreview : public QAbstractScrollArea
{
    Q_OBJECT
public:
    explicit FormPreview(QWidget *parent = nullptr);

    /// Null: shows nothing. \p model must outlive this or be taken away.
    void setModel(const FormModel *model);
    /// The model has changed: shown soon, together with what changes until then.
    void refreshSoon();
    void refreshNow();
    int widestLine() const; ///< Of what stands in it, in pixels, without the margins.
    QString text() const;   ///< As shown, for tests and screen readers.
    bool hasBadPiece(const QString &part) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void refreshed();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void scrollContentsBy(int dx, int dy) override;

private:
    int columns() const;
    static qreal letterWidth();
    int lineHeight() const;
    void showRange();

    const FormModel *m_model = nullptr;
    std::vector<JsonLine> m_lines;
    QTimer m_soon;
    int m_columns = 0;
};

} // namespace countersign::ui
