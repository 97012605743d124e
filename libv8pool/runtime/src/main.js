// SPDX-License-Identifier: Apache-2.0
// The runtime: what a context has beyond ECMAScript.  The built file is a function of $host, the engine's functions
// (engine/runtime.cc); it runs once in each context, before the bundle, and mostly in a startup image.

import './scripts.js';
import './prelude.js';
import { AbortController, AbortSignal } from './abort.js';
import { AsyncLocalStorage } from './async-hooks.js';
import { atob, btoa } from './base64.js';
import { installConsole } from './console.js';
import { Crypto, CryptoKey, SubtleCrypto, crypto } from './crypto.js';
import { define, expose, lazily, use, used } from './define.js';
import { DOMException } from './dom-exception.js';
import { TextDecoder, TextEncoder } from './encoding.js';
import { CustomEvent, ErrorEvent, Event, EventTarget, MessageEvent, ProgressEvent, PromiseRejectionEvent } from './events.js';
import { install } from './global.js';
import { queueMicrotask } from './microtask.js';
import { moduleOf, names } from './node/modules.js';
import { Performance, installPerformance } from './performance.js';
import { report } from './report.js';
import { abortRender, newSignal, signalOf } from './signal.js';

expose({
  AbortController, AbortSignal, AsyncLocalStorage, Crypto, CryptoKey, CustomEvent, DOMException, ErrorEvent, Event,
  EventTarget, MessageEvent, Performance, ProgressEvent, PromiseRejectionEvent, SubtleCrypto, TextDecoder, TextEncoder,
  atob, btoa, queueMicrotask,
});
define(globalThis, 'crypto', crypto);
installPerformance();
install();
installConsole();

lazily('streams', [
  'ByteLengthQueuingStrategy', 'CountQueuingStrategy', 'ReadableByteStreamController', 'ReadableStream',
  'ReadableStreamBYOBReader', 'ReadableStreamBYOBRequest', 'ReadableStreamDefaultController',
  'ReadableStreamDefaultReader', 'TransformStream', 'TransformStreamDefaultController', 'WritableStream',
  'WritableStreamDefaultController', 'WritableStreamDefaultWriter',
], () => $host.web().streams());
lazily('text-streams', ['TextDecoderStream', 'TextEncoderStream'], () => require('./text-streams.js'));
lazily('url', ['URL', 'URLSearchParams'], () => $host.web().url());
lazily('blob', ['Blob', 'File'], () => require('./blob.js'));
lazily('file-reader', ['FileReader'], () => require('./file-reader.js'));
lazily('fetch', ['FormData', 'Headers', 'Request', 'Response'], () => $host.web().fetch());
lazily('message', ['MessageChannel', 'MessagePort'], () => require('./message.js'));
lazily('broadcast', ['BroadcastChannel'], () => require('./broadcast.js'));
lazily('clone', ['structuredClone'], () => require('./clone.js'));
lazily('compression', ['CompressionStream', 'DecompressionStream'], () => require('./compression.js'));
lazily('urlpattern', ['URLPattern'], () => $host.web().urlPattern());

export const inner = () => $host.web().inner();
export { abortRender, moduleOf, names, newSignal, report, signalOf, use, used };
