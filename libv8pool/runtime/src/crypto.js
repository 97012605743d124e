// SPDX-License-Identifier: Apache-2.0
// crypto: random numbers, digests and HMAC, by OpenSSL.

import { shape } from './define.js';
import { DOMException } from './dom-exception.js';
import { need } from './events.js';

const key = Symbol('constructing');
const INTEGERS = ['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array',
  'Uint32Array', 'BigInt64Array', 'BigUint64Array'];
const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
const HASHES = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];
const BLOCKS = { 'SHA-1': 64, 'SHA-256': 64, 'SHA-384': 128, 'SHA-512': 128 };
const USAGES = ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey'];

function fail(name, message) {
  throw new DOMException(message, name);
}

// A copy: the caller may change the bytes while we have them.
function bytesOf(data) {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (data instanceof ArrayBuffer) return new Uint8Array(data.slice(0));
  throw new TypeError('an ArrayBuffer or a view of one was expected');
}

function nameOf(algorithm) {
  const name = typeof algorithm === 'string' ? algorithm : algorithm?.name;
  if (name === undefined) throw new TypeError('an algorithm, or its name, was expected');
  return `${name}`.toUpperCase();
}

function hashOf(algorithm) {
  const name = nameOf(algorithm);
  if (!HASHES.includes(name)) fail('NotSupportedError', `${name} is not one of ${HASHES.join(', ')}`);
  return name;
}

function onlyHmac(algorithm) {
  if (nameOf(algorithm) !== 'HMAC') {
    fail('NotSupportedError', `${nameOf(algorithm)}: of keys, only HMAC's are supported`);
  }
}

let secretOf;

