// SPDX-License-Identifier: Apache-2.0
// Headers, Request, Response and FormData: undici's, as in Node.  fetch() itself is the engine's.

// in this order: Request uses a conversion that Response defines
import { Response } from 'undici/lib/web/fetch/response.js';
import { FormData } from 'undici/lib/web/fetch/formdata.js';
import { Headers, getHeadersGuard } from 'undici/lib/web/fetch/headers.js';
import {
  Request, cloneRequest, fromInnerRequest, getRequestDispatcher, getRequestState,
} from 'undici/lib/web/fetch/request.js';
import { bodyUnusable } from 'undici/lib/web/fetch/body.js';

const { AbortSignal } = globalThis;

// The signal of undici's clones follows nothing once their controller was collected.
Request.prototype.clone = {
  clone() {
    const state = getRequestState(this);
    if (bodyUnusable(state)) throw new TypeError('Request.clone: the body has been used already');
    return fromInnerRequest(cloneRequest(state), getRequestDispatcher(this), AbortSignal.any([this.signal]),
      getHeadersGuard(this.headers));
  },
}.clone;

export { FormData, Headers, Request, Response };
