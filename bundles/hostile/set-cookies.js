// SPDX-License-Identifier: Apache-2.0
// Status and headers. Must: 201, two separate Set-Cookie lines in this order, X-Shop; never stored in a cache.
(() => {
  globalThis.renderPage = () => ({
    html: '<p>cookies</p>',
    status: 201,
    headers: {
      'Set-Cookie': ['session=abc; Path=/; HttpOnly', 'theme=dark; Path=/'],
      'X-Shop': 'open',
    },
  });
})();
