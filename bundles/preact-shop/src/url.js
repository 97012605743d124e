// SPDX-License-Identifier: Apache-2.0
// A bare V8 has no URL class, so the few things needed are here.

function decode(text) {
  try {
    return decodeURIComponent(text.replace(/\+/g, ' '));
  } catch {
    return text; // a stray % is the visitor's text, not an error
  }
}

export function parseUrl(url) {
  const [withoutHash] = url.split('#', 1);
  const mark = withoutHash.indexOf('?');
  const path = mark < 0 ? withoutHash : withoutHash.slice(0, mark);
  const query = new Map();
  if (mark >= 0) {
    for (const pair of withoutHash.slice(mark + 1).split('&')) {
      const equals = pair.indexOf('=');
      const name = equals < 0 ? pair : pair.slice(0, equals);
      const value = equals < 0 ? '' : pair.slice(equals + 1);
      if (!query.has(decode(name))) query.set(decode(name), decode(value));
    }
  }
  return { path, query };
}
