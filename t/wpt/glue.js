// SPDX-License-Identifier: Apache-2.0
// Around a Web Platform Test: what its pages have, and an answer of its results.  t/wpt/run puts the parts together:
// (this file up to the mark) testharness.js, the test's scripts and the test (the rest).

globalThis.GLOBAL = { isWindow: () => false, isWorker: () => false, isShadowRealm: () => false };
globalThis.location = { search: SEARCH, href: `http://web-platform.test/${SEARCH}`, origin: 'http://web-platform.test' };
globalThis.evaluate = (expression) => (OBJECTS[expression] ?? (() => globalThis[expression]))();
globalThis.Window = class Window {}; // whose interfaces are asked for
globalThis.fetch = async (path) => {
  if (!Object.hasOwn(FILES, path)) throw new TypeError(`${path} was not given to this test`);
  return new Response(FILES[path]);
};
if (typeof setTimeout === 'undefined') {
  // a clock of tasks, where the engine has none
  const timers = new Map();
  const { port1, port2 } = new MessageChannel();
  let last = 0;
  port1.onmessage = () => {
    const now = performance.now();
    for (const [id, timer] of [...timers].sort(([, a], [, b]) => a.at - b.at)) {
      if (timer.at > now || !timers.has(id)) continue;
      if (timer.every === undefined) timers.delete(id);
      else timer.at = now + timer.every;
      timer.run();
    }
    if (timers.size > 0) port2.postMessage(0);
  };
  const set = (run, delay, args, every) => {
    timers.set(++last, { at: performance.now() + Math.max(Number(delay) || 0, 0), run: () => run(...args), every });
    if (timers.size === 1) port2.postMessage(0);
    return last;
  };
  globalThis.setTimeout = (run, delay, ...args) => set(run, delay, args);
  globalThis.setInterval = (run, delay, ...args) => set(run, delay, args, Math.max(Number(delay) || 0, 1));
  globalThis.clearTimeout = globalThis.clearInterval = (id) => { timers.delete(id); };
}
globalThis.renderPage = () => new Promise((answer) => {
// --- mark ---
  add_completion_callback((tests, status) => {
    answer(JSON.stringify({
      status: status.status,
      message: status.message,
      tests: tests.map(({ name, status: result, message }) => [name, result, message]),
    }));
  });
