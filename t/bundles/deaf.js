// SPDX-License-Identifier: Apache-2.0
// /deaf: a built-in function that V8 does not end; /later?ms=N waits; /throws; else the URL.
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
    default:
      return `<p>${url}</p>`;
  }
};
