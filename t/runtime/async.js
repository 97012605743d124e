// SPDX-License-Identifier: Apache-2.0

const storage = new AsyncLocalStorage();
const later = () => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = resolve;
  port2.postMessage(null);
});

test('a store is there after every kind of await, and gone outside', async () => {
  const got = await storage.run('s', async () => {
    const seen = [storage.getStore()];
    await null;
    seen.push(storage.getStore());
    await Promise.all([null, (async () => { await null; seen.push(storage.getStore()); })()]);
    await later();
    seen.push(storage.getStore());
    await new Promise((resolve) => { queueMicrotask(() => { seen.push(storage.getStore()); resolve(); }); });
    for await (const value of (async function* () { yield storage.getStore(); })()) seen.push(value);
    return seen;
  });
  is(got, ['s', 's', 's', 's', 's', 's']);
  is(storage.getStore(), undefined);
});
test('interleaved runs do not see each other', async () => {
  const one = async (name) => {
    for (let i = 0; i < 20; i++) {
      await (i % 3 ? null : later());
      is(storage.getStore(), name);
    }
  };
  await Promise.all(Array.from({ length: 10 }, (_, i) => storage.run(`r${i}`, () => one(`r${i}`))));
});
test('streams and listeners run where they were made or called', async () => {
  const text = await storage.run('stream', () => new Response(new ReadableStream({
    async pull(controller) {
      await null;
      controller.enqueue(new TextEncoder().encode(storage.getStore()));
      controller.close();
    },
  })).text());
  is(text, 'stream');
});
test('nesting, exit, two storages', () => {
  const other = new AsyncLocalStorage();
  storage.run(1, () => {
    other.run(2, () => {
      storage.run(3, () => is([storage.getStore(), other.getStore()], [3, 2]));
      storage.exit(() => is([storage.getStore(), other.getStore()], [undefined, 2]));
      is(storage.getStore(), 1);
    });
    is(other.getStore(), undefined);
  });
});
test('an exception leaves nothing behind', () => {
  throws(() => storage.run(1, () => { throw new RangeError(); }), 'RangeError');
  is(storage.getStore(), undefined);
});
test('bind, snapshot, AsyncResource', () => {
  const bound = storage.run('b', () => AsyncLocalStorage.bind(() => storage.getStore()));
  const snapshot = storage.run('s', () => AsyncLocalStorage.snapshot());
  is([bound(), snapshot(() => storage.getStore()), storage.getStore()], ['b', 's', undefined]);
});
test('enterWith, disable, defaultValue', async () => {
  await (async () => {
    storage.enterWith('entered');
    await null;
    is(storage.getStore(), 'entered');
    storage.disable();
    is(storage.getStore(), undefined);
  })();
  is(new AsyncLocalStorage({ defaultValue: 'd' }).getStore(), 'd');
});
