// SPDX-License-Identifier: Apache-2.0
// node prove.mjs PACKAGES [WORDS OF A NAME]: starts the Worker and plays every pattern with a bare client, so that a failure of the C++
// tests can be told from a Worker that does not do what its README says. Prints one line per pattern; exits 1 on failure.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const child = spawn(process.execPath, [join(here, 'start.mjs'), process.argv[2] ?? '.'], {
    stdio: ['pipe', 'pipe', 'inherit'],
});
const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
const nextAnswer = async () => JSON.parse((await answers.next()).value);
const { url } = await nextAnswer();

async function command(name, fields = {}) {
    child.stdin.write(JSON.stringify({ do: name, ...fields }) + '\n');
    const answer = await nextAnswer();
    assert.equal(answer.error, undefined);
    return answer.result;
}

class Client {
    frames = [];
    #calls = 0;
    #waiters = [];

    static async open(path, options = {}) {
        const client = new Client();
        client.path = path;
        client.socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, options);
        client.socket.onmessage = ({ data }) => {
            client.frames.push(data.startsWith('{') ? JSON.parse(data) : data);
            client.#wake();
        };
        client.socket.onclose = ({ code, reason }) => {
            client.closed = { code, reason };
            client.#wake();
        };
        await new Promise((resolve, reject) => {
            client.socket.onopen = resolve;
            client.socket.onerror = () => reject(new Error(`${path} was refused`));
        });
        client.socket.onerror = () => {};
        return client;
    }
    #wake() {
        this.#waiters.splice(0).forEach((wake) => wake());
    }
    /// The first frame, also of those that came already, for which \p wanted holds; each frame is given once.
    async frame(wanted, what = wanted.toString(), timeoutMs = 10_000) {
        const end = Date.now() + timeoutMs;
        for (let seen = 0; ;) {
            for (; seen < this.frames.length; ++seen) {
                if (wanted(this.frames[seen])) {
                    return this.frames.splice(seen, 1)[0];
                }
            }
            assert.ok(Date.now() < end, `no such frame: ${what}; last: ${JSON.stringify(this.frames.slice(-5))}`);
            await new Promise((resolve) => {
                this.#waiters.push(resolve);
                setTimeout(resolve, 100);
            });
        }
    }
    async end(timeoutMs = 10_000) {
        const limit = Date.now() + timeoutMs;
        while (!this.closed && Date.now() < limit) {
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return this.closed;
    }
    send(frame) {
        this.socket.send(JSON.stringify(frame));
    }
    async call(method, ...args) {
        const id = `call-${++this.#calls}`;
        this.send({ type: 'rpc', id, method, args });
        const reply = await this.frame((f) => f.type === 'rpc' && f.id === id && f.done !== false, `reply of ${method}`);
        if (!reply.success) {
            throw new Error(reply.error);
        }
        return reply.result;
    }
    state(wanted) {
        return this.frame((f) => f.type === 'cf_agent_state' && wanted(f.state), `state ${wanted}`);
    }
    /// Says something and waits for the end of the turn.
    async say(text, extra = {}) {
        const id = `ask-${++this.#calls}`;
        const messages = [...(await this.transcript()), { id: `u-${id}-${Date.now()}`, role: 'user', parts: [{ type: 'text', text }] }];
        this.send({
            type: 'cf_agent_use_chat_request',
            id,
            init: { method: 'POST', body: JSON.stringify({ messages, trigger: 'submit-message', ...extra }) },
        });
        return id;
    }
    async sayAndWait(text, extra) {
        const id = await this.say(text, extra);
        return this.frame((f) => f.type === 'cf_agent_use_chat_response' && f.id === id && f.done, `end of "${text}"`);
    }
    async transcript() {
        return (await fetch(`${url}${this.path.split('?')[0]}/get-messages`)).json();
    }
    async toolParts() {
        return (await this.transcript()).flatMap((m) => m.parts).filter((p) => p.toolCallId);
    }
    async lastText() {
        return (await this.transcript()).at(-1).parts.filter((p) => p.type === 'text').map((p) => p.text).join('');
    }
    continuationDone() {
        return this.frame((f) => f.type === 'cf_agent_use_chat_response' && f.continuation && f.done, 'end of the continuation');
    }
    close() {
        this.socket.close(1000);
    }
}

