// SPDX-License-Identifier: Apache-2.0
// Awaits a few promises. Must: 200, "<p>async 6 URL</p>".
(() => {
  globalThis.renderPage = async (url) => {
    let sum = 0;
    for (const number of [1, 2, 3]) sum += await Promise.resolve(number);
    const [text] = await Promise.all([Promise.resolve(`<p>async ${sum} ${url}</p>`)]);
    return text;
  };
})();
