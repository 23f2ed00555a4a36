// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QString>

#include <vector>

namespace countersign::bench {

/// One figure with its goal, if it has one.
struct Figure {
    QString name;
    double value = 0;
    QString unit;
    QString goal; ///< Empty: for information.
    bool met = true;
};

double median(std::vector<double> values);
double percentile(std::vector<double> values, double part);
/// JSON on stdout, a table on stderr.
void print(const std::vector<Figure> &figures);

struct Options {
    QString folder; ///< Where the big workspace is kept between runs.
    int requests = 1'000'000;
    int decisions = 600;
    int calls = 10'000; ///< Of the gate's long run.
    int starts = 9;
};
std::vector<Figure> benchDecide(const Options &options);
std::vector<Figure> benchDelivery(const Options &options);
std::vector<Figure> benchMcpGate(const Options &options);
std::vector<Figure> benchMcpGateHttp(const Options &options);
std::vector<Figure> benchForms(const Options &options);
std::vector<Figure> benchPages(const Options &options);
std::vector<Figure> benchStartup(const Options &options);
/// In the child: opens the history of \p path, scrolls it, prints resident KiB. Returns the exit code.
int historyChild(const QString &path);
/// A workspace with \p requests settled requests (made once, kept) and a few open ones. Returns the file's path.
QString historyWorkspace(const QString &folder, int requests);
/// A configuration folder (made once, kept) with the key of the first reviewer of \p workspace, without a passphrase:
/// a window that is started with it comes up with the queue and not with a question.
QString reviewerOf(const QString &workspace);

} // namespace countersign::bench
