// SPDX-License-Identifier: Apache-2.0
// AsyncLocalStorage and AsyncResource.  V8 carries one value across await and then(): a frame { render, stores }.
// `render` is the loop's and is only handed on; `stores` maps each AsyncLocalStorage to its value.

const { frame, setFrame } = $host;

function withStore(current, storage, value) {
  const stores = new Map(current?.stores);
  if (value === absent) stores.delete(storage);
  else stores.set(storage, value);
  return { render: current?.render, stores };
}

const absent = Symbol('absent');

// A frame keeps the stores of where it was made, and takes the render of where it is used.
function runIn(made, callback, self, args) {
  const before = frame();
  setFrame({ render: before?.render, stores: made?.stores });
  try {
    return Reflect.apply(callback, self, args);
  } finally {
    setFrame(before);
  }
}

function checked(callback) {
  if (typeof callback !== 'function') throw new TypeError('a function was expected');
  return callback;
}

function bound(callback, self) {
  checked(callback);
  const made = frame();
  return named(function (...args) {
    return runIn(made, callback, self === undefined ? this : self, args);
  }, callback);
}

function named(wrapper, callback) {
  Object.defineProperty(wrapper, 'length', { value: callback.length, configurable: true });
  return wrapper;
}

export class AsyncLocalStorage {
  #fallback;
  #name;
  #enabled = true;

  constructor(options = undefined) {
    this.#fallback = options?.defaultValue;
    this.#name = options?.name ?? '';
  }
  static bind(callback) {
    return bound(callback, undefined);
  }
  static snapshot() {
    const made = frame();
    return (callback, ...args) => runIn(made, checked(callback), undefined, args);
  }
  get name() {
    return this.#name;
  }
  run(store, callback, ...args) {
    const before = frame();
    this.#enabled = true;
    setFrame(withStore(before, this, store));
    try {
      return callback(...args);
    } finally {
      setFrame(before);
    }
  }
  exit(callback, ...args) {
    const before = frame();
    setFrame(withStore(before, this, absent));
    try {
      return callback(...args);
    } finally {
      setFrame(before);
    }
  }
  enterWith(store) {
    this.#enabled = true;
    setFrame(withStore(frame(), this, store));
  }
  disable() {
    this.#enabled = false;
    setFrame(withStore(frame(), this, absent));
  }
  getStore() {
    const stores = this.#enabled ? frame()?.stores : undefined;
    return stores?.has(this) ? stores.get(this) : this.#fallback;
  }
}

let lastId = 0;

export class AsyncResource {
  #made = frame();
  #id = ++lastId;
  #trigger;

  constructor(type, options = undefined) {
    if (typeof type !== 'string') throw new TypeError('the type of an AsyncResource is a string');
    this.#trigger = typeof options === 'number' ? options : options?.triggerAsyncId ?? 0;
  }
  static bind(callback, type, self) {
    return new AsyncResource(type ?? (callback.name || 'bound-anonymous-fn')).bind(callback, self);
  }
  bind(callback, self) {
    const resource = this;
    checked(callback);
    return named(function (...args) {
      return resource.runInAsyncScope(callback, self === undefined ? this : self, ...args);
    }, callback);
  }
  runInAsyncScope(callback, self, ...args) {
    return runIn(this.#made, callback, self, args);
  }
  emitDestroy() {
    return this;
  }
  asyncId() {
    return this.#id;
  }
  triggerAsyncId() {
    return this.#trigger;
  }
}

// There are no hooks: what asks for them gets ones that are never called.
export const createHook = () => ({ enable() { return this; }, disable() { return this; } });
export const executionAsyncId = () => 0;
export const triggerAsyncId = () => 0;
export const executionAsyncResource = () => ({});
