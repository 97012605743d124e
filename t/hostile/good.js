// SPDX-License-Identifier: Apache-2.0
// The bundle beside the hostile ones, in the same isolate: its page says whether anything of theirs reached it.
const isNative = (f) => /\[native code\]/.test(Function.prototype.toString.call(f));
const body = (text) => new ReadableStream({
  start(controller) {
    controller.enqueue(new TextEncoder().encode(text));
    controller.close();
  },
});

globalThis.renderPage = async (url) => {
  const extra = [];
  for (const name in {}) extra.push(name);
  const own = Object.getOwnPropertyNames(globalThis).filter((name) => /hostile|polluted/i.test(name));
  const natives = [Promise, Promise.prototype.then, Array.prototype.push, Object.keys, JSON.stringify, Math.trunc].every(isNative);
  await null;
  const text = `<p>good ${url} ${[3, 1, 2].sort().join('')} ${natives} [${extra.concat(own)}]</p>`;
  return new Response(body(text), { headers: new Headers([['X-Good', 'yes']]) });
};
