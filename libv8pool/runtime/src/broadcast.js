// SPDX-License-Identifier: Apache-2.0
// BroadcastChannel, within one context: it reaches no other isolate.

import { clone } from './clone.js';
import { shape } from './define.js';
import { DOMException } from './dom-exception.js';
import { EventTarget, MessageEvent, attribute, fire, need } from './events.js';

const { queueTask } = $host;
// By name.  Weak: a channel that a render forgot to close goes with it.
const channels = new Map();

class BroadcastChannel extends EventTarget {
  #name;
  #closed = false;

  constructor(name) {
    need(arguments, 1, 'BroadcastChannel');
    super();
    this.#name = `${name}`;
    const others = (channels.get(this.#name) ?? []).filter((weak) => weak.deref() !== undefined);
    channels.set(this.#name, [...others, new WeakRef(this)]);
  }
  get name() {
    return this.#name;
  }
  postMessage(message) {
    need(arguments, 1, 'postMessage');
    if (this.#closed) throw new DOMException('the channel is closed', 'InvalidStateError');
    clone(message, []); // all of them get a copy; it is refused before the first
    for (const weak of channels.get(this.#name) ?? []) {
      const channel = weak.deref();
      if (channel === undefined || channel === this) continue;
      const { copy } = clone(message, []);
      queueTask(() => {
        if (!channel.#closed) fire(channel, new MessageEvent('message', { data: copy }));
      });
    }
  }
  close() {
    this.#closed = true;
    const left = (channels.get(this.#name) ?? []).filter((weak) => ![this, undefined].includes(weak.deref()));
    if (left.length > 0) channels.set(this.#name, left);
    else channels.delete(this.#name);
  }
}

shape(BroadcastChannel, 'BroadcastChannel');
attribute(BroadcastChannel.prototype, 'message');
attribute(BroadcastChannel.prototype, 'messageerror');
export { BroadcastChannel };
