// SPDX-License-Identifier: Apache-2.0
// crypto.subtle: keys of two halves (ECDSA, ECDH and RSA).

const { subtle } = crypto;
const utf8 = (text) => new TextEncoder().encode(text);
const ofHex = (text) => Uint8Array.from(text.match(/../g), (two) => parseInt(two, 16));
const hexOf = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const ofBase64url = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const toBase64url = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-')
  .replaceAll('/', '_').replaceAll('=', '');

// RFC 7515, appendices A.2 and A.3
const PAYLOAD = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
const RS256 = utf8(`eyJhbGciOiJSUzI1NiJ9.${PAYLOAD}`);
const RS256_SIGNATURE = 'cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5'
  + 'jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN'
  + '9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVm'
  + 'tVrBp0igcN_IoypGlUPQGe77Rw';
const RSA = {
  kty: 'RSA',
  n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pC'
    + 'gNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg6'
    + '65xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRW'
    + 'yuXpoQ',
  e: 'AQAB',
  d: 'Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pW'
    + 'J1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2Qv'
    + 'Xt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRu'
    + 'OopznQ',
  p: '4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDc'
    + 'mnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc',
  q: 'uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-'
    + 'TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc',
  dp: 'BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV'
    + '2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0',
  dq: 'h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_'
    + '-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU',
  qi: 'IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoO'
    + 'PLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U',
};
const ES256 = utf8(`eyJhbGciOiJFUzI1NiJ9.${PAYLOAD}`);
const ES256_SIGNATURE = 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';
const EC = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI',
};

const PKCS1 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const PSS = { name: 'RSA-PSS', hash: 'SHA-384' };
const P256 = { name: 'ECDSA', namedCurve: 'P-256' };
const SHA256 = { name: 'ECDSA', hash: 'SHA-256' };
const CURVES = ['P-256', 'P-384', 'P-521'];
const half = ({ d, p, q, dp, dq, qi, ...rest }) => rest;
const pairOf = async (jwk, algorithm) => ({
  publicKey: await subtle.importKey('jwk', half(jwk), algorithm, true, ['verify']),
  privateKey: await subtle.importKey('jwk', jwk, algorithm, true, ['sign']),
});

test('RFC 7515, A.2: RS256', async () => {
  const { publicKey, privateKey } = await pairOf(RSA, PKCS1);
  is([publicKey.type, publicKey.algorithm.modulusLength, [...publicKey.algorithm.publicExponent]], ['public', 2048, [1, 0, 1]]);
  is(toBase64url(await subtle.sign(PKCS1.name, privateKey, RS256)), RS256_SIGNATURE);
  const signature = ofBase64url(RS256_SIGNATURE);
  is(await subtle.verify(PKCS1.name, publicKey, signature, RS256), true);
  is(await subtle.verify(PKCS1.name, publicKey, signature, ES256), false);
  is(await subtle.verify(PKCS1.name, publicKey, signature.subarray(1), RS256), false);
  is(await subtle.verify(PKCS1.name, publicKey, new Uint8Array(0), RS256), false);
  signature[9] ^= 1;
  is(await subtle.verify(PKCS1.name, publicKey, signature, RS256), false);
});

test('RFC 7515, A.3: ES256', async () => {
  const { publicKey, privateKey } = await pairOf(EC, P256);
  const signature = ofBase64url(ES256_SIGNATURE);
  is(await subtle.verify(SHA256, publicKey, signature, ES256), true);
  is(await subtle.verify(SHA256, publicKey, signature, RS256), false);
  is(await subtle.verify({ name: 'ecdsa', hash: 'sha-384' }, publicKey, signature, ES256), false);
  for (const wrong of [signature.subarray(1), Uint8Array.of(...signature, 0), new Uint8Array(0), new Uint8Array(64), new Uint8Array(64).fill(255), new Uint8Array(1024)]) {
    is(await subtle.verify(SHA256, publicKey, wrong, ES256), false);
  }
  const made = await subtle.sign(SHA256, privateKey, ES256);
  is([made.byteLength, await subtle.verify(SHA256, publicKey, made, ES256)], [64, true]);
});

