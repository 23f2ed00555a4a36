// SPDX-License-Identifier: Apache-2.0
// The workflow pattern as the SDK's own guide writes it: `pendingApprovals` in the state, approve(workflowId, options)
// with a reason and metadata, reject(workflowId, options). An item leaves the list when it is decided.
import { Agent, callable } from 'agents';
import { AgentWorkflow } from 'agents/workflows';

const timeUnits = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function expiry(from, timeout) {
    const m = /^(\d+) (second|minute|hour|day)s?$/.exec(timeout);
    return m ? from + Number(m[1]) * timeUnits[m[2]] : undefined;
}

export class ApprovalAgent extends Agent {
    initialState = { pendingApprovals: [], status: 'idle', finished: [] };

    @callable()
    async publish(title, body, timeout = '1 hour') {
        return this.runWorkflow('APPROVAL_WORKFLOW', { title, body, timeout, requestedAt: Date.now() });
    }

    @callable()
    async approve(workflowId, { reason, metadata } = {}) {
        await this.approveWorkflow(workflowId, { reason, metadata });
        this.#settle(workflowId);
    }

    @callable()
    async reject(workflowId, { reason } = {}) {
        await this.rejectWorkflow(workflowId, { reason });
        this.#settle(workflowId);
    }

    #settle(workflowId, finished) {
        const pendingApprovals = this.state.pendingApprovals.filter((item) => item.workflowId !== workflowId);
        this.setState({
            ...this.state,
            pendingApprovals,
            status: pendingApprovals.length > 0 ? 'waiting' : 'idle',
            finished: finished ? [...this.state.finished, { workflowId, ...finished }] : this.state.finished,
        });
    }

    async onWorkflowProgress(workflowName, workflowId, progress) {
        if (progress.step !== 'approval' || this.state.pendingApprovals.some((item) => item.workflowId === workflowId)) {
            return;
        }
        const { title, body, requestedAt, timeout } = progress.request;
        const item = {
            id: `approval-${workflowId}`,
            workflowId,
            type: 'publish',
            description: title,
            arguments: { title, body },
            requestedBy: 'editor',
            requestedAt,
            expiresAt: expiry(requestedAt, timeout),
        };
        this.setState({
            ...this.state,
            pendingApprovals: [...this.state.pendingApprovals, item],
            status: 'waiting',
        });
    }

    async onWorkflowComplete(workflowName, workflowId, result) {
        this.#settle(workflowId, { result });
    }

    async onWorkflowError(workflowName, workflowId, error) {
        this.#settle(workflowId, { error });
    }
}

export class ApprovalWorkflow extends AgentWorkflow {
    async run(event, step) {
        const request = event.payload;
        await this.reportProgress({ step: 'approval', status: 'pending', request });
        const approval = await this.waitForApproval(step, { timeout: request.timeout });
        const result = { published: request.title, approval: approval ?? null };
        await step.reportComplete(result);
        return result;
    }
}
