// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/detail/answer_sources.h"

#include <QtCore/QTimer>
#include <QtGui/QImage>

namespace countersign::ui {

class RegionPicker;

/// A part of the screen, when the person says so: the picture is taken at once or after some seconds, a part of it is
/// marked, and that part is the answer.
class ScreenSource : public AnswerSource
{
    Q_OBJECT
public:
    /// Takes the picture of the screen that \p window is on; null when the desktop does not allow it.
    using Grab = std::function<QImage(QWidget *window)>;

    explicit ScreenSource(QWidget *parent);
    void setGrab(Grab grab) { m_grab = std::move(grab); } ///< For tests and for pictures of the window.
    std::vector<JsonValue> shapes() const override;
    QString lacking() const override;
    QWidget *firstControl() const override;
    void forget() override;
    void takePicture();

private:
    void begin();
    void encode();

    Grab m_grab;
    QTimer m_delay;
    QByteArray m_png; ///< Of the marked part.
    QSize m_size;
    QString m_problem;
    FlatButton *m_take = nullptr;
    QComboBox *m_when = nullptr;
    QCheckBox *m_half = nullptr;
    RegionPicker *m_picker = nullptr;
    WrapLabel *m_note = nullptr;
};

} // namespace countersign::ui
