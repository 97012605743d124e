// SPDX-License-Identifier: Apache-2.0
// In the place of those of undici's files that only its client uses.

'use strict';

module.exports = {
  headerNameLowerCasedRecord: {},
  // of core/tree.js: the lower-case form of a header's name
  tree: { lookup: (name) => name.toString('latin1').toLowerCase() },
};
