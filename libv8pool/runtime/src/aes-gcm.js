// SPDX-License-Identifier: Apache-2.0
// AES-GCM of crypto.subtle, by OpenSSL.

import { bytesOf, bytesOfJwk, fail, newKey, usagesOf } from './crypto-key.js';

const TAGS = [32, 64, 96, 104, 112, 120, 128];
const USAGES = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'];
const algOf = (bytes) => `A${bytes.length * 8}GCM`;

function keyOf(secret, extractable, usages) {
  const wanted = usagesOf(usages, USAGES, 'an AES-GCM key');
  const length = secret.length * 8;
  if (![128, 192, 256].includes(length)) {
    fail('DataError', `a key of 128, 192 or 256 bits was expected, not of ${length}`);
  }
  return newKey(secret, { name: 'AES-GCM', length }, extractable, wanted);
}

function run(seals, algorithm, secret, data) {
  const iv = bytesOf(algorithm.iv);
  const extra = algorithm.additionalData === undefined ? new Uint8Array(0) : bytesOf(algorithm.additionalData);
  const tag = algorithm.tagLength === undefined ? 128 : Number(algorithm.tagLength);
  const bytes = bytesOf(data);
  if (!TAGS.includes(tag)) fail('OperationError', `a tag of ${TAGS.join(', ')} bits was expected`);
  if (iv.length === 0) fail('OperationError', 'an initialization vector was expected');
  if (!seals && bytes.length < tag / 8) fail('OperationError', 'the data is shorter than its tag');
  const result = $host.aesGcm(seals, secret, iv, bytes, extra, tag / 8);
  if (result === undefined) {
    fail('OperationError', seals ? 'OpenSSL cannot do this here'
      : 'the data, or what is authenticated with it, was changed');
  }
  return result.buffer;
}

export const aesGcm = {
  generate(algorithm, extractable, usages) {
    const { length } = algorithm;
    if (![128, 192, 256].includes(length)) fail('OperationError', 'a length of 128, 192 or 256 was expected');
    return keyOf($host.random(new Uint8Array(length / 8)), extractable, usages);
  },
  raw: (bytes, algorithm, extractable, usages) => keyOf(bytes, extractable, usages),
  jwk: (jwk, algorithm, extractable, usages) => keyOf(bytesOfJwk(jwk, algOf), extractable, usages),
  alg: (algorithm) => `A${algorithm.length}GCM`,
  encrypt: (algorithm, secret, data) => run(true, algorithm, secret, data),
  decrypt: (algorithm, secret, data) => run(false, algorithm, secret, data),
};
