// SPDX-License-Identifier: Apache-2.0
// crypto: random numbers, digests, and what crypto.subtle does with keys, by OpenSSL.

import { CryptoKey, bytesOf, fail, hashOf, inside, nameOf, usageList } from './crypto-key.js';
import { shape } from './define.js';
import { TextDecoder, TextEncoder } from './encoding.js';
import { need } from './events.js';

const key = Symbol('constructing');
const INTEGERS = ['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array',
  'Uint32Array', 'BigInt64Array', 'BigUint64Array'];
const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
const FORMATS = ['raw', 'spki', 'pkcs8', 'jwk'];

// The algorithms of keys by their names in capitals; evaluated when one is asked for.
const KEYS = {
  'AES-CBC': () => require('./aes.js').aesCbc,
  'AES-CTR': () => require('./aes.js').aesCtr,
  'AES-GCM': () => require('./aes.js').aesGcm,
  'AES-KW': () => require('./aes.js').aesKw,
  HKDF: () => require('./derive.js').hkdf,
  HMAC: () => require('./hmac.js').hmac,
  PBKDF2: () => require('./derive.js').pbkdf2,
  ECDH: () => require('./ec.js').ecdh,
  ECDSA: () => require('./ec.js').ecdsa,
  'RSA-OAEP': () => require('./rsa.js').rsaOaep,
  'RSA-PSS': () => require('./rsa.js').pss,
  'RSASSA-PKCS1-V1_5': () => require('./rsa.js').pkcs1,
};

// What can be done with keys of an algorithm, among it the method.
function keysOf(algorithm, method) {
  const name = nameOf(algorithm);
  const keys = Object.hasOwn(KEYS, name) ? KEYS[name]() : {};
  if (keys[method] === undefined) fail('NotSupportedError', `${name}: there is no ${method} of this algorithm`);
  return keys;
}

// The same, what is inside of a key that is for this use, and what else the algorithm takes.
function usable(method, algorithm, cryptoKey, usage) {
  const name = nameOf(algorithm);
  const keys = keysOf(algorithm, method);
  const params = keys.params?.(algorithm);
  if (!(cryptoKey instanceof CryptoKey)) throw new TypeError('a CryptoKey was expected');
  const own = inside(cryptoKey);
  const { name: of } = own.algorithm;
  if (of.toUpperCase() !== name) fail('InvalidAccessError', `the key is of ${of}, not of ${name}`);
  if (!own.usages.includes(usage)) fail('InvalidAccessError', `the key is not for ${usage}`);
  return { keys, own, params };
}

function checkFormat(format) {
  if (!FORMATS.includes(format)) throw new TypeError(`${format} is not one of ${FORMATS.join(', ')}`);
}

function keyDataOf(format, data) {
  checkFormat(format);
  if (format !== 'jwk') return bytesOf(data);
  if (typeof data !== 'object' || data === null || ArrayBuffer.isView(data) || data instanceof ArrayBuffer) {
    throw new TypeError('a JSON Web Key was expected');
  }
  return data;
}

function importKey(format, keyData, algorithm, extractable, usages) {
  const data = keyDataOf(format, keyData);
  const wanted = usageList(usages);
  return keysOf(algorithm, 'import').import(format, data, algorithm, extractable, wanted);
}

function exportKey(format, cryptoKey) {
  checkFormat(format);
  const own = inside(cryptoKey);
  const keys = keysOf(own.algorithm, 'export');
  if (!own.extractable) fail('InvalidAccessError', 'the key is not extractable');
  return keys.export(format, own);
}

// What wraps keys by itself, or can encrypt.
function wrapping(method, otherwise, algorithm, cryptoKey) {
  const name = nameOf(algorithm);
  const wraps = Object.hasOwn(KEYS, name) && KEYS[name]()[method] !== undefined;
  return { method: wraps ? method : otherwise, ...usable(wraps ? method : otherwise, algorithm, cryptoKey, method) };
}

const bytesOfText = (text) => new TextEncoder().encode(text);

function jwkOf(bytes) {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return fail('DataError', 'no JSON Web Key was wrapped');
  }
}

const bitLength = (length) => (length === null || length === undefined ? null : length >>> 0);

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
    const wanted = usageList(usages);
    return keysOf(algorithm, 'generate').generate(algorithm, extractable, wanted);
  }
  async importKey(format, keyData, algorithm, extractable, usages) {
    need(arguments, 5, 'importKey');
    return importKey(format, keyData, algorithm, extractable, usages);
  }
  async exportKey(format, cryptoKey) {
    need(arguments, 2, 'exportKey');
    return exportKey(format, cryptoKey);
  }
  async sign(algorithm, cryptoKey, data) {
    need(arguments, 3, 'sign');
    const bytes = bytesOf(data);
    const { keys, own, params } = usable('sign', algorithm, cryptoKey, 'sign');
    return keys.sign(own, bytes, params).buffer;
  }
  async verify(algorithm, cryptoKey, signature, data) {
    need(arguments, 4, 'verify');
    const given = bytesOf(signature);
    const bytes = bytesOf(data);
    const { keys, own, params } = usable('verify', algorithm, cryptoKey, 'verify');
    return keys.verify(own, given, bytes, params);
  }
  async encrypt(algorithm, cryptoKey, data) {
    need(arguments, 3, 'encrypt');
    const bytes = bytesOf(data);
    const { keys, own, params } = usable('encrypt', algorithm, cryptoKey, 'encrypt');
    return keys.encrypt(own, bytes, params).buffer;
  }
  async decrypt(algorithm, cryptoKey, data) {
    need(arguments, 3, 'decrypt');
    const bytes = bytesOf(data);
    const { keys, own, params } = usable('decrypt', algorithm, cryptoKey, 'decrypt');
    return keys.decrypt(own, bytes, params).buffer;
  }
  async deriveBits(algorithm, baseKey, length = null) {
    need(arguments, 2, 'deriveBits');
    const { keys, own, params } = usable('derive', algorithm, baseKey, 'deriveBits');
    return keys.derive(own, params, bitLength(length)).buffer;
  }
  async deriveKey(algorithm, baseKey, derived, extractable, usages) {
    need(arguments, 5, 'deriveKey');
    const wanted = usageList(usages);
    const made = keysOf(derived, 'lengthOf');
    const { keys, own, params } = usable('derive', algorithm, baseKey, 'deriveKey');
    const bytes = keys.derive(own, params, made.lengthOf(derived));
    return made.import('raw', bytes, derived, extractable, wanted);
  }
  async wrapKey(format, cryptoKey, wrappingKey, algorithm) {
    need(arguments, 4, 'wrapKey');
    const { method, keys, own, params } = wrapping('wrapKey', 'encrypt', algorithm, wrappingKey);
    const exported = exportKey(format, cryptoKey);
    const bytes = format === 'jwk' ? bytesOfText(JSON.stringify(exported)) : new Uint8Array(exported);
    return keys[method](own, bytes, params).buffer;
  }
  async unwrapKey(format, wrapped, unwrappingKey, algorithm, unwrapped, extractable, usages) {
    need(arguments, 7, 'unwrapKey');
    const data = bytesOf(wrapped);
    const { method, keys, own, params } = wrapping('unwrapKey', 'decrypt', algorithm, unwrappingKey);
    const bytes = keys[method](own, data, params);
    return importKey(format, format === 'jwk' ? jwkOf(bytes) : bytes, unwrapped, extractable, usages);
  }
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

shape(SubtleCrypto, 'SubtleCrypto');
shape(Crypto, 'Crypto');
export const crypto = new Crypto(key);
export { Crypto, CryptoKey, SubtleCrypto };
