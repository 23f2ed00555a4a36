// SPDX-License-Identifier: Apache-2.0
// An agent behind a token (index.js asks for it), which can also take it back from an open connection.
import { ConfirmAgent } from './confirm_agent.js';

export class GuardedAgent extends ConfirmAgent {
    onMessage(connection, message) {
        const frame = JSON.parse(message);
        if (frame.type === 'close_me') {
            connection.close(frame.code, frame.reason);
            return;
        }
        super.onMessage(connection, message);
    }
}
