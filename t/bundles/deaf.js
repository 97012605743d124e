// SPDX-License-Identifier: Apache-2.0
// /deaf: a built-in function that V8 does not end; /later?ms=N waits; /stream?n=N: a line each 100 ms; else the URL.
const lines = async function* lines(n) {
  console.info('streams');
  for (let i = 1; i <= n; i++) {
    yield `${i}\n`;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
};
globalThis.renderPage = (url) => {
  const [path, query] = url.split('?');
  switch (path.split('/').pop()) {
    case 'deaf':
      return `<p>${Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)}</p>`;
    case 'later':
      return new Promise((resolve) => {
        console.info('waits');
        setTimeout(resolve, Number(/=(\d+)/.exec(query)[1]), '<p>later</p>');
      });
    case 'stream':
      return new Response(ReadableStream.from(lines(Number(/=(\d+)/.exec(query)[1]))));
    default:
      return `<p>${url}</p>`;
  }
};
