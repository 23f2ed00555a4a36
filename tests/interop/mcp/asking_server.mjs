// SPDX-License-Identifier: Apache-2.0
// node asking_server.mjs PACKAGES old|modern stdio|http: a server on the official SDKs whose tool "ask" puts one question of
// any kind and gives back what it was told. Over HTTP it prints its port.
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const [folder, era, way] = process.argv.slice(2);
const packages = createRequire(folder + '/');
const load = name => import(pathToFileURL(packages.resolve(name)).href);
const { z } = await load('zod');

const titled = [{ const: 'r', title: 'Red' }, { const: 'g', title: 'Green' }];
const fields = {
    text: { type: 'string', minLength: 2, maxLength: 5, title: 'A text' },
    email: { type: 'string', format: 'email' },
    date: { type: 'string', format: 'date' },
    integer: { type: 'integer', minimum: 1, maximum: 9 },
    number: { type: 'number', default: 2.5 },
    boolean: { type: 'boolean', default: false },
    choice: { type: 'string', enum: ['r', 'g'] },
    'named choice': { type: 'string', enum: ['r', 'g'], enumNames: ['Red', 'Green'] },
    'titled choice': { type: 'string', oneOf: titled },
    several: { type: 'array', items: { type: 'string', enum: ['r', 'g'] }, minItems: 1 },
    'titled several': { type: 'array', items: { anyOf: titled }, maxItems: 2 }
};
const params = kind => kind === 'url'
    ? { mode: 'url', message: 'Connect', url: 'https://example.com/connect?x=%41', elicitationId: 'e-1' }
    : { ...(era === 'modern' ? { mode: 'form' } : {}), message: `Say ${kind}`,
        requestedSchema: { type: 'object', properties: { value: fields[kind] }, required: ['value'] } };
const sampling = { messages: [{ role: 'user', content: { type: 'text', text: 'Capital of France?' } }], maxTokens: 10 };
const told = answer => ({ content: [{ type: 'text', text: JSON.stringify(answer) }] });
const about = { description: 'Asks', inputSchema: z.object({ kind: z.string(), then: z.string() }) };

async function oldServer() {
    const { McpServer } = await load('@modelcontextprotocol/sdk/server/mcp.js');
    const types = await load('@modelcontextprotocol/sdk/types.js');
    const server = new McpServer({ name: 'asking', version: '1.0.0' });
    server.registerTool('ask', { ...about, inputSchema: about.inputSchema.shape }, async ({ kind, then }, { sendRequest }) => {
        const abort = new AbortController();
        if (then === 'cancel') {
            setTimeout(() => abort.abort('changed my mind'), 300);
        } else if (then === 'leave') {
            setTimeout(() => process.exit(3), 300);
        }
        const settings = { signal: abort.signal, timeout: then === 'time out' ? 300 : 60000 };
        const asked = kind === 'sampling'
            ? sendRequest({ method: 'sampling/createMessage', params: sampling }, types.CreateMessageResultSchema, settings)
            : sendRequest({ method: 'elicitation/create', params: params(kind) }, types.ElicitResultSchema, settings);
        return asked.then(told, error => told({ error: error.code ?? 'given up' }));
    });
    return server;
}

async function modernServer() {
    const { McpServer, inputRequired } = await load('@modelcontextprotocol/server');
    const server = new McpServer({ name: 'asking', version: '1.0.0' }, { capabilities: { tools: {} } });
    server.registerTool('ask', about, async ({ kind, then }, context) => {
        const given = context.mcpReq.inputResponses?.q;
        if (given) {
            return told(given);
        }
        if (then === 'leave') {
            setTimeout(() => process.exit(3), 300);
        }
        const { elicitationId, ...question } = params(kind);
        const asked = kind === 'sampling' ? { method: 'sampling/createMessage', params: sampling }
                                          : { method: 'elicitation/create', params: question };
        return inputRequired({ inputRequests: { q: asked } });
    });
    return server;
}

function listen(serve) {
    const http = createServer(serve);
    http.listen(0, '127.0.0.1', () => console.log(http.address().port));
}

if (era === 'old' && way === 'stdio') {
    const { StdioServerTransport } = await load('@modelcontextprotocol/sdk/server/stdio.js');
    await (await oldServer()).connect(new StdioServerTransport());
} else if (era === 'old') {
    const { StreamableHTTPServerTransport } = await load('@modelcontextprotocol/sdk/server/streamableHttp.js');
    const sessions = new Map();
    listen(async (request, response) => {
        let transport = sessions.get(request.headers['mcp-session-id']);
        if (!transport) {
            transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => randomUUID(),
                onsessioninitialized: id => sessions.set(id, transport) });
            await (await oldServer()).connect(transport);
        }
        await transport.handleRequest(request, response);
    });
} else if (way === 'stdio') {
    const { serveStdio } = await load('@modelcontextprotocol/server/stdio');
    serveStdio(modernServer);
} else {
    const { createMcpHandler } = await load('@modelcontextprotocol/server');
    const handler = createMcpHandler(modernServer);
    listen(async (request, response) => {
        const pieces = [];
        for await (const piece of request) {
            pieces.push(piece);
        }
        const headers = new Headers();
        for (let i = 0; i < request.rawHeaders.length; i += 2) {
            headers.append(request.rawHeaders[i], request.rawHeaders[i + 1]);
        }
        const body = pieces.length > 0 ? Buffer.concat(pieces) : undefined;
        const asked = new Request(`http://${request.headers.host}${request.url}`, { method: request.method, headers, body });
        const answer = await handler.fetch(asked);
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        for await (const piece of answer.body ?? []) {
            response.write(piece);
        }
        response.end();
    });
}
