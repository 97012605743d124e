// SPDX-License-Identifier: Apache-2.0
// Keeps its isolate busy: /…?ms=300. Logs that it begins; says how often this context has rendered.
let renders = 0;
globalThis.renderPage = (url) => {
  const ms = Number(/\bms=(\d+)/.exec(url)?.[1] ?? 0);
  const until = Date.now() + ms;
  renders += 1;
  console.info(`begins ${url}`);
  while (Date.now() < until);
  return `<p>slow ${ms} render ${renders}</p>`;
};
