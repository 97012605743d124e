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
globalThis.renderPage = () => new Promise((answer) => {
// --- mark ---
  add_completion_callback((tests, status) => {
    answer(JSON.stringify({
      status: status.status,
      message: status.message,
      tests: tests.map(({ name, status: result, message }) => [name, result, message]),
    }));
  });
