// SPDX-License-Identifier: Apache-2.0
// /native?mib=N&ms=M holds memory that V8 does not count, of its library for languages, while it waits;
// /keep?mib=N keeps array buffers for good; /hold?mib=N&ms=M while it waits; else how many are kept.
const kept = [];
const fill = (mib) => {
  const all = [];
  for (let i = 0; i < mib; i += 10) all.push(new Uint8Array(10 << 20).fill(1));
  return all;
};
const copies = (mib) => {
  const words = new Intl.Segmenter('de');
  const text = 'x'.repeat(1 << 20); // two bytes each
  return Array.from({ length: mib / 2 }, () => words.segment(text));
};
globalThis.renderPage = (url) => {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const mib = Number(searchParams.get('mib'));
  switch (pathname) {
    case '/keep':
      kept.push(fill(mib));
      return '<p>kept</p>';
    case '/native':
    case '/hold': {
      const held = pathname === '/native' ? copies(mib) : fill(mib);
      return new Promise((resolve) => {
        setTimeout(() => resolve(`<p>held ${held.length}</p>`), Number(searchParams.get('ms')));
      });
    }
    default:
      return `<p>${kept.length} kept</p>`;
  }
};
