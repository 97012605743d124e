// SPDX-License-Identifier: Apache-2.0
// One answer per path.
const text = (html, more) => ({ html, ...more });
const answers = {
  '/string': '<p>text</p>',
  '/empty-string': '',
  '/utf8': '<p>Łódź € 🙂</p>',
  '/html': text('<p>html</p>'),
  '/body': { body: 'plain', headers: { 'Content-Type': 'text/plain' } },
  '/status-only': { status: 204 },
  '/created': text('<p>made</p>', { status: 201 }),
  '/own-404': text('<p>my own 404</p>', { status: 404 }),
  '/own-503': text('<p>my own 503</p>', { status: 503, headers: { 'Retry-After': '7' } }),
  '/redirect': { redirect: '/elsewhere' },
  '/redirect-308': { redirect: 'https://other.test/?a=1&b=2', status: 308 },
  '/cookies': text('<p>c</p>', { headers: { 'Set-Cookie': ['a=1; Path=/', 'b=2; Path=/'], 'X-Shop': 'open' } }),
  '/null': null,
  '/promise': Promise.resolve('<p>later</p>'),
  '/lies': text('<p>five</p>', { headers: { 'Content-Length': '3', Connection: 'close', 'Transfer-Encoding': 'chunked' } }),
  '/cached': text('<p>tagged</p>', { headers: { ETag: '"v1"', 'Cache-Control': 'max-age=60' } }),
  '/wide': text('x'.repeat(100) + '<p>äöü</p>'.repeat(5000)),
  '/teapot': text('<p>short and stout</p>', { status: 418 }),
  '/odd': text('<p>nobody knows</p>', { status: 299 }),
  '/nulls': { html: '<p>nulls</p>', body: null, status: null, headers: null, redirect: null },
  '/two-locations': { redirect: '/this', headers: { Location: '/that' } },
  '/page.gz': '<p>not compressed</p>',
  '/page.de': '<p>no language</p>',
};
globalThis.renderPage = (url) => {
  const path = url.split('?')[0];
  return path in answers ? answers[path] : `<p>other ${path}</p>`;
};