// begun when the file is evaluated: in an image, its end is
const early = pairOf(RSA, PKCS1);

test('keys of the evaluation', async () => {
  const { publicKey, privateKey } = await early;
  is([privateKey instanceof CryptoKey, structuredClone(privateKey).type], [true, 'private']);
  const signature = await subtle.sign(PKCS1.name, privateKey, RS256);
  is([toBase64url(signature), await subtle.verify(PKCS1.name, publicKey, signature, RS256)], [RS256_SIGNATURE, true]);
});

const agree = async (pair, other, algorithm, data = RS256) => {
  const signature = await subtle.sign(algorithm, pair.privateKey, data);
  is(await subtle.verify(algorithm, other.publicKey, signature, data), true);
};

test('keys of each curve go out and in again', async () => {
  for (const namedCurve of CURVES) {
    const algorithm = { name: 'ECDSA', namedCurve };
    const pair = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const { publicKey, privateKey } = pair;
    is([publicKey.usages, privateKey.usages, publicKey.extractable], [['verify'], ['sign'], true]);
    for (const format of ['raw', 'spki', 'jwk']) {
      const again = await subtle.importKey(format, await subtle.exportKey(format, publicKey), algorithm, false, ['verify']);
      await agree(pair, { publicKey: again }, { name: 'ECDSA', hash: 'SHA-512' });
    }
    for (const format of ['pkcs8', 'jwk']) {
      const again = await subtle.importKey(format, await subtle.exportKey(format, privateKey), algorithm, false, ['sign']);
      await agree({ privateKey: again }, pair, { name: 'ECDSA', hash: 'SHA-1' });
      await rejects(subtle.exportKey(format, again), 'InvalidAccessError');
    }
    const point = new Uint8Array(await subtle.exportKey('raw', publicKey));
    const size = (point.length - 1) / 2;
    const compressed = Uint8Array.of(2 + (point.at(-1) & 1), ...point.subarray(1, 1 + size));
    const again = await subtle.importKey('raw', compressed, algorithm, true, ['verify']);
    is(hexOf(await subtle.exportKey('raw', again)), hexOf(point));
    await rejects(subtle.exportKey('raw', privateKey), 'InvalidAccessError');
    await rejects(subtle.exportKey('spki', privateKey), 'InvalidAccessError');
    await rejects(subtle.exportKey('pkcs8', publicKey), 'InvalidAccessError');
  }
});

test('keys of RSA go out and in again, and sign in both ways', async () => {
  for (const [algorithm, signing] of [[PKCS1, PKCS1.name], [PSS, { name: 'RSA-PSS', saltLength: 48 }]]) {
    const pair = await pairOf(RSA, algorithm);
    for (const format of ['spki', 'jwk']) {
      const again = await subtle.importKey(format, await subtle.exportKey(format, pair.publicKey), algorithm, false, ['verify']);
      await agree(pair, { publicKey: again }, signing);
    }
    for (const format of ['pkcs8', 'jwk']) {
      const again = await subtle.importKey(format, await subtle.exportKey(format, pair.privateKey), algorithm, false, ['sign']);
      await agree({ privateKey: again }, pair, signing);
    }
    const { key_ops: ops, ext, alg, ...rest } = await subtle.exportKey('jwk', pair.privateKey);
    is([rest.d === RSA.d && rest.qi === RSA.qi && rest.n === RSA.n, ops, ext, alg],
      [true, ['sign'], true, algorithm === PSS ? 'PS384' : 'RS256']);
    await rejects(subtle.exportKey('raw', pair.publicKey), 'NotSupportedError');
    await rejects(subtle.importKey('raw', new Uint8Array(65), algorithm, true, ['verify']), 'NotSupportedError');
  }
});

