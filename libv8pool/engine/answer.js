R"js(// SPDX-License-Identifier: Apache-2.0
//
// answer.js: answers that are no string and no plain object: a Response, a
// stream, an async iterable.  Known by what they can do, not by their class:
// bundles bring their own.
(host) => {
    'use strict';

    const isStream = (value) => typeof value?.getReader === 'function';

    const isIterable = (value) =>
        typeof value?.[Symbol.asyncIterator] === 'function';

    const isResponse = (value) =>
        typeof value.status === 'number' && typeof value.headers?.forEach === 'function' &&
        typeof value.arrayBuffer === 'function';

    // { status, headers: [name, value, …], body, plain } or undefined.
    const parts = (value) => {
        if (isResponse(value)) {
            const headers = [];
            for (const [name, text] of value.headers) {
                headers.push(name, text);
            }
            // what it was made of, where that is known: no stream is needed
            const source = host.runtime()?.inner().sourceOf(value);
            return { status: value.status, headers, body: source ?? value.body, plain: false };
        }
        return isStream(value) || isIterable(value)
            ? { status: 200, headers: [], body: value, plain: true }
            : undefined;
    };

    const write = async (chunk) => {
        if (!host.write(chunk)) {
            await new Promise((resolve) => host.onRoom(resolve));
        }
    };

    // Gives a promise that is fulfilled when all is written.
    const pump = async (body) => {
        if (!isStream(body)) {
            for await (const chunk of body) {
                await write(chunk);
            }
            return;
        }
        const reader = body.getReader();
        if (typeof reader.cancel === 'function') {
            host.onCancel((reason) => {
                reader.cancel(reason)?.catch?.(() => {}); // nobody is there to be told
            });
        }
        for (;;) {
            const { done, value } = await reader.read();
            if (done) {
                return;
            }
            await write(value);
        }
    };

    return { parts, pump, canPump: (value) => isStream(value) || isIterable(value) };
}
)js"
