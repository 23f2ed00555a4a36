// SPDX-License-Identifier: Apache-2.0
// node conformance_server.mjs PACKAGES stdio|http: a server on the official SDK with everything that the server scenarios
// of the conformance suite ask for in the revisions with a handshake. Over HTTP it prints its address.
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const [folder, way] = process.argv.slice(2);
const packages = createRequire(folder + '/');
const load = name => import(pathToFileURL(packages.resolve(name)).href);
const { McpServer, ResourceTemplate } = await load('@modelcontextprotocol/sdk/server/mcp.js');
const types = await load('@modelcontextprotocol/sdk/types.js');
const { z } = await load('zod');

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';
const text = words => ({ type: 'text', text: words });
const image = { type: 'image', data: png, mimeType: 'image/png' };
const wait = ms => new Promise(done => setTimeout(done, ms));

// What SEP-1613 lets a server say of its arguments beside what zod has words for.
const optional = z.string().optional();
const modernSchema = z.strictObject({ name: optional, contactMethod: z.enum(['phone', 'email']).optional(), phone: optional,
    email: optional }).meta({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $defs: { address: { $anchor: 'addressDef', type: 'object',
        properties: { street: { type: 'string' }, city: { type: 'string' } } } },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    then: { required: ['phone'] }, else: { required: ['email'] } });

function makeServer() {
    const server = new McpServer({ name: 'mcp-conformance-test-server', version: '1.0.0' }, {
        capabilities: { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true },
            prompts: { listChanged: true }, logging: {}, completions: {} }
    });
    const tool = (name, inputSchema, run) => server.registerTool(name, { description: name, inputSchema }, run);
    tool('test_simple_text', {}, async () => ({ content: [text('This is a simple text response for testing.')] }));
    tool('test_image_content', {}, async () => ({ content: [image] }));
    tool('test_audio_content', {}, async () => ({ content: [{ type: 'audio', data: wav, mimeType: 'audio/wav' }] }));
    tool('test_embedded_resource', {}, async () => ({ content: [{ type: 'resource', resource:
        { uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'This is an embedded resource content.' } }] }));
    tool('test_multiple_content_types', {}, async () => ({ content: [text('Multiple content types test:'), image,
        { type: 'resource', resource: { uri: 'test://mixed-content-resource', mimeType: 'application/json',
            text: '{"test":"data","value":123}' } }] }));
    tool('test_tool_with_logging', {}, async (_, { sendNotification }) => {
        for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
            await sendNotification({ method: 'notifications/message', params: { level: 'info', data } });
            await wait(50);
        }
        return { content: [text('Tool with logging executed successfully')] };
    });
    tool('test_tool_with_progress', {}, async (_, { sendNotification, _meta }) => {
        for (const progress of [0, 50, 100]) {
            await sendNotification({ method: 'notifications/progress',
                params: { progressToken: _meta?.progressToken ?? 0, progress, total: 100 } });
            await wait(50);
        }
        return { content: [text('Progress finished')] };
    });
    tool('json_schema_2020_12_tool', modernSchema, async () => ({ content: [text('called')] }));
    tool('test_error_handling', {}, async () => { throw new Error('This tool intentionally returns an error for testing'); });
    tool('test_sampling', { prompt: z.string() }, async ({ prompt }, { sendRequest }) => {
        const said = await sendRequest({ method: 'sampling/createMessage', params: { maxTokens: 100,
            messages: [{ role: 'user', content: text(prompt) }] } }, types.CreateMessageResultSchema);
        return { content: [text(`LLM response: ${said.content?.text ?? 'none'}`)] };
    });
    const elicit = (sendRequest, message, properties, required = []) => sendRequest({ method: 'elicitation/create',
        params: { message, requestedSchema: { type: 'object', properties, required } } }, types.ElicitResultSchema);
    const told = answer => ({ content: [text(`Elicitation completed: action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`)] });
    tool('test_elicitation', { message: z.string() }, async ({ message }, { sendRequest }) => {
        const answer = await elicit(sendRequest, message, { username: { type: 'string', description: 'User name' },
            email: { type: 'string', description: 'User email' } }, ['username', 'email']);
        return { content: [text(`User response: action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`)] };
    });
    tool('test_elicitation_sep1034_defaults', {}, async (_, { sendRequest }) => told(await elicit(sendRequest, 'Defaults', {
        name: { type: 'string', default: 'John Doe' }, age: { type: 'integer', default: 30 },
        score: { type: 'number', default: 95.5 },
        status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
        verified: { type: 'boolean', default: true } })));
    const titled = ['value1', 'value2', 'value3'].map((value, i) => ({ const: value, title: `Option ${i + 1}` }));
    tool('test_elicitation_sep1330_enums', {}, async (_, { sendRequest }) => told(await elicit(sendRequest, 'Enums', {
        untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
        titledSingle: { type: 'string', oneOf: titled },
        legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['Option One', 'Option Two', 'Option Three'] },
        untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
        titledMulti: { type: 'array', items: { anyOf: titled } } })));
    server.registerResource('static-text', 'test://static-text', { mimeType: 'text/plain', description: 'text' }, async uri =>
        ({ contents: [{ uri: uri.href, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }] }));
    server.registerResource('static-binary', 'test://static-binary', { mimeType: 'image/png', description: 'image' }, async uri =>
        ({ contents: [{ uri: uri.href, mimeType: 'image/png', blob: png }] }));
    server.registerResource('template', new ResourceTemplate('test://template/{id}/data', { list: undefined }),
        { mimeType: 'application/json', description: 'template' }, async (uri, { id }) => ({ contents: [{ uri: uri.href,
            mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }] }));
    server.server.setRequestHandler(types.SubscribeRequestSchema, async () => ({}));
    server.server.setRequestHandler(types.UnsubscribeRequestSchema, async () => ({}));
    server.server.setRequestHandler(types.CompleteRequestSchema, async () =>
        ({ completion: { values: ['paris', 'park'], total: 2, hasMore: false } }));
    const prompt = (name, argsSchema, messages) => server.registerPrompt(name, { description: name, argsSchema },
        async args => ({ messages: messages(args).map(content => ({ role: 'user', content })) }));
    prompt('test_simple_prompt', undefined, () => [text('This is a simple prompt for testing.')]);
    prompt('test_prompt_with_arguments', { arg1: z.string(), arg2: z.string() }, ({ arg1, arg2 }) =>
        [text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)]);
    prompt('test_prompt_with_embedded_resource', { resourceUri: z.string() }, ({ resourceUri }) => [
        { type: 'resource', resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' } },
        text('Please process the embedded resource above.')]);
    prompt('test_prompt_with_image', undefined, () => [image, text('Please analyze the image above.')]);
    return server;
}

