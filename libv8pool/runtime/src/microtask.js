// SPDX-License-Identifier: Apache-2.0
// queueMicrotask: a settled promise's reaction, because V8 keeps the continuation data for these.

import { report } from './report.js';

const settled = Promise.resolve();
const then = Promise.prototype.then;

export function queueMicrotask(callback) {
  if (typeof callback !== 'function') throw new TypeError('queueMicrotask: a function was expected');
  Reflect.apply(then, settled, [() => {
    try {
      callback();
    } catch (error) {
      report(error);
    }
  }]);
}
