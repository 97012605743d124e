// SPDX-License-Identifier: Apache-2.0
// crypto: random numbers, digests, HMAC and AES-GCM, by OpenSSL.

import { aesGcm } from './aes-gcm.js';
import { CryptoKey, bytesOf, bytesOfJwk, fail, nameOf, newKey, secretOf, usagesOf } from './crypto-key.js';
import { shape } from './define.js';
import { need } from './events.js';

const key = Symbol('constructing');
const INTEGERS = ['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array',
  'Uint32Array', 'BigInt64Array', 'BigUint64Array'];
const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
const HASHES = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];
const BLOCKS = { 'SHA-1': 64, 'SHA-256': 64, 'SHA-384': 128, 'SHA-512': 128 };

function hashOf(algorithm) {
  const name = nameOf(algorithm);
  if (!HASHES.includes(name)) fail('NotSupportedError', `${name} is not one of ${HASHES.join(', ')}`);
  return name;
}

const hmacAlg = (algorithm) => `HS${hashOf(algorithm.hash).replace('SHA-', '')}`;

function hmacKey(secret, algorithm, extractable, usages) {
  const wanted = usagesOf(usages, ['sign', 'verify'], 'an HMAC key');
  const hash = hashOf(algorithm.hash);
  const length = algorithm.length ?? secret.length * 8;
  if (secret.length === 0) fail('DataError', 'the key is empty');
  if (length > secret.length * 8 || length <= secret.length * 8 - 8) {
    fail('DataError', 'the length is not that of the key');
  }
  return newKey(secret, { name: 'HMAC', hash: { name: hash }, length }, extractable, wanted);
}

const hmac = {
  generate(algorithm, extractable, usages) {
    const length = algorithm.length ?? BLOCKS[hashOf(algorithm.hash)] * 8;
    if (length === 0) fail('OperationError', 'a key of no length');
    return hmacKey($host.random(new Uint8Array(Math.ceil(length / 8))), { ...algorithm, length }, extractable, usages);
  },
  raw: hmacKey,
  jwk: (jwk, algorithm, extractable, usages) =>
    hmacKey(bytesOfJwk(jwk, () => hmacAlg(algorithm)), algorithm, extractable, usages),
  alg: hmacAlg,
};

// The standard has them, too: what is wrong with a key is that it is not of these.
const NO_KEYS = ['AES-CBC', 'AES-CTR', 'ECDSA', 'RSA-OAEP', 'RSA-PSS', 'RSASSA-PKCS1-V1_5'];
const KEYS = { HMAC: hmac, 'AES-GCM': aesGcm };

// What can be done with keys of an algorithm.
function keysOf(algorithm) {
  const name = nameOf(algorithm);
  if (!Object.hasOwn(KEYS, name)) {
    fail('NotSupportedError', `${name}: of keys, only those of HMAC and AES-GCM are supported`);
  }
  return KEYS[name];
}

// The same, of a key that is for this use.
function usable(algorithm, cryptoKey, usage) {
  const name = nameOf(algorithm);
  const keys = NO_KEYS.includes(name) ? undefined : keysOf(algorithm);
  if (!(cryptoKey instanceof CryptoKey)) throw new TypeError('a CryptoKey was expected');
  const { name: of } = cryptoKey.algorithm;
  if (of !== name) fail('InvalidAccessError', `the key is of ${of}, not of ${name}`);
  if (!cryptoKey.usages.includes(usage)) fail('InvalidAccessError', `the key is not for ${usage}`);
  return keys;
}

function base64url(text) {
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
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
    return keysOf(algorithm).generate(algorithm, extractable, usages);
  }
  async importKey(format, keyData, algorithm, extractable, usages) {
    need(arguments, 5, 'importKey');
    const keys = keysOf(algorithm);
    if (format === 'raw') return keys.raw(bytesOf(keyData), algorithm, extractable, usages);
    if (format === 'jwk') return keys.jwk(keyData, algorithm, extractable, usages);
    return fail('NotSupportedError', `${format}: keys are raw or jwk`);
  }
  async exportKey(format, cryptoKey) {
    need(arguments, 2, 'exportKey');
    const secret = secretOf(cryptoKey);
    if (!cryptoKey.extractable) fail('InvalidAccessError', 'the key is not extractable');
    if (format === 'raw') return secret.slice().buffer;
    if (format !== 'jwk') fail('NotSupportedError', `${format}: keys are raw or jwk`);
    return {
      kty: 'oct',
      k: base64url($host.base64Encode(String.fromCharCode(...secret))),
      alg: keysOf(cryptoKey.algorithm).alg(cryptoKey.algorithm),
      key_ops: [...cryptoKey.usages],
      ext: cryptoKey.extractable,
    };
  }
  async sign(algorithm, cryptoKey, data) {
    need(arguments, 3, 'sign');
    const bytes = bytesOf(data);
    usable(algorithm, cryptoKey, 'sign');
    return $host.hmac(cryptoKey.algorithm.hash.name, secretOf(cryptoKey), bytes).buffer;
  }
  async verify(algorithm, cryptoKey, signature, data) {
    need(arguments, 4, 'verify');
    const given = bytesOf(signature);
    const bytes = bytesOf(data);
    usable(algorithm, cryptoKey, 'verify');
    return $host.equal($host.hmac(cryptoKey.algorithm.hash.name, secretOf(cryptoKey), bytes), given);
  }
  async encrypt(algorithm, cryptoKey, data) {
    need(arguments, 3, 'encrypt');
    return usable(algorithm, cryptoKey, 'encrypt').encrypt(algorithm, secretOf(cryptoKey), data);
  }
  async decrypt(algorithm, cryptoKey, data) {
    need(arguments, 3, 'decrypt');
    return usable(algorithm, cryptoKey, 'decrypt').decrypt(algorithm, secretOf(cryptoKey), data);
  }
}

for (const name of ['deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey']) {
  SubtleCrypto.prototype[name] = {
    async [name]() {
      fail('NotSupportedError', `${name}: of crypto.subtle there are digest, HMAC and AES-GCM`);
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
