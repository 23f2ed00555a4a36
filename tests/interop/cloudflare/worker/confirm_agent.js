// SPDX-License-Identifier: Apache-2.0
// Plain state and WebSocket confirmations: `pending` and `history`, decided by a method or by an application message.
import { Agent, callable } from 'agents';

export class ConfirmAgent extends Agent {
    initialState = { pending: [], history: [], note: '' };

    shouldConnectionBeReadonly(connection, { request }) {
        return new URL(request.url).searchParams.get('mode') === 'view';
    }

    shouldSendProtocolMessages(connection, { request }) {
        return new URL(request.url).searchParams.get('protocol') !== 'off';
    }

    validateStateChange(next) {
        if (!Array.isArray(next?.pending) || next.note === 'forbidden') {
            throw new Error('This state is not accepted.');
        }
    }

    onStart() {
        this.sql`CREATE TABLE IF NOT EXISTS numbers (id INTEGER PRIMARY KEY AUTOINCREMENT)`;
        this.sql`CREATE TABLE IF NOT EXISTS runs (id TEXT, input TEXT, at INTEGER)`;
    }

    @callable()
    propose(title, amount = 0) {
        const [{ id: number }] = this.sql`INSERT INTO numbers DEFAULT VALUES RETURNING id`;
        const item = {
            id: `req-${number}`,
            title,
            amount,
            risk: amount > 100 ? 'high' : 'low',
            requestedAt: Date.now(),
        };
        this.setState({ ...this.state, pending: [...this.state.pending, item] });
        this.broadcast(JSON.stringify({ type: 'confirm_request', item }));
        return item.id;
    }

    @callable()
    decide(id, approved, reason = '') {
        return this.#settle(id, approved, 'rpc', reason);
    }

    /// The same, for whoever may change what is going to happen.
    @callable()
    decideWith(id, approved, input, reason = '') {
        return this.#settle(id, approved, 'rpc', reason, input);
    }

    /// Every confirmation that was carried out, in order.
    @callable()
    ledger() {
        return this.sql`SELECT id, input, at FROM runs ORDER BY rowid`.map((row) => ({
            ...row,
            input: JSON.parse(row.input),
        }));
    }

    /// The agent itself gives a question up.
    @callable()
    cancel(id, reason = 'no longer needed') {
        return this.#settle(id, null, 'agent', reason);
    }

    #settle(id, approved, by, reason, input) {
        const asked = this.state.pending.find((item) => item.id === id);
        if (!asked) {
            throw new Error(`No pending confirmation ${id}`);
        }
        const decision = approved === null ? 'cancelled' : approved ? 'approved' : 'rejected';
        const entry = { id, decision, by, reason };
        this.setState({
            ...this.state,
            pending: this.state.pending.filter((item) => item.id !== id),
            history: [...this.state.history, entry],
            note: asked.title === 'forbidden' ? 'forbidden' : this.state.note,
        });
        if (approved) {
            const runs = input ?? { title: asked.title, amount: asked.amount };
            this.sql`INSERT INTO runs VALUES (${id}, ${JSON.stringify(runs)}, ${Date.now()})`;
        }
        return entry;
    }

    onMessage(connection, message) {
        let frame;
        try {
            frame = JSON.parse(message);
        } catch {
            connection.send(`not json: ${message}`);
            return;
        }
        if (frame.type !== 'confirm_answer') {
            return;
        }
        try {
            const entry = this.#settle(frame.id, frame.approved, connection.id, frame.reason ?? '');
            connection.send(JSON.stringify({ type: 'confirm_ack', ...entry }));
        } catch (error) {
            connection.send(JSON.stringify({ type: 'confirm_error', id: frame.id, error: error.message }));
        }
    }

    @callable({ streaming: true })
    async execute(stream, id, steps) {
        for (let step = 1; step <= steps; ++step) {
            stream.send({ id, step, of: steps });
        }
        stream.end({ id, finished: true });
    }

    @callable({ streaming: true })
    async executeBadly(stream) {
        stream.send({ step: 1 });
        throw new Error('step 2 failed');
    }

    @callable()
    boom() {
        throw new Error('boom: this always fails');
    }

    /// Answers after \p ms, for connections that are cut while a call is on its way.
    @callable()
    async slow(ms) {
        await new Promise((resolve) => setTimeout(resolve, ms));
        return ms;
    }

    notCallable() {}
}
