// SPDX-License-Identifier: Apache-2.0
// node stateless_conformance_server.mjs PACKAGES stdio|http: a server on the official SDK with everything that the server
// scenarios of the conformance suite ask for in revision 2026-07-28. Over HTTP it prints its address.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, way] = process.argv.slice(2);
const packages = createRequire(folder + '/');
const load = name => import(pathToFileURL(packages.resolve(name)).href);
const sdk = await load('@modelcontextprotocol/server');
const { McpServer, ResourceTemplate, acceptedContent, completable, fromJsonSchema, inputRequired, inputResponse } = sdk;
const { z } = await load('zod');

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';
const text = words => ({ type: 'text', text: words });
const said = words => ({ content: [text(words)] });
const image = { type: 'image', data: png, mimeType: 'image/png' };
const wait = ms => new Promise(done => setTimeout(done, ms));
const capabilitiesOf = ({ mcpReq }) => mcpReq.envelope?.['io.modelcontextprotocol/clientCapabilities'] ?? {};
// One process serves every round, so that its own key is good for all of them.
const states = sdk.createRequestStateCodec({ key: crypto.getRandomValues(new Uint8Array(32)) });

// A schema with what SEP-1613 and SEP-2106 let a server say.
const modernSchema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object',
    $defs: { address: { $anchor: 'addressDef', type: 'object',
        properties: { street: { type: 'string' }, city: { type: 'string' } } } },
    properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' },
        contactMethod: { type: 'string', enum: ['phone', 'email'] }, phone: { type: 'string' }, email: { type: 'string' } },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    then: { required: ['phone'] }, else: { required: ['email'] }, additionalProperties: false
};

const asked = {
    name: inputRequired.elicit({ message: 'What is your name?', requestedSchema: z.object({ name: z.string() }) }),
    colour: inputRequired.elicit({ message: 'What is your favorite color?', requestedSchema: z.object({ color: z.string() }) }),
    context: inputRequired.elicit({ message: 'What context should the prompt use?',
        requestedSchema: z.object({ context: z.string() }) }),
    confirm: inputRequired.elicit({ message: 'Please confirm', requestedSchema: z.object({ ok: z.boolean() }) }),
    sampling: words => inputRequired.createMessage({ messages: [{ role: 'user', content: text(words) }], maxTokens: 100 }),
    roots: inputRequired.listRoots()
};