test('RSA-PSS: the salt is as long as is asked for, and fits', async () => {
  const pair = await pairOf(RSA, PSS);
  const signature = await subtle.sign({ name: 'RSA-PSS', saltLength: 20 }, pair.privateKey, RS256);
  is(await subtle.verify({ name: 'RSA-PSS', saltLength: 20 }, pair.publicKey, signature, RS256), true);
  for (const saltLength of [0, 21, 1000, 4294967295]) {
    is(await subtle.verify({ name: 'RSA-PSS', saltLength }, pair.publicKey, signature, RS256), false);
  }
  await subtle.sign({ name: 'RSA-PSS', saltLength: 206 }, pair.privateKey, RS256);
  for (const saltLength of [207, 1024, 1025, 4294967295]) {
    await rejects(subtle.sign({ name: 'RSA-PSS', saltLength }, pair.privateKey, RS256), 'OperationError');
  }
  await rejects(subtle.sign({ name: 'RSA-PSS', saltLength: -1 }, pair.privateKey, RS256), 'TypeError');
  await rejects(subtle.sign('RSA-PSS', pair.privateKey, RS256), 'TypeError');
});

test('RSA keys are made, of 1024 to 4096 bits', async () => {
  const algorithm = { ...PKCS1, modulusLength: 1024, publicExponent: Uint8Array.of(0, 0, 1, 0, 1) };
  const pair = await subtle.generateKey(algorithm, false, ['sign', 'verify']);
  is([pair.publicKey.algorithm.modulusLength, [...pair.publicKey.algorithm.publicExponent]], [1024, [1, 0, 1]]);
  await agree(pair, pair, PKCS1.name);
  await rejects(subtle.exportKey('pkcs8', pair.privateKey), 'InvalidAccessError');
  for (const modulusLength of [0, 512, 1023, 4097, 65536, 4294967295]) {
    await rejects(subtle.generateKey({ ...algorithm, modulusLength }, true, ['sign']), 'OperationError');
  }
  for (const exponent of [[], [0], [1], [2], [1, 0, 0], [1, 0, 0, 0, 1], new Array(4096).fill(255)]) {
    const publicExponent = Uint8Array.from(exponent);
    await rejects(subtle.generateKey({ ...algorithm, publicExponent }, true, ['sign']), 'OperationError');
  }
  await rejects(subtle.generateKey({ ...algorithm, modulusLength: -1 }, true, ['sign']), 'TypeError');
  await rejects(subtle.generateKey({ ...algorithm, publicExponent: [1, 0, 1] }, true, ['sign']), 'TypeError');
  await rejects(subtle.generateKey(algorithm, true, ['verify']), 'SyntaxError');
});

test('ECDH: both sides have the same, which another curve has not', async () => {
  for (const [i, namedCurve] of CURVES.entries()) {
    const algorithm = { name: 'ECDH', namedCurve };
    const [a, b] = [await subtle.generateKey(algorithm, true, ['deriveBits', 'deriveKey']), await subtle.generateKey(algorithm, true, ['deriveBits'])];
    const secret = await subtle.deriveBits({ name: 'ECDH', public: b.publicKey }, a.privateKey, null);
    is([secret.byteLength, hexOf(await subtle.deriveBits({ name: 'ECDH', public: a.publicKey }, b.privateKey))],
      [[32, 48, 66][i], hexOf(secret)]);
    is(hexOf(await subtle.deriveBits({ name: 'ECDH', public: b.publicKey }, a.privateKey, 12)).slice(0, 3), hexOf(secret).slice(0, 3));
    const key = await subtle.deriveKey({ name: 'ECDH', public: b.publicKey }, a.privateKey, { name: 'AES-GCM', length: 256 }, true, ['encrypt']);
    is(hexOf(await subtle.exportKey('raw', key)), hexOf(secret).slice(0, 64));
    await rejects(subtle.deriveBits({ name: 'ECDH', public: b.publicKey }, a.privateKey, 8 * secret.byteLength + 1), 'OperationError');
    await rejects(subtle.deriveBits({ name: 'ECDH', public: b.privateKey }, a.privateKey, 8), 'InvalidAccessError');
    const other = await subtle.generateKey({ name: 'ECDH', namedCurve: CURVES[(i + 1) % 3] }, true, ['deriveBits']);
    await rejects(subtle.deriveBits({ name: 'ECDH', public: other.publicKey }, a.privateKey, 8), 'InvalidAccessError');
  }
  await rejects(subtle.deriveBits({ name: 'ECDH', public: {} }, {}, 8), 'TypeError');
});

