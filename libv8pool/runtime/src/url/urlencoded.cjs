// SPDX-License-Identifier: Apache-2.0
// In front of whatwg-url's form encoding, which goes by byte: text without anything that is encoded.

'use strict';

const urlencoded = require('whatwg-url/lib/urlencoded.js');

const PLAIN = /^[!$&-*,-;=?@A-Z[\]_a-z~]*$/;
const UNENCODED = /^[*\-.0-9A-Z_a-z]*$/;

function pair(text) {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}

module.exports = {
  ...urlencoded,
  parseUrlencodedString(input) {
    if (!PLAIN.test(input)) return urlencoded.parseUrlencodedString(input);
    return input.split('&').filter((text) => text !== '').map(pair);
  },
  serializeUrlencoded(tuples) {
    if (!tuples.every(([name, value]) => UNENCODED.test(name) && UNENCODED.test(value))) {
      return urlencoded.serializeUrlencoded(tuples);
    }
    return tuples.map(([name, value]) => `${name}=${value}`).join('&');
  },
};
