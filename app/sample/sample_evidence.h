// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QByteArray>

namespace countersign::sample {

/// Files that sample requests bring along. The same bytes on every machine.
QByteArray sampleCustomersCsv(); ///< 12,408 rows and a header.
QByteArray sampleDeleteQuery();  ///< SQL text.
QByteArray sampleInvoiceText();
QByteArray sampleChartPng(); ///< 640×360, a bar chart.

} // namespace countersign::sample
