// SPDX-License-Identifier: Apache-2.0
// AbortController and AbortSignal.

import { shape } from './define.js';
import { DOMException } from './dom-exception.js';
import { Event, EventTarget, attribute, fire, listening, need } from './events.js';

const key = Symbol('constructing');
let create;
let abort;
let stateOf;

class AbortSignal extends EventTarget {
  #aborted = false;
  #reason;
  #sources; // signals this one follows: held while somebody listens here
  #followers; // WeakRefs of signals that follow this one
  #listened; // followers that somebody listens to

  static {
    create = () => new AbortSignal(key);
    stateOf = (value) => typeof value === 'object' && value !== null && #aborted in value;

    abort = (signal, reason = new DOMException('This operation was aborted', 'AbortError')) => {
      if (signal.#aborted) return;
      const reached = [signal, ...signal.#mark(reason)];
      for (const one of reached) fire(one, new Event('abort'));
    };
  }

  constructor() {
    if (arguments[0] !== key) throw new TypeError('Illegal constructor');
    super();
  }

  // All that follow are aborted before the first listener runs.
  #mark(reason) {
    const reached = [];
    this.#aborted = true;
    this.#reason = reason;
    for (const weak of this.#followers ?? []) {
      const follower = weak.deref();
      if (follower !== undefined && !follower.#aborted) {
        follower.#mark(reason);
        reached.push(follower);
      }
    }
    this.#followers = this.#listened = undefined;
    return reached;
  }

  #follow(source) {
    this.#sources.add(source);
    const list = (source.#followers ??= []);
    if (list.length >= 64 && (list.length & (list.length - 1)) === 0) {
      source.#followers = list.filter((weak) => weak.deref() !== undefined);
    }
    source.#followers.push(new WeakRef(this));
  }

  [listening](type) {
    if (type !== 'abort' || this.#sources === undefined || this.#aborted) return;
    for (const source of this.#sources) (source.#listened ??= new Set()).add(this);
  }

  static abort(reason = undefined) {
    const signal = create();
    signal.#aborted = true;
    signal.#reason = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
    return signal;
  }

  static timeout(milliseconds) {
    need(arguments, 1, 'AbortSignal.timeout');
    const wanted = Number(milliseconds);
    if (!(wanted >= 0 && wanted <= Number.MAX_SAFE_INTEGER)) {
      throw new TypeError('AbortSignal.timeout: a number of milliseconds was expected');
    }
    const signal = create();
    setTimeout(() => abort(signal, new DOMException('The operation timed out', 'TimeoutError')), wanted);
    return signal;
  }

  static any(signals) {
    need(arguments, 1, 'AbortSignal.any');
    const all = [...signals];
    for (const one of all) {
      if (!stateOf(one)) throw new TypeError('AbortSignal.any: not an AbortSignal');
    }
    const result = create();
    for (const one of all) {
      if (one.#aborted) {
        result.#aborted = true;
        result.#reason = one.#reason;
        return result;
      }
    }
    result.#sources = new Set();
    for (const one of all) {
      for (const source of one.#sources ?? [one]) {
        if (!result.#sources.has(source)) result.#follow(source);
      }
    }
    return result;
  }

  get aborted() {
    return this.#aborted;
  }
  get reason() {
    return this.#reason;
  }
  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }
}

class AbortController {
  #signal = create();
  get signal() {
    return this.#signal;
  }
  abort(reason = undefined) {
    abort(this.#signal, reason);
  }
}

shape(AbortSignal, 'AbortSignal');
shape(AbortController, 'AbortController');
attribute(AbortSignal.prototype, 'abort');

// For the engine: a signal without a controller, and its end.
export const newSignal = () => create();
export const isSignal = (value) => stateOf(value);
export const abortSignal = (signal, reason) => abort(signal, reason);
export { AbortController, AbortSignal };
