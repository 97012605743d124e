// SPDX-License-Identifier: Apache-2.0
// ECDSA and ECDH of crypto.subtle, by OpenSSL.

import { checkJwk, fail, hashOf, inside, jwkField, newKey } from './crypto-key.js';
import { checkPairUsages, checkPrivateUsages, exportPair, newPair, sign, typeOf, verify } from './key-pair.js';

const CURVES = {
  'P-256': { size: 32, alg: 'ES256' },
  'P-384': { size: 48, alg: 'ES384' },
  'P-521': { size: 66, alg: 'ES512' },
};

function curveOf({ namedCurve }) {
  if (namedCurve === undefined) throw new TypeError('namedCurve was expected');
  if (!Object.hasOwn(CURVES, namedCurve)) {
    fail('NotSupportedError', `${namedCurve} is not one of ${Object.keys(CURVES).join(', ')}`);
  }
  return `${namedCurve}`;
}

function coordinate(jwk, name, size) {
  const bytes = jwkField(jwk, name);
  if (bytes.length !== size) fail('DataError', `${name} of the JSON Web Key: ${size} bytes were expected, not ${bytes.length}`);
  return bytes;
}

function partsOfJwk(jwk, namedCurve, type) {
  const { size } = CURVES[namedCurve];
  if (jwk.crv !== namedCurve) fail('DataError', `the key is of ${jwk.crv}, not of ${namedCurve}`);
  const point = new Uint8Array(1 + 2 * size);
  point[0] = 4;
  point.set(coordinate(jwk, 'x', size), 1);
  point.set(coordinate(jwk, 'y', size), 1 + size);
  return type === 'private' ? [point, coordinate(jwk, 'd', size)] : [point];
}

function ec(name, uses, { use, algOf }) {
  const partsOf = {
    raw: (data, namedCurve) => $host.keyTake(namedCurve, [data]),
    jwk: (data, namedCurve, type) => $host.keyTake(namedCurve, partsOfJwk(data, namedCurve, type)),
    spki: (data, namedCurve) => $host.keyRead(namedCurve, data, false),
    pkcs8: (data, namedCurve) => $host.keyRead(namedCurve, data, true),
  };
  return {
    generate(algorithm, extractable, usages) {
      checkPairUsages(usages, uses, name);
      const namedCurve = curveOf(algorithm);
      checkPrivateUsages(usages, uses);
      const parts = $host.ecMake(namedCurve);
      if (parts === undefined) fail('OperationError', 'OpenSSL cannot make a key');
      return newPair(parts, 1, { name, namedCurve }, extractable, usages, uses);
    },
    import(format, data, algorithm, extractable, usages) {
      const type = typeOf(format, data, usages, uses, name);
      const namedCurve = curveOf(algorithm);
      if (format === 'jwk') checkJwk(data, { kty: 'EC', alg: algOf(namedCurve), use }, extractable, usages);
      const parts = partsOf[format](data, namedCurve, type);
      if (parts === undefined) fail('DataError', `${format}: a ${type} key of ${namedCurve} was expected`);
      return newKey(parts, { name, namedCurve }, extractable, usages, type);
    },
    export(format, own) {
      const { namedCurve } = own.algorithm;
      const [point, number] = own.secret;
      if (format === 'raw' && own.type === 'public') return point.slice().buffer;
      if (format !== 'jwk') return exportPair(namedCurve, [], format, own);
      const { size } = CURVES[namedCurve];
      const parts = [point.subarray(1, 1 + size), point.subarray(1 + size)];
      if (number !== undefined) parts.push(number);
      return { kty: 'EC', crv: namedCurve, ...exportPair(namedCurve, ['x', 'y', 'd'], 'jwk', { ...own, secret: parts }) };
    },
  };
}

export const ecdsa = {
  ...ec('ECDSA', { public: ['verify'], private: ['sign'] }, { use: 'sig', algOf: (curve) => CURVES[curve].alg }),
  params: (algorithm) => hashOf(algorithm.hash),
  sign: ({ secret, algorithm }, data, hash) => sign(algorithm.namedCurve, secret, hash, -1, data),
  verify: ({ secret, algorithm }, signature, data, hash) =>
    verify(algorithm.namedCurve, secret, hash, -1, signature, data),
};

export const ecdh = {
  ...ec('ECDH', { public: [], private: ['deriveKey', 'deriveBits'] }, { use: 'enc', algOf: () => undefined }),
  params(algorithm) {
    return inside(algorithm.public);
  },
  derive({ secret, algorithm }, other, length) {
    if (other.type !== 'public') fail('InvalidAccessError', 'public: a public key was expected');
    if (other.algorithm.name !== 'ECDH' || other.algorithm.namedCurve !== algorithm.namedCurve) {
      fail('InvalidAccessError', `public: an ECDH key of ${algorithm.namedCurve} was expected`);
    }
    const bits = $host.ecdh(algorithm.namedCurve, secret, other.secret);
    if (bits === undefined) fail('OperationError', 'OpenSSL cannot use these keys');
    if (length === null) return bits;
    if (length > bits.length * 8) fail('OperationError', `${length} bits: there are ${bits.length * 8}`);
    const derived = bits.slice(0, Math.ceil(length / 8));
    // of the last byte only the bits that are asked for
    if (length % 8 !== 0) derived[derived.length - 1] &= 0xff00 >> (length % 8);
    return derived;
  },
};
