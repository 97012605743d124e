// SPDX-License-Identifier: Apache-2.0
// node:url, but the parser of old.

const { URL, URLSearchParams } = globalThis;

function fileURLToPath(url) {
  const parsed = new URL(url);
  if (parsed.protocol !== 'file:') throw new TypeError('fileURLToPath: a file: URL was expected');
  if (/%2f/i.test(parsed.pathname)) throw new TypeError('fileURLToPath: the path has an encoded slash');
  return decodeURIComponent(parsed.pathname);
}

function pathToFileURL(path) {
  const url = new URL('file:///');
  url.pathname = `${path}`.replaceAll('%', '%25').replaceAll('\\', '%5C').replaceAll('\n', '%0A')
    .replaceAll('\r', '%0D').replaceAll('\t', '%09').replaceAll('?', '%3F').replaceAll('#', '%23');
  return url;
}

function host(text) {
  try {
    return new URL(`ws://${text}`).hostname;
  } catch {
    return '';
  }
}

export default {
  URL,
  URLSearchParams,
  domainToASCII: host,
  fileURLToPath,
  format: (url) => (typeof url === 'string' ? new URL(url).href : `${url}`),
  pathToFileURL,
  resolve: (from, to) => new URL(to, from).href,
  urlToHttpOptions: ({ hash, host: whole, hostname, href, password, pathname, port, protocol, search, username }) => ({
    protocol, hostname: hostname.replace(/^\[|\]$/g, ''), hash, search, pathname, path: `${pathname}${search}`, href,
    ...(port === '' ? {} : { port: Number(port) }), ...(username || password ? { auth: `${username}:${password}` } : {}),
    host: whole,
  }),
};
