// SPDX-License-Identifier: Apache-2.0
#include "ui/style/theme.h"

#include "ui/style/app_style.h"
#include "ui/style/system_colour_scheme.h"

#include <QtCore/QEvent>
#include <QtCore/QPointer>
#include <QtGui/QFontDatabase>
#include <QtGui/QScreen>
#include <QtWidgets/QApplication>
#include <QtWidgets/QToolTip>

#include <array>
#include <cmath>

using namespace Qt::Literals::StringLiterals;

namespace countersign::ui {
namespace {

constexpr int bodyPixels = 13;

QColor rgb(QRgb value)
{
    return QColor::fromRgb(value);
}

/// The table. Text tokens keep 4.5:1 on every ground they are used on; a test holds them to it.
Colours lightColours()
{
    Colours c;
    c.surface = rgb(0xf4f5f7);
    c.panel = rgb(0xffffff);
    c.sidebar = rgb(0xeceef1);
    c.line = rgb(0xdcdfe4);
    c.text = rgb(0x1d2329);
    c.dim = rgb(0x5c6670);
    c.accent = rgb(0x1a60d6);
    c.onAccent = rgb(0xffffff);
    c.accentBack = rgb(0xe7f0fe);
    c.ok = rgb(0x16753f);
    c.okBack = rgb(0xe2f5ea);
    c.warn = rgb(0x8a5c00);
    c.warnBack = rgb(0xfff3d6);
    c.bad = rgb(0xc0352b);
    c.badBack = rgb(0xfdeae8);
    c.selection = rgb(0xdfe9fb);
    c.field = rgb(0xffffff);
    c.dark = false;
    return c;
}

Colours darkColours()
{
    Colours c;
    c.surface = rgb(0x1b1e22);
    c.panel = rgb(0x22262b);
    c.sidebar = rgb(0x181b1f);
    c.line = rgb(0x343a41);
    c.text = rgb(0xe6e9ec);
    c.dim = rgb(0x9aa4ae);
    c.accent = rgb(0x5b9cff);
    c.onAccent = rgb(0x0b1626);
    c.accentBack = rgb(0x1d3050);
    c.ok = rgb(0x4ac58a);
    c.okBack = rgb(0x17352a);
    c.warn = rgb(0xe3b341);
    c.warnBack = rgb(0x3a2f14);
    c.bad = rgb(0xff7b72);
    c.badBack = rgb(0x3d2022);
    c.selection = rgb(0x26344a);
    c.field = rgb(0x1e2126);
    c.dark = true;
    return c;
}

QPalette paletteOf(const Colours &c)
{
    QPalette palette;
    const auto set = [&palette](QPalette::ColorRole role, const QColor &colour) { palette.setColor(role, colour); };
    set(QPalette::Window, c.surface);
    set(QPalette::WindowText, c.text);
    set(QPalette::Base, c.panel);
    set(QPalette::AlternateBase, c.surface);
    set(QPalette::Text, c.text);
    set(QPalette::PlaceholderText, c.dim);
    set(QPalette::Button, c.panel);
    set(QPalette::ButtonText, c.text);
    set(QPalette::BrightText, c.bad);
    set(QPalette::ToolTipBase, c.panel);
    set(QPalette::ToolTipText, c.text);
    set(QPalette::Highlight, c.accent);
    set(QPalette::HighlightedText, c.onAccent);
    set(QPalette::Link, c.accent);
    set(QPalette::LinkVisited, c.accent);
    set(QPalette::Light, c.panel);
    set(QPalette::Midlight, c.surface);
    set(QPalette::Mid, c.line);
    set(QPalette::Dark, c.line);
    set(QPalette::Shadow, c.line);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(QPalette::Disabled, role, c.dim);
    }
    palette.setColor(QPalette::Disabled, QPalette::Base, c.surface);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, c.line);
    palette.setColor(QPalette::Disabled, QPalette::HighlightedText, c.text);
    return palette;
}

/// The first of \p wanted that is installed; else the system's own.
QString firstInstalled(std::initializer_list<QString> wanted, QFontDatabase::SystemFont otherwise)
{
    for (const QString &family : wanted) {
        if (QFontDatabase::hasFamily(family)) {
            return family;
        }
    }
    return QFontDatabase::systemFont(otherwise).family();
}

/// As QFontInfo says it, without loading a font that is not used afterwards.
int pixelsOf(const QFont &font)
{
    if (font.pixelSize() > 0) {
        return font.pixelSize();
    }
    const QScreen *screen = QGuiApplication::primaryScreen();
    return static_cast<int>(std::lround(font.pointSizeF() * (screen ? screen->logicalDotsPerInchY() : 96.0) / 72.0));
}

/// What applyTheme() has put in force. One per application; a child of it.
class Theme : public QObject
{
public:
    explicit Theme(QApplication &application)
        : QObject(&application)
        , m_application(application)
        , m_systemIsDark(application.palette().color(QPalette::Window).lightness() < 128)
        , m_uiFamily(firstInstalled({u"Inter"_s}, QFontDatabase::GeneralFont))
        , m_monoFamily(firstInstalled({u"DejaVu Sans Mono"_s}, QFontDatabase::FixedFont)) // No ligatures: -- stays --.
    {
        readScale();
        application.setStyle(new AppStyle);
        application.installEventFilter(this);
    }

