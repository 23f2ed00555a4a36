// SPDX-License-Identifier: Apache-2.0
// The yardstick of the cold start: an empty Qt window that quits after its first paint.
#include <QtCore/QTimer>
#include <QtWidgets/QApplication>
#include <QtWidgets/QWidget>
#include <cstdio>

namespace {

class TrivialWindow : public QWidget
{
protected:
    void paintEvent(QPaintEvent *) override
    {
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
