// SPDX-License-Identifier: Apache-2.0
// AES-GCM, AES-CBC, AES-CTR and AES-KW of crypto.subtle, by OpenSSL.

import { bytesOf, checkUsages, exportSecret, fail, importSecret, newKey, wholeNumber } from './crypto-key.js';

const TAGS = [32, 64, 96, 104, 112, 120, 128];

function lengthOf({ length }) {
  if (![128, 192, 256].includes(length)) fail('OperationError', 'a length of 128, 192 or 256 was expected');
  return length;
}

function aes(name, suffix, uses) {
  function make(secret, algorithm, extractable, usages) {
    checkUsages(usages, uses, `an ${name} key`);
    const length = secret.length * 8;
    if (![128, 192, 256].includes(length)) {
      fail('DataError', `a key of 128, 192 or 256 bits was expected, not of ${length}`);
    }
    return newKey(secret, { name, length }, extractable, usages);
  }
  const form = { make, use: 'enc', alg: (bytes) => `A${bytes.length * 8}${suffix}` };
  return {
    generate(algorithm, extractable, usages) {
      checkUsages(usages, uses, `an ${name} key`);
      return make($host.random(new Uint8Array(lengthOf(algorithm) / 8)), algorithm, extractable, usages);
    },
    lengthOf,
    import: (...args) => importSecret(form, ...args),
    export: (...args) => exportSecret(form, ...args),
  };
}

function gcm(seals, { secret }, data, { iv, extra, tag }) {
  if (!TAGS.includes(tag)) fail('OperationError', `a tag of ${TAGS.join(', ')} bits was expected`);
  if (iv.length === 0) fail('OperationError', 'an initialization vector was expected');
  if (!seals && data.length < tag / 8) fail('OperationError', 'the data is shorter than its tag');
  const result = $host.aesGcm(seals, secret, iv, data, extra, tag / 8);
  if (result === undefined) {
    fail('OperationError', seals ? 'OpenSSL cannot do this here'
      : 'the data, or what is authenticated with it, was changed');
  }
  return result;
}

export const aesGcm = {
  ...aes('AES-GCM', 'GCM', ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']),
  params: ({ iv, additionalData, tagLength }) => ({
    iv: bytesOf(iv),
    extra: additionalData === undefined ? new Uint8Array(0) : bytesOf(additionalData),
    tag: tagLength === undefined ? 128 : Number(tagLength),
  }),
  encrypt: (own, data, params) => gcm(true, own, data, params),
  decrypt: (own, data, params) => gcm(false, own, data, params),
};

function cbc(seals, { secret }, data, iv) {
  if (iv.length !== 16) fail('OperationError', `an initialization vector of 16 bytes was expected, not of ${iv.length}`);
  const result = $host.aesCbc(seals, secret, iv, data);
  if (result === undefined) fail('OperationError', seals ? 'OpenSSL cannot do this here' : 'the data was not encrypted with this key');
  return result;
}

export const aesCbc = {
  ...aes('AES-CBC', 'CBC', ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']),
  params: ({ iv }) => bytesOf(iv),
  encrypt: (own, data, iv) => cbc(true, own, data, iv),
  decrypt: (own, data, iv) => cbc(false, own, data, iv),
};

function ctr({ secret }, data, { counter, length }) {
  if (counter.length !== 16) fail('OperationError', `a counter of 16 bytes was expected, not of ${counter.length}`);
  if (length < 1 || length > 128) fail('OperationError', `length: 1 to 128 bits were expected, not ${length}`);
  const result = $host.aesCtr(secret, counter, length, data);
  if (result === undefined) fail('OperationError', `a counter of ${length} bits is too short for this data`);
  return result;
}

export const aesCtr = {
  ...aes('AES-CTR', 'CTR', ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']),
  params: (algorithm) => ({ counter: bytesOf(algorithm.counter), length: wholeNumber(algorithm, 'length', 255) }),
  encrypt: ctr,
  decrypt: ctr,
};

function kw(seals, { secret }, data) {
  const result = $host.aesKw(seals, secret, data);
  if (result === undefined) {
    fail('OperationError', seals ? 'AES-KW: whole blocks of 8 bytes, two or more, were expected' : 'the key was not wrapped with this one');
  }
  return result;
}

export const aesKw = {
  ...aes('AES-KW', 'KW', ['wrapKey', 'unwrapKey']),
  wrapKey: (own, data) => kw(true, own, data),
  unwrapKey: (own, data) => kw(false, own, data),
};
