// SPDX-License-Identifier: Apache-2.0
// HKDF and PBKDF2 of crypto.subtle, by OpenSSL.

import { bytesOf, checkUsages, fail, hashOf, newKey, wholeNumber } from './crypto-key.js';

// The secret cannot be had back, nor made.
function importSecret(name) {
  return (format, data, algorithm, extractable, usages) => {
    if (format !== 'raw') fail('NotSupportedError', `${format}: secrets of ${name} are raw`);
    checkUsages(usages, ['deriveKey', 'deriveBits'], `a secret of ${name}`);
    if (extractable) fail('SyntaxError', `a secret of ${name} cannot be extractable`);
    return newKey(data, { name }, false, usages);
  };
}

function sizeOf(length) {
  if (length === null || length === 0 || length % 8 !== 0) fail('OperationError', 'a length of whole bytes was expected');
  return length / 8;
}

const none = () => null; // whoever derives one says how long

export const hkdf = {
  import: importSecret('HKDF'),
  lengthOf: none,
  params: ({ hash, salt, info }) => ({ hash: hashOf(hash), salt: bytesOf(salt), info: bytesOf(info) }),
  derive({ secret }, { hash, salt, info }, length) {
    const bits = $host.hkdf(hash, secret, salt, info, sizeOf(length));
    if (bits === undefined) fail('OperationError', `${length} bits are more than HKDF has`);
    return bits;
  },
};

export const pbkdf2 = {
  import: importSecret('PBKDF2'),
  lengthOf: none,
  params(algorithm) {
    const { hash, salt } = algorithm;
    return { hash: hashOf(hash), salt: bytesOf(salt), iterations: wholeNumber(algorithm, 'iterations') };
  },
  derive({ secret }, { hash, salt, iterations }, length) {
    const size = sizeOf(length);
    if (iterations === 0 || iterations > 0x7fffffff) fail('OperationError', 'iterations: 1 to 2147483647 were expected');
    const bits = $host.pbkdf2(hash, secret, salt, iterations, size);
    if (bits === undefined) fail('OperationError', 'OpenSSL cannot derive these bits');
    return bits;
  },
};
