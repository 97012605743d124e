// SPDX-License-Identifier: Apache-2.0
// The global object as an event target, its names for itself, and reportError.

import { define } from './define.js';
import { ErrorEvent, EventTarget, attribute, dispatch, fire, hasListeners, need } from './events.js';
import { report, setListeners } from './report.js';

const hidden = new EventTarget();
const navigator = Object.freeze(Object.defineProperty({ userAgent: 'mod_v8ssr' }, Symbol.toStringTag,
  { value: 'Navigator' }));

const members = {
  addEventListener(...args) {
    return EventTarget.prototype.addEventListener.apply(hidden, args);
  },
  removeEventListener(...args) {
    return EventTarget.prototype.removeEventListener.apply(hidden, args);
  },
  dispatchEvent(...args) {
    need(args, 1, 'dispatchEvent');
    return dispatch(hidden, args[0], globalThis);
  },
  reportError(...args) {
    need(args, 1, 'reportError');
    report(args[0]);
  },
};

function toListeners(error) {
  if (!hasListeners(hidden, 'error')) return false;
  const message = error instanceof Error ? `${error.name}: ${error.message}` : `${String(error)}`;
  const event = new ErrorEvent('error', { message, error, cancelable: true });
  return !fire(hidden, event, globalThis);
}

export function install() {
  for (const [name, value] of Object.entries(members)) define(globalThis, name, value);
  define(globalThis, 'self', globalThis);
  define(globalThis, 'navigator', navigator);
  for (const type of ['error', 'unhandledrejection', 'rejectionhandled']) {
    attribute(globalThis, type, undefined, hidden);
    Object.defineProperty(globalThis, `on${type}`, { enumerable: false });
  }
  setListeners(toListeners);
}
