R"js(// SPDX-License-Identifier: Apache-2.0
//
// freeze.js: V8POOL_FREEZE.  What ECMAScript defines, and what is on it, does
// not change any more.  Not the global object, nor the web APIs.
() => {
    'use strict';

    const { defineProperty, freeze, getOwnPropertyDescriptor, getPrototypeOf, preventExtensions } = Object;
    const { apply, ownKeys } = Reflect;
    const hasOwn = Object.prototype.hasOwnProperty;
    const prototypeOf = (name) => globalThis[name]?.prototype;

    const NAMES = [
        'AggregateError', 'Array', 'ArrayBuffer', 'Atomics', 'BigInt', 'BigInt64Array', 'BigUint64Array', 'Boolean',
        'DataView', 'Date', 'Error', 'EvalError', 'FinalizationRegistry', 'Float32Array', 'Float64Array', 'Function',
        'Int8Array', 'Int16Array', 'Int32Array', 'Intl', 'Iterator', 'JSON', 'Map', 'Math', 'Number', 'Object',
        'Promise', 'Proxy', 'RangeError', 'ReferenceError', 'Reflect', 'RegExp', 'Set', 'String', 'Symbol',
        'SyntaxError', 'TypeError', 'URIError', 'Uint8Array', 'Uint8ClampedArray', 'Uint16Array', 'Uint32Array',
        'WeakMap', 'WeakRef', 'WeakSet', 'decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent',
        'escape', 'eval', 'isFinite', 'isNaN', 'parseFloat', 'parseInt', 'unescape',
    ];
    const TypedArray = getPrototypeOf(Uint8Array);
    const nameless = [
        getPrototypeOf(function* () {}), getPrototypeOf(async () => {}), getPrototypeOf(async function* () {}),
        ...[[].values(), ''[Symbol.iterator](), new Map().values(), new Set().values(), /a/[Symbol.matchAll]('')]
            .map(getPrototypeOf),
    ];

    // A frozen property of a prototype cannot be assigned to in the objects that inherit it, either, which classes of
    // an older style do: "Object.create(Error.prototype).name = ...".  As accessors these can.  Those that V8 watches
    // for its shortcuts (constructor, next, then, Symbol.iterator) stay as they are where it does.
    const errors = ['Error', 'AggregateError', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError',
        'URIError'].map(prototypeOf);
    const all = new Set([...errors, Object.prototype, Function.prototype]);
    const few = new Map([
        [Array.prototype, ['concat', 'push', 'toLocaleString', 'toString']],
        [TypedArray.prototype, ownKeys(TypedArray.prototype).filter(
            (key) => typeof key === 'string' && key !== 'constructor')],
    ]);
    const common = ['toJSON', 'toLocaleString', 'toString', 'valueOf'];
    const isOverridable = (object, key) =>
        all.has(object) || (few.get(object) ?? common).includes(key);

    const overridable = (object, key, { value, enumerable }) => {
        const get = () => value;
        const set = function (next) {
            if (this === object || (typeof this !== 'object' && typeof this !== 'function')) {
                throw new TypeError(`Cannot assign to read only property '${String(key)}': SSRFreezeIntrinsics is on`);
            }
            if (apply(hasOwn, this, [key])) {
                this[key] = next;
                return;
            }
            defineProperty(this, key, { value: next, writable: true, enumerable: true, configurable: true });
        };

        defineProperty(object, key, { get: freeze(get), set: freeze(set), enumerable, configurable: false });
    };

    // What stays writable: libraries set the first two around what they do, and V8 says what an error is by the others,
    // where it finds no accessor.
    const adjustable = new Map([
        [Error, ['prepareStackTrace', 'stackTraceLimit']],
        ...errors.map((prototype) => [prototype, ['message', 'name']]),
    ]);
    const lock = (object, writable) => {
        for (const key of new Set([...ownKeys(object), ...writable])) {
            const property = getOwnPropertyDescriptor(object, key);

            defineProperty(object, key, property?.get !== undefined || property?.set !== undefined
                ? { configurable: false }
                : { writable: writable.includes(key), configurable: false });
        }
        preventExtensions(object);
    };

    const done = new Set([globalThis]);
    const visit = (value) => {
        if ((typeof value !== 'object' && typeof value !== 'function') || value === null || done.has(value)) {
            return;
        }
        done.add(value);
        const isPrototype = few.has(value) || all.has(value) || value.constructor?.prototype === value;

        for (const key of ownKeys(value)) {
            const property = getOwnPropertyDescriptor(value, key);

            if (typeof property.value === 'function' || key === 'prototype') {
                visit(property.value);
            }
            visit(property.get);
            visit(property.set);
            if (isPrototype && property.writable && property.configurable && isOverridable(value, key) &&
                adjustable.get(value)?.includes(key) !== true) {
                overridable(value, key, property);
            }
        }
        visit(getPrototypeOf(value));
        if (adjustable.has(value)) {
            lock(value, adjustable.get(value));
        }
        else {
            freeze(value);
        }
    };

    for (const name of NAMES) {
        visit(globalThis[name]);
    }
    nameless.forEach(visit);
}
)js"
