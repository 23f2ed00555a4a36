// SPDX-License-Identifier: Apache-2.0
// A server on the official SDK that speaks both eras on standard input and output. deploy asks before it is done.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// The packages lie in build/interop, not beside this file.
const packages = createRequire(process.argv[2] + '/');
const load = name => import(pathToFileURL(packages.resolve(name)).href);
const { McpServer, inputRequired, acceptedContent } = await load('@modelcontextprotocol/server');
const { serveStdio } = await load('@modelcontextprotocol/server/stdio');
const { z } = await load('zod');

serveStdio(() => {
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
});
