// SPDX-License-Identifier: Apache-2.0
// node client.mjs PACKAGES ERA FORMS TOOL ARGUMENTS (COMMAND ARG… | URL [TOKEN]): an MCP client on the official SDK.
// ERA is v1 (the package of the handshake), legacy or modern (the package of 2026-07-28); FORMS is yes when it shows
// forms, which it accepts.
// Prints what came of one call as JSON.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, era, forms, tool, argumentsText, command, ...args] = process.argv.slice(2);
const packages = createRequire(folder + '/');
const load = name => import(pathToFileURL(packages.resolve(name)).href);
const v1 = era === 'v1';
const { Client } = await load(v1 ? '@modelcontextprotocol/sdk/client/index.js' : '@modelcontextprotocol/client');
const { StdioClientTransport } =
    await load(v1 ? '@modelcontextprotocol/sdk/client/stdio.js' : '@modelcontextprotocol/client/stdio');
const { StreamableHTTPClientTransport } =
    await load(v1 ? '@modelcontextprotocol/sdk/client/streamableHttp.js' : '@modelcontextprotocol/client');
const requestInit = { headers: args[0] ? { Authorization: `Bearer ${args[0]}` } : {} };
const transport = command.startsWith('http://') ? new StreamableHTTPClientTransport(new URL(command), { requestInit })
    : new StdioClientTransport({ command, args, env: process.env, stderr: 'inherit' });

const options = { capabilities: forms === 'yes' ? { elicitation: { form: {} } } : {} };
if (!v1) {
    options.versionNegotiation = { mode: era === 'modern' ? { pin: '2026-07-28' } : 'legacy' };
}
const client = new Client({ name: `interop-${era}`, version: '1.0.0' }, options);
if (forms === 'yes') {
    const accept = async () => ({ action: 'accept', content: { confirm: true } });
    if (v1) {
        const { ElicitRequestSchema } = await load('@modelcontextprotocol/sdk/types.js');
        client.setRequestHandler(ElicitRequestSchema, accept);
    } else {
        client.setRequestHandler('elicitation/create', accept);
    }
}
await client.connect(transport);
const { tools } = await client.listTools();
let progress = 0;
const call = { name: tool, arguments: JSON.parse(argumentsText) };
const settings = { timeout: 60000, resetTimeoutOnProgress: true, onprogress: () => { progress += 1; } };
let result;
try {
    result = v1 ? await client.callTool(call, undefined, settings) : await client.callTool(call, settings);
} catch (error) {
    result = { thrown: String(error) };
}
console.log(JSON.stringify({ tools: tools.map(one => one.name), progress, result }));
await client.close();
process.exit(0);
