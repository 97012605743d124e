// SPDX-License-Identifier: Apache-2.0
// What nobody caught: to the global object's `error` listeners, else to the log.

const { error: log } = console;
let listeners = () => false;

// The global object's events come later than the first one who may report.
export function setListeners(handle) {
  listeners = handle;
}

export function report(error) {
  if (!listeners(error)) log('uncaught:', error);
}
