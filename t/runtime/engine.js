// SPDX-License-Identifier: Apache-2.0

test('structuredClone: what V8 knows', () => {
  const cyclic = { date: new Date(5), map: new Map([[1, new Set([2])]]), regexp: /x/gi, big: 2n ** 70n,
    bytes: Uint16Array.of(1, 2), error: new RangeError('r') };
  cyclic.self = cyclic;
  const copy = structuredClone(cyclic);
  is(copy.self === copy && copy !== cyclic, true);
  is([+copy.date, [...copy.map.get(1)][0], `${copy.regexp}`, copy.big === 2n ** 70n, [...copy.bytes],
    copy.error instanceof RangeError], [5, 2, '/x/gi', true, [1, 2], true]);
});
test('structuredClone: what it refuses', () => {
  for (const bad of [() => {}, Symbol('s'), { f() {} }, new EventTarget(), [new AbortController().signal], new Event('x'),
    new URL('http://h/'), { params: new URLSearchParams('a=b') }, new URL('http://h/?a').searchParams, new (class extends URL {})('http://h/')]) {
    throws(() => structuredClone(bad), 'DataCloneError');
  }
  throws(() => structuredClone(), 'TypeError');
  throws(() => structuredClone(1, { transfer: [1] }), 'DataCloneError');
});
test('structuredClone: blobs and exceptions', async () => {
  const { file, list } = structuredClone({ file: new File(['ab'], 'n', { lastModified: 3 }), list: [new Blob(['c'])] });
  is([file instanceof File, file.name, file.lastModified, await file.text(), await list[0].text()], [true, 'n', 3, 'ab', 'c']);
  const error = structuredClone(new DOMException('m', 'AbortError'));
  is([error instanceof DOMException, error.name, error.message], [true, 'AbortError', 'm']);
});
test('structuredClone moves buffers', () => {
  const buffer = new Uint8Array([1, 2, 3]).buffer;
  const copy = structuredClone({ buffer }, { transfer: [buffer] });
  is([buffer.byteLength, buffer.detached, [...new Uint8Array(copy.buffer)]], [0, true, [1, 2, 3]]);
  throws(() => structuredClone(1, { transfer: [copy.buffer, copy.buffer] }), 'DataCloneError');
  throws(() => structuredClone(1, { transfer: [buffer] }), 'DataCloneError');
});
test('ArrayBuffer.prototype.transfer', () => {
  const buffer = Uint8Array.of(1, 2, 3).buffer;
  const longer = buffer.transfer(5);
  is([buffer.detached, [...new Uint8Array(longer)], longer.detached], [true, [1, 2, 3, 0, 0], false]);
  is([...new Uint8Array(longer.transfer())], [1, 2, 3, 0, 0]);
  throws(() => buffer.transfer(), 'TypeError');
});
test('random', () => {
  const array = crypto.getRandomValues(new Uint32Array(64));
  is(array.some((value) => value !== array[0]), true);
  is(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()), true);
  is(crypto.randomUUID() === crypto.randomUUID(), false);
  throws(() => crypto.getRandomValues(new Float32Array(1)), 'TypeMismatchError');
  throws(() => crypto.getRandomValues(new Uint8Array(65537)), 'QuotaExceededError');
});
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
test('digests', async () => {
  const abc = new TextEncoder().encode('abc');
  is(hex(await crypto.subtle.digest('SHA-1', abc)), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  is(hex(await crypto.subtle.digest({ name: 'sha-256' }, abc)).slice(0, 16), 'ba7816bf8f01cfea');
  is(hex(await crypto.subtle.digest('SHA-384', abc)).slice(0, 16), 'cb00753f45a35e8b');
  is(hex(await crypto.subtle.digest('SHA-512', new Uint8Array(1000))).slice(0, 16), 'ca3dff61bb23477a');
  await rejects(crypto.subtle.digest('MD5', abc), 'NotSupportedError');
});
test('AES-GCM: test case 4 of its specification, and what was changed', async () => {
  const bytes = (text) => Uint8Array.from(text.match(/../g), (two) => parseInt(two, 16));
  const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const both = ['encrypt', 'decrypt'];
  const key = await crypto.subtle.importKey('raw', bytes('feffe9928665731c6d6a8f9467308308'), 'AES-GCM', true, both);
  const algorithm = {
    name: 'AES-GCM',
    iv: bytes('cafebabefacedbaddecaf888'),
    additionalData: bytes('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
  };
  const plain = 'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72'
    + '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39';
  const sealed = await crypto.subtle.encrypt(algorithm, key, bytes(plain));
  is(hex(sealed), '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05'
    + '1ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47');
  is(hex(await crypto.subtle.decrypt(algorithm, key, sealed)), plain);
  for (const at of [0, sealed.byteLength - 1]) {
    const changed = new Uint8Array(sealed.slice(0));
    changed[at] ^= 1;
    await rejects(crypto.subtle.decrypt(algorithm, key, changed), 'OperationError');
  }
  const { additionalData, ...without } = algorithm;
  await rejects(crypto.subtle.decrypt(without, key, sealed), 'OperationError');
  await rejects(crypto.subtle.decrypt(algorithm, key, sealed.slice(0, 15)), 'OperationError');
  await rejects(crypto.subtle.encrypt({ ...algorithm, tagLength: 8 }, key, sealed), 'OperationError');
  await rejects(crypto.subtle.encrypt({ ...algorithm, iv: new Uint8Array(0) }, key, sealed), 'OperationError');
  await rejects(crypto.subtle.sign('HMAC', key, sealed), 'InvalidAccessError');
  is((await crypto.subtle.encrypt({ ...algorithm, tagLength: 96 }, key, new Uint8Array(0))).byteLength, 12);

  const made = await crypto.subtle.generateKey({ name: 'aes-gcm', length: 256 }, true, both);
  is(made.algorithm.length, 256);
  const jwk = await crypto.subtle.exportKey('jwk', made);
  is(jwk.alg, 'A256GCM');
  const again = await crypto.subtle.importKey('jwk', jwk, 'AES-GCM', false, ['decrypt']);
  is(hex(await crypto.subtle.decrypt(algorithm, again, await crypto.subtle.encrypt(algorithm, made, bytes('0102')))), '0102');
  await rejects(crypto.subtle.encrypt(algorithm, again, sealed), 'InvalidAccessError');
  await rejects(crypto.subtle.importKey('raw', new Uint8Array(15), 'AES-GCM', false, both), 'DataError');
  await rejects(crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, ['sign']), 'SyntaxError');
  await rejects(crypto.subtle.generateKey({ name: 'AES-GCM', length: 64 }, false, both), 'OperationError');
});
test('HMAC: RFC 4231, test case 2', async () => {
  const text = (value) => new TextEncoder().encode(value);
  const key = await crypto.subtle.importKey('raw', text('Jefe'), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign', 'verify']);
  const mac = await crypto.subtle.sign('HMAC', key, text('what do ya want for nothing?'));
  is(hex(mac), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  is(await crypto.subtle.verify('HMAC', key, mac, text('what do ya want for nothing?')), true);
  is(await crypto.subtle.verify('HMAC', key, mac, text('what do ya want for nothing!')), false);
  const jwk = await crypto.subtle.exportKey('jwk', key);
  is([jwk.kty, jwk.k, jwk.alg], ['oct', 'SmVmZQ', 'HS256']);
  const again = await crypto.subtle.importKey('jwk', jwk, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  is(await crypto.subtle.verify('HMAC', again, mac, text('what do ya want for nothing?')), true);
  await rejects(crypto.subtle.sign('HMAC', again, mac), 'InvalidAccessError');
  await rejects(crypto.subtle.exportKey('raw', again), 'InvalidAccessError');
  await rejects(crypto.subtle.importKey('raw', text('k'), 'Ed25519', false, ['verify']), 'NotSupportedError');
});
test('console is a namespace', () => {
  is([`${console}`, console.time.length, console.timeLog.length, console.table.length, console.dir.length], ['[object console]', 0, 0, 0, 0]);
});
test('performance', () => {
  const before = performance.now();
  is(performance.now() >= before, true);
  is(Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 60000, true);
  is(Object.keys(performance.toJSON()), ['timeOrigin']);
  const attribute = Object.getOwnPropertyDescriptor(globalThis, 'performance');
  is([attribute.get.name, attribute.set.name, attribute.get.call(undefined) === performance], ['get performance', 'set performance', true]);
  throws(() => attribute.get.call({}), 'TypeError');
  throws(() => attribute.set.call({}, 1), 'TypeError');
  performance = 7;
  is(Object.getOwnPropertyDescriptor(globalThis, 'performance'), { value: 7, writable: true, enumerable: true, configurable: true });
  Object.defineProperty(globalThis, 'performance', attribute);
});
test('what is nobody\'s business is not there', () => {
  is(typeof $host === 'undefined' && typeof module === 'undefined' && typeof process === 'undefined', true);
  is(Object.getPrototypeOf(Blob.prototype) === Object.prototype, true);
  is(Object.getPrototypeOf(EventTarget.prototype) === Object.prototype, true);
});
test('later built-ins', async () => {
  is([3, 1, 2].toSorted().concat([1, 2].toReversed(), [1, 2].with(0, 9), [1, 2, 3].toSpliced(0, 2)), [1, 2, 3, 2, 1, 9, 2, 3]);
  is(Object.groupBy([1, 2, 3], (n) => (n % 2 ? 'odd' : 'even')), { odd: [1, 3], even: [2] });
  is(Map.groupBy([1, 2], (n) => n).get(2), [2]);
  is(await Array.fromAsync([Promise.resolve(1), 2]), [1, 2]);
  const { promise, resolve } = Promise.withResolvers();
  resolve('r');
  is(await promise, 'r');
  is([...new Set([1, 2]).union(new Set([3]))].concat([...new Set([1, 2]).intersection(new Set([2]))]), [1, 2, 3, 2]);
  is([1, 2, 3, 4].values().filter((n) => n % 2).map((n) => n * 10).toArray(), [10, 30]);
  is(Uint8Array.of(2, 1).toSorted().join(), '1,2');
  is(typeof Symbol.asyncDispose, 'symbol');
});
