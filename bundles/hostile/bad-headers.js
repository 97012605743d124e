// SPDX-License-Identifier: Apache-2.0
// A header value with a line break. Must: a render error that names the header; neither header reaches the client.
(() => {
  globalThis.renderPage = () => ({
    html: '<p>split</p>',
    headers: { 'X-Name': 'value\r\nX-Injected: yes' },
  });
})();
