// SPDX-License-Identifier: Apache-2.0
// A workflow that waits for approval, told to clients by a list in the state and by application messages.
import { Agent, callable } from 'agents';
import { AgentWorkflow } from 'agents/workflows';

export class ExpenseAgent extends Agent {
    initialState = { items: [] };

    onStart() {
        this.sql`CREATE TABLE IF NOT EXISTS runs (workflow_id TEXT, amount REAL, at INTEGER)`;
    }

    #change(workflowId, fields) {
        this.setState({
            ...this.state,
            items: this.state.items.map((item) => (item.workflowId === workflowId ? { ...item, ...fields } : item)),
        });
    }

    @callable()
    async submit(employee, amount, purpose, timeout = '1 hour') {
        const expense = { employee, amount, purpose, timeout };
        const workflowId = await this.runWorkflow('EXPENSE_WORKFLOW', expense, { metadata: { employee, amount } });
        // The workflow may have come further than this line already.
        if (!this.state.items.some((item) => item.workflowId === workflowId)) {
            this.setState({ ...this.state, items: [...this.state.items, { workflowId, status: 'queued', expense }] });
        }
        return workflowId;
    }

    @callable()
    async approve(workflowId, approvedBy) {
        await this.approveWorkflow(workflowId, { reason: 'looks fine', metadata: { approvedBy } });
        this.#change(workflowId, { status: 'approved' });
    }

    @callable()
    async reject(workflowId, reason) {
        await this.rejectWorkflow(workflowId, { reason });
        this.#change(workflowId, { status: 'rejected', detail: reason });
    }

    @callable()
    tracking(workflowId) {
        return this.getWorkflow(workflowId);
    }

    @callable()
    live(workflowId) {
        return this.getWorkflowStatus('EXPENSE_WORKFLOW', workflowId);
    }

    /// Every expense that was paid, in order.
    @callable()
    ledger() {
        return this.sql`SELECT workflow_id AS workflowId, amount, at FROM runs ORDER BY rowid`;
    }

    pay(workflowId, amount) {
        this.sql`INSERT INTO runs VALUES (${workflowId}, ${amount}, ${Date.now()})`;
        return { receipt: `R-${amount}` };
    }

    async onWorkflowProgress(workflowName, workflowId, progress) {
        if (!this.state.items.some((item) => item.workflowId === workflowId)) {
            this.setState({
                ...this.state,
                items: [...this.state.items, { workflowId, status: 'queued', expense: progress.expense }],
            });
        }
        this.#change(workflowId, { status: progress.status });
    }

    async onWorkflowEvent(workflowName, workflowId, event) {
        this.broadcast(JSON.stringify({ type: 'expense_event', workflowId, event }));
    }

    async onWorkflowComplete(workflowName, workflowId, result) {
        this.#change(workflowId, { status: 'complete', detail: result });
    }

    async onWorkflowError(workflowName, workflowId, error) {
        this.#change(workflowId, { status: 'errored', detail: error });
    }
}

export class ExpenseWorkflow extends AgentWorkflow {
    async run(event, step) {
        const expense = event.payload;
        await step.do('check', async () => ({ ok: expense.amount > 0 }));
        await this.reportProgress({ step: 'approval', status: 'waiting', expense });
        this.broadcastToClients({ type: 'expense_waiting', workflowId: this.workflowId, expense });
        const approval = await this.waitForApproval(step, { timeout: expense.timeout });
        await step.sendEvent({ kind: 'approved', approval });
        const result = await step.do('pay', async () => this.agent.pay(this.workflowId, expense.amount));
        await step.mergeAgentState({ lastReceipt: result.receipt });
        await step.reportComplete(result);
        return result;
    }
}
