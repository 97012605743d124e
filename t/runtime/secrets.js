// SPDX-License-Identifier: Apache-2.0
// crypto.subtle: AES, HKDF, PBKDF2 and wrapped keys.  Digests, HMAC and AES-GCM are in engine.js.

const { subtle } = crypto;
const utf8 = (text) => new TextEncoder().encode(text);
const ofHex = (text) => Uint8Array.from(text.match(/../g), (two) => parseInt(two, 16));
const hexOf = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

test('PBKDF2: RFC 6070, RFC 7914', async () => {
  const secret = (text, usages = ['deriveBits']) => subtle.importKey('raw', utf8(text), 'PBKDF2', false, usages);
  const bits = async (password, salt, iterations, size, hash = 'SHA-1') =>
    hexOf(await subtle.deriveBits({ name: 'PBKDF2', hash, salt: utf8(salt), iterations }, await secret(password), size * 8));
  is(await bits('password', 'salt', 1, 20), '0c60c80f961f0e71f3a9b524af6012062fe037a6');
  is(await bits('password', 'salt', 4096, 20), '4b007901b765489abead49d926f721d065a429c1');
  is(await bits('passwordPASSWORDpassword', 'saltSALTsaltSALTsaltSALTsaltSALTsalt', 4096, 25),
    '3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038');
  is(await bits('pass\0word', 'sa\0lt', 4096, 16), '56fa6aa75548099dcc37d7f03425e0c3');
  is(await bits('passwd', 'salt', 1, 64, 'SHA-256'), '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc'
    + '49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783');
  const key = await secret('', ['deriveBits', 'deriveKey']);
  const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(0), iterations: 2 };
  is((await subtle.deriveBits(algorithm, key, 256)).byteLength, 32);
  is((await subtle.deriveKey(algorithm, key, { name: 'HMAC', hash: 'SHA-384' }, true, ['sign'])).algorithm.length, 1024);
  for (const iterations of [0, 2147483648]) {
    await rejects(subtle.deriveBits({ ...algorithm, iterations }, key, 256), 'OperationError');
  }
  for (const iterations of [-1, 4294967296, 'x', undefined]) {
    await rejects(subtle.deriveBits({ ...algorithm, iterations }, key, 256), 'TypeError');
  }
  for (const length of [null, undefined, 0, 7, 9]) await rejects(subtle.deriveBits(algorithm, key, length), 'OperationError');
  await rejects(subtle.deriveBits({ ...algorithm, iterations: 1 }, key, 4294967288), 'RangeError');
  await rejects(subtle.exportKey('raw', key), 'NotSupportedError');
  await rejects(subtle.importKey('raw', utf8('x'), 'PBKDF2', true, ['deriveBits']), 'SyntaxError');
  await rejects(subtle.importKey('jwk', {}, 'PBKDF2', false, ['deriveBits']), 'NotSupportedError');
  await rejects(subtle.importKey('raw', utf8('x'), 'PBKDF2', false, ['sign']), 'SyntaxError');
  await rejects(subtle.generateKey('PBKDF2', false, ['deriveBits']), 'NotSupportedError');
});

test('HKDF: RFC 5869, test cases 1 and 3', async () => {
  const derive = async (secret, salt, info, size) => hexOf(await subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: ofHex(salt), info: ofHex(info) },
    await subtle.importKey('raw', ofHex(secret), 'HKDF', false, ['deriveBits']), size * 8));
  const secret = '0b'.repeat(22);
  is(await derive(secret, '000102030405060708090a0b0c', 'f0f1f2f3f4f5f6f7f8f9', 42),
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865');
  const key = await subtle.importKey('raw', ofHex(secret), 'HKDF', false, ['deriveBits']);
  const nothing = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: new Uint8Array(0) };
  is(hexOf(await subtle.deriveBits(nothing, key, 42 * 8)),
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8');
  is((await subtle.deriveBits(nothing, key, 255 * 256)).byteLength, 8160);
  for (const length of [255 * 256 + 8, 4294967288, null, 0, 9]) {
    await rejects(subtle.deriveBits(nothing, key, length), 'OperationError');
  }
  await rejects(subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0) }, key, 8), 'TypeError');
});

