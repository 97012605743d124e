// SPDX-License-Identifier: Apache-2.0
// performance: the clock.  There are no marks and measures: nobody here would read them, and they would stay.

import { shape } from './define.js';
import { EventTarget } from './events.js';

const { now, timeOrigin } = $host;
const key = Symbol('constructing');

class Performance extends EventTarget {
  #brand;
  constructor() {
    if (arguments[0] !== key) throw new TypeError('Illegal constructor');
    super();
  }
  now() {
    this.#brand;
    return now();
  }
  get timeOrigin() {
    this.#brand;
    return timeOrigin();
  }
  toJSON() {
    this.#brand;
    return { timeOrigin: this.timeOrigin };
  }
}

shape(Performance, 'Performance');
const only = new Performance(key);

function need(that) {
  if (that !== globalThis && that !== undefined && that !== null) throw new TypeError('Illegal invocation');
}

// The attribute of the global object: a getter, which gives way to whatever is assigned.
const { performance } = Object.getOwnPropertyDescriptors({
  get performance() {
    need(this);
    return only;
  },
  set performance(value) {
    need(this);
    Object.defineProperty(globalThis, 'performance', { value, writable: true, enumerable: true, configurable: true });
  },
});

export function installPerformance() {
  Object.defineProperty(globalThis, 'performance', performance);
}

export { Performance };
