// SPDX-License-Identifier: Apache-2.0
// HMAC of crypto.subtle, by OpenSSL.

import { checkUsages, exportSecret, fail, hashOf, importSecret, newKey } from './crypto-key.js';

const BLOCKS = { 'SHA-1': 64, 'SHA-256': 64, 'SHA-384': 128, 'SHA-512': 128 };

function make(secret, algorithm, extractable, usages) {
  const hash = hashOf(algorithm.hash);
  checkUsages(usages, ['sign', 'verify'], 'an HMAC key');
  const length = algorithm.length ?? secret.length * 8;
  if (secret.length === 0) fail('DataError', 'the key is empty');
  if (length > secret.length * 8 || length <= secret.length * 8 - 8) {
    fail('DataError', 'the length is not that of the key');
  }
  return newKey(secret, { name: 'HMAC', hash: { name: hash }, length }, extractable, usages);
}

const form = {
  make,
  use: 'sig',
  alg: (secret, algorithm) => `HS${hashOf(algorithm.hash).slice(4)}`,
};

const mac = ({ secret, algorithm }, data) => $host.hmac(algorithm.hash.name, secret, data);
const lengthOf = (algorithm) => algorithm.length ?? BLOCKS[hashOf(algorithm.hash)] * 8;

export const hmac = {
  generate(algorithm, extractable, usages) {
    const length = lengthOf(algorithm);
    if (length === 0) fail('OperationError', 'a key of no length');
    return make($host.random(new Uint8Array(Math.ceil(length / 8))), { ...algorithm, length }, extractable, usages);
  },
  lengthOf,
  import: (...args) => importSecret(form, ...args),
  export: (...args) => exportSecret(form, ...args),
  sign: mac,
  verify: (own, signature, data) => $host.equal(mac(own, data), signature),
};
