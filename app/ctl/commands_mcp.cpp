// SPDX-License-Identifier: Apache-2.0
#include "app/ctl/command.h"
#include "app/ctl/mcp_gate_listener.h"
#include "app/ctl/mcp_gate_process.h"
#include "app/ctl/mcp_gate_sign_in.h"
#include "app/ctl/mcp_server_process.h"

namespace countersign::ctl {

using namespace Qt::StringLiterals;

namespace {

int runMcpGate(Invocation &call)
{
    if (call.options.has(u"sign-in"_s)) {
        return signInForGate(call);
    }
    if (call.options.has(u"listen"_s)) {
        McpGateListener listener(call);
        return listener.run();
    }
    McpGateProcess gate(call);
    return gate.run();
}

int runMcpServer(Invocation &call)
{
    McpServerProcess server(call);
    return server.run();
}

} // namespace

std::vector<Command> mcpCommands()
{
    return {
        {u"mcp-gate"_s,
         u"Stands between an MCP client and an MCP server: every tool call asks first."_s,
         u"Put it in the client's configuration in place of the server; what follows -- starts the server. Everything "
         u"passes\nunchanged except tool calls: each waits as a request until a reviewer decides. What they approve is "
         u"forwarded byte for\nbyte, what they edit with the new arguments, and what they reject comes back to the "
         u"client as a tool error with the\nreason. A client that cancels a call or goes away withdraws what waits. "
         u"Questions of the server (elicitation) are put\nto the reviewers if the client cannot show them.\n\n"
         u"With --url the server is at an address instead (Streamable HTTP). Where it wants a sign-in, say the same "
         u"once "
         u"with\n--sign-in in a terminal: it tells the address to open in a browser, and keeps the sign-in for the "
         u"gate. "
         u"Without one, calls\nfail with that advice and the gate ends with 17 (not with --listen). With --listen "
         u"clients come by Streamable HTTP, on\nthis machine only, to http://127.0.0.1:PORT/mcp: several at once, each "
         u"with a server of its own. They show the token\nthat the gate keeps in a file that only you can read."_s,
         {{},
          0,
          0,
          true,
          {
              {u"name"_s, u"NAME"_s, u"What the server is called here; without it, the name of its program"_s},
              {u"only-tools"_s, u"A,B"_s, u"The client sees and calls only these tools"_s},
              {u"agent"_s, u"NAME"_s, u"Who asks; without it, what the client calls itself"_s},
              {u"tier"_s, u"low|medium|high"_s, u"How much a mistake with this server would cost"_s},
              {u"expires"_s, u"24h"_s, u"How long a call waits for a person; without it, for ever"_s},
              {u"url"_s, u"URL"_s, u"The server is at this address: https://host/mcp"_s},
              {u"sign-in"_s, {}, u"With --url: signs in at the server, keeps that for the gate, and ends"_s},
              {u"header"_s, u"NAME@FILE"_s, u"Sent to the server at --url; the value is read from the file"_s, true},
              {u"listen"_s, u"[HOST:]PORT"_s, u"Clients come by HTTP to this port of this machine; 0: a free one"_s},
              {u"token-file"_s, u"FILE"_s, u"Where the token for clients of --listen is kept; made if missing"_s},
              {u"no-token"_s, {}, u"With --listen: every program on this machine may use the gate"_s},
          },
          {},
          u"url"_s},
         runMcpGate},
        {u"mcp-server"_s,
         u"Gives any MCP client two tools that reach a person: ask_human and request_approval."_s,
         u"Speaks MCP (2025-06-18, 2025-11-25, 2026-07-28) on its standard streams; put it into the client's "
         u"configuration. A client\nthat cancels a call or goes away withdraws what waits."_s,
         {{},
          0,
          0,
          false,
          {
              {u"agent"_s, u"NAME"_s, u"Who asks; without it, what the client calls itself"_s},
              {u"expires"_s, u"24h"_s, u"How long a request waits for a person; without it, for ever"_s},
          }},
         runMcpServer},
    };
}

} // namespace countersign::ctl
