// SPDX-License-Identifier: Apache-2.0
// Keys of two halves, of curves and of RSA: what both have in common.

import { base64url, checkUsages, fail, newKey } from './crypto-key.js';

// kind: 'RSA' or a curve; parts: of the private key, of which `shared` are the public one's.
export function newPair(parts, shared, algorithm, extractable, usages, uses) {
  const [publicUsages, privateUsages] = [uses.public, uses.private]
    .map((possible) => usages.filter((usage) => possible.includes(usage)));
  return {
    publicKey: newKey(parts.slice(0, shared), algorithm, true, publicUsages, 'public'),
    privateKey: newKey(parts, algorithm, extractable, privateUsages, 'private'),
  };
}

export function checkPairUsages(usages, uses, name) {
  checkUsages(usages, [...uses.public, ...uses.private], `a pair of ${name} keys`);
}

// Before what takes long, as newKey() would say it after.
export function checkPrivateUsages(usages, uses) {
  if (!usages.some((usage) => uses.private.includes(usage))) {
    fail('SyntaxError', `a pair without ${uses.private.join(' and ')} is of no use`);
  }
}

// The type of a key that is to be imported, and that its usages are possible.
export function typeOf(format, data, usages, uses, name) {
  const type = format === 'pkcs8' || (format === 'jwk' && data.d !== undefined) ? 'private' : 'public';
  checkUsages(usages, uses[type], `a ${type} ${name} key`);
  return type;
}

const TYPES = { spki: 'public', raw: 'public', pkcs8: 'private' };

export function exportPair(kind, names, format, { secret, type, usages, extractable }) {
  if (format === 'jwk') {
    const members = secret.map((part, i) => [names[i], base64url(part)]);
    return { ...Object.fromEntries(members), key_ops: [...usages], ext: extractable };
  }
  if (type !== TYPES[format]) fail('InvalidAccessError', `${format}: the key is ${type}`);
  const der = $host.keyWrite(kind, secret, type === 'private');
  if (der === undefined) fail('OperationError', 'OpenSSL cannot write this key');
  return der.buffer;
}

export function sign(kind, secret, hash, salt, data) {
  const signature = $host.sign(kind, secret, hash, salt, data);
  if (signature === undefined) fail('OperationError', `OpenSSL cannot sign: a longer key than this, or another, for ${hash}`);
  return signature;
}

export function verify(kind, secret, hash, salt, signature, data) {
  const matches = $host.verify(kind, secret, hash, salt, signature, data);
  if (matches === undefined) fail('OperationError', 'OpenSSL cannot use this key');
  return matches;
}
