// SPDX-License-Identifier: Apache-2.0
// Writes one console line of each level while it loads and while it renders.
const speak = (when) => {
  for (const level of ['debug', 'log', 'info', 'warn', 'error']) console[level](`${when} says ${level}`);
};
speak('load');
globalThis.renderPage = () => {
  speak('render');
  return '<p>spoken</p>';
};
