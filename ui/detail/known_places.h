// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QString>

#include <vector>

namespace countersign::ui {

/// A city with its coordinates, as JSON numbers.
struct KnownPlace {
    QString name; ///< Visible.
    QString latitude;
    QString longitude;
};

/// The cities of this machine's table of time zones, by name; empty when it has none. Nothing is asked of any network.
std::vector<KnownPlace> knownPlaces();
/// The same from the text of such a table (`zone.tab`). Lines that are not understood are passed over.
std::vector<KnownPlace> placesOf(const QByteArray &table);

} // namespace countersign::ui
