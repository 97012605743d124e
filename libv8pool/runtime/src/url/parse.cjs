// SPDX-License-Identifier: Apache-2.0
// In front of whatwg-url's parser, which goes by character: URLs that are written as they would be serialized, as nearly
// all are that a server sees, are taken apart by a regular expression.  What it does not match goes the long way.

'use strict';

const machine = require('whatwg-url/lib/url-state-machine.js');

// None of these is encoded in a path, or in a query.
const PATH = '(/[!$&-;=@A-Z_a-z~%]*)';
const QUERY = '(?:\\?([!$%&(-;=?@A-Z\\[\\]_a-z~]*))?';
// A last label that begins with a letter is no number: the host is not an IPv4 address.
const ABSOLUTE = new RegExp(`^(https?)://((?:[a-z0-9][a-z0-9-]*\\.)*[a-z][a-z0-9-]*)(?::([1-9][0-9]{0,4}))?${PATH}?${QUERY}$`);
const RELATIVE = new RegExp(`^(?!//)${PATH}${QUERY}$`);
const ENCODED_LABEL = /(?:^|\.)xn--/;
// "." and "..", also encoded: with a dot behind a slash it is looked at more closely
const DOTS = /\/(?:\.|%2e)/i;
const PORTS = { http: 80, https: 443 };

function absolute([, scheme, host, port, path = '/', query = null]) {
  const number = port === undefined ? null : Number(port);
  if (number > 65535 || ENCODED_LABEL.test(host) || DOTS.test(path)) return undefined;
  return {
    scheme, username: '', password: '', host,
    port: number === PORTS[scheme] ? null : number,
    path: path.slice(1).split('/'), query, fragment: null,
  };
}

function relative(base, [, path, query = null]) {
  if (DOTS.test(path)) return undefined;
  const { scheme, username, password, host, port } = base;
  return { scheme, username, password, host, port, path: path.slice(1).split('/'), query, fragment: null };
}

function quick(input, base) {
  if (base !== undefined && base !== null && input[0] === '/') {
    const match = PORTS[base.scheme] !== undefined ? RELATIVE.exec(input) : null;
    return match === null ? undefined : relative(base, match);
  }
  const match = ABSOLUTE.exec(input);
  return match === null ? undefined : absolute(match);
}

module.exports = {
  ...machine,
  basicURLParse(input, options = {}) {
    const found = options.url === undefined ? quick(input, options.baseURL) : undefined;
    return found ?? machine.basicURLParse(input, options);
  },
};
