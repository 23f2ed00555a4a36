// SPDX-License-Identifier: Apache-2.0
#include "ui/style/icons.h"

#include "ui/style/theme.h"

#include <QtCore/QCache>
#include <QtCore/QFile>
#include <QtGui/QIconEngine>
#include <QtGui/QPainter>
#include <QtSvg/QSvgRenderer>

#include <cmath>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int mostPixmaps = 400; ///< Some 30 icons in a few colours and sizes.

QPixmap render(const QString &name, const QColor &colour, int pixels)
{
    QFile file(u":/icons/"_s + name + u".svg"_s);
    if (!file.open(QIODevice::ReadOnly)) {
        return {};
    }
    // Line icons are drawn in #000; the application's own mark has its colours and stays as it is.
    QSvgRenderer renderer(file.readAll().replace("#000", colour.name(QColor::HexRgb).toLatin1()));
    QPixmap pixmap(pixels, pixels);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    renderer.setAspectRatioMode(Qt::KeepAspectRatio);
    renderer.render(&painter);
    return pixmap;
}

QColor colourOf(IconColour colour)
{
    const Colours &c = colours();
    switch (colour) {
    case IconColour::Text:
        return c.text;
    case IconColour::Dim:
        return c.dim;
    case IconColour::Accent:
        return c.accent;
    case IconColour::OnAccent:
        return c.onAccent;
    case IconColour::Ok:
        return c.ok;
    case IconColour::Warn:
        return c.warn;
    case IconColour::Bad:
        return c.bad;
    }
    return c.text;
}

class ThemedIconEngine final : public QIconEngine
{
public:
    ThemedIconEngine(QString name, IconColour colour)
        : m_name(std::move(name))
        , m_colour(colour)
    {}

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        paintIcon(painter, rect, m_name, inMode(mode));
    }
    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State) override
    {
        return iconPixmap(m_name, inMode(mode), std::min(size.width(), size.height()));
    }
    QPixmap scaledPixmap(const QSize &size, QIcon::Mode mode, QIcon::State, qreal scale) override
    {
        const int side = static_cast<int>(std::lround(std::min(size.width(), size.height()) / scale));
        return iconPixmap(m_name, inMode(mode), side, scale);
    }
    QIconEngine *clone() const override { return new ThemedIconEngine(m_name, m_colour); }

private:
    QColor inMode(QIcon::Mode mode) const { return mode == QIcon::Disabled ? colours().dim : colourOf(m_colour); }

    QString m_name;
    IconColour m_colour;
};

} // namespace

QPixmap iconPixmap(const QString &name, const QColor &colour, int size, qreal devicePixelRatio)
{
    static QCache<QString, QPixmap> cache(mostPixmaps);
    const int pixels = static_cast<int>(std::lround(size * devicePixelRatio));
    if (pixels <= 0) {
        return {};
    }
    const QString key = name + u'/' + colour.name(QColor::HexRgb) + u'/' + QString::number(pixels);
    QPixmap *known = cache.object(key);
    if (!known) {
        known = new QPixmap(render(name, colour, pixels));
        cache.insert(key, known);
    }
    QPixmap pixmap = *known;
    pixmap.setDevicePixelRatio(devicePixelRatio);
    return pixmap;
}

void paintIcon(QPainter *painter, const QRect &rect, const QString &name, const QColor &colour)
{
    const int side = std::min(rect.width(), rect.height());
    const QPixmap pixmap = iconPixmap(name, colour, side, painter->device()->devicePixelRatioF());
    if (!pixmap.isNull()) {
        painter->drawPixmap(rect.left() + (rect.width() - side) / 2, rect.top() + (rect.height() - side) / 2, pixmap);
    }
}

QIcon themedIcon(const QString &name, IconColour colour)
{
    return QIcon(new ThemedIconEngine(name, colour));
}

} // namespace countersign::ui
