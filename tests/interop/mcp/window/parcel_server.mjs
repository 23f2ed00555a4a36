// SPDX-License-Identifier: Apache-2.0
// node parcel_server.mjs PACKAGES old|modern [LOG]: a server on the official SDKs over standard streams. Its tool "ship" asks
// for an address label by a form, "connect" for a sign-in at an address. Both give back what they were told, and LOG gets a
// line for every answer.
import { createRequire } from 'node:module';
import { appendFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [folder, era, log] = process.argv.slice(2);
const packages = createRequire(folder + '/');
const load = name => import(pathToFileURL(packages.resolve(name)).href);
const { z } = await load('zod');

const form = { message: 'Where shall parcel 8841 go?', requestedSchema: { type: 'object',
    required: ['code', 'service', 'key'],
    properties: {
        code: { type: 'string', title: 'Postal code', pattern: '^[0-9]{5}$' },
        service: { type: 'string', title: 'Service',
            oneOf: [{ const: 'std', title: 'Standard' }, { const: 'exp', title: 'Express' }] },
        insured: { type: 'boolean', title: 'Insured', default: true },
        extras: { type: 'array', title: 'Extras', items: { anyOf: [{ const: 'f', title: 'Fragile' }, { const: 'c', title: 'Cool' }] } },
        key: { type: 'string', title: 'API key' }
    } } };
const url = { mode: 'url', message: 'Sign in at the carrier.', elicitationId: 'e-1',
    url: 'https://carrier.xn--e1afmkfd.example:8443/connect?shop=8841&back=%2Fdone' };
const told = answer => {
    if (log) {
        appendFileSync(log, JSON.stringify(answer) + '\n');
    }
    return { content: [{ type: 'text', text: JSON.stringify(answer) }] };
};
const nothing = z.object({});

if (era === 'old') {
    const { McpServer } = await load('@modelcontextprotocol/sdk/server/mcp.js');
    const types = await load('@modelcontextprotocol/sdk/types.js');
    const { StdioServerTransport } = await load('@modelcontextprotocol/sdk/server/stdio.js');
    const server = new McpServer({ name: 'parcels', version: '2.1.0' });
    const ask = params => (_, { sendRequest }) => sendRequest({ method: 'elicitation/create', params }, types.ElicitResultSchema,
        { timeout: 120000 }).then(told);
    server.registerTool('ship', { description: 'Ships a parcel', inputSchema: nothing.shape }, ask(form));
    server.registerTool('connect', { description: 'Connects the carrier', inputSchema: nothing.shape }, ask(url));
    await server.connect(new StdioServerTransport());
} else {
    const { McpServer, inputRequired } = await load('@modelcontextprotocol/server');
    const { serveStdio } = await load('@modelcontextprotocol/server/stdio');
    serveStdio(() => {
        const server = new McpServer({ name: 'parcels', version: '2.1.0' }, { capabilities: { tools: {} } });
        const ask = params => async (_, context) => context.mcpReq.inputResponses?.q
            ? told(context.mcpReq.inputResponses.q)
            : inputRequired({ inputRequests: { q: { method: 'elicitation/create', params } } });
        const { elicitationId, ...address } = url;
        server.registerTool('ship', { description: 'Ships a parcel', inputSchema: nothing }, ask({ mode: 'form', ...form }));
        server.registerTool('connect', { description: 'Connects the carrier', inputSchema: nothing }, ask(address));
        return server;
    });
}
