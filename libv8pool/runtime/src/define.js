// SPDX-License-Identifier: Apache-2.0
// How names get onto objects the way Web IDL wants them.

export function define(target, name, value) {
  Object.defineProperty(target, name, { value, writable: true, enumerable: false, configurable: true });
}

// Members of an interface are enumerable, and its objects say what they are.  The bundler may have renamed the class.
export function shape(Class, name = Class.name) {
  Object.defineProperty(Class, 'name', { value: name, configurable: true });
  // $host.Platform is nobody's business
  if (Object.getPrototypeOf(Class) === $host.Platform) Object.setPrototypeOf(Class.prototype, Object.prototype);
  const enumerable = (object, skip) => {
    for (const key of Object.getOwnPropertyNames(object)) {
      if (!skip.includes(key)) Object.defineProperty(object, key, { enumerable: true });
    }
  };
  enumerable(Class, ['length', 'name', 'prototype']);
  enumerable(Class.prototype, ['constructor']);
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: name, configurable: true });
  return Class;
}

export function constants(Class, values) {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(Class, name, { value, enumerable: true });
    Object.defineProperty(Class.prototype, name, { value, enumerable: true });
  }
}

export function expose(classes) {
  for (const [name, Class] of Object.entries(classes)) define(globalThis, name, Class);
}

const loaded = new Set();
const loaders = new Map();

// Which groups were needed so far: whoever makes an image loads them into the context that it keeps.
// Text, because it goes from one context to another.
export function used() {
  return [...loaded].join();
}

export function use(groups) {
  for (const group of groups.split(',')) loaders.get(group)?.();
}

// Globals whose code runs when one of them is looked at first.
export function lazily(group, names, load) {
  const all = () => {
    const values = load();
    loaded.add(group);
    loaders.delete(group);
    for (const name of names) {
      // the bundler may have renamed a class
      if (values[name].name !== name) Object.defineProperty(values[name], 'name', { value: name, configurable: true });
      const now = Object.getOwnPropertyDescriptor(globalThis, name);
      if (now?.get !== undefined && getters.has(now.get)) define(globalThis, name, values[name]);
    }
    return values;
  };
  loaders.set(group, all);
  for (const name of names) {
    const get = () => (loaders.has(group) ? all() : load())[name];
    getters.add(get);
    Object.defineProperty(globalThis, name, {
      get,
      set: (value) => define(globalThis, name, value),
      enumerable: false,
      configurable: true,
    });
  }
}

const getters = new WeakSet();
