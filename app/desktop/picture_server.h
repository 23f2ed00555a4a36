// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QStringList>

namespace countersign::desktop {

/// A small MCP server for pictures, as a command: offers some tools, and does nothing.
inline QStringList pictureServer()
{
    static const QString program = QStringLiteral(R"SH(
say() { printf '%s\n' "{\"jsonrpc\":\"2.0\",\"id\":$id,$1}"; }
while IFS= read -r line; do
    id=${line#*\"id\":}
    id=${id%%[,\}]*}
    case "$line" in
    *server/discover*) say '"error":{"code":-32601,"message":"Method not found"}' ;;
    *'"initialize"'*) say '"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"Logistics","version":"2.1"}}' ;;
    *tools/list*) say '"result":{"tools":[{"name":"create_shipment","title":"Create a shipment","description":"Creates a shipment for an order. The label is ready at once.","inputSchema":{"type":"object","required":["order_id"],"properties":{"order_id":{"type":"string","pattern":"^[0-9]{1,12}$","description":"1 to 12 digits"},"carrier":{"type":"string","enum":["DHL","UPS","DPD"],"default":"DHL"},"parcels":{"type":"integer","minimum":1,"maximum":20,"default":1}}},"annotations":{"readOnlyHint":false,"destructiveHint":false}},{"name":"track_parcel","description":"Says where a parcel is.","inputSchema":{"type":"object","properties":{}},"annotations":{"readOnlyHint":true}},{"name":"cancel_shipment","description":"Cancels a shipment.","inputSchema":{"type":"object","properties":{}},"annotations":{"destructiveHint":true}}]}' ;;
    *'"ping"'*) say '"result":{}' ;;
    esac
done
)SH");
    return {QStringLiteral("/bin/sh"), QStringLiteral("-c"), program};
}

} // namespace countersign::desktop