class CryptoKey {
  #secret;
  #algorithm;
  #extractable;
  #usages;
  static {
    secretOf = (value) => value.#secret;
  }
  constructor(...[given, secret, algorithm, extractable, usages]) {
    if (given !== key) throw new TypeError('Illegal constructor');
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

function hmacKey(secret, algorithm, extractable, usages) {
  const wanted = [...usages];
  for (const usage of wanted) {
    if (!USAGES.includes(usage)) throw new TypeError(`${usage} is not a key usage`);
  }
  if (wanted.some((usage) => usage !== 'sign' && usage !== 'verify')) {
    fail('SyntaxError', 'an HMAC key is for sign and verify');
  }
  if (wanted.length === 0) fail('SyntaxError', 'a key without usages is of no use');
  const hash = hashOf(algorithm.hash);
  const length = algorithm.length ?? secret.length * 8;
  if (secret.length === 0) fail('DataError', 'the key is empty');
  if (length > secret.length * 8 || length <= secret.length * 8 - 8) {
    fail('DataError', 'the length is not that of the key');
  }
  return new CryptoKey(key, secret, { name: 'HMAC', hash: { name: hash }, length }, Boolean(extractable), wanted);
}

function base64url(text) {
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function bytesOfJwk(jwk, algorithm) {
  if (typeof jwk !== 'object' || jwk === null || jwk.kty !== 'oct' || typeof jwk.k !== 'string') {
    fail('DataError', 'a JSON Web Key of type oct was expected');
  }
  const alg = `HS${hashOf(algorithm.hash).replace('SHA-', '')}`;
  if (jwk.alg !== undefined && jwk.alg !== alg) fail('DataError', `the key is for ${jwk.alg}, not for ${alg}`);
  const text = $host.base64Decode(jwk.k.replaceAll('-', '+').replaceAll('_', '/'));
  if (text === undefined) fail('DataError', 'the key is not in base64url');
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function usable(algorithm, cryptoKey, usage) {
  onlyHmac(algorithm);
  if (!(cryptoKey instanceof CryptoKey)) throw new TypeError('a CryptoKey was expected');
  if (!cryptoKey.usages.includes(usage)) fail('InvalidAccessError', `the key is not for ${usage}`);
  return cryptoKey;
}

class SubtleCrypto {
  constructor() {
    if (arguments[0] !== key) throw new TypeError('Illegal constructor');
  }
  async digest(algorithm, data) {
    need(arguments, 2, 'digest');
    const name = nameOf(algorithm);
    const bytes = bytesOf(data);
    return $host.digest(hashOf(name), bytes).buffer;
  }
  async generateKey(algorithm, extractable, usages) {
    need(arguments, 3, 'generateKey');
    onlyHmac(algorithm);
    const length = algorithm.length ?? BLOCKS[hashOf(algorithm.hash)] * 8;
    if (length === 0) fail('OperationError', 'a key of no length');
    return hmacKey($host.random(new Uint8Array(Math.ceil(length / 8))), { ...algorithm, length }, extractable, usages);
  }
  async importKey(format, keyData, algorithm, extractable, usages) {
    need(arguments, 5, 'importKey');
    onlyHmac(algorithm);
    if (format === 'raw') return hmacKey(bytesOf(keyData), algorithm, extractable, usages);
    if (format === 'jwk') return hmacKey(bytesOfJwk(keyData, algorithm), algorithm, extractable, usages);
    return fail('NotSupportedError', `${format}: HMAC keys are raw or jwk`);
  }
  async exportKey(format, cryptoKey) {
    need(arguments, 2, 'exportKey');
    const secret = secretOf(cryptoKey);
    if (!cryptoKey.extractable) fail('InvalidAccessError', 'the key is not extractable');
    if (format === 'raw') return secret.slice().buffer;
    if (format !== 'jwk') fail('NotSupportedError', `${format}: HMAC keys are raw or jwk`);
    return {
      kty: 'oct',
      k: base64url($host.base64Encode(String.fromCharCode(...secret))),
      alg: `HS${cryptoKey.algorithm.hash.name.replace('SHA-', '')}`,
      key_ops: [...cryptoKey.usages],
      ext: cryptoKey.extractable,
    };
  }
  async sign(algorithm, cryptoKey, data) {
    need(arguments, 3, 'sign');
    const bytes = bytesOf(data);
    const { hash } = usable(algorithm, cryptoKey, 'sign').algorithm;
    return $host.hmac(hash.name, secretOf(cryptoKey), bytes).buffer;
  }
  async verify(algorithm, cryptoKey, signature, data) {
    need(arguments, 4, 'verify');
    const given = bytesOf(signature);
    const bytes = bytesOf(data);
    const { hash } = usable(algorithm, cryptoKey, 'verify').algorithm;
    return $host.equal($host.hmac(hash.name, secretOf(cryptoKey), bytes), given);
  }
}

for (const name of ['encrypt', 'decrypt', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey']) {
  SubtleCrypto.prototype[name] = {
    async [name]() {
      fail('NotSupportedError', `${name}: of crypto.subtle there are digest and HMAC`);
    },
  }[name];
}

class Crypto {
  #subtle = new SubtleCrypto(key);
  constructor() {
    if (arguments[0] !== key) throw new TypeError('Illegal constructor');
  }
  get subtle() {
    return this.#subtle;
  }
  getRandomValues(array) {
    this.#subtle;
    need(arguments, 1, 'getRandomValues');
    if (!ArrayBuffer.isView(array) || !INTEGERS.includes(tagOf.call(array))) {
      fail('TypeMismatchError', 'a typed array of integers was expected');
    }
    if (array.byteLength > 65536) fail('QuotaExceededError', 'at most 65536 bytes are given at once');
    $host.random(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    return array;
  }
  randomUUID() {
    this.#subtle;
    return $host.uuid();
  }
}

shape(CryptoKey, 'CryptoKey');
shape(SubtleCrypto, 'SubtleCrypto');
shape(Crypto, 'Crypto');
export const crypto = new Crypto(key);
export { Crypto, CryptoKey, SubtleCrypto };