/// \p changed tells who listens that a list is another one.
function makeServer(changed) {
    const server = new McpServer({ name: 'mcp-conformance-test-server', version: '1.0.0' }, {
        capabilities: { tools: { listChanged: true }, resources: { listChanged: true }, prompts: { listChanged: true },
            logging: {}, completions: {} },
        requestState: { verify: states.verify }
    });
    const plain = (name, run) => server.registerTool(name, { description: name }, run);

    plain('test_simple_text', async () => said('This is a simple text response for testing.'));
    plain('test_image_content', async () => ({ content: [image] }));
    plain('test_audio_content', async () => ({ content: [{ type: 'audio', data: wav, mimeType: 'audio/wav' }] }));
    plain('test_embedded_resource', async () => ({ content: [{ type: 'resource', resource:
        { uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'This is an embedded resource content.' } }] }));
    plain('test_multiple_content_types', async () => ({ content: [text('Multiple content types test:'), image,
        { type: 'resource', resource: { uri: 'test://mixed-content-resource', mimeType: 'application/json',
            text: '{"test":"data","value":123}' } }] }));
    plain('test_tool_with_progress', async ({ mcpReq }) => {
        for (const progress of [0, 50, 100]) {
            await mcpReq.notify({ method: 'notifications/progress',
                params: { progressToken: mcpReq._meta?.progressToken ?? 0, progress, total: 100 } });
            await wait(50);
        }
        return said('Progress finished');
    });
    plain('test_error_handling', async () => { throw new Error('This tool intentionally returns an error for testing'); });
    server.registerTool('json_schema_2020_12_tool',
        { description: 'Tool with JSON Schema 2020-12 features', inputSchema: fromJsonSchema(modernSchema) },
        async () => said('called'));
    server.registerTool('test_custom_header', { description: 'A parameter that is sent as a header too',
        inputSchema: fromJsonSchema({ type: 'object', required: ['region'],
            properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } }) },
        async ({ region }) => said(`in ${region}`));

    // What the scenario about the stateless server calls.
    // The SDK refuses on its own to ask a client for what it cannot do.
    plain('test_missing_capability', async () => inputRequired({ inputRequests: { greeting: asked.sampling('Say hello') } }));
    plain('test_streaming_elicitation', async ({ mcpReq }) => acceptedContent(mcpReq.inputResponses, 'user_name')
        ? said('done') : inputRequired({ inputRequests: { user_name: asked.name } }));
    plain('test_logging_tool', async ({ mcpReq }) => {
        await mcpReq.log('info', 'Only for who asked for it');
        return said('logged');
    });
    plain('test_trigger_tool_change', async () => { changed.tools(); return said('changed'); });
    plain('test_trigger_prompt_change', async () => { changed.prompts(); return said('changed'); });

    // Questions on the way.
    plain('test_input_required_result_elicitation', async ({ mcpReq }) => {
        const given = acceptedContent(mcpReq.inputResponses, 'user_name', z.object({ name: z.string() }));
        return given ? said(`Hello, ${given.name}!`) : inputRequired({ inputRequests: { user_name: asked.name } });
    });
    plain('test_input_required_result_sampling', async ({ mcpReq }) => {
        const given = inputResponse(mcpReq.inputResponses, 'capital_question');
        return given.kind === 'sampling' ? said(given.result.content.text)
            : inputRequired({ inputRequests: { capital_question: asked.sampling('What is the capital of France?') } });
    });
    plain('test_input_required_result_list_roots', async ({ mcpReq }) => {
        const given = inputResponse(mcpReq.inputResponses, 'client_roots');
        return given.kind === 'roots' ? said(given.roots.map(root => root.uri).join(' '))
            : inputRequired({ inputRequests: { client_roots: asked.roots } });
    });
    const withState = async ({ mcpReq }) => mcpReq.requestState()?.step === 1 && acceptedContent(mcpReq.inputResponses, 'confirm')
        ? said('state-ok')
        : inputRequired({ inputRequests: { confirm: asked.confirm }, requestState: await states.mint({ step: 1 }) });
    plain('test_input_required_result_request_state', withState);
    plain('test_input_required_result_tampered_state', withState);
    plain('test_input_required_result_multiple_inputs', async ({ mcpReq }) => {
        const given = name => inputResponse(mcpReq.inputResponses, name).kind;
        return given('user_name') === 'elicit' && given('greeting') === 'sampling' && given('client_roots') === 'roots'
            ? said('all there')
            : inputRequired({ inputRequests: { user_name: asked.name, greeting: asked.sampling('Generate a greeting'),
                client_roots: asked.roots }, requestState: await states.mint({ step: 1 }) });
    });
    plain('test_input_required_result_multi_round', async ({ mcpReq }) => {
        const state = mcpReq.requestState();
        if (state?.step === 2 && acceptedContent(mcpReq.inputResponses, 'step2')) {
            return said(`${state.name} is done`);
        }
        const first = acceptedContent(mcpReq.inputResponses, 'step1');
        return state?.step === 1 && first
            ? inputRequired({ inputRequests: { step2: asked.colour }, requestState: await states.mint({ step: 2, name: first.name }) })
            : inputRequired({ inputRequests: { step1: asked.name }, requestState: await states.mint({ step: 1 }) });
    });
    plain('test_input_required_result_capabilities', async context => {
        const can = capabilitiesOf(context);
        const inputRequests = { ...(can.sampling ? { greeting: asked.sampling('Generate a greeting') } : {}),
            ...(can.elicitation ? { user_name: asked.name } : {}) };
        return Object.keys(inputRequests).length > 0 ? inputRequired({ inputRequests }) : said('nothing to ask with');
    });

    server.registerResource('static-text', 'test://static-text', { mimeType: 'text/plain', description: 'text' }, async uri =>
        ({ contents: [{ uri: uri.href, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }] }));
    server.registerResource('static-binary', 'test://static-binary', { mimeType: 'image/png', description: 'image' }, async uri =>
        ({ contents: [{ uri: uri.href, mimeType: 'image/png', blob: png }] }));
    server.registerResource('template', new ResourceTemplate('test://template/{id}/data', { list: undefined }),
        { mimeType: 'application/json', description: 'template' }, async (uri, { id }) => ({ contents: [{ uri: uri.href,
            mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }] }));

    const messages = (...contents) => ({ messages: contents.map(content => ({ role: 'user', content })) });
    const prompt = (name, run) => server.registerPrompt(name, { description: name }, run);
    prompt('test_simple_prompt', async () => messages(text('This is a simple prompt for testing.')));
    server.registerPrompt('test_prompt_with_arguments', { description: 'arguments', argsSchema: z.object({
        arg1: completable(z.string(), () => ['paris', 'park']), arg2: completable(z.string(), () => ['paris', 'park']) }) },
        async ({ arg1, arg2 }) => messages(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)));
    server.registerPrompt('test_prompt_with_embedded_resource', { description: 'resource',
        argsSchema: z.object({ resourceUri: z.string() }) }, async ({ resourceUri }) => messages({ type: 'resource', resource:
            { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' } },
            text('Please process the embedded resource above.')));
    prompt('test_prompt_with_image', async () => messages(image, text('Please analyze the image above.')));
    prompt('test_input_required_result_prompt', async ({ mcpReq }) => {
        const given = acceptedContent(mcpReq.inputResponses, 'user_context');
        return given ? messages(text(`In the context of ${given.context}`))
            : inputRequired({ inputRequests: { user_context: asked.context } });
    });
    return server;
}

if (way === 'stdio') {
    const { serveStdio } = await load('@modelcontextprotocol/server/stdio');
    serveStdio(() => {
        const changed = { tools: () => server.sendToolListChanged(), prompts: () => server.sendPromptListChanged() };
        const server = makeServer(changed);
        return server;
    });
} else {
    const { createServer } = await import('node:http');
    const { getRequestListener } = await load('@hono/node-server');
    const changed = { tools: () => handler.notify.toolsChanged(), prompts: () => handler.notify.promptsChanged() };
    const handler = sdk.createMcpHandler(() => makeServer(changed));
    const http = createServer(getRequestListener(request =>
        sdk.hostHeaderValidationResponse(request, sdk.localhostAllowedHostnames()) ??
        sdk.originValidationResponse(request, sdk.localhostAllowedOrigins()) ?? handler.fetch(request)));
    http.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${http.address().port}/mcp`));
}
