R"js(// SPDX-License-Identifier: Apache-2.0
//
// timers.js: the globals for what comes later (HTML, 8.6 and 8.7).  A render's
// timers go with it.
(host) => {
    'use strict';

    // Beyond 31 bits it is 0, as in browsers.
    const delayOf = (value) => {
        const ms = Math.trunc(Number(value));
        return ms > 0 && ms < 2 ** 31 ? ms : 0;
    };

    const add = (name, handler, delay, repeats, args) => {
        if (typeof handler !== 'function') {
            throw new TypeError(`${name}: a function was expected`);
        }
        const call = args.length > 0 ? () => handler.apply(globalThis, args) : handler;
        return host.addTimer(call, delayOf(delay), repeats);
    };

    const clear = (id) => {
        host.clearTimer(Number(id));
    };

    const globals = {
        setTimeout(handler, delay = 0, ...args) {
            return add('setTimeout', handler, delay, false, args);
        },
        setInterval(handler, delay = 0, ...args) {
            return add('setInterval', handler, delay, true, args);
        },
        setImmediate(handler, ...args) {
            return add('setImmediate', handler, 0, false, args);
        },
        clearTimeout(id) {
            clear(id);
        },
        clearInterval(id) {
            clear(id);
        },
        clearImmediate(id) {
            clear(id);
        },
        reportError(error) {
            host.queueTask(() => {
                throw error;
            });
        },
        queueMicrotask(callback) {
            if (typeof callback !== 'function') {
                throw new TypeError('queueMicrotask: a function was expected');
            }
            Promise.resolve().then(() => {
                try {
                    callback();
                } catch (error) {
                    globals.reportError(error);
                }
            });
        },
    };

    for (const [name, value] of Object.entries(globals)) {
        Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: true });
    }
}
)js"
