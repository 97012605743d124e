// SPDX-License-Identifier: Apache-2.0
// performance: the clock.  Marks and measures are taken and forgotten: nobody here would read them.

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
export const performance = new Performance(key);
export { Performance };