/// What arrives until the connection ends. (Node's own WebSocket may drop what came just before the end.)
function bareUpgrade(path) {
    return new Promise((resolve) => {
        let text = '';
        const socket = connect(Number(new URL(url).port), '127.0.0.1');
        socket.on('data', (data) => (text += data.toString('latin1'))).on('close', () => resolve(text));
        socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
            + 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
    });
}

const patterns = {
    async 'state: pending and history, by method and by message'() {
        const a = await Client.open('/agents/confirm-agent/one?_pk=client-a');
        const b = await Client.open('/agents/confirm-agent/one?_pk=client-b');
        assert.deepEqual(await a.frame((f) => f.type === 'cf_agent_identity'),
            { type: 'cf_agent_identity', name: 'one', agent: 'confirm-agent', stateFollows: true });
        await a.frame((f) => f.type === 'cf_agent_mcp_servers');
        await b.state(() => true);
        assert.equal(await a.call('propose', 'Wire 900 EUR', 900), 'req-1');
        await b.frame((f) => f.type === 'confirm_request' && f.item.risk === 'high');
        assert.deepEqual(await b.call('decide', 'req-1', false, 'too much'),
            { id: 'req-1', decision: 'rejected', by: 'rpc', reason: 'too much' });
        await a.state((s) => s.pending.length === 0 && s.history.length === 1);
        await a.call('propose', 'Delete a draft', 1);
        b.send({ type: 'confirm_answer', id: 'req-2', approved: true, reason: 'by message' });
        await b.frame((f) => f.type === 'confirm_ack' && f.decision === 'approved' && f.by === 'client-b');
        await assert.rejects(a.call('decide', 'req-2', true), /No pending confirmation req-2/);
        await assert.rejects(a.call('notCallable'), /is not callable/);
        assert.deepEqual(await a.call('execute', 'req-1', 3), { id: 'req-1', finished: true });
        await assert.rejects(a.call('executeBadly'), /step 2 failed/);
        a.send({ type: 'cf_agent_state', state: { pending: [], history: [], note: 'forbidden' } });
        await a.frame((f) => f.type === 'cf_agent_state_error' && f.error === 'State update rejected');
    },
    async 'state: readonly and silent connections'() {
        const viewer = await Client.open('/agents/confirm-agent/two?mode=view');
        const silent = await Client.open('/agents/confirm-agent/two?protocol=off');
        await assert.rejects(viewer.call('propose', 'x', 1), /Connection is readonly/);
        await silent.call('propose', 'y', 1);
        await viewer.state((s) => s.pending.length === 1);
        assert.ok(silent.frames.every((f) => !String(f.type).startsWith('cf_agent')));
    },
    async 'guard: token by query and by header, codes of closing'() {
        await assert.rejects(Client.open('/agents/guarded-agent/vault'));
        await assert.rejects(Client.open('/agents/guarded-agent/vault?token=wrong'));
        const byQuery = await Client.open('/agents/guarded-agent/vault?token=interop-token');
        await byQuery.state(() => true);
        const byHeader = await Client.open('/agents/guarded-agent/vault', { headers: { authorization: 'Bearer interop-token' } });
        await byHeader.state(() => true);
        byHeader.send({ type: 'close_me', code: 4401, reason: 'token expired' });
        assert.deepEqual(await byHeader.end(), { code: 4401, reason: 'token expired' });
        assert.equal((await fetch(`${url}/agents/guarded-agent/vault`)).status, 401);
        assert.equal((await fetch(`${url}/agents/no-such-agent/x`)).status, 400);
    },
    async 'workflow: approve, reject, time out, decide late'() {
        const a = await Client.open('/agents/expense-agent/one');
        const paid = await a.call('submit', 'sam', 250, 'train tickets');
        await a.state((s) => s.items.some((i) => i.workflowId === paid && i.status === 'waiting'));
        await a.frame((f) => f.type === 'expense_waiting' && f.workflowId === paid);
        assert.equal((await a.call('tracking', paid)).status, 'running');
        await a.call('approve', paid, 'dana');
        await a.state((s) => s.items.some((i) => i.workflowId === paid && i.status === 'complete'));
        const rejected = await a.call('submit', 'sam', 99, 'no receipt');
        await a.state((s) => s.items.some((i) => i.workflowId === rejected && i.status === 'waiting'));
        await a.call('reject', rejected, 'no receipt attached');
        await a.state((s) => s.items.some((i) => i.workflowId === rejected && i.status === 'errored' && i.detail === 'no receipt attached'));
        const late = await a.call('submit', 'sam', 50, 'slow', '1 second');
        await a.state((s) => s.items.some((i) => i.workflowId === late && i.status === 'errored' && /timed out/.test(i.detail)));
        await a.call('approve', late, 'late');
        assert.deepEqual((await a.call('ledger')).map((r) => r.amount), [250]);
    },
    async 'workflow: pendingApprovals with reason and metadata'() {
        const a = await Client.open('/agents/approval-agent/one');
        const yes = await a.call('publish', 'Launch', 'We are live.');
        const first = await a.state((s) => s.pendingApprovals.length === 1);
        assert.equal(first.state.pendingApprovals[0].workflowId, yes);
        assert.equal(first.state.pendingApprovals[0].expiresAt - first.state.pendingApprovals[0].requestedAt, 3_600_000);
        await a.call('approve', yes, { reason: 'good', metadata: { by: 'dana' } });
        const done = await a.state((s) => s.finished.length === 1);
        assert.deepEqual(done.state.finished[0].result, { published: 'Launch', approval: { by: 'dana' } });
        const no = await a.call('publish', 'Rumour', 'Not true.');
        await a.state((s) => s.pendingApprovals.some((p) => p.workflowId === no));
        await a.call('reject', no, { reason: 'not true' });
        await a.state((s) => s.finished.some((f) => f.workflowId === no && f.error === 'not true'));
    },
    async 'chat: approve, deny, deny with a reason the model sees'() {
        const a = await Client.open('/agents/ops-chat/one');
        const b = await Client.open('/agents/ops-chat/one');
        await a.sayAndWait('pay 250 to alice');
        await b.frame((f) => f.type === 'cf_agent_chat_messages' && f.messages.at(-1).parts.some((p) => p.state === 'approval-requested'));
        let [part] = await a.toolParts();
        assert.deepEqual([part.type, part.state, part.input], ['tool-processPayment', 'approval-requested', { amount: 250, recipient: 'alice' }]);
        a.send({ type: 'cf_agent_tool_approval', toolCallId: part.toolCallId, approved: true, autoContinue: true });
        await a.frame((f) => f.type === 'cf_agent_message_updated');
        await a.continuationDone();
        assert.match(await a.lastText(), /processPayment said .*"paid":250/);
        await a.sayAndWait('delete account u7');
        part = (await a.toolParts()).at(-1);
        a.send({ type: 'cf_agent_tool_approval', toolCallId: part.toolCallId, approved: false, autoContinue: true });
        await a.continuationDone();
        assert.equal((await a.toolParts()).at(-1).state, 'output-denied');
        assert.match(await a.lastText(), /deleteAccount failed: Tool call execution denied/);
        await a.sayAndWait('pay 300 to bob');
        part = (await a.toolParts()).at(-1);
        a.send({ type: 'cf_agent_tool_result', toolCallId: part.toolCallId, toolName: 'processPayment', output: null, state: 'output-error', errorText: 'Bob is not a supplier.', autoContinue: true });
        await a.continuationDone();
        assert.match(await a.lastText(), /processPayment failed: Bob is not a supplier/);
        await a.sayAndWait('pay 20 to carol');
        assert.match(await a.lastText(), /"paid":20/);
        assert.deepEqual((await a.call('ledger')).map((r) => [r.tool, r.input.amount]), [['processPayment', 250], ['processPayment', 20]]);
    },
    async 'chat: client-side tools, and tools that the client defines'() {
        const a = await Client.open('/agents/ops-chat/two');
        await a.sayAndWait('where am i');
        const [part] = await a.toolParts();
        assert.deepEqual([part.type, part.state], ['tool-getLocation', 'input-available']);
        a.send({ type: 'cf_agent_tool_result', toolCallId: part.toolCallId, toolName: 'getLocation', output: { city: 'Lisbon' }, autoContinue: true });
        a.send({ type: 'cf_agent_stream_resume_request', probeId: 'p1' });
        const offer = await a.frame((f) => f.type === 'cf_agent_stream_resuming');
        a.send({ type: 'cf_agent_stream_resume_ack', id: offer.id });
        await a.continuationDone();
        assert.match(await a.lastText(), /getLocation said .*Lisbon/);
        await a.sayAndWait('read the clipboard');
        const clipboard = (await a.toolParts()).at(-1);
        a.send({ type: 'cf_agent_tool_result', toolCallId: clipboard.toolCallId, toolName: 'readClipboard', output: null, state: 'output-error', errorText: 'Not now.', autoContinue: true });
        await a.continuationDone();
        assert.match(await a.lastText(), /readClipboard failed: Not now/);
    },
    async 'chat: two calls in one step, and steps that follow each other'() {
        const a = await Client.open('/agents/ops-chat/three');
        await a.sayAndWait('pay two 400 500');
        const [first, second] = await a.toolParts();
        a.send({ type: 'cf_agent_tool_approval', toolCallId: first.toolCallId, approved: true, autoContinue: true });
        await a.frame((f) => f.type === 'cf_agent_message_updated');
        assert.deepEqual(await a.call('ledger'), []);
        a.send({ type: 'cf_agent_tool_approval', toolCallId: second.toolCallId, approved: false, autoContinue: true });
        await a.continuationDone();
        assert.deepEqual((await a.call('ledger')).map((r) => r.input.amount), [400]);
        await a.sayAndWait('pay 200 to ann and where am i');
        const [pay, where] = (await a.toolParts()).slice(-2);
        assert.deepEqual([pay.state, where.state], ['approval-requested', 'input-available']);
        a.send({ type: 'cf_agent_tool_result', toolCallId: where.toolCallId, toolName: 'getLocation', output: 'here', autoContinue: true });
        a.send({ type: 'cf_agent_tool_approval', toolCallId: pay.toolCallId, approved: true, autoContinue: true });
        await a.continuationDone();
        await a.sayAndWait('pay 201 to ann then pay 202 to ben');
        const step1 = (await a.toolParts()).at(-1);
        a.send({ type: 'cf_agent_tool_approval', toolCallId: step1.toolCallId, approved: true, autoContinue: true });
        await a.continuationDone();
        const step2 = (await a.toolParts()).at(-1);
        assert.deepEqual([step2.input.amount, step2.state], [202, 'approval-requested']);
        a.send({ type: 'cf_agent_tool_approval', toolCallId: step2.toolCallId, approved: true, autoContinue: true });
        await a.continuationDone();
        assert.deepEqual((await a.call('ledger')).map((r) => r.input.amount), [400, 200, 201, 202]);
    },
    async 'chat: two reviewers, the first answer wins'() {
        const a = await Client.open('/agents/ops-chat/four');
        const b = await Client.open('/agents/ops-chat/four');
        await a.sayAndWait('pay 800 to alice');
        const [part] = await a.toolParts();
        a.send({ type: 'cf_agent_tool_approval', toolCallId: part.toolCallId, approved: false, autoContinue: true });
        await b.frame((f) => f.type === 'cf_agent_message_updated');
        b.send({ type: 'cf_agent_tool_approval', toolCallId: part.toolCallId, approved: true, autoContinue: true });
        await a.continuationDone();
        assert.equal((await a.toolParts())[0].state, 'output-denied');
        assert.deepEqual(await a.call('ledger'), []);
    },
    async 'chat: cut in the middle of a stream, resumed from the start'() {
        const a = await Client.open('/agents/ops-chat/five');
        const id = await a.say('stream 40 words every 25 ms');
        await a.frame((f) => f.seq === 8);
        await command('drop');
        assert.equal((await a.end()).code, 1006);
        const b = await Client.open('/agents/ops-chat/five');
        const offer = await b.frame((f) => f.type === 'cf_agent_stream_resuming');
        assert.equal(offer.id, id);
        b.send({ type: 'cf_agent_stream_resume_ack', id });
        await b.frame((f) => f.id === id && f.replay && f.seq === 0);
        await b.frame((f) => f.id === id && f.replayComplete);
        await b.frame((f) => f.id === id && f.done);
        assert.equal((await b.lastText()).trim().split(' ').length, 40);
    },
    async 'chat: an error of the model, and a cancelled turn'() {
        const a = await Client.open('/agents/ops-chat/six');
        const failed = await a.sayAndWait('fail');
        assert.equal(failed.outcome, 'error');
        const id = await a.say('stream 400 words every 25 ms');
        await a.frame((f) => f.id === id && f.seq === 5);
        a.send({ type: 'cf_agent_chat_request_cancel', id });
        assert.equal((await a.frame((f) => f.id === id && f.done)).outcome, 'aborted');
    },
    async 'chat: a transcript of 1,000 messages'() {
        const a = await Client.open('/agents/ops-chat/seven');
        assert.equal(await a.call('fill', 1000), 1000);
        assert.equal((await a.transcript()).length, 1000);
        await a.sayAndWait('pay 900 to zoe');
        assert.equal((await a.toolParts()).at(-1).state, 'approval-requested');
    },
    async 'faults: cut after a number of frames'() {
        for (const serverFrames of [0, 1, 2]) {
            await command('cut', { serverFrames });
            assert.equal((await bareUpgrade('/agents/confirm-agent/eight')).match(/"cf_agent_(identity|state|mcp_servers)"/g)?.length ?? 0, serverFrames);
        }
        await command('cut', { clientFrames: 1 });
        const a = await Client.open('/agents/confirm-agent/eight');
        a.send({ type: 'rpc', id: 'lost', method: 'propose', args: ['arrives', 1] });
        await a.end();
        const b = await Client.open('/agents/confirm-agent/eight');
        assert.equal((await b.state(() => true)).state.pending.length, 1);
    },
    async 'faults: restart while a payment and a workflow wait'() {
        const a = await Client.open('/agents/ops-chat/nine');
        const w = await Client.open('/agents/expense-agent/nine');
        await a.sayAndWait('pay 777 to alice');
        const workflowId = await w.call('submit', 'sam', 77, 'survives a restart');
        await w.state((s) => s.items.some((i) => i.workflowId === workflowId && i.status === 'waiting'));
        await command('restart');
        await Promise.all([a.end(), w.end()]);
        const a2 = await Client.open('/agents/ops-chat/nine');
        const [part] = await a2.toolParts();
        assert.equal(part.state, 'approval-requested');
        a2.send({ type: 'cf_agent_tool_approval', toolCallId: part.toolCallId, approved: true, autoContinue: true });
        await a2.continuationDone();
        assert.equal((await a2.call('ledger')).length, 1);
        const w2 = await Client.open('/agents/expense-agent/nine');
        assert.equal((await w2.state(() => true)).state.items[0].status, 'waiting');
        await w2.call('approve', workflowId, 'dana');
        await w2.frame((f) => f.type === 'expense_waiting');
        await w2.state((s) => s.items.some((i) => i.workflowId === workflowId && i.status === 'complete'));
        assert.equal((await w2.call('ledger')).length, 1);
    },
};

let failures = 0;
const only = process.argv[3] ?? '';
for (const [name, play] of Object.entries(patterns).filter(([title]) => title.includes(only))) {
    const started = Date.now();
    try {
        await play();
        console.log(`ok    ${String(Date.now() - started).padStart(5)} ms  ${name}`);
    } catch (error) {
        ++failures;
        console.log(`FAIL  ${String(Date.now() - started).padStart(5)} ms  ${name}\n${error.stack}`);
    }
}
console.log(JSON.stringify(await command('statistics')));
child.stdin.end();
await new Promise((resolve) => child.on('exit', resolve));
process.exit(failures === 0 ? 0 : 1);
