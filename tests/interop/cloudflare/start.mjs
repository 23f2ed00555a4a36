// SPDX-License-Identifier: Apache-2.0
// node start.mjs PACKAGES [--data FOLDER]: bundles the Worker and runs it on workerd, on loopback, behind a gate that can
// make faults. PACKAGES is the folder whose node_modules holds the packages of package.json. One line of JSON on stdout
// says {"url":…} when it is ready; commands are lines of JSON on stdin, each answered by one line; the end of stdin ends it.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Gate } from './gate.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const packages = resolve(process.argv[2] ?? '.');
const require = createRequire(join(packages, 'package.json'));
const keptData = process.argv[3] === '--data' ? resolve(process.argv[4]) : undefined;
const scratch = mkdtempSync(join(tmpdir(), 'countersign-interop-'));
const data = keptData ?? join(scratch, 'data');
process.env.TMPDIR = scratch; // What miniflare writes down goes away with the rest.

function say(line) {
    process.stdout.write(JSON.stringify(line) + '\n');
}

async function bundle() {
    const outfile = join(scratch, 'worker.mjs');
    await require('esbuild').build({
        entryPoints: [join(here, 'worker/index.js')],
        outfile,
        bundle: true,
        format: 'esm',
        target: 'es2022',
        conditions: ['workerd', 'worker', 'browser'],
        platform: 'neutral',
        mainFields: ['module', 'main'],
        keepNames: true,
        nodePaths: [join(packages, 'node_modules')],
        external: ['cloudflare:*', 'node:*'],
        plugins: [{
            // workerd knows Node's own modules by their full names only.
            name: 'node-modules-by-full-name',
            setup(build) {
                const names = new Set(require('node:module').builtinModules);
                build.onResolve({ filter: /^[a-z_/]+$/ }, ({ path }) =>
                    names.has(path) ? { path: `node:${path}`, external: true } : undefined);
            },
        }],
        logLevel: 'error',
    });
    return outfile;
}

function options(script) {
    const durableObject = (className) => ({ className, useSQLite: true });
    return {
        host: '127.0.0.1',
        port: 0,
        modules: true,
        scriptPath: script,
        modulesRoot: dirname(script),
        compatibilityDate: '2026-07-01',
        compatibilityFlags: ['nodejs_compat'],
        durableObjects: {
            ApprovalAgent: durableObject('ApprovalAgent'),
            ConfirmAgent: durableObject('ConfirmAgent'),
            ExpenseAgent: durableObject('ExpenseAgent'),
            GuardedAgent: durableObject('GuardedAgent'),
            OpsChat: durableObject('OpsChat'),
        },
        workflows: {
            APPROVAL_WORKFLOW: { name: 'approval-workflow', className: 'ApprovalWorkflow' },
            EXPENSE_WORKFLOW: { name: 'expense-workflow', className: 'ExpenseWorkflow' },
        },
        durableObjectsPersist: join(data, 'objects'),
        workflowsPersist: join(data, 'workflows'),
        handleRuntimeStdio(out, err) {
            out.pipe(process.stderr, { end: false });
            err.pipe(process.stderr, { end: false });
        },
    };
}

const { Log, LogLevel, Miniflare } = require('miniflare');
const script = await bundle();
const gate = new Gate();
let server;

async function start() {
    server = new Miniflare({ ...options(script), log: new Log(LogLevel.NONE) });
    gate.target = Number((await server.ready).port);
}

async function stop() {
    gate.target = undefined;
    gate.dropAll();
    await server.dispose();
}

const commands = {
    /// Every open connection is cut without a close frame.
    drop: async () => gate.dropAll(),
    /// The next connection is cut after so many frames from the server, or from the client.
    cut: async ({ serverFrames, clientFrames }) => gate.cutNext({ serverFrames, clientFrames }),
    /// New connections are refused until `open`; those that are open are cut.
    close: async () => gate.close(),
    open: async () => gate.open(),
    /// Bytes stop in both directions, connections stay, until `open`.
    stall: async () => gate.stall(),
    /// workerd is killed and started again on the same data. Connections fail meanwhile; the URL stays.
    restart: async () => {
        await stop();
        await start();
    },
    /// The same in two halves.
    stop,
    start,
    statistics: async () => gate.statistics(),
};

async function finish(code) {
    await gate.end();
    await server?.dispose();
    rmSync(scratch, { recursive: true, force: true });
    process.exit(code);
}

await start();
const port = await gate.listen();
say({ url: `http://127.0.0.1:${port}` });

let turn = Promise.resolve();
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
    turn = turn.then(async () => {
        let name;
        try {
            const command = JSON.parse(line);
            name = command.do;
            say({ did: name, result: (await commands[name](command)) ?? null });
        } catch (error) {
            say({ did: name ?? null, error: String(error?.message ?? error) });
        }
    });
});
lines.on('close', () => {
    turn = turn.then(() => finish(0));
});
process.on('SIGTERM', () => finish(0));
process.on('SIGINT', () => finish(0));
