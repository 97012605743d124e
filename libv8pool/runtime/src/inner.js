// SPDX-License-Identifier: Apache-2.0
// What the engine needs of the fetch classes that their interfaces do not give.

// in this order: see fetch.js
import { Response, fromInnerResponse, getResponseState, makeResponse } from 'undici/lib/web/fetch/response.js';
import { Request } from 'undici/lib/web/fetch/request.js';

const { get: signalIn } = Object.getOwnPropertyDescriptor(Request.prototype, 'signal');

// undefined: no Request of ours.
export function signalOf(request) {
  return request instanceof Request ? signalIn.call(request) : undefined;
}

// The text or bytes that a response was made of, if nobody has read them: they need no stream to be sent.
export function sourceOf(response) {
  if (!(response instanceof Response) || response.bodyUsed || response.body?.locked) return undefined;
  const source = getResponseState(response).body?.source;
  return typeof source === 'string' || source instanceof Uint8Array ? source : undefined;
}

// The response to a fetch.  headers: [name, value] for each field; urls: of all redirects, the last is the answer's.
export function responseOf({ status, statusText = '', headers, body, urls }) {
  const inner = makeResponse({ status, statusText, urlList: urls.map((url) => new URL(url)) });
  for (const [name, value] of headers) inner.headersList.append(name, value, false);
  if (body !== null) inner.body = { stream: body, source: null, length: null };
  return fromInnerResponse(inner, 'immutable');
}
