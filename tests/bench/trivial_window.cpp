// SPDX-License-Identifier: Apache-2.0
// The yardsticks of the cold start: a Qt window that quits after its first paint; empty, or with one line of text
// (--text), which makes Qt read the configuration of the fonts.
#include <QtCore/QTimer>
#include <QtGui/QPainter>
#include <QtWidgets/QApplication>
#include <QtWidgets/QWidget>
#include <cstdio>

namespace {

class TrivialWindow : public QWidget
{
protected:
    void paintEvent(QPaintEvent *) override
    {
        if (QCoreApplication::arguments().contains(QStringLiteral("--text"))) {
            QPainter(this).drawText(rect(), Qt::AlignCenter, QStringLiteral("Hello"));
        }
        std::fputs("first paint\n", stderr);
        QTimer::singleShot(0, qApp, &QCoreApplication::quit);
    }
};

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    TrivialWindow window;
    window.resize(1440, 900);
    window.show();
    return QApplication::exec();
}
