// SPDX-License-Identifier: Apache-2.0

test('listeners: order, once, removal, objects', () => {
  const target = new EventTarget();
  const got = [];
  const gone = () => got.push('gone');
  target.addEventListener('x', (event) => got.push(event.type));
  target.addEventListener('x', { handleEvent() { got.push(typeof this.handleEvent); } });
  target.addEventListener('x', () => got.push('once'), { once: true });
  target.addEventListener('x', gone);
  target.removeEventListener('x', gone);
  target.dispatchEvent(new Event('x'));
  target.dispatchEvent(new Event('x'));
  is(got, ['x', 'function', 'once', 'x', 'function']);
});
test('preventDefault, stopImmediatePropagation, passive', () => {
  const target = new EventTarget();
  target.addEventListener('x', (event) => event.preventDefault(), { passive: true });
  is(target.dispatchEvent(new Event('x', { cancelable: true })), true);
  target.addEventListener('x', (event) => { event.preventDefault(); event.stopImmediatePropagation(); });
  target.addEventListener('x', () => { throw new Error('reached'); });
  is(target.dispatchEvent(new Event('x', { cancelable: true })), false);
});
test('an error in a listener goes to the global object, the others go on', () => {
  const target = new EventTarget();
  const got = [];
  const seen = (event) => { got.push(event.error.message, event.target === globalThis); event.preventDefault(); };
  addEventListener('error', seen);
  target.addEventListener('x', () => { throw new Error('first'); });
  target.addEventListener('x', () => got.push('second'));
  target.dispatchEvent(new Event('x'));
  reportError(new Error('told'));
  removeEventListener('error', seen);
  is(got, ['first', true, 'second', 'told', true]);
});
test('an event that is dispatched twice at once is refused', () => {
  const target = new EventTarget();
  target.addEventListener('x', (event) => throws(() => target.dispatchEvent(event), 'InvalidStateError'));
  target.dispatchEvent(new Event('x'));
});
test('kinds of events', () => {
  is(new CustomEvent('x', { detail: 7 }).detail, 7);
  is(new MessageEvent('m', { data: 'd', origin: 'o' }).data, 'd');
  is(new ErrorEvent('e', { message: 'm', lineno: 3 }).lineno, 3);
  is(new Event('x').isTrusted, false);
});
test('AbortController: reason, listeners, onabort', () => {
  const { signal, ...rest } = { ...{ signal: null }, controller: new AbortController() };
  const got = [];
  rest.controller.signal.onabort = (event) => got.push(event.type, event.isTrusted);
  rest.controller.signal.addEventListener('abort', () => got.push('second'));
  rest.controller.abort('why');
  rest.controller.abort('again');
  is(got, ['abort', true, 'second']);
  is(rest.controller.signal.reason, 'why');
  is(signal, null);
  throws(() => AbortSignal.abort().throwIfAborted(), 'AbortError');
});
test('AbortSignal.any follows the first, all are aborted before the first listener runs', () => {
  const a = new AbortController();
  const b = new AbortController();
  const any = AbortSignal.any([a.signal, b.signal]);
  const both = AbortSignal.any([any]);
  let seen;
  a.signal.addEventListener('abort', () => { seen = [any.aborted, both.aborted]; });
  a.abort('one');
  b.abort('two');
  is(seen, [true, true]);
  is([any.reason, both.reason], ['one', 'one']);
  is(AbortSignal.any([AbortSignal.abort('at once')]).reason, 'at once');
});
test('a listener with a signal goes with it', () => {
  const target = new EventTarget();
  const controller = new AbortController();
  let count = 0;
  target.addEventListener('x', () => count++, { signal: controller.signal });
  target.dispatchEvent(new Event('x'));
  controller.abort();
  target.dispatchEvent(new Event('x'));
  is(count, 1);
});
test('DOMException is an error with a code and a stack', () => {
  const error = new DOMException('text', 'AbortError');
  is([error.name, error.message, error.code, `${error}`], ['AbortError', 'text', 20, 'AbortError: text']);
  is([error instanceof Error, error instanceof DOMException, Object.prototype.toString.call(error)],
    [true, true, '[object DOMException]']);
  is(error.stack.includes('renderPage'), true);
  is(Object.hasOwn(error, 'message'), false);
  throws(() => DOMException.prototype.name, 'TypeError');
});
test('messages come in order, as tasks, with ports', async () => {
  const { port1, port2 } = new MessageChannel();
  const got = [];
  const all = new Promise((resolve) => {
    port2.onmessage = (event) => { got.push(event.data); if (got.length === 3) resolve(); };
  });
  port1.postMessage({ n: 1 });
  port1.postMessage([2]);
  port1.postMessage(3);
  queueMicrotask(() => got.push('microtask'));
  await all.catch(() => {});
  is(got, ['microtask', { n: 1 }, [2]].concat(got.slice(3)));
});
test('a port can be sent through a port', async () => {
  const outer = new MessageChannel();
  const inner = new MessageChannel();
  const arrived = new Promise((resolve) => { outer.port2.onmessage = resolve; });
  inner.port1.postMessage('early');
  outer.port1.postMessage({ port: inner.port2 }, [inner.port2]);
  const event = await arrived;
  is(event.data.port === event.ports[0], true);
  const text = await new Promise((resolve) => { event.data.port.onmessage = ({ data }) => resolve(data); });
  is(text, 'early');
  throws(() => outer.port1.postMessage(0, [inner.port2]), 'DataCloneError');
});