    void follow(ColourScheme scheme)
    {
        m_scheme = scheme;
        if (scheme == ColourScheme::FollowSystem && !m_system) {
            m_system = new SystemColourScheme(this);
            connect(m_system, &SystemColourScheme::changed, this, [this] {
                if (m_scheme == ColourScheme::FollowSystem) {
                    apply();
                }
            });
        }
        if (m_application.font() != m_applied) {
            readScale();
        }
        apply();
    }

    const Colours &colours() const { return m_colours; }
    int scaled(double pixels) const { return std::max(1, static_cast<int>(std::lround(pixels * m_scale))); }
    const QString &uiFamily() const { return m_uiFamily; }
    const QString &monoFamily() const { return m_monoFamily; }

    bool eventFilter(QObject *watched, QEvent *event) override
    {
        if (watched == &m_application && event->type() == QEvent::ApplicationFontChange && !m_applying &&
            m_application.font() != m_applied) {
            readScale();
            apply();
        }
        return QObject::eventFilter(watched, event);
    }

private:
    void readScale()
    {
        const int pixels = pixelsOf(m_application.font());
        // Usual system sizes differ by a pixel; 100 % keeps the crisp type scale for all of them.
        const bool usual = std::abs(pixels - bodyPixels) <= 1;
        m_scale = usual ? 1.0 : std::clamp(static_cast<double>(pixels) / bodyPixels, 0.7, 4.0);
    }

    bool wantsDark() const
    {
        if (m_scheme != ColourScheme::FollowSystem) {
            return m_scheme == ColourScheme::Dark;
        }
        return m_system->prefersDark().value_or(m_systemIsDark);
    }

    void apply()
    {
        m_applying = true;
        m_colours = wantsDark() ? darkColours() : lightColours();
        const QPalette palette = paletteOf(m_colours);
        QApplication::setPalette(palette);
        QToolTip::setPalette(palette);
        m_applied = uiFont(TextSize::Body);
        if (m_application.font() != m_applied) {
            QApplication::setFont(m_applied);
            QToolTip::setFont(uiFont(TextSize::Small));
        }
        m_applying = false;
        spread();
    }

    /// Qt's own application-wide events stop in QWidget::event(); a change of style reaches changeEvent() of every
    /// widget, also of those whose font or palette was set and so does not follow the application's.
    static void spread()
    {
        QEvent changed(QEvent::StyleChange);
        const QWidgetList all = QApplication::allWidgets();
        const QList<QPointer<QWidget>> widgets(all.begin(), all.end()); // One may take another away.
        for (const QPointer<QWidget> &widget : widgets) {
            if (widget) {
                QCoreApplication::sendEvent(widget, &changed);
            }
        }
    }

    QApplication &m_application;
    const bool m_systemIsDark; ///< By the palette that the platform gave us, before ours.
    const QString m_uiFamily;
    const QString m_monoFamily;
    ColourScheme m_scheme = ColourScheme::FollowSystem;
    SystemColourScheme *m_system = nullptr;
    Colours m_colours = lightColours();
    QFont m_applied;
    double m_scale = 1.0;
    bool m_applying = false;
};

QPointer<Theme> &theme()
{
    static QPointer<Theme> inForce; // Goes with its application.
    return inForce;
}

int pixelsOf(TextSize size)
{
    static constexpr std::array<int, 5> scale{20, 15, bodyPixels, 12, 11};
    return scale[static_cast<size_t>(size)];
}

} // namespace

void applyTheme(QApplication &application, ColourScheme scheme)
{
    if (!theme()) {
        theme() = new Theme(application);
    }
    theme()->follow(scheme);
}

const Colours &colours()
{
    static const Colours unthemed = lightColours();
    return theme() ? theme()->colours() : unthemed;
}

// PreferNoShaping: Inter draws `->` as an arrow and JetBrains Mono `!=` as one sign; two texts must never look the
// same. Scripts that need shaping still get it.

QFont uiFont(TextSize size, QFont::Weight weight)
{
    QFont font = theme() ? QFont(theme()->uiFamily()) : QFont();
    font.setPixelSize(theme() ? theme()->scaled(pixelsOf(size)) : pixelsOf(size));
    font.setWeight(weight);
    font.setStyleStrategy(QFont::PreferNoShaping);
    return font;
}

QFont monoFont(TextSize size)
{
    QFont font(theme() ? theme()->monoFamily() : QFontDatabase::systemFont(QFontDatabase::FixedFont).family());
    font.setStyleHint(QFont::Monospace, QFont::PreferNoShaping);
    font.setFixedPitch(true);
    font.setPixelSize(theme() ? theme()->scaled(pixelsOf(size) - 0.5) : pixelsOf(size)); // Wider than Inter by nature.
    return font;
}

int grid(int steps)
{
    return theme() ? theme()->scaled(4.0 * steps) : 4 * steps;
}

} // namespace countersign::ui
