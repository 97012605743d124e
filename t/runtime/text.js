// SPDX-License-Identifier: Apache-2.0

const bytes = (...values) => new Uint8Array(values);

test('UTF-8 out: every length, and lone surrogates', () => {
  is([...new TextEncoder().encode('aä€😀\ud800')], [97, 195, 164, 226, 130, 172, 240, 159, 152, 128, 239, 191, 189]);
  is(new TextEncoder().encode().length, 0);
  is(new TextEncoder().encode('€'.repeat(100000)).length, 300000);
});
test('encodeInto stops before a character that does not fit', () => {
  const into = new Uint8Array(4);
  is(new TextEncoder().encodeInto('a€€', into), { read: 2, written: 4 });
  is([...into], [97, 226, 130, 172]);
  is(new TextEncoder().encodeInto('x', new Uint8Array(0)), { read: 0, written: 0 });
});
test('UTF-8 in: BOM, fatal, replacement', () => {
  is(new TextDecoder().decode(bytes(239, 187, 191, 65)), 'A');
  is(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes(239, 187, 191, 65)), '\ufeffA');
  is(new TextDecoder().decode(bytes(0xE2, 0x82, 0x41, 0xFF)), '\ufffdA\ufffd');
  for (const bad of [[0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80]]) {
    throws(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes(...bad)), 'TypeError');
  }
  is(new TextDecoder('utf-8', { fatal: true }).decode(new TextEncoder().encode('aä€😀'.repeat(50))), 'aä€😀'.repeat(50));
});
test('UTF-8 in: one byte that is not ASCII, wherever it is', () => {
  for (let length = 0; length < 40; length++) {
    for (let at = 0; at <= length; at++) {
      const text = `${'a'.repeat(at)}\u00e9${'b'.repeat(length - at)}`;
      is(new TextDecoder().decode(new TextEncoder().encode(text)), text);
    }
    is(new TextDecoder().decode(new Uint8Array(length).fill(97)), 'a'.repeat(length));
  }
});
test('UTF-8 in, byte by byte', () => {
  const text = '\ufeffaä€😀z';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let got = '';
  for (const byte of new TextEncoder().encode(text)) got += decoder.decode(bytes(byte), { stream: true });
  is(got + decoder.decode(), text.slice(1));
  is(decoder.decode(bytes(239, 187, 191, 66)), 'B');
});
test('UTF-8 in pieces that are no characters', () => {
  const decoder = new TextDecoder();
  is(decoder.decode(bytes(0xE2), { stream: true }) + decoder.decode(bytes(0x41), { stream: true }) + decoder.decode(), '\ufffdA');
  is(decoder.decode(bytes(0xF0, 0x9F), { stream: true }) + decoder.decode(), '\ufffd');
});
test('views and buffers', () => {
  const all = new Uint8Array(200).fill(65);
  is(new TextDecoder().decode(all.subarray(1, 4)), 'AAA');
  is(new TextDecoder().decode(new DataView(all.buffer, 10, 2)), 'AA');
  is(new TextDecoder().decode(all.buffer).length, 200);
  throws(() => new TextDecoder().decode('text'), 'TypeError');
});
test('bytes that were moved away are none', () => {
  const array = new Uint16Array([65, 66]);
  const { buffer } = array;
  structuredClone(buffer, { transfer: [buffer] });
  is([new TextDecoder().decode(array), new TextDecoder().decode(buffer)], ['', '']);
});
test('other encodings', () => {
  is(new TextDecoder('utf-16le').decode(bytes(65, 0, 0x3D, 0xD8, 0, 0xDE)), 'A😀');
  is(new TextDecoder('latin1').encoding, 'windows-1252');
  is(new TextDecoder('iso-8859-1').decode(bytes(0x80, 0xE4)), '€ä');
  is(new TextDecoder('shift_jis').decode(bytes(0x83, 0x65)), 'テ');
  is(new TextDecoder(' UTF8 ').encoding, 'utf-8');
  throws(() => new TextDecoder('nonsense'), 'RangeError');
});
test('base64', () => {
  is(btoa('hällo\xff'), 'aORsbG//');
  is(atob(' aORs\nbG// '), 'hällo\xff');
  is(atob('YQ==') + atob('YWI=') + atob('YWJj') + atob('YQ') + atob(''), 'aababca');
  for (const bad of ['a', 'ab=', 'a===', '=', 'YQ==Y', 'a-b_', '€']) throws(() => atob(bad), 'InvalidCharacterError');
  throws(() => btoa('€'), 'InvalidCharacterError');
});
test('isWellFormed, toWellFormed', () => {
  is(['a', 'é', '€😀', '\ud83d', 'a\udc00b', '\udc00\ud800'].map((text) => text.isWellFormed()),
    [true, true, true, false, false, false]);
  is('a\ud800€\udc00\ud83d\ude00'.toWellFormed(), 'a\ufffd€\ufffd😀');
});
test('TextEncoderStream and TextDecoderStream join what chunks cut', async () => {
  const chunks = ['a\ud83d', '\ude00', '€'];
  let got = '';
  const stream = ReadableStream.from(chunks).pipeThrough(new TextEncoderStream()).pipeThrough(new TransformStream({
    transform(chunk, controller) {
      for (const byte of chunk) controller.enqueue(Uint8Array.of(byte));
    },
  })).pipeThrough(new TextDecoderStream());
  for await (const text of stream) got += text;
  is(got, 'a😀€');
});
