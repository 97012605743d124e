// SPDX-License-Identifier: Apache-2.0

test('URL: relative, hosts, search', () => {
  is(new URL('../x?a=b#c', 'http://Ünï.de:80/a/b').href, 'http://xn--n-nga1b.de/x?a=b#c');
  is(new URL('http://EXAMPLE.com').host, 'example.com');
  const url = new URL('http://h/');
  url.searchParams.append('ä', '1 2');
  is(url.href, 'http://h/?%C3%A4=1+2');
  is(URL.canParse('nope'), false);
  throws(() => new URL('nope'), 'TypeError');
  throws(() => new URL('http://xn--a/'), 'TypeError');
});
test('URL: a class that stands alone', () => {
  for (const Class of [URL, URLSearchParams]) {
    is([Object.getPrototypeOf(Class) === Function.prototype, Object.getPrototypeOf(Class.prototype) === Object.prototype], [true, true]);
    class Own extends Class {}
    const own = new Own('http://h/?a');
    is([own instanceof Own, Object.getPrototypeOf(own) === Own.prototype, Object.keys(own).length], [true, true, 0]);
    is(Object.getPrototypeOf(new Class('http://h/')) === Class.prototype, true);
  }
  is(Object.getPrototypeOf(new URL('http://h/').searchParams) === URLSearchParams.prototype, true);
});
test('URL: what is parsed the short way is what the long way gives', () => {
  const long = (text, base) => new URL(` ${text}`, base); // a blank in front: the long way
  const inputs = ['http://h.example', 'https://h.example/', 'http://h.example:80/a/b?c=d', 'https://h.example:8443/a/../b', 'http://h/./a',
    'http://h/a/%2e%2E/b', 'http://h/.a/b', 'http://h?x', 'http://h/?', 'http://1.2.3', 'http://0x7f.1', 'http://a.0x7', 'http://xn--n-nga1b.de/',
    'http://h:65536/', 'http://h:0/', 'http://h:00080/', 'http://h/a b', "http://h/?it's", "http://h/it's", 'http://h/a|b^c', 'http://h/%',
    'http://H/', 'http://h./', 'http://h../', 'http://-h-/', 'http://u@h/', 'http://h/#f', 'http://h/a?b#c', 'http://h/\\a', 'http://h//a//', '/x/y?z', '/../x',
    '//other/x', '/', '/?', '/%2e/x', '/a:b', '/a\\b', 'x', '?y', '', 'http:x', 'http:/x', 'https://h.example/[a]?[b]={c}|d`'];
  for (const input of inputs) {
    for (const base of [undefined, 'https://u:p@base.example:8080/a/b/c?d#e', 'data:text/plain,x', 'file:///a/b']) {
      const show = (make) => { try { const { href, search, pathname, port, searchParams } = make(); return [href, search, pathname, port, `${searchParams}`]; } catch (error) { return error.name; } };
      is([input, base, show(() => new URL(input, base))], [input, base, show(() => long(input, base))]);
    }
  }
});
test('URLSearchParams: plain text and the rest', () => {
  is([...new URLSearchParams('?a=1&b&=c&&d=e=f&g=%41+h&\u00fc=\u20ac')],
    [['a', '1'], ['b', ''], ['', 'c'], ['d', 'e=f'], ['g', 'A h'], ['\u00fc', '\u20ac']]);
  is(`${new URLSearchParams([['a', 'b'], ['c d', "e'f"]])}`, 'a=b&c+d=e%27f');
  is(`${new URLSearchParams([['a', 'b~'], ['c', 'd*-._']])}`, 'a=b%7E&c=d*-._');
});
test('URLPattern', () => {
  is(new URLPattern({ pathname: '/a/:id' }).exec('http://h/a/7').pathname.groups.id, '7');
});
test('FileReader', async () => {
  const read = (how, blob, ...more) => new Promise((done) => {
    const reader = new FileReader();
    const events = [];
    for (const type of ['loadstart', 'progress', 'load', 'abort', 'error', 'loadend']) {
      reader.addEventListener(type, ({ loaded, total }) => events.push(`${type} ${loaded}/${total}`));
    }
    reader.onloadend = () => done([reader.result, reader.readyState, reader.error, events]);
    reader[how](blob, ...more);
    is([reader.readyState, reader.result, events], [FileReader.LOADING, null, []]);
    throws(() => reader.readAsText(blob), 'InvalidStateError');
  });
  const told = ['loadstart 0/0', 'progress 2/2', 'load 2/2', 'loadend 2/2'];
  is(await read('readAsText', new Blob(['\u00e4'])), ['\u00e4', 2, null, told]);
  is(await read('readAsText', new Blob([])), ['', 2, null, ['loadstart 0/0', 'load 0/0', 'loadend 0/0']]);
  is(await read('readAsBinaryString', new Blob([Uint8Array.of(0, 255)])), ['\0\xff', 2, null, told]);
  is(await read('readAsDataURL', new Blob(['ab'], { type: 'text/plain' })), ['data:text/plain;base64,YWI=', 2, null, told]);
  is((await read('readAsDataURL', new Blob(['ab'])))[0], 'data:application/octet-stream;base64,YWI=');
  const long = 'x\u00ff'.repeat(100000);
  is((await read('readAsBinaryString', new Blob([Uint8Array.from(long, (unit) => unit.charCodeAt(0))])))[0] === long, true);
  const buffer = (await read('readAsArrayBuffer', new Blob(['ab'])))[0];
  is([buffer instanceof ArrayBuffer, [...new Uint8Array(buffer)]], [true, [97, 98]]);
  // which encoding: the mark's, the one asked for, the Blob's, UTF-8
  const text = async (bytes, type, asked) => (await read('readAsText', new Blob([Uint8Array.from(bytes)], { type }), asked))[0];
  is(await text([0xFF, 0xFE, 0x61, 0], 'text/plain;charset=utf-8', 'latin1'), 'a');
  is(await text([0xE9], '', 'latin1'), '\u00e9');
  is(await text([0xE9], 'text/plain; charset="latin1"', 'nothing'), '\u00e9');
  is(await text([0xE9], 'text/plain'), '\ufffd');
  throws(() => new FileReader().readAsText('text'), 'TypeError');
});
test('FileReader: abort, and a read in the listener of the last', async () => {
  const reader = new FileReader();
  const events = [];
  for (const type of ['loadstart', 'progress', 'load', 'abort', 'loadend']) reader.addEventListener(type, () => events.push(type));
  reader.abort();
  reader.readAsText(new Blob(['a']));
  reader.abort();
  is([reader.readyState, reader.result, events], [2, null, ['abort', 'loadend']]);
  const all = new Promise((done) => { reader.onloadend = done; });
  reader.addEventListener('load', () => reader.readAsText(new Blob(['c'])), { once: true });
  reader.readAsText(new Blob(['b']));
  await all;
  is([reader.result, events.slice(2)], ['c', ['loadstart', 'progress', 'load', 'loadstart', 'progress', 'load', 'loadend']]);
});
// Of these the tests of t/wpt/superseded expect what the standard said before.
test('TransformStream: an error right after cancel() reaches the writable side', async () => {
  for (const [end, reason] of [[(controller) => controller.error('late'), 'late'], [(controller) => controller.terminate(), 'TypeError']]) {
    let controller;
    const { readable, writable } = new TransformStream({ start(given) { controller = given; } });
    const cancelled = readable.cancel('early');
    end(controller);
    await cancelled;
    is(await writable.getWriter().closed.catch((error) => error.name ?? error), reason);
  }
});
test('TransformStream: an error after cancel() is done changes nothing', async () => {
  let controller;
  const { readable, writable } = new TransformStream({ start(given) { controller = given; } });
  await readable.cancel('early');
  controller.error('late');
  is(await writable.getWriter().closed.catch((error) => error), 'early');
});
test('TransformStream: the transformer is told of cancel() and abort()', async () => {
  const told = [];
  const transformer = { cancel: (reason) => { told.push(reason); } };
  await new TransformStream(transformer).readable.cancel('a');
  await new TransformStream(transformer).writable.abort('b');
  is(told, ['a', 'b']);
});
test('TransformStream: what is enqueued while size() aborts comes before the error', async () => {
  let controller;
  let aborted;
  const stream = new TransformStream({ start(given) { controller = given; } }, undefined,
    { highWaterMark: 1, size() { aborted = stream.writable.abort('gone'); return 1; } });
  const reader = stream.readable.getReader();
  await new Promise((done) => setTimeout(done, 0));
  controller.enqueue('a');
  is(await reader.read(), { value: 'a', done: false });
  is(await reader.read().catch((error) => error), 'gone');
  await aborted;
});
test('Headers', () => {
  const headers = new Headers({ B: '1', a: '2' });
  headers.append('Set-Cookie', 'x=1');
  headers.append('set-cookie', 'y=2');
  is([...headers], [['a', '2'], ['b', '1'], ['set-cookie', 'x=1'], ['set-cookie', 'y=2']]);
  is(headers.getSetCookie(), ['x=1', 'y=2']);
  throws(() => headers.set('bad name', ''), 'TypeError');
  throws(() => headers.set('x', 'a\nb'), 'TypeError');
});
test('Request', async () => {
  const request = new Request('http://h/x?y', { method: 'post', body: 'text', headers: { 'X-A': 'b' } });
  is([request.method, request.url, request.headers.get('x-a'), request.headers.get('content-type')],
    ['POST', 'http://h/x?y', 'b', 'text/plain;charset=UTF-8']);
  is(await request.clone().text(), 'text');
  is(await request.text(), 'text');
  is(request.bodyUsed, true);
  await rejects(request.text(), 'TypeError');
  throws(() => new Request('/relative'), 'TypeError');
});
test('a request follows its signal', () => {
  const controller = new AbortController();
  const request = new Request('http://h/', { signal: controller.signal });
  controller.abort('gone');
  is([request.signal.aborted, request.signal.reason], [true, 'gone']);
});
test('Response: bodies of every kind', async () => {
  is(await new Response('hällo').text(), 'hällo');
  is(await new Response('{"a":[1]}').json(), { a: [1] });
  is([...new Uint8Array(await new Response(Uint8Array.of(1, 2)).arrayBuffer())], [1, 2]);
  is(await new Response(new Blob(['a', new Blob(['b'])])).text(), 'ab');
  is(await new Response(new URLSearchParams({ a: 'b c' })).text(), 'a=b+c');
  is(await new Response(ReadableStream.from([Uint8Array.of(65), Uint8Array.of(66)])).text(), 'AB');
  is((await new Response('x', { headers: { 'content-type': 'a/b' } }).blob()).type, 'a/b');
  is([new Response(null, { status: 204 }).body, Response.redirect('http://h/', 303).status], [null, 303]);
  is(await Response.json({ b: 1 }).text(), '{"b":1}');
  is(Response.error().type, 'error');
});
test('FormData, there and back', async () => {
  const form = new FormData();
  form.append('a', 'ü\n1');
  form.append('f', new File(['xy', Uint8Array.of(0, 255)], 'n"1.bin', { type: 'a/b' }));
  const back = await new Response(form).formData();
  const file = back.get('f');
  is([back.get('a'), file.name, file.type, file.size], ['ü\r\n1', 'n"1.bin', 'a/b', 4]);
  is([...new Uint8Array(await file.arrayBuffer())], [120, 121, 0, 255]);
  const coded = new Request('http://h/', { method: 'POST', body: new URLSearchParams('q=%C3%BC&q=2') });
  is((await coded.formData()).getAll('q'), ['ü', '2']);
});
test('Blob and File', async () => {
  const blob = new Blob(['a\r\nb', new Uint16Array([0x4141]).buffer], { type: 'TEXT/x', endings: 'native' });
  is([blob.size, blob.type, await blob.text()], [5, 'text/x', 'a\nbAA']);
  is(await blob.slice(-3, -1).text(), 'bA');
  let sum = 0;
  for await (const chunk of new Blob([new Uint8Array(200000)]).stream()) sum += chunk.length;
  is(sum, 200000);
  is(new File([], 'n', { lastModified: 5 }).lastModified, 5);
});
test('byte streams, BYOB', async () => {
  const stream = new ReadableStream({
    type: 'bytes',
    pull(controller) { controller.enqueue(Uint8Array.of(1, 2, 3, 4)); controller.close(); },
  });
  const reader = stream.getReader({ mode: 'byob' });
  const first = await reader.read(new Uint8Array(3));
  is([...first.value], [1, 2, 3]);
  is([...(await reader.read(new Uint8Array(3))).value], [4]);
  is((await reader.read(new Uint8Array(1))).done, true);
});
test('pipes carry backpressure, errors and aborts', async () => {
  const seen = [];
  const sink = new WritableStream({ write: (chunk) => { seen.push(chunk); }, abort: (reason) => { seen.push(reason); } });
  await rejects(new ReadableStream({ start(c) { c.enqueue(1); }, pull(c) { c.error(new RangeError('end')); } })
    .pipeTo(sink), 'RangeError');
  is([seen[0], seen[1].message], [1, 'end']);
  const controller = new AbortController();
  const piped = new ReadableStream({}).pipeTo(new WritableStream({}), { signal: controller.signal });
  controller.abort();
  await rejects(piped, 'AbortError');
});
test('compression, three formats', async () => {
  const text = 'some text, '.repeat(1000);
  for (const format of ['gzip', 'deflate', 'deflate-raw']) {
    const packed = new Response(text).body.pipeThrough(new CompressionStream(format));
    const [one, two] = packed.tee();
    const size = (await new Response(two).arrayBuffer()).byteLength;
    is(size < 200, true);
    is(await new Response(one.pipeThrough(new DecompressionStream(format))).text(), text);
  }
  throws(() => new CompressionStream('zip'), 'TypeError');
  await rejects(new Response(new Response('nonsense').body.pipeThrough(new DecompressionStream('gzip'))).text(), 'TypeError');
  const cut = (await new Response(new Response(text).body.pipeThrough(new CompressionStream('gzip'))).arrayBuffer()).slice(0, -9);
  await rejects(new Response(new Response(cut).body.pipeThrough(new DecompressionStream('gzip'))).text(), 'TypeError');
});
test('globals that are looked at late can be replaced and are not listed', () => {
  is(Object.keys(globalThis).filter((name) => /^[A-Z]/.test(name)), []);
  const { URLPattern } = globalThis;
  globalThis.URLPattern = 7;
  is(globalThis.URLPattern, 7);
  globalThis.URLPattern = URLPattern;
});
test('Request: a clone has fields and body, and follows the signal', async () => {
  const controller = new AbortController();
  const request = new Request('http://h/', { method: 'POST', body: 'b', headers: { a: '1' }, signal: controller.signal });
  const clone = request.clone();
  is([clone.headers.get('a'), await clone.text(), await request.text(), clone.clone.name], ['1', 'b', 'b', 'clone']);
  throws(() => request.clone(), 'TypeError'); // its body was read
  throws(() => Request.prototype.clone.call({}), 'TypeError');
  controller.abort('why');
  is([clone.signal.aborted, clone.signal.reason, clone.signal === request.signal], [true, 'why', false]);
  is(new Request('http://h/', { signal: AbortSignal.abort() }).clone().signal.aborted, true);
});
