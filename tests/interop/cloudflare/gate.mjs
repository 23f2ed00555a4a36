// SPDX-License-Identifier: Apache-2.0
// A TCP relay in front of the Worker. It keeps one port through restarts, and makes the faults of a network: cuts (at
// once, or after a number of WebSocket frames), refusals and stalls. Bytes pass unchanged.
import { createServer, connect } from 'node:net';

/// Passes the bytes of one direction on and counts WebSocket frames, once the HTTP head is over.
class FrameCounter {
    constructor(limit) {
        this.limit = limit;
        this.frames = 0;
        this.head = Buffer.alloc(0); ///< Of the upgrade; null once it is over.
        this.pending = Buffer.alloc(0); ///< A frame's header that has not arrived whole.
        this.payloadLeft = 0;
    }

    /// How many bytes of \p chunk may pass: all of them, or those up to the end of the last frame allowed.
    allowed(chunk) {
        if (this.limit === undefined) {
            return chunk.length;
        }
        let at = 0;
        if (this.head !== null) {
            const before = this.head.length;
            this.head = Buffer.concat([this.head, chunk]);
            const end = this.head.indexOf('\r\n\r\n');
            if (end < 0) {
                return chunk.length;
            }
            at = end + 4 - before;
            this.head = null;
            if (this.limit === 0) {
                return at;
            }
        }
        while (at < chunk.length) {
            if (this.payloadLeft > 0) {
                const step = Math.min(this.payloadLeft, chunk.length - at);
                this.payloadLeft -= step;
                at += step;
            } else {
                this.pending = Buffer.concat([this.pending, chunk.subarray(at, at + 1)]);
                ++at;
                const payload = this.#payloadLength();
                if (payload === undefined) {
                    continue;
                }
                this.payloadLeft = payload;
                this.pending = Buffer.alloc(0);
            }
            if (this.payloadLeft === 0 && this.pending.length === 0 && ++this.frames >= this.limit) {
                return at;
            }
        }
        return at;
    }

    get done() {
        return this.limit !== undefined && this.head === null && this.frames >= this.limit;
    }

    /// Of the frame whose header is in `pending`; undefined: the header is not whole yet.
    #payloadLength() {
        const header = this.pending;
        if (header.length < 2) {
            return undefined;
        }
        const short = header[1] & 0x7f;
        const masked = (header[1] & 0x80) !== 0 ? 4 : 0;
        const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
        if (header.length < 2 + lengthBytes + masked) {
            return undefined;
        }
        return lengthBytes === 2 ? header.readUInt16BE(2) : lengthBytes === 8 ? Number(header.readBigUInt64BE(2)) : short;
    }
}

export class Gate {
    target = undefined; ///< Port of workerd; undefined: it is not running.
    #open = true;
    #stalled = false;
    #cut = undefined;
    #pairs = new Set();
    #counts = { connections: 0, refused: 0, cuts: 0 };
    #server = createServer((socket) => this.#accept(socket));

    listen() {
        return new Promise((resolve, reject) => {
            this.#server.once('error', reject);
            this.#server.listen(0, '127.0.0.1', () => resolve(this.#server.address().port));
        });
    }

    end() {
        this.dropAll();
        return new Promise((resolve) => this.#server.close(resolve));
    }

    dropAll() {
        for (const pair of [...this.#pairs]) {
            this.#drop(pair);
        }
    }

    close() {
        this.#open = false;
        this.dropAll();
    }

    open() {
        this.#open = true;
        this.#stalled = false;
        for (const { client, server } of this.#pairs) {
            client.resume();
            server.resume();
        }
    }

    stall() {
        this.#stalled = true;
        for (const { client, server } of this.#pairs) {
            client.pause();
            server.pause();
        }
    }

    cutNext(limits) {
        this.#cut = limits;
    }

    statistics() {
        return { ...this.#counts, open: this.#pairs.size };
    }

    #drop(pair) {
        if (this.#pairs.delete(pair)) {
            ++this.#counts.cuts;
            pair.client.resetAndDestroy();
            pair.server.destroy();
        }
    }

    #accept(client) {
        client.on('error', () => {});
        client.setNoDelay(true);
        if (!this.#open || this.target === undefined) {
            ++this.#counts.refused;
            client.resetAndDestroy();
            return;
        }
        ++this.#counts.connections;
        const server = connect({ port: this.target, host: '127.0.0.1', noDelay: true });
        server.on('error', () => {});
        const pair = { client, server, upgraded: false, cut: undefined };
        this.#pairs.add(pair);
        this.#relay(pair, client, server, 'clientFrames');
        this.#relay(pair, server, client, 'serverFrames');
        if (this.#stalled) {
            client.pause();
            server.pause();
        }
    }

    #relay(pair, from, to, limitName) {
        let counter = new FrameCounter(undefined);
        from.on('data', (chunk) => {
            // A cut is for WebSockets, and a client may upgrade a connection that it has used for requests before.
            if (from === pair.client && !pair.upgraded && /^upgrade: *websocket/im.test(chunk.toString('latin1'))) {
                pair.upgraded = true;
                pair.cut = this.#cut;
                this.#cut = undefined;
            }
            if (pair.cut && counter.limit === undefined && pair.cut[limitName] !== undefined) {
                counter = new FrameCounter(pair.cut[limitName]);
            }
            const allowed = counter.allowed(chunk);
            const last = counter.done;
            const passed = to.write(chunk.subarray(0, allowed), last ? () => this.#finishCut(pair) : undefined);
            if (last) {
                from.removeAllListeners('data');
            } else if (!passed) {
                from.pause();
                to.once('drain', () => this.#stalled || from.resume());
            }
        });
        from.on('end', () => to.end());
        from.on('close', () => {
            this.#pairs.delete(pair);
            to.destroy();
        });
    }

    /// What was allowed arrives before the cut, so the client's side ends in order; the other side is simply gone.
    #finishCut(pair) {
        if (this.#pairs.delete(pair)) {
            ++this.#counts.cuts;
            pair.client.destroySoon();
            pair.server.destroySoon();
        }
    }
}