test('RSA-OAEP: what was encrypted comes back, under the same label', async () => {
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' };
  const open = await subtle.importKey('jwk', half(RSA), algorithm, true, ['encrypt']);
  const own = await subtle.importKey('jwk', RSA, algorithm, true, ['decrypt']);
  const label = utf8('label');
  const sealed = await subtle.encrypt({ name: 'RSA-OAEP', label }, open, utf8('secret'));
  is([sealed.byteLength, hexOf(await subtle.decrypt({ name: 'RSA-OAEP', label }, own, sealed))], [256, hexOf(utf8('secret'))]);
  is((await subtle.decrypt('RSA-OAEP', own, await subtle.encrypt('RSA-OAEP', open, new Uint8Array(190)))).byteLength, 190);
  await rejects(subtle.decrypt('RSA-OAEP', own, sealed), 'OperationError');
  await rejects(subtle.decrypt('RSA-OAEP', own, new Uint8Array(256).fill(255)), 'OperationError');
  await rejects(subtle.decrypt('RSA-OAEP', own, new Uint8Array(5000)), 'OperationError');
  await rejects(subtle.encrypt('RSA-OAEP', open, new Uint8Array(191)), 'OperationError');
});

test('keys are cloned, and stay as they are', async () => {
  const { publicKey, privateKey } = await pairOf(EC, P256);
  const copy = structuredClone({ key: privateKey }).key;
  is([copy instanceof CryptoKey, copy === privateKey, copy.type, copy.extractable, copy.usages, copy.algorithm],
    [true, false, 'private', true, ['sign'], P256]);
  await agree({ privateKey: copy }, { publicKey }, SHA256);
  const secret = structuredClone(await subtle.importKey('raw', utf8('Jefe'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']));
  is(hexOf(await subtle.sign('HMAC', secret, utf8('what do ya want for nothing?'))).slice(0, 8), '5bdcc146');
  publicKey.algorithm.namedCurve = 'P-384';
  publicKey.usages.push('sign');
  await agree({ privateKey }, { publicKey }, SHA256);
  await rejects(subtle.sign(SHA256, publicKey, ES256), 'InvalidAccessError');
  throws(() => Object.getOwnPropertyDescriptor(CryptoKey.prototype, 'type').get.call({}), 'TypeError');
});

const refused = async (format, data, algorithm, usages, name = 'DataError') => {
  const found = await subtle.importKey(format, data, algorithm, true, usages).then(() => 'a key', (error) => error.name);
  if (found !== name) throw new Error(`${format} ${JSON.stringify(data).slice(0, 200)} ${JSON.stringify(algorithm)}: ${found}`);
};

test('points that are none, and numbers that are not theirs', async () => {
  const order = ofHex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
  const [x, y] = [ofBase64url(EC.x), ofBase64url(EC.y)];
  for (const point of [[], [0], [4], [4, ...x], [4, ...x, ...y, 0], [4, ...y, ...x], [6, ...x, ...y], [7, ...x, ...y],
    [5, ...x], [0, ...x, ...y], [4, ...new Array(64).fill(0)], [4, ...new Array(64).fill(255)], [2, ...new Array(32).fill(255)], new Array(5000).fill(4)]) {
    await refused('raw', Uint8Array.from(point), P256, ['verify']);
  }
  for (const d of [new Uint8Array(32), order, new Uint8Array(32).fill(255), x, x.subarray(1), new Uint8Array(33), new Uint8Array(0)]) {
    await refused('jwk', { ...EC, d: toBase64url(d) }, P256, ['sign']);
  }
  // the base point: its number is 1, and with the curve's order added comes to the same
  const base = {
    ...EC,
    x: toBase64url(ofHex('6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296')),
    y: toBase64url(ofHex('4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5')),
  };
  const one = Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? 1 : 0));
  await subtle.importKey('jwk', { ...base, d: toBase64url(one) }, P256, true, ['sign']);
  order[31] += 1;
  await refused('jwk', { ...base, d: toBase64url(order) }, P256, ['sign']);
  for (const wrong of [{ crv: 'P-384' }, { kty: 'RSA' }, { kty: undefined }, { x: EC.y }, { x: undefined }, { y: 5 }, { x: '*' },
    { alg: 'ES384' }, { use: 'enc' }, { key_ops: ['verify'] }, { ext: false }, { y: `AA${EC.y}` }]) {
    await refused('jwk', { ...EC, ...wrong }, P256, ['sign']);
  }
  await refused('jwk', EC, { name: 'ECDSA', namedCurve: 'P-521' }, ['sign']);
  await refused('jwk', EC, { name: 'ECDSA', namedCurve: 'secp256k1' }, ['sign'], 'NotSupportedError');
  await refused('jwk', EC, { name: 'ECDSA' }, ['sign'], 'TypeError');
  await refused('jwk', EC, P256, ['verify'], 'SyntaxError');
  await refused('jwk', EC, P256, [], 'SyntaxError');
  await refused('jwk', EC, P256, ['shine'], 'TypeError');
  await refused('jwk', x, P256, ['sign'], 'TypeError');
  await refused('spki', EC, P256, ['sign'], 'TypeError');
  await refused('pem', x, P256, ['sign'], 'TypeError');
});

test('numbers of RSA that no key has', async () => {
  const n = ofBase64url(RSA.n);
  const big = (bytes) => toBase64url(new Uint8Array(bytes).fill(255));
  const even = toBase64url([...n.subarray(0, -1), n.at(-1) & 254]);
  for (const wrong of [{ n: big(1025) }, { n: big(100_000) }, { n: big(63) }, { n: '' }, { n: even }, { e: 'AQ' }, { e: 'AA' }, { e: '' },
    { e: 'AQAA' }, { e: big(9) }, { n: undefined }, { e: undefined }]) {
    await refused('jwk', { ...half(RSA), ...wrong }, PKCS1, ['verify']);
    await refused('jwk', { ...RSA, ...wrong }, PKCS1, ['sign']);
  }
  for (const wrong of [{ d: RSA.n }, { d: '' }, { d: big(100_000) }, { p: RSA.q }, { p: RSA.n, q: 'AQ' }, { p: 'AQ', q: RSA.n },
    { p: big(64), q: big(64) }, { dp: RSA.p }, { dp: '' }, { dq: RSA.p }, { dq: big(1025) }, { qi: RSA.p }, { qi: 'AA' },
    { qi: undefined }, { p: undefined }, { alg: 'RS384' }, { alg: 'PS256' }, { kty: 'EC' }, { use: 'enc' }]) {
    await refused('jwk', { ...RSA, ...wrong }, PKCS1, ['sign']);
  }
  const ones = (bits) => (1n << BigInt(bits)) - 1n;
  const keyOf = (bits, others = bits) => {
    const [p, q, n] = [ones(bits), ones(others), ones(bits) * ones(others)].map((value) => toBase64url(ofHex(value.toString(16))));
    return { ...RSA, n, d: 'Aw', p, q, dp: 'Aw', dq: 'Aw', qi: 'Aw' };
  };
  is((await subtle.importKey('jwk', keyOf(2048), PKCS1, true, ['sign'])).algorithm.modulusLength, 4096);
  await refused('jwk', keyOf(2056), PKCS1, ['sign']);
  is((await subtle.importKey('jwk', keyOf(1080, 968), PKCS1, true, ['sign'])).algorithm.modulusLength, 2048);
  await refused('jwk', keyOf(1096, 952), PKCS1, ['sign']);
  await refused('jwk', keyOf(952, 1096), PKCS1, ['sign']);
  is((await subtle.importKey('jwk', half({ ...RSA, n: big(1024) }), PKCS1, true, ['verify'])).algorithm.modulusLength, 8192);
  await refused('jwk', { ...RSA, oth: [] }, PKCS1, ['sign'], 'NotSupportedError');
  await refused('jwk', RSA, { ...PKCS1, hash: 'MD5' }, ['sign'], 'NotSupportedError');
  await refused('jwk', RSA, { name: PKCS1.name }, ['sign'], 'TypeError');
  // such a key is not found out, and only signs wrongly: no computing without end, no crash
  const odd = { ...RSA, d: 'Aw', dp: 'Aw', dq: 'BQ', qi: 'Bw' };
  const key = await subtle.importKey('jwk', odd, PKCS1, true, ['sign']);
  const made = await subtle.sign(PKCS1.name, key, RS256).then((signature) => toBase64url(signature), (error) => error.name);
  is(made === RS256_SIGNATURE, false);
});

test('one key is not taken for another', async () => {
  const ec = await pairOf(EC, P256);
  const rsa = await pairOf(RSA, PKCS1);
  for (const [format, half, usage] of [['spki', 'publicKey', 'verify'], ['pkcs8', 'privateKey', 'sign']]) {
    const ecDer = await subtle.exportKey(format, ec[half]);
    const rsaDer = await subtle.exportKey(format, rsa[half]);
    const other = format === 'spki' ? 'pkcs8' : 'spki';
    await refused(format, rsaDer, P256, [usage]);
    await refused(format, ecDer, PKCS1, [usage]);
    await refused(format, ecDer, { name: 'ECDSA', namedCurve: 'P-384' }, [usage]);
    await refused(other, ecDer, P256, [usage === 'sign' ? 'verify' : 'sign']);
    await refused(other, rsaDer, PKCS1, [usage === 'sign' ? 'verify' : 'sign']);
  }
  await rejects(subtle.verify(PKCS1.name, ec.publicKey, RS256, RS256), 'InvalidAccessError');
  await rejects(subtle.verify({ name: 'RSA-PSS', saltLength: 0 }, rsa.publicKey, RS256, RS256), 'InvalidAccessError');
  await rejects(subtle.verify(SHA256, ec.privateKey, RS256, RS256), 'InvalidAccessError');
  await rejects(subtle.sign(SHA256, rsa.privateKey, RS256), 'InvalidAccessError');
  await rejects(subtle.encrypt(SHA256, ec.publicKey, RS256), 'NotSupportedError');
  await rejects(subtle.sign({ name: 'ECDSA' }, ec.privateKey, RS256), 'TypeError');
  await rejects(subtle.sign({ name: 'ECDSA', hash: 'MD5' }, ec.privateKey, RS256), 'NotSupportedError');
});

const tlv = (tag, bytes) => [tag, 0x82, bytes.length >> 8, bytes.length & 255, ...bytes];

test('DER of other kinds of keys', async () => {
  // the point at infinity
  await refused('spki', ofHex('3019301306072a8648ce3d020106082a8648ce3d03010703020000'), P256, ['verify']);
  // RSA's n in as many bytes as are taken, and one more
  const rsaOf = (bytes) => Uint8Array.from(tlv(0x30, [...ofHex('300d06092a864886f70d0101010500'),
    ...tlv(3, [0, ...tlv(0x30, [...tlv(2, [0, ...new Array(bytes).fill(255)]), 2, 3, 1, 0, 1])])]));
  is((await subtle.importKey('spki', rsaOf(1024), PKCS1, true, ['verify'])).algorithm.modulusLength, 8192);
  await refused('spki', rsaOf(1025), PKCS1, ['verify']);
  // a curve that is given by its numbers, though they are P-256's
  await refused('spki', ofHex('3082014b3082010306072a8648ce3d02013081f7020101302c06072a8648ce3d0101022100ffffffff00000001000000000000'
    + '000000000000ffffffffffffffffffffffff305b0420ffffffff00000001000000000000000000000000fffffffffffffffffffffffc04205ac635d8aa3a'
    + '93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b031500c49d360886e704936a6678e1139d26b7819f7e900441046b17d1f2e12c4247f8bc'
    + 'e6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5022100ffffffff00'
    + '000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63255102010103420004769e18524395ae92664818c1a404505e01d69766f33e893bd76698bd'
    + '23d55527727b75f77580823297415524eee195375ef07cdea7e7e7e62016372e83b6b1b2'), P256, ['verify']);
  // secp256k1
  await refused('spki', ofHex('3056301006072a8648ce3d020106052b8104000a0342000406bbb87151e1a8cc6d3bd22b3b35afbc8082dfc9508bb7707e14'
    + '960229fec14870ebb612d76734b4aeff04348e9e650ad3d1a0923c5bbf56578f1b39557fd5d8'), P256, ['verify']);
  // for RSA-PSS only
  await refused('spki', ofHex('30819d300b06092a864886f70d01010a03818d0030818902818100b9afc264175838189163a40421591c49e736031b82b60e'
    + '169540a617bdfce5e165c5baae074048bf28dbb2102f0e77f571e5b816899640828c9ed66a6f23378b6bea31138c10ea0a6b95288a3632145c3d1e00a850'
    + '4d41fce82a963c47c7cbe30a6748a12a5ac33c8af6586c70af1d34f7c5252baa65ca940b619353cd0fb3c10203010001'), PSS, ['verify']);
  // PKCS #8 may have attributes, of any length
  const { privateKey } = await pairOf(EC, P256);
  const der = new Uint8Array(await subtle.exportKey('pkcs8', privateKey));
  const withAttribute = (size) => Uint8Array.from(tlv(0x30, [...der.subarray(3),
    ...tlv(0xa0, tlv(0x30, [6, 2, 42, 3, ...tlv(0x31, tlv(4, new Array(size).fill(0)))]))]));
  const taken = await subtle.importKey('pkcs8', withAttribute(1000), P256, true, ['sign']);
  is(hexOf(await subtle.exportKey('pkcs8', taken)), hexOf(der));
  await refused('pkcs8', withAttribute(17_000), P256, ['sign']);
});

// a key, or DataError: nothing else, and what becomes a key can be used
const takes = async (format, der, algorithm, signing) => {
  const usage = format === 'spki' ? 'verify' : 'sign';
  const key = await subtle.importKey(format, der, algorithm, true, [usage]).catch((error) => is(error.name, 'DataError'));
  if (key === undefined) return 0;
  const use = usage === 'sign' ? subtle.sign(signing, key, ES256) : subtle.verify(signing, key, new Uint8Array(64), ES256);
  await use.catch((error) => is(error.name, 'OperationError'));
  return 1;
};

test('DER with a byte changed, cut off or too many', async () => {
  const small = await subtle.generateKey({ ...PKCS1, modulusLength: 1024, publicExponent: Uint8Array.of(1, 0, 1) }, true, ['sign', 'verify']);
  for (const [pair, algorithm, signing] of [[await pairOf(EC, P256), P256, SHA256], [small, PKCS1, PKCS1.name]]) {
    for (const [format, half] of [['spki', 'publicKey'], ['pkcs8', 'privateKey']]) {
      const der = new Uint8Array(await subtle.exportKey(format, pair[half]));
      is(await takes(format, der, algorithm, signing), 1);
      is(await takes(format, Uint8Array.of(...der, 0), algorithm, signing), 0);
      for (let at = 0; at < der.length; at += 1 + Math.floor(der.length / 100)) {
        is(await takes(format, der.subarray(0, at), algorithm, signing), 0);
        for (const change of [1, 128, 255]) {
          const changed = der.slice();
          changed[at] ^= change;
          await takes(format, changed, algorithm, signing);
        }
      }
    }
  }
  for (const size of [0, 1, 16384, 16385, 1_000_000]) {
    for (const format of ['spki', 'pkcs8']) {
      is(await takes(format, new Uint8Array(size).fill(48), P256, SHA256), 0);
      is(await takes(format, new Uint8Array(size).fill(48), PKCS1, PKCS1.name), 0);
    }
  }
});
