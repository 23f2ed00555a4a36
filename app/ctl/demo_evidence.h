// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QByteArray>

namespace countersign::ctl {

/// Files that sample requests bring along. The same bytes on every machine.
QByteArray demoCustomersCsv(); ///< 12,408 rows and a header.
QByteArray demoDeleteQuery();  ///< SQL text.
QByteArray demoInvoiceText();
QByteArray demoChartPng(); ///< 640×360, a bar chart.

} // namespace countersign::ctl
