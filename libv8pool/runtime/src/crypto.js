// SPDX-License-Identifier: Apache-2.0
// crypto: random numbers, digests, and what crypto.subtle does with keys, by OpenSSL.

import { CryptoKey, bytesOf, fail, hashOf, inside, nameOf, usageList } from './crypto-key.js';
import { shape } from './define.js';
import { need } from './events.js';

const key = Symbol('constructing');
const INTEGERS = ['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array',
  'Uint32Array', 'BigInt64Array', 'BigUint64Array'];
const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
const FORMATS = ['raw', 'spki', 'pkcs8', 'jwk'];

// The algorithms of keys by their names in capitals; evaluated when one is asked for.
const KEYS = {
  'AES-GCM': () => require('./aes-gcm.js').aesGcm,
  HMAC: () => require('./hmac.js').hmac,
  ECDH: () => require('./ec.js').ecdh,
  ECDSA: () => require('./ec.js').ecdsa,
  'RSA-OAEP': () => require('./rsa.js').rsaOaep,
  'RSA-PSS': () => require('./rsa.js').pss,
  'RSASSA-PKCS1-V1_5': () => require('./rsa.js').pkcs1,
};
// The standard has them, too: what is wrong with a key is that it is not of these.
const NO_KEYS = ['AES-CBC', 'AES-CTR'];

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
  const keys = NO_KEYS.includes(name) ? {} : keysOf(algorithm, method);
  const params = keys.params?.(algorithm);
  if (!(cryptoKey instanceof CryptoKey)) throw new TypeError('a CryptoKey was expected');
  const own = inside(cryptoKey);
  const { name: of } = own.algorithm;
  if (of.toUpperCase() !== name) fail('InvalidAccessError', `the key is of ${of}, not of ${name}`);
  if (!own.usages.includes(usage)) fail('InvalidAccessError', `the key is not for ${usage}`);
  return { keys, own, params };
}

function keyDataOf(format, data) {
  if (!FORMATS.includes(format)) throw new TypeError(`${format} is not one of ${FORMATS.join(', ')}`);
  if (format !== 'jwk') return bytesOf(data);
  if (typeof data !== 'object' || data === null || ArrayBuffer.isView(data) || data instanceof ArrayBuffer) {
    throw new TypeError('a JSON Web Key was expected');
  }
  return data;
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
    const data = keyDataOf(format, keyData);
    const wanted = usageList(usages);
    return keysOf(algorithm, 'import').import(format, data, algorithm, extractable, wanted);
  }
  async exportKey(format, cryptoKey) {
    need(arguments, 2, 'exportKey');
    if (!FORMATS.includes(format)) throw new TypeError(`${format} is not one of ${FORMATS.join(', ')}`);
    const own = inside(cryptoKey);
    const keys = keysOf(own.algorithm, 'export');
    if (!own.extractable) fail('InvalidAccessError', 'the key is not extractable');
    return keys.export(format, own);
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
}

for (const name of ['wrapKey', 'unwrapKey']) {
  SubtleCrypto.prototype[name] = {
    async [name]() {
      fail('NotSupportedError', `there is no ${name}`);
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

shape(SubtleCrypto, 'SubtleCrypto');
shape(Crypto, 'Crypto');
export const crypto = new Crypto(key);
export { Crypto, CryptoKey, SubtleCrypto };
