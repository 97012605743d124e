R"js(// SPDX-License-Identifier: Apache-2.0
//
// fetch.js: fetch() over the natives: fetchStart(method, url, headers, body,
// redirect, callback) gives a number, whose events call back: 'head', 'data',
// 'room' and, last, 'end'.  And the body of a request that is still coming.
(natives) => {
    'use strict';
    const { fetchStart, fetchSend, fetchSendEnd, fetchRead, fetchCancel, baseUrl, runtime } = natives;
    const { bodyStart, bodyPull, bodyCancel } = natives;
    const BUFFERED = 64 * 1024;
    const REDIRECTS = { follow: 0, manual: 1, error: 2 };
    const hasNoBody = (status) => status === 204 || status === 205 || status === 304;

    // A path is this site's.
    const toRequest = (input, init) => {
        const isText = typeof input === 'string' || input instanceof URL;
        return new Request(isText ? new URL(String(input), baseUrl()) : input, init);
    };

    const failure = (code, message) => Object.assign(new TypeError(message), { code });

    // The response's body: reads ahead a little, then waits for its reader.
    class Body {
        #number;
        #controller;
        #unread = 0;
        stream;

        constructor(number) {
            this.#number = number;
            this.stream = new ReadableStream({
                type: 'bytes',
                start: (controller) => { this.#controller = controller; },
                pull: () => this.#tell(),
                cancel: () => fetchCancel(number),
            }, { highWaterMark: BUFFERED });
        }

        #tell() {
            if (this.#unread > 0) {
                fetchRead(this.#number, this.#unread);
                this.#unread = 0;
            }
        }

        add(bytes) {
            this.#unread += bytes.byteLength;
            this.#controller.enqueue(bytes);
            if (this.#controller.desiredSize > 0) {
                this.#tell();
            }
        }

        end(error) {
            if (error !== undefined) {
                this.#controller.error(error);
                return;
            }
            close(this.#controller);
        }
    }

    class Exchange {
        #number = 0;
        #resolve;
        #reject;
        #body;
        #room;
        #isOver = false;
        response;

        constructor(request) {
            this.response = new Promise((resolve, reject) => {
                this.#resolve = resolve;
                this.#reject = reject;
            });
            this.request = request;
        }

        begin(body) {
            const { request } = this;
            const headers = [];
            for (const [name, value] of request.headers) {
                headers.push(name, value);
            }
            request.signal.addEventListener('abort', () => this.#abort(request.signal.reason), { once: true });
            this.#number = fetchStart(request.method, request.url, headers, body, REDIRECTS[request.redirect],
                                      (kind, ...rest) => this[kind](...rest));
        }

        head(status, statusText, url, redirected, pairs) {
            const isEmpty = hasNoBody(status) || this.request.method === 'HEAD';
            const headers = [];
            for (let i = 0; i < pairs.length; i += 2) {
                headers.push([pairs[i], pairs[i + 1]]);
            }
            this.#body = isEmpty ? undefined : new Body(this.#number);
            this.#resolve(runtime().inner().responseOf({
                status, statusText, headers, body: this.#body?.stream ?? null,
                urls: redirected ? [this.request.url, url] : [url],
            }));
        }

        data(bytes) {
            if (this.#body !== undefined) {
                this.#body.add(bytes);
            } else {
                fetchRead(this.#number, bytes.byteLength);
            }
        }

        room() {
            this.#room?.();
        }

        end(code, message) {
            this.#finish(code === '' ? undefined : failure(code, message));
        }

        #finish(error) {
            if (this.#isOver) {
                return;
            }
            this.#isOver = true;
            this.#room?.();
            if (error !== undefined) {
                this.#reject(error);
            }
            this.#body?.end(error);
        }

        #abort(reason) {
            if (!this.#isOver) {
                fetchCancel(this.#number);
                this.#finish(reason);
            }
        }

        async send(stream) {
            const reader = stream.getReader();
            for (;;) {
                const { done, value } = await reader.read();
                if (done || this.#isOver) {
                    break;
                }
                if (!fetchSend(this.#number, value)) {
                    await new Promise((resolve) => { this.#room = resolve; });
                }
            }
            fetchSendEnd(this.#number);
        }
    }

    const fetch = async function fetch(input, init) {
        if (arguments.length === 0) {
            throw new TypeError('fetch: a URL or a Request was expected');
        }
        const request = toRequest(input, init);
        request.signal.throwIfAborted();
        const exchange = new Exchange(request);
        const isStream = typeof init?.body?.getReader === 'function';
        if (isStream) {
            exchange.begin(true);
            exchange.send(request.body).catch((error) => exchange.end('ERR_INVALID', String(error)));
        } else {
            exchange.begin(request.body === null ? null : new Uint8Array(await request.arrayBuffer()));
        }
        return exchange.response;
    };
    Object.defineProperty(globalThis, 'fetch', { value: fetch, writable: true, configurable: true });

    const close = (controller) => {
        controller.close();
        controller.byobRequest?.respond(0);
    };

    // One piece each time it is read: what nobody reads stays where it came from.
    const bodyOfRequest = () => {
        let controller;
        const stream = new ReadableStream({
            type: 'bytes',
            start: (its) => { controller = its; },
            pull: () => bodyPull(),
            cancel: () => bodyCancel(),
        }, { highWaterMark: 0 });
        bodyStart((kind, first, message) => {
            if (kind === 'data') {
                controller.enqueue(first);
            } else if (kind === 'end' && first === '') {
                close(controller);
            } else {
                controller.error(kind === 'end' ? failure(first, message) : first);
            }
        });
        return stream;
    };

    // This site's files, as on other platforms.
    return { assets: Object.freeze({ fetch: (input, init) => fetch(input, init) }), bodyOfRequest };
}
)js"
