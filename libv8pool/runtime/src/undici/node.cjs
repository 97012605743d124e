// SPDX-License-Identifier: Apache-2.0
// What undici's classes take from Node's modules, all in one: `require('node:...')` of theirs comes here.

'use strict';

const tag = (value) => Object.prototype.toString.call(value);
const isArrayBuffer = (value) => value instanceof ArrayBuffer;
const isSharedArrayBuffer = (value) => tag(value) === '[object SharedArrayBuffer]';

// node:assert
function assert(value, message) {
  if (!value) throw message instanceof Error ? message : new Error(`assertion failed: ${message ?? ''}`);
}

module.exports = assert;
Object.assign(assert, {
  ok: assert,
  // node:util
  inspect: Object.assign((value) => `${value}`, { custom: Symbol.for('nodejs.util.inspect.custom') }),
  formatWithOptions: (options, value) => JSON.stringify(value),
  types: {
    isAnyArrayBuffer: (value) => isArrayBuffer(value) || isSharedArrayBuffer(value),
    isArrayBuffer,
    isArrayBufferView: ArrayBuffer.isView,
    isDataView: (value) => value instanceof DataView,
    isProxy: () => false,
    isSharedArrayBuffer,
    isTypedArray: (value) => ArrayBuffer.isView(value) && !(value instanceof DataView),
    isUint8Array: (value) => value instanceof Uint8Array,
  },
  // node:util/types
  isArrayBuffer,
  isUint8Array: (value) => value instanceof Uint8Array,
  // node:stream
  Transform: class {},
  isDisturbed: (stream) => Boolean(stream?._disturbed),
  isErrored: (stream) => stream?._state === 'errored',
  // node:events
  EventEmitter: class {},
  defaultMaxListeners: 10,
  getMaxListeners: () => 10,
  setMaxListeners() {},
  // node:http, node:querystring, node:perf_hooks, node:crypto, node:worker_threads
  IncomingMessage: class {},
  stringify: (value) => String(new URLSearchParams(value)),
  performance: globalThis.performance,
  randomInt: (max) => Math.floor(Math.random() * max),
  markAsUncloneable() {},
});
