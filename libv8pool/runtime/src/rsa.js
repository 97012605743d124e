// SPDX-License-Identifier: Apache-2.0
// RSASSA-PKCS1-v1_5, RSA-PSS and RSA-OAEP of crypto.subtle, by OpenSSL.

import { bytesOf, checkJwk, fail, hashOf, jwkField, newKey, wholeNumber } from './crypto-key.js';
import { checkPairUsages, checkPrivateUsages, exportPair, newPair, sign, typeOf, verify } from './key-pair.js';

const PARTS = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'];
// What can be made, and what can be used: engine/crypto.h has the same.
const MADE_BITS = [1024, 4096];
const BITS = { public: '512 to 8192', private: '512 to 4096' };

function algorithmOf(name, parts, hash) {
  const [n, e] = parts;
  return {
    name,
    modulusLength: n.length * 8 - Math.clz32(n[0]) + 24,
    publicExponent: e.slice(),
    hash: { name: hash },
  };
}

function checkMade(modulusLength, publicExponent) {
  const [least, most] = MADE_BITS;
  if (modulusLength < least || modulusLength > most) {
    fail('OperationError', `modulusLength: ${least} to ${most} was expected, not ${modulusLength}`);
  }
  const number = publicExponent.reduce((sum, byte) => sum * 256 + byte, 0);
  if (number % 2 === 0 || number < 3 || number > 0xffffffff) {
    fail('OperationError', 'publicExponent: an odd number of 3 or more was expected, of at most 32 bits');
  }
}

function partsOfJwk(jwk, type) {
  if (type === 'private' && jwk.oth !== undefined) fail('NotSupportedError', 'a key of more than two primes');
  return (type === 'private' ? PARTS : PARTS.slice(0, 2)).map((name) => jwkField(jwk, name));
}

function rsa(name, uses, { use, algOf }) {
  const partsOf = {
    jwk: (data, type) => $host.keyTake('RSA', partsOfJwk(data, type)),
    spki: (data) => $host.keyRead('RSA', data, false),
    pkcs8: (data) => $host.keyRead('RSA', data, true),
  };
  return {
    generate(algorithm, extractable, usages) {
      const modulusLength = wholeNumber(algorithm, 'modulusLength');
      const { publicExponent } = algorithm;
      if (!(publicExponent instanceof Uint8Array)) throw new TypeError('publicExponent: a Uint8Array was expected');
      const hash = hashOf(algorithm.hash);
      checkPairUsages(usages, uses, name);
      checkMade(modulusLength, publicExponent);
      checkPrivateUsages(usages, uses);
      const parts = $host.rsaMake(modulusLength, publicExponent);
      if (parts === undefined) fail('OperationError', 'OpenSSL cannot make a key');
      return newPair(parts, 2, algorithmOf(name, parts, hash), extractable, usages, uses);
    },
    import(format, data, algorithm, extractable, usages) {
      const hash = hashOf(algorithm.hash);
      if (!Object.hasOwn(partsOf, format)) fail('NotSupportedError', `${format}: RSA keys are spki, pkcs8 or jwk`);
      const type = typeOf(format, data, usages, uses, name);
      if (format === 'jwk') checkJwk(data, { kty: 'RSA', alg: algOf(hash), use }, extractable, usages);
      const parts = partsOf[format](data, type);
      if (parts === undefined) {
        fail('DataError', `${format}: a ${type} RSA key of ${BITS[type]} bits was expected`);
      }
      return newKey(parts, algorithmOf(name, parts, hash), extractable, usages, type);
    },
    export(format, own) {
      if (format === 'raw') fail('NotSupportedError', 'raw: RSA keys are spki, pkcs8 or jwk');
      const exported = exportPair('RSA', PARTS, format, own);
      return format === 'jwk' ? { kty: 'RSA', alg: algOf(own.algorithm.hash.name), ...exported } : exported;
    },
  };
}

const signing = (name, prefix) => ({
  ...rsa(name, { public: ['verify'], private: ['sign'] }, { use: 'sig', algOf: (hash) => `${prefix}${hash.slice(4)}` }),
  sign: ({ secret, algorithm }, data, salt = -1) => sign('RSA', secret, algorithm.hash.name, salt, data),
  verify: ({ secret, algorithm }, signature, data, salt = -1) =>
    verify('RSA', secret, algorithm.hash.name, salt, signature, data),
});

export const pkcs1 = signing('RSASSA-PKCS1-v1_5', 'RS');
export const pss = {
  ...signing('RSA-PSS', 'PS'),
  // a longer one fits no key; the native takes no larger number
  params: (algorithm) => Math.min(wholeNumber(algorithm, 'saltLength'), 0x7fffffff),
};

function oaep(seals, { secret, algorithm }, data, label) {
  const result = $host.rsaOaep(seals, secret, algorithm.hash.name, data, label);
  if (result === undefined) {
    fail('OperationError', seals ? 'the data is too long for this key' : 'the data was not encrypted for this key');
  }
  return result;
}

export const rsaOaep = {
  ...rsa('RSA-OAEP', { public: ['encrypt', 'wrapKey'], private: ['decrypt', 'unwrapKey'] }, {
    use: 'enc',
    algOf: (hash) => (hash === 'SHA-1' ? 'RSA-OAEP' : `RSA-OAEP-${hash.slice(4)}`),
  }),
  params: ({ label }) => (label === undefined ? new Uint8Array(0) : bytesOf(label)),
  encrypt: (own, data, label) => oaep(true, own, data, label),
  decrypt: (own, data, label) => oaep(false, own, data, label),
};
