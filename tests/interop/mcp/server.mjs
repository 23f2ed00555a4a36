// SPDX-License-Identifier: Apache-2.0
// node server.mjs PACKAGES [http]: a server on the official SDK that speaks both eras, on standard input and output or by
// HTTP, where it prints its address. deploy asks before it is done.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// The packages lie in build/interop, not beside this file.
const packages = createRequire(process.argv[2] + '/');
const load = name => import(pathToFileURL(packages.resolve(name)).href);
const { McpServer, inputRequired, acceptedContent, createMcpHandler } = await load('@modelcontextprotocol/server');
const { serveStdio } = await load('@modelcontextprotocol/server/stdio');
const { z } = await load('zod');

const makeServer = () => {
    const server = new McpServer({ name: 'interop', version: '1.0.0' }, { capabilities: { tools: {} } });
    server.registerTool('pay', { description: 'Pays', inputSchema: z.object({ amount: z.number() }) },
        async ({ amount }) => ({ content: [{ type: 'text', text: `paid ${amount}` }] }));
    const wanted = z.object({ confirm: z.boolean() });
    server.registerTool('deploy', { description: 'Deploys', inputSchema: z.object({ env: z.string() }) },
        async ({ env }, context) => {
            const given = acceptedContent(context.mcpReq.inputResponses, 'confirm', wanted);
            if (given?.confirm === true) {
                return { content: [{ type: 'text', text: `deployed to ${env}` }] };
            }
            return inputRequired({
                inputRequests: { confirm: inputRequired.elicit({ message: `Deploy to ${env}?`, requestedSchema: wanted }) }
            });
        });
    return server;
};

if (process.argv[3] === 'http') {
    const { createServer } = await import('node:http');
    const { getRequestListener } = await load('@hono/node-server');
    const handler = createMcpHandler(makeServer);
    const server = createServer(getRequestListener(request => handler.fetch(request)));
    server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/mcp`));
} else {
    serveStdio(makeServer);
}
