// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/report.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>

#include <algorithm>
#include <cstdio>

using namespace Qt::Literals::StringLiterals;

namespace countersign::bench {

double percentile(std::vector<double> values, double part)
{
    if (values.empty()) {
        return 0;
    }
    std::sort(values.begin(), values.end());
    const auto place = static_cast<size_t>(part * static_cast<double>(values.size() - 1) + 0.5);
    return values[std::min(place, values.size() - 1)];
}

double median(std::vector<double> values)
{
    return percentile(std::move(values), 0.5);
}

void print(const std::vector<Figure> &figures)
{
    QJsonArray rows;
    for (const Figure &figure : figures) {
        QJsonObject row{{u"name"_s, figure.name}, {u"value"_s, figure.value}, {u"unit"_s, figure.unit}};
        if (!figure.goal.isEmpty()) {
            row[u"goal"_s] = figure.goal;
            row[u"met"_s] = figure.met;
        }
        rows.append(row);
        std::fprintf(stderr, "%-62s %12.3f %-6s %-12s %s\n", qUtf8Printable(figure.name), figure.value,
                     qUtf8Printable(figure.unit), qUtf8Printable(figure.goal),
                     figure.goal.isEmpty() ? "" : (figure.met ? "met" : "MISSED"));
    }
    const QByteArray json = QJsonDocument(QJsonObject{{u"figures"_s, rows}}).toJson(QJsonDocument::Compact);
    std::printf("%s\n", json.constData());
}

} // namespace countersign::bench
