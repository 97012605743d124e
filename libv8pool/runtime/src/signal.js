// SPDX-License-Identifier: Apache-2.0
// The signal of a render, for the engine: that of the Request that its entry was given, or one that ctx.signal made.

import { abortSignal, isSignal } from './abort.js';
import { DOMException } from './dom-exception.js';

export { newSignal } from './abort.js';

// undefined: a Request of the bundle's own class.
export const signalOf = (request) => $host.web().inner().signalOf(request);

// of: a signal, a Request, or undefined.  Gives the reason.
export function abortRender(of, isLate) {
  const reason = isLate
    ? new DOMException('The render took longer than its time limit', 'TimeoutError')
    : new DOMException('The client has gone', 'AbortError');
  const signal = of === undefined || isSignal(of) ? of : signalOf(of);
  if (signal !== undefined) abortSignal(signal, reason);
  return reason;
}
