// SPDX-License-Identifier: Apache-2.0
// Does not load without eval().
const render = new Function('url', 'return `rendered ${url}`');
globalThis.renderPage = (url) => render(url);