if (way === 'stdio') {
    const { StdioServerTransport } = await load('@modelcontextprotocol/sdk/server/stdio.js');
    await makeServer().connect(new StdioServerTransport());
} else {
    const { StreamableHTTPServerTransport } = await load('@modelcontextprotocol/sdk/server/streamableHttp.js');
    const sessions = new Map();
    const read = async request => {
        const pieces = [];
        for await (const piece of request) {
            pieces.push(piece);
        }
        return pieces.length > 0 ? JSON.parse(Buffer.concat(pieces).toString('utf8')) : undefined;
    };
    const http = createServer(async (request, response) => {
        const host = new URL(`http://${request.headers.host}`).hostname;
        if (!['127.0.0.1', 'localhost', '[::1]'].includes(host)) {
            response.writeHead(403).end();
            return;
        }
        const body = request.method === 'POST' ? await read(request) : undefined;
        let transport = sessions.get(request.headers['mcp-session-id']);
        if (!transport && body?.method === 'initialize') {
            transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => randomUUID(),
                onsessioninitialized: id => sessions.set(id, transport) });
            await makeServer().connect(transport);
        }
        if (!transport) {
            response.writeHead(request.headers['mcp-session-id'] ? 404 : 400, { 'Content-Type': 'application/json' })
                .end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32000, message: 'Bad Request: no session' } }));
            return;
        }
        await transport.handleRequest(request, response, body);
    });
    http.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${http.address().port}/mcp`));
}
