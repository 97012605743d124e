// SPDX-License-Identifier: Apache-2.0
// CryptoKey, and what its algorithms have in common.

import { shape } from './define.js';
import { DOMException } from './dom-exception.js';

const USAGES = ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey'];
const HASHES = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];
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

export function hashOf(algorithm) {
  const name = nameOf(algorithm);
  if (!HASHES.includes(name)) fail('NotSupportedError', `${name} is not one of ${HASHES.join(', ')}`);
  return name;
}

// A member of an algorithm that must be there and a whole number.
export function wholeNumber(algorithm, name, most = 0xffffffff) {
  const value = Math.trunc(Number(algorithm[name]));
  if (!(value >= 0 && value <= most)) throw new TypeError(`${name}: a number from 0 to ${most} was expected`);
  return value;
}

function copyAlgorithm(algorithm) {
  const copy = { ...algorithm };
  if (copy.hash !== undefined) copy.hash = { ...copy.hash };
  if (copy.publicExponent !== undefined) copy.publicExponent = copy.publicExponent.slice();
  return copy;
}

let inside;

export class CryptoKey extends $host.Platform {
  #inside;
  #algorithm;
  #usages;
  static {
    inside = (value) => value.#inside;
  }
  constructor(...[given, own]) {
    if (given !== constructing) throw new TypeError('Illegal constructor');
    super();
    this.#inside = own;
  }
  get type() {
    return this.#inside.type;
  }
  get extractable() {
    return this.#inside.extractable;
  }
  // what the caller does to these two is not done to the key
  get algorithm() {
    return (this.#algorithm ??= copyAlgorithm(this.#inside.algorithm));
  }
  get usages() {
    return (this.#usages ??= [...this.#inside.usages]);
  }
}

shape(CryptoKey, 'CryptoKey');
// { type, secret, algorithm, extractable, usages }; secret: bytes, or the parts of a key of two halves (engine/crypto.h).
export { inside };

export const copyKey = (key) => new CryptoKey(constructing, inside(key));

// The usages that are asked for, each once.
export function usageList(usages) {
  const wanted = [...new Set([...usages])];
  for (const usage of wanted) {
    if (!USAGES.includes(usage)) throw new TypeError(`${usage} is not a key usage`);
  }
  return wanted;
}

// what: who has all that are possible
export function checkUsages(wanted, possible, what) {
  if (wanted.some((usage) => !possible.includes(usage))) {
    fail('SyntaxError', `${what} is for ${possible.join(', ') || 'no usage'}`);
  }
}

export function newKey(secret, algorithm, extractable, usages, type = 'secret') {
  if (type !== 'public' && usages.length === 0) fail('SyntaxError', 'a key without usages is of no use');
  return new CryptoKey(constructing, { type, secret, algorithm, extractable: Boolean(extractable), usages });
}

// --- JSON Web Keys ------------------------------------------------------------

export function base64url(bytes) {
  return $host.base64Encode(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function jwkField(jwk, name) {
  const text = typeof jwk[name] === 'string'
    ? $host.base64Decode(jwk[name].replaceAll('-', '+').replaceAll('_', '/')) : undefined;
  if (text === undefined) fail('DataError', `${name} of the JSON Web Key: base64url was expected`);
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

// What the key says of itself must allow what it is imported for.  alg: undefined: whatever it says; use: 'sig', 'enc'.
export function checkJwk(jwk, { kty, alg, use }, extractable, usages) {
  if (jwk.kty !== kty) fail('DataError', `a JSON Web Key of type ${kty} was expected`);
  if (usages.length > 0 && jwk.use !== undefined && jwk.use !== use) {
    fail('DataError', `the key's use is ${jwk.use}, not ${use}`);
  }
  if (jwk.key_ops !== undefined) {
    const allowed = [...jwk.key_ops];
    const other = usages.find((usage) => !allowed.includes(usage));
    if (other !== undefined) fail('DataError', `key_ops does not have ${other}`);
  }
  if (jwk.ext === false && extractable) fail('DataError', 'the key says that it is not extractable');
  if (alg !== undefined && jwk.alg !== undefined && jwk.alg !== alg) {
    fail('DataError', `the key is for ${jwk.alg}, not for ${alg}`);
  }
}

// --- keys that are bytes ------------------------------------------------------

// make(bytes, algorithm, extractable, usages); alg(bytes): what a JSON Web Key says of these bytes.
export function importSecret({ make, alg, use }, format, data, algorithm, extractable, usages) {
  if (format === 'raw') return make(data, algorithm, extractable, usages);
  if (format !== 'jwk') fail('NotSupportedError', `${format}: keys of this algorithm are raw or jwk`);
  checkJwk(data, { kty: 'oct', use }, extractable, usages);
  const bytes = jwkField(data, 'k');
  checkJwk(data, { kty: 'oct', alg: alg(bytes, algorithm), use }, extractable, []);
  return make(bytes, algorithm, extractable, usages);
}

export function exportSecret({ alg }, format, { secret, algorithm, usages, extractable }) {
  if (format === 'raw') return secret.slice().buffer;
  if (format !== 'jwk') fail('NotSupportedError', `${format}: keys of this algorithm are raw or jwk`);
  return { kty: 'oct', k: base64url(secret), alg: alg(secret, algorithm), key_ops: [...usages], ext: extractable };
}
