// SPDX-License-Identifier: Apache-2.0
#include "ui/detail/screen_source.h"

#include "ui/detail/flow_layout.h"
#include "ui/detail/region_picker.h"
#include "ui/detail/wrap_label.h"
#include "ui/style/flat_button.h"
#include "ui/style/theme.h"

#include <QtCore/QBuffer>
#include <QtGui/QGuiApplication>
#include <QtGui/QPixmap>
#include <QtGui/QScreen>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QComboBox>

namespace countersign::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype largestPicture = 700 * 1024; ///< As base64 it still fits into an answer (MODEL.md section 1).

QImage grabScreen(QWidget *window)
{
    QScreen *screen = window->screen() ? window->screen() : QGuiApplication::primaryScreen();
    QImage picture = screen ? screen->grabWindow(0).toImage() : QImage();
    picture.setDevicePixelRatio(1); // What counts is its own pixels.
    return picture;
}

} // namespace

ScreenSource::ScreenSource(QWidget *parent)
    : AnswerSource(parent)
    , m_grab(grabScreen)
    , m_take(new FlatButton(tr("Take a picture of the screen"), {}, FlatButton::Look::Plain, this))
    , m_when(new QComboBox(this))
    , m_half(new QCheckBox(tr("Half the size"), this))
    , m_picker(new RegionPicker(this))
    , m_note(new WrapLabel({}, TextSize::Small, this))
{
    m_take->setObjectName(u"takeScreen"_s);
    m_take->setIconName(u"image"_s);
    m_when->setObjectName(u"takeScreenWhen"_s);
    m_when->setAccessibleName(tr("When the picture is taken"));
    m_when->addItem(tr("at once"), 0);
    m_when->addItem(tr("in 3 seconds"), 3000);
    m_when->addItem(tr("in 10 seconds"), 10'000);
    m_half->setObjectName(u"halfSize"_s);
    m_note->setInk(WrapLabel::Ink::Dim);
    m_delay.setSingleShot(true);
    auto *line = new QWidget(this);
    auto *flow = new FlowLayout(grid(2), grid(1), line);
    for (QWidget *part : std::initializer_list<QWidget *>{m_take, m_when, m_half}) {
        flow->addWidget(part);
    }
    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(grid(2));
    rows->addWidget(line);
    rows->addWidget(m_note);
    rows->addWidget(m_picker);
    connect(m_take, &FlatButton::clicked, this, &ScreenSource::begin);
    connect(&m_delay, &QTimer::timeout, this, &ScreenSource::takePicture);
    connect(m_picker, &RegionPicker::regionPicked, this, [this] {
        encode();
        Q_EMIT arrived();
    });
    connect(m_half, &QCheckBox::clicked, this, [this] {
        encode();
        Q_EMIT arrived();
    });
    forget();
}

void ScreenSource::begin()
{
    const int delay = m_when->currentData().toInt();
    if (delay == 0) {
        takePicture();
        return;
    }
    m_note->setText(tr("The picture is taken %1. Bring forward what it should show.").arg(m_when->currentText()));
    m_delay.start(delay);
}

void ScreenSource::takePicture()
{
    const QImage picture = m_grab(window());
    m_png.clear();
    m_problem.clear();
    m_picker->setPicture(picture);
    m_picker->setVisible(!picture.isNull());
    if (picture.isNull()) {
        m_problem = tr("This desktop gives no picture of the screen. Make one with its own tool and answer with that "
                       "file.");
        m_note->setText(m_problem);
    } else {
        m_note->setText(
            tr("Mark a part: drag with the mouse, or with the arrow keys (Shift changes its size, Ctrl goes "
               "by single pixels). Only that part is sent."));
        m_picker->setFocus(Qt::OtherFocusReason);
    }
    Q_EMIT arrived();
}

void ScreenSource::encode()
{
    m_png.clear();
    m_problem.clear();
    const QRect region = m_picker->region();
    if (region.isEmpty()) {
        return;
    }
    QImage part = m_picker->picture().copy(region);
    if (m_half->isChecked()) {
        part = part.scaled((part.size() / 2).expandedTo({1, 1}), Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    }
    part.setText({}, {});
    QBuffer buffer(&m_png);
    buffer.open(QIODevice::WriteOnly);
    if (!part.convertToFormat(QImage::Format_RGB32).save(&buffer, "PNG")) {
        m_png.clear();
        m_problem = tr("The picture could not be made into a PNG file.");
    } else if (m_png.size() > largestPicture) {
        m_problem = tr("This part is too large to be sent: %1 bytes as PNG, and an answer holds %2. Mark a smaller "
                       "part, or send half the size.")
                        .arg(QLocale().toString(m_png.size()), QLocale().toString(largestPicture));
        m_png.clear();
    }
    m_size = part.size();
    m_note->setText(!m_problem.isEmpty() ? m_problem
                                         : tr("Marked: %1 × %2 pixels, %3 bytes as PNG.")
                                               .arg(QString::number(m_size.width()), QString::number(m_size.height()),
                                                    QLocale().toString(m_png.size())));
}

std::vector<JsonValue> ScreenSource::shapes() const
{
    return m_png.isEmpty() ? std::vector<JsonValue>() : pictureShapes(m_png, m_size.width(), m_size.height());
}

QString ScreenSource::lacking() const
{
    return !m_problem.isEmpty()           ? m_problem
           : m_picker->picture().isNull() ? tr("Take a picture of the screen first: nothing was taken yet.")
                                          : tr("Mark the part of the picture that is to be sent.");
}

QWidget *ScreenSource::firstControl() const
{
    return m_take;
}

void ScreenSource::forget()
{
    m_delay.stop();
    m_png.clear();
    m_problem.clear();
    m_half->setChecked(false);
    m_when->setCurrentIndex(0);
    m_picker->setPicture({});
    m_picker->hide();
    m_note->setText(tr("The picture stays here until you have marked the part of it that is sent."));
}

} // namespace countersign::ui
