// SPDX-License-Identifier: Apache-2.0
// MessageChannel and MessagePort, within one context.  A message is a task of the loop.

import { cloneWith, setMovers, transferList } from './clone.js';
import { shape } from './define.js';
import { DOMException } from './dom-exception.js';
import { EventTarget, MessageEvent, attribute, fire, need } from './events.js';

const { queueTask } = $host;
const key = Symbol('constructing');
let entangle;
let movers;

class MessagePort extends EventTarget {
  #state; // { port, other, queue, started }: moves to another port when this one is transferred
  #detached = false;

  static {
    entangle = (a, b) => {
      a.#state = { port: a, other: undefined, queue: [], started: false, ready: false };
      b.#state = { port: b, other: a.#state, queue: [], started: false, ready: false };
      a.#state.other = b.#state;
    };
    const run = (state) => {
      state.ready = false;
      if (!state.started) return;
      const message = state.queue.shift();
      if (message === undefined) return;
      if (state.queue.length > 0) schedule(state);
      fire(state.port, new MessageEvent('message', message));
    };
    const schedule = (state) => {
      if (state.ready || !state.started || state.queue.length === 0) return;
      state.ready = true;
      queueTask(() => run(state));
    };
    MessagePort.schedule = schedule;
    movers = {
      is: (value) => typeof value === 'object' && value !== null && #detached in value,
      check(port) {
        if (port.#detached) throw new DOMException('a port that was transferred before', 'DataCloneError');
      },
      reserve: () => new MessagePort(key),
      move(old, port) {
        port.#state = old.#state;
        if (port.#state !== undefined) {
          port.#state.port = port;
          port.#state.started = false;
        }
        old.#state = undefined;
        old.#detached = true;
      },
    };
  }

  constructor() {
    if (arguments[0] !== key) throw new TypeError('Illegal constructor');
    super();
  }

  postMessage(message, options = undefined) {
    need(arguments, 1, 'postMessage');
    const list = options !== null && typeof options?.[Symbol.iterator] === 'function' ? [...options]
      : transferList(options);
    if (list.includes(this)) throw new DOMException('a port cannot transfer itself', 'DataCloneError');
    const target = this.#state?.other;
    const lost = target !== undefined && list.includes(target.port);
    const { copy, ports } = cloneWith(message, list);
    if (target === undefined || lost) return;
    target.queue.push({ data: copy, ports });
    schedule(target);
  }
  start() {
    if (this.#state === undefined || this.#state.started) return;
    this.#state.started = true;
    schedule(this.#state);
  }
  close() {
    const state = this.#state;
    this.#detached = true;
    if (state === undefined) return;
    this.#state = undefined;
    if (state.other !== undefined) state.other.other = undefined;
    state.other = undefined;
    state.started = false;
  }
}

const { schedule } = MessagePort;
delete MessagePort.schedule;
shape(MessagePort, 'MessagePort');
attribute(MessagePort.prototype, 'message', (port) => port.start());
attribute(MessagePort.prototype, 'messageerror');
setMovers(movers);

class MessageChannel {
  #port1 = new MessagePort(key);
  #port2 = new MessagePort(key);
  constructor() {
    entangle(this.#port1, this.#port2);
  }
  get port1() {
    return this.#port1;
  }
  get port2() {
    return this.#port2;
  }
}

shape(MessageChannel, 'MessageChannel');
export { MessageChannel, MessagePort };
