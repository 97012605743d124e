// SPDX-License-Identifier: Apache-2.0
// What V8 cannot survive; t/447 looks what becomes of the child, and of the others.
const cases = {
  // a list of more members than V8's lists can have, made in one step: a failed check
  'split-long': () => String('ab'.repeat(2 ** 27).split('').length),
};
const soon = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
globalThis.renderPage = async (url) => {
  const make = cases[url.slice(1)];
  if (make) return make();
  for (let left = Number(/\bms=(\d+)/.exec(url)?.[1] ?? 0); left > 0; left -= 10) await soon(10);
  return `<p>good ${url}</p>`;
};
