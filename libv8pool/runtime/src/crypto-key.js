// SPDX-License-Identifier: Apache-2.0
// CryptoKey, and what its algorithms have in common.

import { shape } from './define.js';
import { DOMException } from './dom-exception.js';

const USAGES = ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey'];
const constructing = Symbol('constructing');

export function fail(name, message) {
  throw new DOMException(message, name);
}

// A copy: the caller may change the bytes while we have them.
export function bytesOf(data) {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (data instanceof ArrayBuffer) return new Uint8Array(data.slice(0));
  throw new TypeError('an ArrayBuffer or a view of one was expected');
}

export function nameOf(algorithm) {
  const name = typeof algorithm === 'string' ? algorithm : algorithm?.name;
  if (name === undefined) throw new TypeError('an algorithm, or its name, was expected');
  return `${name}`.toUpperCase();
}

let secretOf;

export class CryptoKey {
  #secret;
  #algorithm;
  #extractable;
  #usages;
  static {
    secretOf = (value) => value.#secret;
  }
  constructor(...[given, secret, algorithm, extractable, usages]) {
    if (given !== constructing) throw new TypeError('Illegal constructor');
    this.#secret = secret;
    this.#algorithm = algorithm;
    this.#extractable = extractable;
    this.#usages = usages;
  }
  get type() {
    this.#secret;
    return 'secret';
  }
  get extractable() {
    return this.#extractable;
  }
  get algorithm() {
    return this.#algorithm;
  }
  get usages() {
    return this.#usages;
  }
}

shape(CryptoKey, 'CryptoKey');
export { secretOf };

// The usages that are asked for, each once; what: who else would have them.
export function usagesOf(usages, possible, what) {
  const wanted = [...usages];
  for (const usage of wanted) {
    if (!USAGES.includes(usage)) throw new TypeError(`${usage} is not a key usage`);
  }
  if (wanted.some((usage) => !possible.includes(usage))) fail('SyntaxError', `${what} is for ${possible.join(', ')}`);
  if (wanted.length === 0) fail('SyntaxError', 'a key without usages is of no use');
  return wanted;
}

export function newKey(secret, algorithm, extractable, usages) {
  return new CryptoKey(constructing, secret, algorithm, Boolean(extractable), usages);
}

// The bytes of a JSON Web Key of type oct.
export function bytesOfJwk(jwk, alg) {
  if (typeof jwk !== 'object' || jwk === null || jwk.kty !== 'oct' || typeof jwk.k !== 'string') {
    fail('DataError', 'a JSON Web Key of type oct was expected');
  }
  const text = $host.base64Decode(jwk.k.replaceAll('-', '+').replaceAll('_', '/'));
  if (text === undefined) fail('DataError', 'the key is not in base64url');
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  const expected = alg(bytes);
  if (jwk.alg !== undefined && jwk.alg !== expected) {
    fail('DataError', `the key is for ${jwk.alg}, not for ${expected}`);
  }
  return bytes;
}