test('AES-CBC and AES-CTR: NIST SP 800-38A, F.2.1 and F.5.1', async () => {
  const raw = ofHex('2b7e151628aed2a6abf7158809cf4f3c');
  const plain = ofHex('6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51');
  const keyOf = (name, usages = ['encrypt', 'decrypt']) => subtle.importKey('raw', raw, name, true, usages);
  const cbc = { name: 'AES-CBC', iv: ofHex('000102030405060708090a0b0c0d0e0f') };
  const key = await keyOf('AES-CBC');
  const sealed = await subtle.encrypt(cbc, key, plain);
  is(hexOf(sealed).slice(0, 64), '7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2');
  is([sealed.byteLength, hexOf(await subtle.decrypt(cbc, key, sealed))], [48, hexOf(plain)]);
  is((await subtle.encrypt(cbc, key, new Uint8Array(0))).byteLength, 16);
  for (const wrong of [plain, sealed.slice(1), new Uint8Array(0)]) await rejects(subtle.decrypt(cbc, key, wrong), 'OperationError');
  await rejects(subtle.encrypt({ ...cbc, iv: plain }, key, plain), 'OperationError');

  const ctr = { name: 'AES-CTR', counter: ofHex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'), length: 64 };
  const other = await keyOf('AES-CTR');
  is(hexOf(await subtle.encrypt(ctr, other, plain)), '874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff');
  is(hexOf(await subtle.decrypt(ctr, other, await subtle.encrypt(ctr, other, plain.subarray(0, 21)))), hexOf(plain.subarray(0, 21)));
  await rejects(subtle.encrypt({ ...ctr, length: 129 }, other, plain), 'OperationError');
  await rejects(subtle.encrypt({ ...ctr, length: 0 }, other, plain), 'OperationError');
  await rejects(subtle.encrypt({ ...ctr, counter: raw.subarray(1) }, other, plain), 'OperationError');
  is((await subtle.encrypt({ ...ctr, length: 128 }, other, new Uint8Array(0))).byteLength, 0);
  await rejects(keyOf('AES-KW'), 'SyntaxError');
});

test('AES-CTR: only the bits that count do', async () => {
  const key = await subtle.importKey('raw', new Uint8Array(16), 'AES-CTR', true, ['encrypt']);
  const zeros = new Uint8Array(5 * 16 - 3);
  const block = async (counter, data = new Uint8Array(16)) =>
    hexOf(await subtle.encrypt({ name: 'AES-CTR', counter, length: 128 }, key, data));
  for (const length of [3, 8, 64, 65, 127]) {
    const value = (all) => Uint8Array.from({ length: 16 }, (_, i) => Number(all >> BigInt(8 * (15 - i)) & 255n));
    const top = 1n << BigInt(length); // the bit above those
    const counter = value(top | (top - 2n)); // two blocks before the end
    const wanted = [top | (top - 2n), top | (top - 1n), top, top | 1n, top | 2n];
    const expected = (await Promise.all(wanted.map((all) => block(value(all))))).join('').slice(0, 2 * zeros.length);
    is(hexOf(await subtle.encrypt({ name: 'AES-CTR', counter, length }, key, zeros)), expected);
  }
  const all = { name: 'AES-CTR', counter: new Uint8Array(16).fill(255), length: 2 };
  is((await subtle.encrypt(all, key, new Uint8Array(64))).byteLength, 64);
  await rejects(subtle.encrypt(all, key, new Uint8Array(65)), 'OperationError');
});

test('keys are wrapped: RFC 3394, 4.1, and as JSON', async () => {
  const usages = ['wrapKey', 'unwrapKey'];
  const kek = await subtle.importKey('raw', ofHex('000102030405060708090a0b0c0d0e0f'), 'AES-KW', true, usages);
  const key = await subtle.importKey('raw', ofHex('00112233445566778899aabbccddeeff'), 'AES-GCM', true, ['encrypt']);
  const wrapped = await subtle.wrapKey('raw', key, kek, 'AES-KW');
  is(hexOf(wrapped), '1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5');
  const again = await subtle.unwrapKey('raw', wrapped, kek, 'AES-KW', 'AES-GCM', true, ['encrypt']);
  is(hexOf(await subtle.exportKey('raw', again)), '00112233445566778899aabbccddeeff');
  for (const wrong of [new Uint8Array(24), new Uint8Array(8), new Uint8Array(0), new Uint8Array(25)]) {
    await rejects(subtle.unwrapKey('raw', wrong, kek, 'AES-KW', 'AES-GCM', true, ['encrypt']), 'OperationError');
  }
  const gcm = { name: 'AES-GCM', iv: new Uint8Array(12) };
  const wrapping = await subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, [...usages, 'encrypt']);
  const P256 = { name: 'ECDSA', namedCurve: 'P-256' };
  const { privateKey } = await subtle.generateKey(P256, true, ['sign']);
  const { d } = await subtle.exportKey('jwk', privateKey);
  for (const format of ['jwk', 'pkcs8']) {
    const sealed = await subtle.wrapKey(format, privateKey, wrapping, gcm);
    const own = await subtle.unwrapKey(format, sealed, wrapping, gcm, P256, true, ['sign']);
    is((await subtle.exportKey('jwk', own)).d, d);
  }
  const text = await subtle.encrypt(gcm, wrapping, utf8('{'));
  await rejects(subtle.unwrapKey('jwk', text, wrapping, gcm, P256, true, ['sign']), 'DataError');
  await rejects(subtle.wrapKey('raw', key, key, gcm), 'InvalidAccessError');
  await rejects(subtle.wrapKey('raw', wrapping, wrapping, gcm), 'InvalidAccessError');
  await rejects(subtle.wrapKey('raw', key, kek, 'HMAC'), 'NotSupportedError');
});
