// SPDX-License-Identifier: Apache-2.0
// AES-GCM of crypto.subtle, by OpenSSL.

import { bytesOf, checkUsages, exportSecret, fail, importSecret, newKey } from './crypto-key.js';

const TAGS = [32, 64, 96, 104, 112, 120, 128];
const USAGES = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'];

function make(secret, algorithm, extractable, usages) {
  checkUsages(usages, USAGES, 'an AES-GCM key');
  const length = secret.length * 8;
  if (![128, 192, 256].includes(length)) {
    fail('DataError', `a key of 128, 192 or 256 bits was expected, not of ${length}`);
  }
  return newKey(secret, { name: 'AES-GCM', length }, extractable, usages);
}

const form = { make, use: 'enc', alg: (bytes) => `A${bytes.length * 8}GCM` };

function run(seals, { secret }, data, algorithm) {
  const iv = bytesOf(algorithm.iv);
  const extra = algorithm.additionalData === undefined ? new Uint8Array(0) : bytesOf(algorithm.additionalData);
  const tag = algorithm.tagLength === undefined ? 128 : Number(algorithm.tagLength);
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

function lengthOf({ length }) {
  if (![128, 192, 256].includes(length)) fail('OperationError', 'a length of 128, 192 or 256 was expected');
  return length;
}

export const aesGcm = {
  generate: (algorithm, extractable, usages) =>
    make($host.random(new Uint8Array(lengthOf(algorithm) / 8)), algorithm, extractable, usages),
  lengthOf,
  import: (...args) => importSecret(form, ...args),
  export: (...args) => exportSecret(form, ...args),
  params: (algorithm) => algorithm,
  encrypt: (own, data, algorithm) => run(true, own, data, algorithm),
  decrypt: (own, data, algorithm) => run(false, own, data, algorithm),
};
