// SPDX-License-Identifier: Apache-2.0
// Event, EventTarget and their kin, for a world without a tree: an event has one target.

import { DOMException } from './dom-exception.js';
import { constants, define, shape } from './define.js';
import { report } from './report.js';

const PHASES = { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 };
const now = $host.now;

export function dictionary(value, what) {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' && typeof value !== 'function') {
    throw new TypeError(`${what}: an object was expected`);
  }
  return value;
}

export function need(given, count, what) {
  if (given.length < count) {
    throw new TypeError(`${what}: ${count} argument${count > 1 ? 's' : ''} expected, ${given.length} given`);
  }
}

let invoke; // dispatches; set below, where Event's fields can be seen

class Event extends $host.Platform {
  #type;
  #bubbles = false;
  #cancelable = false;
  #composed = false;
  #target = null;
  #current = null;
  #phase = 0;
  #stop = false;
  #stopNow = false;
  #canceled = false;
  #passive = false;
  #busy = false;
  #ready = true;
  #trusted = false;
  #time = now();

  static #isTrusted;
  static {
    // The getter is one and the same for all, as Web IDL wants of an unforgeable attribute.
    const isTrusted = Object.getOwnPropertyDescriptor({ get isTrusted() { return this.#trusted; } }, 'isTrusted').get;
    Event.#isTrusted = { get: isTrusted, set: undefined, enumerable: true, configurable: false };

    invoke = (event, target, shown, listeners, trusted) => {
      event.#trusted = trusted;
      event.#busy = true;
      event.#target = shown;
      event.#current = shown;
      event.#phase = PHASES.AT_TARGET;
      for (const capture of [true, false]) {
        for (const listener of listeners.slice()) {
          if (event.#stopNow) break;
          if (listener.removed || listener.capture !== capture) continue;
          if (listener.once) remove(target, event.#type, listener);
          event.#passive = listener.passive;
          call(listener.callback, shown, event);
          event.#passive = false;
        }
        if (event.#stop) break;
      }
      event.#phase = PHASES.NONE;
      event.#current = null;
      event.#busy = event.#stop = event.#stopNow = false;
      return !event.#canceled;
    };
    Event.mayDispatch = (event) => event.#ready && !event.#busy;
    Event.has = (event) => typeof event === 'object' && event !== null && #type in event;
  }

  constructor(type, init = undefined) {
    need(arguments, 1, 'Event');
    super();
    this.#type = `${type}`;
    const options = dictionary(init, 'Event');
    this.#bubbles = Boolean(options.bubbles);
    this.#cancelable = Boolean(options.cancelable);
    this.#composed = Boolean(options.composed);
    Object.defineProperty(this, 'isTrusted', Event.#isTrusted);
  }
  get type() { return this.#type; }
  get target() { return this.#target; }
  get srcElement() { return this.#target; }
  get currentTarget() { return this.#current; }
  composedPath() { return this.#current === null ? [] : [this.#current]; }
  get eventPhase() { return this.#phase; }
  stopPropagation() { this.#stop = true; }
  get cancelBubble() { return this.#stop; }
  set cancelBubble(value) { if (value) this.#stop = true; }
  stopImmediatePropagation() { this.#stop = this.#stopNow = true; }
  get bubbles() { return this.#bubbles; }
  get cancelable() { return this.#cancelable; }
  get returnValue() { return !this.#canceled; }
  set returnValue(value) { if (!value) this.preventDefault(); }
  preventDefault() { if (this.#cancelable && !this.#passive) this.#canceled = true; }
  get defaultPrevented() { return this.#canceled; }
  get composed() { return this.#composed; }
  get timeStamp() { return this.#time; }
  initEvent(type, bubbles = false, cancelable = false) {
    need(arguments, 1, 'initEvent');
    if (this.#busy) return;
    this.#ready = true;
    this.#type = `${type}`;
    this.#bubbles = Boolean(bubbles);
    this.#cancelable = Boolean(cancelable);
    this.#stop = this.#stopNow = this.#canceled = this.#trusted = false;
    this.#target = null;
  }
}

const { has: isEvent, mayDispatch } = Event;
delete Event.has;
delete Event.mayDispatch;
shape(Event, 'Event');
constants(Event, PHASES);

function call(callback, shown, event) {
  try {
    if (typeof callback === 'function') callback.call(shown, event);
    else {
      const { handleEvent } = callback;
      if (typeof handleEvent !== 'function') throw new TypeError('handleEvent is not a function');
      handleEvent.call(callback, event);
    }
  } catch (error) {
    report(error);
  }
}

let lists; // target -> Map(type -> listeners), or undefined while nobody listens
let remove;
let add;

// Called when somebody begins to listen (AbortSignal keeps itself alive by it).
export const listening = Symbol('listening');

class EventTarget extends $host.Platform {
  #lists;

  static {
    lists = (target) => target.#lists;
    add = (target, type, listener) => {
      const map = (target.#lists ??= new Map());
      const list = map.get(type);
      if (list === undefined) map.set(type, [listener]);
      else if (!list.some((one) => one.callback === listener.callback && one.capture === listener.capture)) {
        list.push(listener);
      } else return;
      target[listening]?.(type);
    };
    remove = (target, type, listener) => {
      const list = target.#lists.get(type);
      const index = list.indexOf(listener);
      listener.removed = true;
      if (index >= 0) list.splice(index, 1);
    };
    EventTarget.has = (value) => typeof value === 'object' && value !== null && #lists in value;
  }

  addEventListener(type, callback, options = undefined) {
    need(arguments, 2, 'addEventListener');
    addListener(this, `${type}`, callback, options);
  }
  removeEventListener(type, callback, options = undefined) {
    need(arguments, 2, 'removeEventListener');
    removeListener(this, `${type}`, callback, options);
  }
  dispatchEvent(event) {
    need(arguments, 1, 'dispatchEvent');
    return dispatch(this, event);
  }
}

export const isEventTarget = EventTarget.has;
delete EventTarget.has;
shape(EventTarget, 'EventTarget');

function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function checked(callback) {
  if (callback !== null && callback !== undefined && !isObject(callback)) {
    throw new TypeError('an event listener is a function, an object or null');
  }
  return callback ?? null;
}

function addListener(target, type, callback, options) {
  const given = isObject(options) ? options : { capture: Boolean(options) };
  const capture = Boolean(given.capture);
  const once = Boolean(given.once);
  const passive = Boolean(given.passive);
  const { signal } = given;
  if (signal !== undefined && !(isEventTarget(signal) && 'aborted' in signal)) {
    throw new TypeError('addEventListener: signal is not an AbortSignal');
  }
  lists(target); // throws for what is no target
  if (checked(callback) === null || signal?.aborted) return;
  const listener = { callback, capture, once, passive, removed: false };
  add(target, type, listener);
  signal?.addEventListener('abort', () => removeListener(target, type, callback, { capture }), { once: true });
}

function removeListener(target, type, callback, options) {
  const capture = Boolean(isObject(options) ? options.capture : options);
  const found = lists(target)?.get(type)?.find((one) => one.callback === checked(callback) && one.capture === capture);
  checked(callback);
  if (found !== undefined) remove(target, type, found);
}

// shown: what listeners see as the target, for the global object.
function dispatch(target, event, shown = target) {
  const known = lists(target);
  if (!isEvent(event)) throw new TypeError('dispatchEvent: the argument is not an Event');
  if (!mayDispatch(event)) throw new DOMException('the event is being dispatched already', 'InvalidStateError');
  return invoke(event, target, shown, known?.get(event.type) ?? [], false);
}

// An event of ours, not of the bundle's.
export function fire(target, event, shown = target) {
  return invoke(event, target, shown, lists(target)?.get(event.type) ?? [], true);
}

export function hasListeners(target, type) {
  return (lists(target)?.get(type)?.length ?? 0) > 0;
}

// An `on...` attribute: its place among the listeners is that of the first assignment.
export function attribute(prototype, type, onSet = undefined, hidden = undefined) {
  const handlers = new WeakMap();
  const accessor = {
    get [`on${type}`]() {
      return handlers.get(hidden ?? this)?.handler ?? null;
    },
    set [`on${type}`](value) {
      const target = hidden ?? this;
      const handler = isObject(value) ? value : null;
      const known = handlers.get(target);
      if (known !== undefined) {
        if (handler === null) {
          removeListener(target, type, known.listener);
          handlers.delete(target);
        } else known.handler = handler;
      } else if (handler !== null) {
        const entry = { handler, listener: undefined };
        entry.listener = function (event) {
          if (typeof entry.handler !== 'function') return;
          const result = entry.handler.call(this, event);
          if (result === false) event.preventDefault();
        };
        handlers.set(target, entry);
        addListener(target, type, entry.listener, false);
      }
      onSet?.(target);
    },
  };
  const descriptor = Object.getOwnPropertyDescriptor(accessor, `on${type}`);
  Object.defineProperty(prototype, `on${type}`, { ...descriptor, enumerable: true, configurable: true });
}

// A subclass of Event that carries the given members, with their defaults.
function carrying(name, members) {
  const values = new WeakMap();
  const Class = class extends Event {
    constructor(type, init = undefined) {
      need(arguments, 1, name);
      super(type, init);
      const given = init ?? {};
      const own = {};
      for (const [key, { fallback, read }] of Object.entries(members)) {
        const value = given[key];
        own[key] = value === undefined ? fallback : read !== undefined ? read(value) : value;
      }
      values.set(this, own);
    }
  };
  for (const key of Object.keys(members)) {
    Object.defineProperty(Class.prototype, key, {
      get() { return values.get(this)[key]; },
      enumerable: true,
      configurable: true,
    });
  }
  shape(Class, name);
  return { Class, values };
}

const text = (value) => `${value}`;
const any = { fallback: null };
const custom = carrying('CustomEvent', { detail: any });

define(custom.Class.prototype, 'initCustomEvent', function initCustomEvent(type, bubbles, cancelable, detail = null) {
  need(arguments, 1, 'initCustomEvent');
  this.initEvent(type, bubbles, cancelable);
  custom.values.get(this).detail = detail;
});
Object.defineProperty(custom.Class.prototype, 'initCustomEvent', { enumerable: true });

export const CustomEvent = custom.Class;
export const ErrorEvent = carrying('ErrorEvent', {
  message: { fallback: '', read: text },
  filename: { fallback: '', read: text },
  lineno: { fallback: 0, read: (value) => value >>> 0 },
  colno: { fallback: 0, read: (value) => value >>> 0 },
  error: { fallback: undefined },
}).Class;
export const MessageEvent = carrying('MessageEvent', {
  data: any,
  origin: { fallback: '', read: text },
  lastEventId: { fallback: '', read: text },
  source: {
    fallback: null,
    read(value) {
      if (value !== null && !isEventTarget(value)) throw new TypeError('MessageEvent: source is not a MessagePort');
      return value;
    },
  },
  ports: { fallback: Object.freeze([]), read: (value) => Object.freeze([...value]) },
}).Class;
export const ProgressEvent = carrying('ProgressEvent', {
  lengthComputable: { fallback: false, read: Boolean },
  loaded: { fallback: 0, read: Number },
  total: { fallback: 0, read: Number },
}).Class;
export const PromiseRejectionEvent = carrying('PromiseRejectionEvent', {
  promise: { fallback: undefined },
  reason: { fallback: undefined },
}).Class;

export { Event, EventTarget, dispatch };
