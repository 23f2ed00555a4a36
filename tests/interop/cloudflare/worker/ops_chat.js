// SPDX-License-Identifier: Apache-2.0
// The chat patterns: tools that need approval (always, and by amount), tools that the client serves, and plain ones.
import { AIChatAgent, createToolsFromClientSchemas } from '@cloudflare/ai-chat';
import { callable } from 'agents';
import { convertToModelMessages, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { RuleModel } from './model.js';

export class OpsChat extends AIChatAgent {
    onStart() {
        this.sql`CREATE TABLE IF NOT EXISTS runs (call_id TEXT, tool TEXT, input TEXT, at INTEGER)`;
        this.sql`CREATE TABLE IF NOT EXISTS calls (id INTEGER PRIMARY KEY AUTOINCREMENT)`;
    }

    /// Written down before anything is returned: what was run twice stands here twice.
    #ran(name, input, { toolCallId }) {
        this.sql`INSERT INTO runs VALUES (${toolCallId}, ${name}, ${JSON.stringify(input)}, ${Date.now()})`;
    }

    #newCallId() {
        const [{ id }] = this.sql`INSERT INTO calls DEFAULT VALUES RETURNING id`;
        return `call_${id}`;
    }

    #tools(clientTools) {
        return {
            processPayment: tool({
                description: 'Pays an amount to a recipient. More than 100 needs a person.',
                inputSchema: z.object({ amount: z.number(), recipient: z.string() }),
                needsApproval: async ({ amount }) => amount > 100,
                execute: async (input, options) => {
                    this.#ran('processPayment', input, options);
                    return { paid: input.amount, to: input.recipient, receipt: `P-${options.toolCallId}` };
                },
            }),
            deleteAccount: tool({
                description: 'Deletes a user account for ever.',
                inputSchema: z.object({ userId: z.string() }),
                needsApproval: true,
                execute: async (input, options) => {
                    this.#ran('deleteAccount', input, options);
                    return { deleted: input.userId };
                },
            }),
            getWeather: tool({
                description: 'The weather in a city.',
                inputSchema: z.object({ city: z.string() }),
                execute: async (input, options) => {
                    this.#ran('getWeather', input, options);
                    return { city: input.city, sky: 'clear' };
                },
            }),
            getLocation: tool({
                description: 'Where the person is.',
                inputSchema: z.object({ precision: z.enum(['city', 'exact']) }),
            }),
            readClipboard: tool({ description: 'The text in the clipboard.', inputSchema: z.object({}) }),
            askReviewer: tool({ description: 'A free question.', inputSchema: z.object({ question: z.string() }) }),
            ...createToolsFromClientSchemas(clientTools),
        };
    }

    async onChatMessage(onFinish, options) {
        const tools = this.#tools(options?.clientTools);
        const result = streamText({
            model: new RuleModel(() => this.#newCallId()),
            messages: await convertToModelMessages(this.messages, { tools }),
            tools,
            stopWhen: stepCountIs(10),
            maxRetries: 0,
            abortSignal: options?.abortSignal,
            onFinish,
            onError: () => {},
        });
        return result.toUIMessageStreamResponse({ onError: (error) => String(error?.message ?? error) });
    }

    /// Every tool that ran, in order.
    @callable()
    ledger() {
        return this.sql`SELECT call_id AS toolCallId, tool, input, at FROM runs ORDER BY rowid`.map((row) => ({
            ...row,
            input: JSON.parse(row.input),
        }));
    }

    /// A transcript of \p count messages, as if the conversation had gone on for days.
    @callable()
    async fill(count) {
        const messages = Array.from({ length: count }, (_, i) => ({
            id: `old-${i}`,
            role: i % 2 === 0 ? 'user' : 'assistant',
            parts: [{ type: 'text', text: `Message ${i} of ${count}.` }],
        }));
        await this.persistMessages([...this.messages, ...messages]);
        return this.messages.length;
    }
}
