// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtCore/QByteArray>

namespace countersign::desktop {

/// A small MCP server for pictures, as a program for /bin/sh: offers some tools, and only says that it did what they
/// promise.
inline QByteArray pictureServer()
{
    return R"SH(
say() { printf '%s\n' "{\"jsonrpc\":\"2.0\",\"id\":$id,$1}"; }
while IFS= read -r line; do
    id=${line#*\"id\":}
    id=${id%%[,\}]*}
    case "$line" in
    *server/discover*) say '"error":{"code":-32601,"message":"Method not found"}' ;;
    *'"initialize"'*) say '"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"Logistics","version":"2.1"}}' ;;
    *tools/list*) say '"result":{"tools":[{"name":"create_shipment","title":"Create a shipment","description":"Creates a shipment for an order. The label is ready at once.","inputSchema":{"type":"object","required":["order_id"],"properties":{"order_id":{"type":"string","pattern":"^[0-9]{1,12}$","description":"1 to 12 digits"},"carrier":{"type":"string","enum":["DHL","UPS","DPD"],"default":"DHL"},"parcels":{"type":"integer","minimum":1,"maximum":20,"default":1}}},"annotations":{"readOnlyHint":false,"destructiveHint":false}},{"name":"track_parcel","description":"Says where a parcel is.","inputSchema":{"type":"object","properties":{"parcel":{"type":"string"}}},"annotations":{"readOnlyHint":true}},{"name":"cancel_shipment","description":"Cancels a shipment.","inputSchema":{"type":"object","properties":{}},"annotations":{"destructiveHint":true}}]}' ;;
    *tools/call*track_parcel*) say '"result":{"content":[{"type":"text","text":"Parcel 55120 is in Leipzig."}],"structuredContent":{"stops":[{"at":"2026-11-21 18:02","place":"Hamburg","what":"picked up"},{"at":"2026-11-21 23:40","place":"Hannover","what":"sorted"},{"at":"2026-11-22 04:15","place":"Leipzig","what":"sorted"}]}}' ;;
    *tools/call*) say '"result":{"content":[{"type":"text","text":"Shipment 55120 created, label ready."}]}' ;;
    *'"ping"'*) say '"result":{}' ;;
    esac
done
)SH";
}

} // namespace countersign::desktop
