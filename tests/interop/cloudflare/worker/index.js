// SPDX-License-Identifier: Apache-2.0
import { routeAgentRequest } from 'agents';

export { ApprovalAgent, ApprovalWorkflow } from './approval_agent.js';
export { ConfirmAgent } from './confirm_agent.js';
export { ExpenseAgent, ExpenseWorkflow } from './expense_agent.js';
export { GuardedAgent } from './guarded_agent.js';
export { OpsChat } from './ops_chat.js';

const token = 'interop-token';

function refuseStrangers(request) {
    const url = new URL(request.url);
    if (!url.pathname.startsWith('/agents/guarded-agent/')) {
        return undefined;
    }
    const given = url.searchParams.get('token') ?? request.headers.get('authorization')?.replace(/^Bearer /, '');
    return given === token ? undefined : new Response('Unauthorized', { status: 401 });
}

export default {
    async fetch(request, env) {
        if (new URL(request.url).pathname === '/moved') {
            return new Response(null, { status: 302, headers: { location: '/agents/confirm-agent/moved' } });
        }
        const response = await routeAgentRequest(request, env, {
            onBeforeConnect: refuseStrangers,
            onBeforeRequest: refuseStrangers,
        });
        return response ?? new Response('Not found', { status: 404 });
    },
};
