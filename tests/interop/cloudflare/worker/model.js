// SPDX-License-Identifier: Apache-2.0
// A language model that follows rules instead of guessing: what a person says is read as a plan of tool calls, the plan
// is carried out step by step, and the last turn says what came of it. Nothing is paid for and nothing is random.

const usage = {
    inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/// One phrase to one tool call; null: no rule knows it.
function callFor(phrase) {
    let m;
    if ((m = /^pay (-?[\d.]+) to (.+)$/i.exec(phrase))) {
        return { tool: 'processPayment', input: { amount: Number(m[1]), recipient: m[2] } };
    }
    if ((m = /^delete account (\S+)$/i.exec(phrase))) {
        return { tool: 'deleteAccount', input: { userId: m[1] } };
    }
    if ((m = /^weather in (.+)$/i.exec(phrase))) {
        return { tool: 'getWeather', input: { city: m[1] } };
    }
    if (/^where am i$/i.test(phrase)) {
        return { tool: 'getLocation', input: { precision: 'city' } };
    }
    if (/^read the clipboard$/i.test(phrase)) {
        return { tool: 'readClipboard', input: {} };
    }
    if ((m = /^ask (.+)$/i.exec(phrase))) {
        return { tool: 'askReviewer', input: { question: m[1] } };
    }
    return null;
}

/// `A and B then C`: the calls A and B in one step, C in the next.
export function planFor(text) {
    const two = /^pay two ([\d.]+) ([\d.]+)$/i.exec(text.trim());
    if (two) {
        text = `pay ${two[1]} to alice and pay ${two[2]} to bob`;
    }
    const steps = text.trim().split(/\s+then\s+/i).map((step) => step.split(/\s+and\s+/i).map(callFor));
    return steps.every((step) => step.every((call) => call !== null)) ? steps : [];
}

function textOf(message) {
    return message.content.filter((part) => part.type === 'text').map((part) => part.text).join('');
}

function resultInWords(part) {
    const output = part.output;
    if (output.type === 'execution-denied') {
        return `${part.toolName} was denied: ${output.reason ?? 'no reason given'}`;
    }
    const value = typeof output.value === 'string' ? output.value : JSON.stringify(output.value);
    return output.type.startsWith('error') ? `${part.toolName} failed: ${value}` : `${part.toolName} said ${value}`;
}

/// What the model does next, from the conversation alone: so a restart between two turns changes nothing.
export function nextTurn(prompt) {
    const asked = prompt.findLastIndex((message) => message.role === 'user');
    const text = asked < 0 ? '' : textOf(prompt[asked]);
    const since = prompt.slice(asked + 1);
    const stepsDone = since.filter((message) => message.role === 'assistant'
        && message.content.some((part) => part.type === 'tool-call')).length;
    const results = since.filter((message) => message.role === 'tool')
        .flatMap((message) => message.content.filter((part) => part.type === 'tool-result'));
    const refused = results.some((part) => part.output.type === 'execution-denied' || part.output.type.startsWith('error'));
    const plan = planFor(text);
    if (stepsDone < plan.length && !refused) {
        return { calls: plan[stepsDone] };
    }
    if (results.length > 0) {
        return { words: [results.map(resultInWords).join('; ')] };
    }
    let m;
    if ((m = /^stream (\d+) words every (\d+) ms$/i.exec(text.trim()))) {
        return { words: Array.from({ length: Number(m[1]) }, (_, i) => `word${i + 1} `), pauseMs: Number(m[2]) };
    }
    if (/^fail$/i.test(text.trim())) {
        return { failure: 'The model was told to fail.' };
    }
    return { words: ['You said: ', text] };
}

export class RuleModel {
    specificationVersion = 'v4';
    provider = 'countersign-interop';
    modelId = 'rules';
    supportedUrls = {};

    /// \p newCallId gives an id that this conversation has not seen.
    constructor(newCallId) {
        this.newCallId = newCallId;
    }

    async doGenerate() {
        throw new Error('Only streams are asked for here.');
    }

    async doStream({ prompt, abortSignal }) {
        const turn = nextTurn(prompt);
        const parts = this.partsOf(turn);
        return {
            stream: new ReadableStream({
                async pull(controller) {
                    const { value, done } = await parts.next();
                    if (done || abortSignal?.aborted) {
                        controller.close();
                        return;
                    }
                    if (turn.pauseMs && value.type === 'text-delta') {
                        await new Promise((resolve) => setTimeout(resolve, turn.pauseMs));
                    }
                    controller.enqueue(value);
                },
            }),
        };
    }

    async *partsOf(turn) {
        yield { type: 'stream-start', warnings: [] };
        if (turn.failure) {
            yield { type: 'error', error: new Error(turn.failure) };
            return;
        }
        if (turn.calls) {
            yield { type: 'reasoning-start', id: 'r1' };
            yield { type: 'reasoning-delta', id: 'r1', delta: 'A tool is needed.' };
            yield { type: 'reasoning-end', id: 'r1' };
            for (const { tool, input } of turn.calls) {
                const id = this.newCallId();
                const text = JSON.stringify(input);
                const middle = Math.floor(text.length / 2);
                yield { type: 'tool-input-start', id, toolName: tool };
                yield { type: 'tool-input-delta', id, delta: text.slice(0, middle) };
                yield { type: 'tool-input-delta', id, delta: text.slice(middle) };
                yield { type: 'tool-input-end', id };
                yield { type: 'tool-call', toolCallId: id, toolName: tool, input: text };
            }
            yield { type: 'finish', usage, finishReason: { unified: 'tool-calls', raw: 'tool-calls' } };
            return;
        }
        yield { type: 'text-start', id: 't1' };
        for (const delta of turn.words) {
            yield { type: 'text-delta', id: 't1', delta };
        }
        yield { type: 'text-end', id: 't1' };
        yield { type: 'finish', usage, finishReason: { unified: 'stop', raw: 'stop' } };
    }
}
