// SPDX-License-Identifier: Apache-2.0
// What whatwg-url asks of tr46.  The tables are large and most hosts are ASCII: those are lower-cased, as the URL
// standard's "domain to ASCII" allows, and the tables stay out of the heap until somebody needs them.

'use strict';

const PLAIN = /^[\x00-\x7F]*$/;
const ENCODED = /(?:^|\.)xn--/i;

exports.toASCII = (domain, options) => {
  if (PLAIN.test(domain) && !ENCODED.test(domain) && !options.verifyDNSLength) return domain.toLowerCase();
  return $host.extra().hosts().toASCII(domain, options);
};

exports.toUnicode = (domain, options) => $host.extra().hosts().toUnicode(domain, options);
